//! Slowing those who guess: failures are counted per account, or for strangers per neighbourhood
//! of the code guessed, so that nobody can close the door for everybody.

use ::store::{Ctx, vals};
use kernel::time::SECOND_US;
use kernel::{Error, Result};
use sea_orm::FromQueryResult;

/// Window in which failures count.
const WINDOW_US: i64 = 60 * SECOND_US;
/// Failures in a window after which no more are looked at.
const FAILURES_MAX: i64 = 10;

#[derive(FromQueryResult)]
struct Row {
    failures: i64,
    since_us: i64,
}

/// The bucket that a guess at a code or identifier falls into.
pub(super) fn bucket(ctx: &Ctx, guessed: &str) -> String {
    match ctx.actor.account.as_str() {
        // Two characters of Crockford's alphabet: 1,024 neighbourhoods.
        "" => {
            let plain = guessed.chars().filter(char::is_ascii_alphanumeric);
            // Identifiers share their beginning; codes are as random at the end as at the start.
            let tail: Vec<char> = plain.collect();
            let from = tail.len().saturating_sub(2);
            format!("near:{}", tail[from..].iter().collect::<String>().to_ascii_uppercase())
        }
        account => format!("account:{account}"),
    }
}

/// Refuses when too many guesses failed lately. Errors: `licence.guesses`.
pub(super) async fn admit(ctx: &mut Ctx, bucket: &str) -> Result<()> {
    let sql = "SELECT failures, since_us FROM code_guess WHERE id = $1";
    let row = ctx.optional::<Row>(sql, vals![bucket]).await?;
    let age = |row: &Row| ctx.env.clock.platform().0 - row.since_us;
    match row {
        Some(row) if row.failures >= FAILURES_MAX && (0..WINDOW_US).contains(&age(&row)) => {
            Err(Error::limited("licence.guesses"))
        }
        _ => Ok(()),
    }
}

/// Counts a failure; a new window begins when the last is over.
pub(super) async fn failed(ctx: &mut Ctx, bucket: &str) -> Result<()> {
    let now = ctx.env.clock.platform();
    let start = now.plus_us(-WINDOW_US);
    ctx.execute(
        "INSERT INTO code_guess (id, failures, since_us) VALUES ($1, 1, $2)
         ON CONFLICT (id) DO UPDATE SET
         failures = CASE WHEN code_guess.since_us < $3 THEN 1 ELSE code_guess.failures + 1 END,
         since_us = CASE WHEN code_guess.since_us < $3 THEN $2 ELSE code_guess.since_us END",
        vals![bucket, now, start],
    )
    .await?;
    Ok(())
}
