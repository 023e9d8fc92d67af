//! Asking the witnesses: a round sends the newest checkpoint to everyone whose turn it is, at once,
//! and keeps what came back.
//!
//! Invariants: no transaction is open while a witness is asked, and a witness that is away is asked
//! ever more rarely, so that it holds nothing up; all of one round are asked about one checkpoint,
//! so that enough of them can meet on it; a refusal is recorded once for as long as it lasts.
//! Must not know: how a witness judges.

use super::witness::{self, Witness};
use super::{COSIGN, Head, head, prove_between};
use crate::audit;
use kernel::time::SECOND_US;
use kernel::{Actor, Error, Lang, Result};
use proof::log::{CosignerVerifier, SUBMISSION_MAX, Submission, cosignatures, note_parts};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;
use store::job::Later;
use store::{Ctx, Env, vals};
use tokio::task::JoinSet;
use webkit::fetch::{Address, Limits, Reply};

/// Rounds are at least this far apart.
const EVERY_US: i64 = 5 * SECOND_US;
/// Longest pause before a witness that is away is asked again.
const PAUSE_MAX_S: i64 = 3_600;
/// What is taken of an answer.
const LIMITS: Limits = Limits { body: SUBMISSION_MAX, time: Duration::from_secs(5) };

/// What a witness answered.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    /// It cosigned: the line, and when in seconds since 1970.
    Cosigned(String, u64),
    /// No answer, or none that makes sense.
    Away(String),
    /// It does not know this log.
    Unknown,
    /// It knows this log under another key.
    Key,
    /// It has cosigned a larger tree than there is here: the database was put back.
    Behind(u64),
    /// It has cosigned a tree that is not the beginning of this one.
    Fork,
}

/// Sees to it that the witnesses are asked about the newest checkpoint; nothing when there are none.
pub(super) async fn wake(ctx: &mut Ctx) -> Result<()> {
    let sql = "SELECT COALESCE(MAX(tried_us), -1) FROM evidence_witness";
    let last = ctx.count(sql, vals![]).await?;
    if last < 0 {
        return Ok(());
    }
    // The same instant however often it is asked for: a busy log does not put its round off.
    let at = kernel::Timestamp(ctx.now.0.max(last + EVERY_US));
    ctx.schedule(COSIGN, "round", at, &json!({})).await
}

/// The job.
pub(super) fn job<'a>(env: &'a Arc<Env>, _payload: &'a Json) -> Later<'a> {
    Box::pin(round(env))
}

async fn round(env: &Arc<Env>) -> Result<()> {
    let mut ctx = Ctx::read(env, Actor::system(COSIGN), Lang::Zh);
    let now = ctx.now.0;
    let Some(head) = head(&mut ctx).await?.filter(|head| head.size > 0) else { return Ok(()) };
    let mut asked = JoinSet::new();
    for witness in witness::list(&mut ctx).await? {
        if witness.next_us <= now && !witness.cosigned(&head) {
            let (env, head) = (env.clone(), head.clone());
            asked.spawn(async move {
                let outcome = ask(&env, &witness, &head).await;
                (witness, outcome)
            });
        }
    }
    let mut answers = Vec::new();
    while let Some(answer) = asked.join_next().await {
        let (witness, outcome) = answer.map_err(Error::internal)?;
        answers.push((witness, outcome?));
    }
    let mut ctx = env.system(COSIGN).await?;
    for (witness, outcome) in &answers {
        keep(&mut ctx, witness, &head, outcome).await?;
    }
    settle(&mut ctx, &head).await?;
    ctx.commit().await
}

/// Asks one witness, a second time when it says that it stands elsewhere.
async fn ask(env: &Arc<Env>, witness: &Witness, head: &Head) -> Result<Outcome> {
    let address = Address::parse(&witness.address)?;
    let mut ctx = Ctx::read(env, Actor::system(COSIGN), Lang::Zh);
    let known = u64::try_from(witness.tree_size).unwrap_or(0);
    let mut old = if known <= head.size { known } else { 0 };
    for _ in 0..2 {
        let proof = prove_between(&mut ctx, old, head.size).await?;
        let body = Submission { old, proof, note: head.note.clone() }.text();
        let reply = match address.post("add-checkpoint", body.as_bytes(), LIMITS).await {
            Ok(reply) => reply,
            Err(error) => return Ok(Outcome::Away(error.detail)),
        };
        match reply.status {
            409 => match conflict(&reply) {
                Some(size) if size > head.size => return Ok(Outcome::Behind(size)),
                Some(size) if size == old && size == head.size => return Ok(Outcome::Fork),
                Some(size) if size != old => old = size,
                _ => return Ok(Outcome::Away("409 without a size that helps".to_owned())),
            },
            _ => return Ok(judged(&reply, witness, head)),
        }
    }
    Ok(Outcome::Away("the witness stands elsewhere each time".to_owned()))
}

/// The size in the answer of a witness that stands elsewhere.
fn conflict(reply: &Reply) -> Option<u64> {
    std::str::from_utf8(&reply.body).ok()?.strip_suffix('\n')?.parse().ok()
}

/// An answer other than that the witness stands elsewhere.
fn judged(reply: &Reply, witness: &Witness, head: &Head) -> Outcome {
    let odd = |why: &str| Outcome::Away(format!("{}: {why}", reply.status));
    match reply.status {
        200 => {
            let lines = String::from_utf8_lossy(&reply.body);
            let signed = CosignerVerifier::parse(&witness.verifier).and_then(|known| {
                let (text, _) = note_parts(head.note.as_bytes())?;
                cosignatures(text, &lines, &[known])
            });
            match signed.map(|signed| signed.into_iter().next()) {
                Ok(Some(signed)) => Outcome::Cosigned(signed.line, signed.at_s),
                Ok(None) => odd("no cosignature by its key"),
                Err(error) => odd(error.code),
            }
        }
        403 => Outcome::Key,
        404 => Outcome::Unknown,
        422 => Outcome::Fork,
        _ => odd("no answer of a witness"),
    }
}

/// Keeps an outcome; a refusal that was not there before is recorded.
async fn keep(ctx: &mut Ctx, witness: &Witness, head: &Head, outcome: &Outcome) -> Result<()> {
    let now = ctx.now;
    if let Outcome::Cosigned(line, at_s) = outcome {
        let at_us = i64::try_from(*at_s).unwrap_or(0).saturating_mul(SECOND_US);
        ctx.execute(
            "UPDATE evidence_witness SET tree_size = $2, root = $3, line = $4, cosigned_us = $5,
             tried_us = $6, failures = 0, next_us = 0, trouble = '' WHERE id = $1",
            vals![&witness.id, head.size, hex::encode(head.root), line, at_us, now],
        )
        .await?;
        return Ok(());
    }
    let trouble = match outcome {
        Outcome::Unknown => "unknown",
        Outcome::Key => "key",
        Outcome::Behind(_) => "behind",
        Outcome::Fork => "fork",
        Outcome::Cosigned(..) | Outcome::Away(_) => "away",
    };
    let failures = witness.failures.saturating_add(1);
    let pause = ((EVERY_US / SECOND_US) << failures.clamp(0, 12)).min(PAUSE_MAX_S);
    ctx.execute(
        "UPDATE evidence_witness SET tried_us = $2, failures = $3, next_us = $4, trouble = $5
         WHERE id = $1",
        vals![&witness.id, now, failures, now.plus_us(pause * SECOND_US), trouble],
    )
    .await?;
    tracing::warn!(witness = witness.id, ?outcome, "a checkpoint was not cosigned");
    let refused = matches!(outcome, Outcome::Fork | Outcome::Behind(_));
    // Of two processes the other may have had a newer checkpoint cosigned meanwhile.
    let overtaken = match outcome {
        Outcome::Behind(size) => super::head(ctx).await?.is_some_and(|now| now.size >= *size),
        _ => false,
    };
    if !refused || overtaken {
        return Ok(());
    }
    ctx.execute(
        "UPDATE evidence_witness SET refused_size = $2, refused_us = $3 WHERE id = $1",
        vals![&witness.id, head.size, now],
    )
    .await?;
    if witness.trouble != trouble {
        let told = json!({"size": head.size, "root": hex::encode(head.root), "reason": trouble});
        let subject = format!("witness:{}", witness.id);
        audit::record(ctx, "log.fork_refused", &subject, told).await?;
    }
    Ok(())
}

/// Keeps the checkpoint when enough have cosigned it, and plans the next round: for a checkpoint
/// that came meanwhile, and for whoever has not cosigned.
async fn settle(ctx: &mut Ctx, asked: &Head) -> Result<()> {
    let witnesses = witness::list(ctx).await?;
    let wanted = witness::quorum(ctx, witnesses.len()).await?;
    let signed = witnesses.iter().filter(|witness| witness.cosigned(asked)).count();
    if signed > 0 && signed >= wanted {
        let note = witness::with_lines(asked, &witnesses);
        let now = ctx.now;
        ctx.execute(
            "INSERT INTO evidence_checkpoint (id, tree_size, root, peaks, note, at_us)
             VALUES ('witnessed', $1, $2, '', $3, $4) ON CONFLICT (id) DO UPDATE SET
             tree_size = excluded.tree_size, root = excluded.root, note = excluded.note,
             at_us = excluded.at_us WHERE evidence_checkpoint.tree_size <= excluded.tree_size",
            vals![asked.size, hex::encode(asked.root), note, now],
        )
        .await?;
    }
    let Some(newest) = head(ctx).await? else { return Ok(()) };
    let now = ctx.now;
    let soon = now.0 + EVERY_US;
    let next =
        witnesses.iter().filter(|one| !one.cosigned(&newest)).map(|one| one.next_us.max(soon));
    if let Some(next) = next.min() {
        ctx.schedule(COSIGN, "round", kernel::Timestamp(next), &json!({})).await?;
    }
    Ok(())
}

/// The newest checkpoint that enough witnesses have cosigned, with their lines; none before.
pub async fn witnessed(ctx: &mut Ctx) -> Result<Option<(u64, String)>> {
    let sql = "SELECT note FROM evidence_checkpoint WHERE id = 'witnessed'";
    let Some(note) = ctx.scalar::<String>(sql, vals![]).await? else { return Ok(None) };
    let (text, _) = note_parts(note.as_bytes())?;
    let size = proof::log::Checkpoint::parse(text)?.size;
    Ok(Some((size, note)))
}
