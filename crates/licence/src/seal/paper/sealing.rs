//! A paper on which all agree becomes a file: typeset once with all seals, then sealed by each in
//! order.
//!
//! Must not know: who may agree.

use super::model::{Paper, Turn};
use crate::register::shown;
use crate::seal::document::{self, describe};
use crate::seal::store::insert_document;
use crate::seal::{Signer, key, log_use, press, record, verify_label};
use ::store::Ctx;
use kernel::{Error, Result, Text, canonical};
use serde_json::{Value as Json, json};

/// The layout of papers.
const LAYOUT: &str = "notice";

/// Seals a paper; the document's id. Errors: `licence.seal_suspended`, `licence.seal_destroyed`,
/// those of typesetting and sealing.
pub(super) async fn seal(ctx: &mut Ctx, paper: &Paper, turns: &[Turn]) -> Result<String> {
    let mut signers = Vec::with_capacity(turns.len());
    let mut names = Vec::with_capacity(turns.len());
    for turn in turns {
        let record = record::by_id(ctx, &turn.record).await?;
        signers.push(key::agency(ctx, &record.holder).await?);
        names.push(record.title(&shown::agency_name(&ctx.env.pack, &record.agency)));
    }
    let first = signers.first().ok_or_else(|| Error::internal("a paper without seals"))?;
    let mut row = describe(ctx, &paper.agency, LAYOUT, &paper.title, "")?;
    let data = printed(ctx, paper, &signers, &names, &row.code);
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
    let env = ctx.env.clone();
    let link = format!("{}/verify?code={}", env.settings.base_url, row.code);
    let pdf = document::typeset_by(&env, LAYOUT, data, &signers, &link).await?;
    let mut file = press(&pdf, first, ctx.now, payload.as_bytes())?;
    for signer in signers.iter().skip(1) {
        let seal = signer.seal.as_ref().ok_or_else(|| Error::internal("signer without a seal"))?;
        file = proof::pdf::series::countersign(&file, seal, &signer.key, &signer.chain, ctx.now)?;
    }
    row.digest = env.objects.put(&env.vault, &mut ctx.random, &file).await?;
    insert_document(ctx, &row).await?;
    for (signer, turn) in signers.iter().zip(turns) {
        let why = format!("{}：{}", row.title, turn.reason);
        log_use(ctx, signer, &row.digest, &why, &row.id).await?;
    }
    let body = json!({ "agency": row.agency, "layout": row.layout, "digest": row.digest,
        "paper": paper.id, "seals": signers.iter().map(|one| &one.id).collect::<Vec<_>>() });
    let subject = format!("document:{}", row.id);
    party::audit::record_row(ctx, "document.sealed", &subject, body, "sealed_document", &row.id)
        .await?;
    Ok(row.id)
}

fn printed(ctx: &Ctx, paper: &Paper, signers: &[Signer], names: &[Text], code: &str) -> Json {
    let agency = shown::agency_name(&ctx.env.pack, &paper.agency);
    let seals: Vec<Json> = signers
        .iter()
        .zip(names)
        .map(|(signer, name)| json!({ "name": name, "code": code_of(signer) }))
        .collect();
    let paragraphs: Vec<&str> =
        paper.body.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let day = shown::date(ctx.now.date());
    let mut data = json!({
        "created": ctx.now.rfc3339(),
        "agency": agency,
        "title": paper.title,
        "number": paper.number,
        "addressee": paper.addressee,
        "paragraphs": paragraphs,
        "issuer": agency.zh,
        "date": day.zh,
        "verify": verify_label(code),
        "seals": seals,
    });
    if ctx.env.settings.demo {
        data["demo"] = json!(Text::new("演示", "DEMO"));
    }
    data
}

fn code_of(signer: &Signer) -> &str {
    signer.chain.first().map_or("", |own| own.subject().code.as_str())
}
