//! Status lists of credentials (Token Status List): two bits for each place, made anew at each
//! reading, so that a suspension, a revocation or a taking back shows at once.
//!
//! Must not know: who asks.

use super::issue::PLACES;
use super::store;
use crate::authority;
use ::store::Ctx;
use kernel::{Error, Result};
use proof::jose::status::{INVALID, Issue, SUSPENDED, StatusBits};

/// Hours until a list no longer counts.
const LIFE_HOURS: i64 = 24;
/// Seconds after which a verifier fetches it anew.
const TTL_S: u64 = 60;

/// Address of a list.
pub(crate) fn uri(base: &str, list: i64) -> String {
    format!("{base}/credentials/status/{list}")
}

/// Number of the list at an address of ours.
pub(crate) fn number(base: &str, address: &str) -> Option<i64> {
    let list = address.strip_prefix(base)?.strip_prefix("/credentials/status/")?.parse().ok()?;
    (uri(base, list) == address).then_some(list)
}

/// The signed list. Errors: `not_found` where there is none, `licence.seal_suspended`.
pub async fn list(ctx: &mut Ctx, list: i64) -> Result<String> {
    if !store::is_list(ctx, list).await? {
        return Err(Error::not_found());
    }
    let mut bits = StatusBits::new(2, usize::try_from(PLACES).map_err(Error::internal)?)?;
    for one in store::fallen(ctx, list).await? {
        let place = usize::try_from(one.place).map_err(Error::internal)?;
        bits.set(place, state(ctx, &one))?;
    }
    let signer = authority::outward(ctx).await?;
    let signer = signer.ok_or_else(|| Error::unavailable("the key of credentials has ended"))?;
    let at = ctx.env.clock.platform();
    let subject = uri(&ctx.env.settings.base_url, list);
    let issue = Issue { subject: &subject, at, expires: at.plus_hours(LIFE_HOURS), ttl: TTL_S };
    bits.sign(&issue, &signer.key, &signer.chain)
}

fn state(ctx: &Ctx, one: &store::Standing) -> u8 {
    let over = one.valid_until_us.is_some_and(|until| ctx.now.0 >= until);
    match (one.own.as_str(), one.licence.as_str()) {
        ("valid", "02") if !over => SUSPENDED,
        _ => INVALID,
    }
}
