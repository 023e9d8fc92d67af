//! Nonces: an instant and chance, marked as ours; nothing is kept of one before it is used.
//!
//! Must not know: what they are for.

use ::store::Ctx;
use kernel::Timestamp;
use kernel::time::SECOND_US;

/// How long a nonce holds, in seconds.
const LIFE_S: i64 = 300;

/// A nonce for this purpose.
pub(super) fn make(ctx: &mut Ctx, purpose: &str) -> String {
    let until = ctx.env.clock.platform().plus_us(LIFE_S * SECOND_US);
    let text = format!("{:x}.{}", until.0, hex::encode(ctx.random.bytes::<16>()));
    format!("{text}.{}", mark(ctx, purpose, &text))
}

/// Until when a nonce holds; none for one that is not ours, was made for another purpose or is over.
pub(super) fn holds(ctx: &Ctx, purpose: &str, nonce: &str, now: Timestamp) -> Option<Timestamp> {
    let (text, given) = nonce.rsplit_once('.')?;
    let until = i64::from_str_radix(text.split('.').next()?, 16).ok()?;
    (given == mark(ctx, purpose, text) && now.0 < until).then_some(Timestamp(until))
}

fn mark(ctx: &Ctx, purpose: &str, text: &str) -> String {
    ctx.env.vault.index(purpose, text).chars().take(32).collect()
}
