//! A paper on which all agree becomes a file: typeset once with all seals, then sealed by each in
//! order, and signed by each in the same order for readers of others.
//!
//! Invariant: it is drawn before the transaction in which the last keeper agrees, so that typesetting
//! holds no lock, and counts only once that transaction has recorded it.
//! Must not know: who may agree.

use super::model::{Paper, Turn};
use crate::register::shown;
use crate::seal::document::{self, describe};
use crate::seal::store::{SealedRow, insert_document};
use crate::seal::{Signer, key, log_use, press, record, twin, verify_label};
use ::store::{Ctx, Env};
use kernel::{Error, Result, Text, Timestamp, canonical};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// The layout of papers.
const LAYOUT: &str = "notice";

/// A paper typeset and sealed, but not yet recorded.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The paper as it was then.
    pub(super) paper: String,
    pub(super) revision: i64,
    row: SealedRow,
    signers: Vec<Signer>,
    file: Vec<u8>,
}

/// Typesets and seals a paper with no transaction open. Errors: `licence.seal_suspended`,
/// `licence.seal_destroyed`, those of typesetting and sealing.
pub(super) async fn draw(env: &Arc<Env>, paper: &Paper, turns: &[Turn]) -> Result<Prepared> {
    let mut ctx = env.system("paper.draw").await?;
    let mut signers = Vec::with_capacity(turns.len());
    let mut names = Vec::with_capacity(turns.len());
    for turn in turns {
        let record = record::by_id(&mut ctx, &turn.record).await?;
        signers.push(key::agency(&mut ctx, &record.holder).await?);
        names.push(record.title(&shown::agency_name(&env.pack, &record.agency)));
    }
    let mut readable = Vec::with_capacity(turns.len());
    for signer in &signers {
        readable.push(twin::readable(&mut ctx, signer).await?);
    }
    let row = describe(&mut ctx, &paper.agency, LAYOUT, &paper.title, "")?;
    // A key that had ended may just have been made anew.
    ctx.commit().await?;
    let first = signers.first().ok_or_else(|| Error::internal("a paper without seals"))?;
    let at = Timestamp(row.at_us);
    let data = printed(env, paper, (&signers, &names), &row);
    let payload = canonical::to_string(&json!({
        "kind": "document",
        "document_id": row.id,
        "issuer_code": code_of(first),
        "title": row.title,
        "layout": row.layout,
        "case": "",
        "code": row.code,
        "issued_at": row.at_us,
        "data": data,
    }))?;
    let link = format!("{}/verify?code={}", env.settings.base_url, row.code);
    let pdf = document::typeset_by(env, LAYOUT, data, &signers, &link).await?;
    let mut file = press(&pdf, first, at, payload.as_bytes())?;
    for signer in signers.iter().skip(1) {
        let seal = signer.seal.as_ref().ok_or_else(|| Error::internal("signer without a seal"))?;
        file = proof::pdf::series::countersign(&file, seal, &signer.key, &signer.chain, at)?;
    }
    for readable in readable.into_iter().flatten() {
        file = readable.sign(&file, at, &row.title)?;
    }
    Ok(Prepared { paper: paper.id.clone(), revision: paper.revision, row, signers, file })
}

/// Records what was drawn; the document's id. Errors: `licence.seal_suspended`,
/// `licence.seal_destroyed` when a seal was taken out of use in the meantime.
pub(super) async fn put(ctx: &mut Ctx, drawn: Prepared, turns: &[Turn]) -> Result<String> {
    let Prepared { paper, mut row, signers, file, .. } = drawn;
    for signer in &signers {
        key::by_id(ctx, &signer.id).await?;
    }
    row.digest = ctx.put_object(&file).await?;
    insert_document(ctx, &row).await?;
    for (signer, turn) in signers.iter().zip(turns) {
        let why = format!("{}：{}", row.title, turn.reason);
        log_use(ctx, signer, &row.digest, &why, &row.id).await?;
    }
    let body = json!({ "agency": row.agency, "layout": row.layout, "digest": row.digest,
        "paper": paper, "seals": signers.iter().map(|one| &one.id).collect::<Vec<_>>() });
    let subject = format!("document:{}", row.id);
    party::audit::record_row(ctx, "document.sealed", &subject, body, "sealed_document", &row.id)
        .await?;
    Ok(row.id)
}

fn printed(
    env: &Env,
    paper: &Paper,
    (signers, names): (&[Signer], &[Text]),
    row: &SealedRow,
) -> Json {
    let agency = shown::agency_name(&env.pack, &paper.agency);
    let seals: Vec<Json> = signers
        .iter()
        .zip(names)
        .map(|(signer, name)| json!({ "name": name, "code": code_of(signer) }))
        .collect();
    let paragraphs: Vec<&str> =
        paper.body.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let at = Timestamp(row.at_us);
    let day = shown::date(at.date());
    let mut data = json!({
        "created": at.rfc3339(),
        "agency": agency,
        "title": paper.title,
        "number": paper.number,
        "addressee": paper.addressee,
        "paragraphs": paragraphs,
        "issuer": agency.zh,
        "date": day.zh,
        "verify": verify_label(&row.code),
        "seals": seals,
    });
    if env.settings.demo {
        data["demo"] = json!(Text::new("演示", "DEMO"));
    }
    data
}

fn code_of(signer: &Signer) -> &str {
    signer.chain.first().map_or("", |own| own.subject().code.as_str())
}
