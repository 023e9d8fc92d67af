//! How consumers are named.

use super::lookup::is_portal;
use crate::source;
use webkit::Call;

/// Name of a consumer in the caller's language.
pub(crate) fn consumer_name(call: &Call, consumer: &str) -> String {
    if is_portal(consumer) {
        return call.t("data.portal");
    }
    source::name(&call.web.env.pack, consumer).get(call.lang()).to_owned()
}
