//! Accepting logs, and judging what they submit.

use super::key;
use crate::audit;
use kernel::time::SECOND_US;
use kernel::{Error, Result, Timestamp};
use proof::log::{Checkpoint, NoteVerifier, Submission, note_parts, verify_consistency};
use sea_orm::FromQueryResult;
use serde_json::json;
use store::{Ctx, vals};

/// Most logs one installation witnesses.
const LOGS_MAX: i64 = 1_000;
/// Refusals of one log are recorded at most this often; all are counted.
const RECORD_EVERY_US: i64 = 3_600 * SECOND_US;

const COLUMNS: &str = "id, verifier, added_us, tree_size, root, note, cosigned_us, refusals, \
     refused_us, refused_note, fork_note";

/// What a submission is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Cosigned: the signature line.
    Cosigned(String),
    /// The submission is malformed, or its old size is above its checkpoint's.
    Malformed,
    /// No log of this name is witnessed here.
    Unknown,
    /// No signature of the log's key holds.
    Unsigned,
    /// The witness stands at another size, or at the same size with another root.
    Conflict(u64),
    /// The proof does not hold: a fork, or a faulty proof.
    Inconsistent,
}

/// A log this installation witnesses.
#[derive(Clone, Debug, FromQueryResult)]
pub struct WitnessedLog {
    /// Its name.
    pub id: String,
    /// Its verifier key.
    pub verifier: String,
    /// When it was accepted.
    pub added_us: i64,
    /// Leaves of the newest checkpoint cosigned.
    pub tree_size: i64,
    /// Its root in hexadecimal.
    pub root: String,
    /// The checkpoint; empty before the first.
    pub note: String,
    /// When it was cosigned; 0 before the first.
    pub cosigned_us: i64,
    /// Times a checkpoint with the log's signature was refused.
    pub refusals: i64,
    /// When the last was; 0 for none.
    pub refused_us: i64,
    /// The checkpoint then refused.
    pub refused_note: String,
    /// A checkpoint of the log that proves a fork, for one of its size was cosigned with another
    /// root; empty for none.
    pub fork_note: String,
}

/// A submission of a known log, signed with its key.
#[derive(Clone, Debug)]
pub struct Vetted {
    submission: Submission,
    checkpoint: Checkpoint,
    text: String,
}

/// Witnesses a log from now on, by its verifier key; done again it changes nothing. Errors:
/// `proof.note.key`, `proof.note.name`; `witness.log_known` when a log of this name is witnessed
/// under another key; `witness.logs_many`.
pub async fn accept(ctx: &mut Ctx, verifier: &str) -> Result<String> {
    let verifier = NoteVerifier::parse(verifier.trim())?;
    key::cosigner(ctx).await?;
    let name = verifier.name().to_owned();
    let sql = "SELECT verifier FROM witnessed_log WHERE id = $1";
    let known: Option<String> = ctx.scalar(sql, vals![&name]).await?;
    match known {
        Some(known) if known == verifier.to_string() => return Ok(name),
        Some(_) => return Err(Error::conflict("witness.log_known").arg("name", name)),
        None => {}
    }
    if ctx.count("SELECT COUNT(*) FROM witnessed_log", vals![]).await? >= LOGS_MAX {
        return Err(Error::limited("witness.logs_many").arg("most", LOGS_MAX));
    }
    let (now, root) = (ctx.now, hex::encode(proof::log::root(&[])));
    ctx.execute(
        "INSERT INTO witnessed_log (id, verifier, added_us, tree_size, root, note, cosigned_us,
         refusals, refused_us, refused_note, fork_note)
         VALUES ($1, $2, $3, 0, $4, '', 0, 0, 0, '', '')",
        vals![&name, verifier.to_string(), now, root],
    )
    .await?;
    let told = json!({"verifier": verifier.to_string()});
    audit::record(ctx, "witness.log_accepted", &format!("log:{name}"), told).await?;
    Ok(name)
}

/// The logs witnessed here, by name.
pub async fn logs(ctx: &mut Ctx) -> Result<Vec<WitnessedLog>> {
    ctx.all(&format!("SELECT {COLUMNS} FROM witnessed_log ORDER BY id"), vals![]).await
}

/// Whether a submission is of a log known here and signed with its key: what strangers may ask is
/// answered from a reading context. `Err` is the verdict.
pub async fn vet(ctx: &mut Ctx, body: &[u8]) -> Result<std::result::Result<Vetted, Verdict>> {
    let Ok(submission) = Submission::parse(body) else { return Ok(Err(Verdict::Malformed)) };
    let note = submission.note.as_bytes();
    let read = note_parts(note).and_then(|(text, _)| Ok((text, Checkpoint::parse(text)?)));
    let Ok((text, Checkpoint { origin, .. })) = read else { return Ok(Err(Verdict::Malformed)) };
    let text = text.to_owned();
    let sql = "SELECT verifier FROM witnessed_log WHERE id = $1";
    let Some(known) = ctx.scalar::<String>(sql, vals![&origin]).await? else {
        return Ok(Err(Verdict::Unknown));
    };
    let checkpoint = match Checkpoint::open(note, &origin, &[NoteVerifier::parse(&known)?]) {
        Ok(checkpoint) => checkpoint,
        Err(error) if ["proof.note.signature", "proof.note.unsigned"].contains(&error.code) => {
            return Ok(Err(Verdict::Unsigned));
        }
        Err(_) => return Ok(Err(Verdict::Malformed)),
    };
    if submission.old > checkpoint.size || i64::try_from(checkpoint.size).is_err() {
        return Ok(Err(Verdict::Malformed));
    }
    Ok(Ok(Vetted { submission, checkpoint, text }))
}

/// Judges a vetted submission and, when all holds, takes the checkpoint and cosigns it. What is
/// told stands only once the context is committed, whatever the verdict.
///
/// A cosignature leaves no entry in the log of this installation: two that witness each other
/// would never come to rest.
pub async fn submit(ctx: &mut Ctx, vetted: &Vetted) -> Result<Verdict> {
    let Vetted { submission, checkpoint, text } = vetted;
    // Held until the commit: of two submissions at once the second sees what the first left.
    ctx.lock("witnessed_log", &checkpoint.origin).await?;
    let sql = format!("SELECT {COLUMNS} FROM witnessed_log WHERE id = $1");
    let log: WitnessedLog = ctx.one(&sql, vals![&checkpoint.origin]).await?;
    let stands = u64::try_from(log.tree_size).map_err(Error::internal)?;
    let root = crate::evidence::hash(&log.root)?;
    if stands == checkpoint.size && root != checkpoint.root {
        refuse(ctx, &log, vetted, true).await?;
        return Ok(Verdict::Conflict(stands));
    }
    if submission.old != stands {
        return Ok(Verdict::Conflict(stands));
    }
    let (size, new_root) = (checkpoint.size, checkpoint.root);
    if verify_consistency(stands, size, &submission.proof, &root, &new_root).is_err() {
        refuse(ctx, &log, vetted, false).await?;
        return Ok(Verdict::Inconsistent);
    }
    let cosigner = key::cosigner(ctx).await?;
    let now = ctx.now;
    ctx.execute(
        "UPDATE witnessed_log SET tree_size = $2, root = $3, note = $4, cosigned_us = $5
         WHERE id = $1",
        vals![&log.id, size, hex::encode(new_root), &submission.note, now],
    )
    .await?;
    Ok(Verdict::Cosigned(cosigner.cosign(text, seconds(now))))
}

/// Keeps the checkpoint that was refused and records the refusal. Two roots of one size, both
/// signed by the log, prove a fork; a proof that does not hold proves none, for whoever has a
/// public checkpoint can send it with a faulty proof.
async fn refuse(ctx: &mut Ctx, log: &WitnessedLog, vetted: &Vetted, fork: bool) -> Result<()> {
    let Vetted { submission, checkpoint, .. } = vetted;
    let now = ctx.now;
    let proves = if fork { &submission.note } else { &log.fork_note };
    ctx.execute(
        "UPDATE witnessed_log SET refusals = refusals + 1, refused_us = $2, refused_note = $3,
         fork_note = $4 WHERE id = $1",
        vals![&log.id, now, &submission.note, proves],
    )
    .await?;
    let first = fork && log.fork_note.is_empty();
    if !first && log.refused_us != 0 && now.0 - log.refused_us < RECORD_EVERY_US {
        return Ok(());
    }
    let told = json!({
        "cosigned_size": log.tree_size, "cosigned_root": log.root,
        "refused_size": checkpoint.size, "refused_root": hex::encode(checkpoint.root),
    });
    let kind = if fork { "witness.fork_refused" } else { "witness.proof_refused" };
    audit::record(ctx, kind, &format!("log:{}", log.id), told).await?;
    tracing::warn!(log = log.id, fork, "a checkpoint of a witnessed log was refused");
    Ok(())
}

fn seconds(at: Timestamp) -> u64 {
    u64::try_from(at.0 / SECOND_US).unwrap_or(0)
}
