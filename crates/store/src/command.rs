//! Doing a command once: a form or client names its command, and a repetition gets the recorded
//! answer instead of a second effect.

use crate::{Ctx, vals};
use kernel::{Error, Result};

/// Longest command id taken from a client.
pub const ID_MAX: usize = 80;

/// Begins the command. `Some(answer)` when the same actor has already done it.
///
/// Two callers at once: the second waits for the first's transaction and then finds its answer.
/// Errors: `command.id` when the id is empty or too long, `command.other` when it was used by
/// another actor or for another verb.
pub async fn begin(ctx: &mut Ctx, id: &str, verb: &str) -> Result<Option<String>> {
    if id.is_empty() || id.len() > ID_MAX {
        return Err(Error::invalid("command.id"));
    }
    let (account, now) = (ctx.actor.account.clone(), ctx.now);
    let inserted = ctx
        .execute(
            "INSERT INTO command (id, account, verb, answer, at_us) VALUES ($1, $2, $3, '', $4)
             ON CONFLICT (id) DO NOTHING",
            vals![id, &account, verb, now],
        )
        .await?;
    if inserted == 1 {
        return Ok(None);
    }
    let answer: Option<String> = ctx
        .scalar(
            "SELECT answer FROM command WHERE id = $1 AND account = $2 AND verb = $3",
            vals![id, account, verb],
        )
        .await?;
    answer.map(Some).ok_or_else(|| Error::conflict("command.other"))
}

/// Records what the command answered.
pub async fn finish(ctx: &mut Ctx, id: &str, answer: &str) -> Result<()> {
    ctx.execute("UPDATE command SET answer = $2 WHERE id = $1", vals![id, answer]).await?;
    Ok(())
}
