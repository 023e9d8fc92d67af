//! What a form that is shown again says of its faults.
//!
//! Must not know: which form.

use kernel::{Error, Kind};
use serde_json::{Map, Value as Json, json};
use webkit::Call;

/// True when the form is shown again: what was sent can be mended.
pub(crate) fn is_told(error: &Error) -> bool {
    matches!(error.kind, Kind::Invalid | Kind::Conflict)
}

/// The faults, a sentence each, with the field at fault.
pub(crate) fn told(call: &Call, error: &Error) -> Vec<Json> {
    let faults = call.faults(error);
    faults.iter().map(|one| json!({ "field": one.field, "text": one.message })).collect()
}

/// The same by field, as fields of forms take them.
pub(crate) fn errors(faults: &[Json]) -> Map<String, Json> {
    let one = |fault: &Json| Some((fault["field"].as_str()?.to_owned(), fault["text"].clone()));
    faults.iter().filter_map(one).collect()
}
