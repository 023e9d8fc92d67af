//! What an application is about, such as a birth on record: of one thing done once there is one
//! application under way at a time.
//!
//! Invariants: claimed by the transaction that makes the case, so that of two handed in at once one
//! is refused; let go when the whole ends, however it ends. Must not know: what the thing is.

use super::store;
use ::store::{Ctx, FromQueryResult, vals};
use kernel::{Error, Result};

#[derive(FromQueryResult)]
struct Held {
    case_id: String,
}

/// Claims what a new case is about. Errors: `case.applied_already` with the number of the case
/// under way.
pub(super) async fn claim(ctx: &mut Ctx, case: &str, about: &[String]) -> Result<()> {
    for one in about {
        let sql = "INSERT INTO case_about (about, case_id) VALUES ($1, $2) ON CONFLICT (about) DO NOTHING";
        if ctx.execute(sql, vals![one, case]).await? == 1 {
            continue;
        }
        let sql = "SELECT case_id FROM case_about WHERE about = $1";
        let held: Option<Held> = ctx.one(sql, vals![one]).await?;
        let number = match held {
            Some(held) => store::get(ctx, &held.case_id).await?.number,
            None => String::new(),
        };
        return Err(Error::conflict("case.applied_already").arg("number", number));
    }
    Ok(())
}

/// Lets go of what an ended case was about.
pub(super) async fn release(ctx: &mut Ctx, case: &str) -> Result<()> {
    ctx.execute("DELETE FROM case_about WHERE case_id = $1", vals![case]).await?;
    Ok(())
}
