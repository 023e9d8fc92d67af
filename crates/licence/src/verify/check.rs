//! The verbs of verification.

use super::model::{Check, Kind, Outcome, Seen, SeenDocument, all_hold, checks_of, is_document};
use crate::register::{self, Opened, check_purpose, shown, state_name, store as licences};
use crate::seal::{self, SealedRow};
use crate::{authority, print};
use crate::{status, wallet};
use ::store::{Ctx, Env};
use jiff::civil::Date;
use kernel::identifier::{LicenceId, QueryCode};
use kernel::{Error, Result, Text, Timestamp};
use proof::status::SignedStatus;
use proof::verify::Report;
use serde_json::Value as Json;
use std::sync::Arc;

/// The live status list, to be fetched before the transaction that verifies.
pub(crate) async fn live_status(env: &Arc<Env>) -> Result<SignedStatus> {
    status::current(env).await
}

/// What a code belongs to, without using it; `None` for a presentation, whose use needs a purpose.
///
/// Errors: `licence.code_wrong` for what is no code, `licence.code_unknown`, `licence.code_expired`,
/// `licence.code_used`.
pub async fn peek(ctx: &mut Ctx, status: &SignedStatus, code: &str) -> Result<Option<Outcome>> {
    let code = parse(code)?;
    let index = ctx.env.vault.index(wallet::present::INDEX, code.as_str());
    if let Some(row) = wallet::store::by_code(ctx, &index).await? {
        still_open(ctx, &row)?;
        return Ok(None);
    }
    printed(ctx, status, code.as_str()).await.map(Some)
}

/// Verifies by a code: uses up a presentation and records who saw what; or tells of the licence or
/// document on which the code is printed. `again` names a presentation that the same form has used
/// already: a repeated click sees the same again. Returns the presentation's id where it was one.
///
/// Errors: as [`peek`]; `licence.purpose` when a presentation is used without one.
pub async fn by_code(
    ctx: &mut Ctx,
    status: &SignedStatus,
    code: &str,
    purpose: &str,
    again: Option<&str>,
) -> Result<(Outcome, String)> {
    let code = parse(code)?;
    let index = ctx.env.vault.index(wallet::present::INDEX, code.as_str());
    let Some(row) = wallet::store::by_code(ctx, &index).await? else {
        return Ok((printed(ctx, status, code.as_str()).await?, String::new()));
    };
    let repeated = again == Some(row.id.as_str());
    if !repeated {
        still_open(ctx, &row)?;
        check_purpose(purpose)?;
    }
    let licence = licences::get(ctx, &row.licence_id).await?;
    let opened = licences::open(ctx, licence).await?;
    let fields = crate::register::field_ids(&row.fields)?;
    if !repeated {
        let used =
            register::record_use(ctx, Some(&opened.row), "presentation", "", purpose, &fields)
                .await?;
        let at = ctx.env.clock.platform();
        if !wallet::store::set_used(ctx, &row.id, at, &used).await? {
            return Err(Error::conflict("licence.code_used"));
        }
    }
    Ok((chosen(ctx, status, &opened, &fields).await?, row.id))
}

/// What verification finds of a licence whose holder shows these fields of it.
pub(crate) async fn chosen(
    ctx: &mut Ctx,
    status: &SignedStatus,
    opened: &Opened,
    fields: &[String],
) -> Result<Outcome> {
    let mut outcome = of_licence(ctx, status, opened, Kind::Presentation).await?;
    let known = shown::fields(&ctx.env.pack, &opened.row.type_id, &opened.fields());
    if let Some(seen) = &mut outcome.licence {
        let kept = known.into_iter().filter(|field| fields.contains(&field.id));
        seen.fields = kept.map(|field| (field.id, field.name, field.value)).collect();
    }
    Ok(outcome)
}

/// Verifies by the licence's identifier and the last four characters of the holder's number, and
/// records the use. Errors: `licence.identifier_wrong` for a malformed one,
/// `licence.identifier_unknown` alike when there is none and when the number is another's,
/// `licence.purpose`.
pub async fn by_identifier(
    ctx: &mut Ctx,
    status: &SignedStatus,
    identifier: &str,
    tail: &str,
    purpose: &str,
) -> Result<Outcome> {
    let identifier = LicenceId::parse(identifier).map_err(|_| {
        Error::invalid("licence.identifier_wrong").field("identifier", "licence.identifier_wrong")
    })?;
    check_purpose(purpose)?;
    let unknown = || {
        Error::invalid("licence.identifier_unknown")
            .field("identifier", "licence.identifier_unknown")
    };
    let row = licences::by_identifier(ctx, identifier.as_str()).await?.ok_or_else(unknown)?;
    let opened = licences::open(ctx, row).await?;
    let (number, tail) = (opened.holder_number(), tail.trim().to_ascii_uppercase());
    if tail.chars().count() != 4 || number.len() < 4 || !number.ends_with(&tail) {
        return Err(unknown());
    }
    register::record_use(ctx, Some(&opened.row), "verification", "", purpose, &[]).await?;
    of_licence(ctx, status, &opened, Kind::Licence).await
}

/// Verifies a file against the roots, the live status list and the register; the file is not kept.
/// A licence that is what it claims to be is recorded as used. Errors: `licence.file_size`.
pub async fn by_file(
    ctx: &mut Ctx,
    status: &SignedStatus,
    bytes: &[u8],
    purpose: &str,
) -> Result<Outcome> {
    if bytes.is_empty() || bytes.len() > super::FILE_MAX {
        return Err(Error::invalid("licence.file_size").field("file", "licence.file_size"));
    }
    let anchors = seal::trust_anchors(ctx).await?;
    let report = proof::verify::verify_file(bytes, &anchors, Some(status), ctx.now);
    let mut checks = checks_of(&report);
    // What a wallet's credential leaves open is asked of the wallet, and confirmed by no file.
    for open in report.checks.iter().filter(|check| !check.made) {
        checks
            .iter_mut()
            .filter(|check| check.name == open.name)
            .for_each(|check| check.ok = false);
    }
    checks.extend(revocation_check(ctx, &report, bytes).await?);
    // What the file says counts only when its signer is one of ours.
    let trusted = report.checks.iter().any(|check| check.name == "chain" && check.ok);
    let body = report.body.filter(|_| trusted);
    let (mut licence, mut document) = (None, None);
    if let Some(body) = body {
        if is_document(&body) {
            document = Some(document_in(&body, bytes));
        } else if let Some(row) =
            licences::by_identifier(ctx, body["licence_id"].as_str().unwrap_or("")).await?
        {
            checks.push(register_check(ctx.now, &row));
            let opened = licences::open(ctx, row).await?;
            licence = Some(seen(ctx, &opened));
            register::record_use(ctx, Some(&opened.row), "verification", "", purpose, &[]).await?;
        }
    }
    let valid = all_hold(&checks);
    Ok(Outcome { kind: Kind::File, valid, at: ctx.now, as_of: None, checks, licence, document })
}

/// The same of a day that has passed: whether the licence stood on it. Its signature and validity
/// are checked as of the day's end, and the state is the register's on that day; the status list,
/// which tells of today, has no say. What is no licence stays as it was found.
///
/// Errors: `licence.day` for a day to come.
pub async fn as_of(ctx: &mut Ctx, outcome: Outcome, day: Date) -> Result<Outcome> {
    let end = Timestamp::start_of(day).plus_days(1);
    if day > ctx.now.date() {
        return Err(Error::invalid("licence.day").field("at", "licence.day"));
    }
    let Some(mut licence) = outcome.licence.clone() else { return Ok(outcome) };
    if day == ctx.now.date() {
        return Ok(outcome);
    }
    let row = licences::by_identifier(ctx, &licence.identifier).await?;
    let opened = licences::open(ctx, row.ok_or_else(Error::not_found)?).await?;
    let anchors = seal::trust_anchors(ctx).await?;
    let report = proof::verify::verify_file(&opened.signed, &anchors, None, end.plus_us(-1));
    let mut checks = checks_of(&report);
    checks.retain(|check| check.name != "status");
    checks.extend(revocation_check(ctx, &report, &opened.signed).await?);
    let state = licences::state_before(ctx, &opened.row.id, end).await?;
    let past = opened.row.valid_until_us.is_some_and(|until| end.0 > until);
    let state = match state.as_deref() {
        Some("01" | "02") if past => "05",
        Some(state) => state,
        None => "",
    };
    let name = match state {
        "" => Text::new("尚未发证", "not issued yet"),
        state => state_name(state),
    };
    let words = shown::date(day);
    let detail = Text::new(
        format!("登记簿中{}的状态：{}。", words.zh, name.zh),
        format!("State in the register on {}: {}.", words.en, name.en.to_lowercase()),
    );
    checks.push(Check { name: "register".to_owned(), ok: state == "01", detail });
    licence.state = state.to_owned();
    let (valid, licence) = (all_hold(&checks), Some(licence));
    Ok(Outcome { valid, as_of: Some(day), checks, licence, ..outcome })
}

/// The same of a paper: whether the blank of this serial bears the print of the licence that stands, or
/// stood on the day of which the outcome tells.
/// What is no licence stays as it was found. Errors: `licence.blank_serial`.
pub async fn on_paper(ctx: &mut Ctx, mut outcome: Outcome, serial: &str) -> Result<Outcome> {
    let Some(seen) = &outcome.licence else { return Ok(outcome) };
    let row = licences::by_identifier(ctx, &seen.identifier).await?.ok_or_else(Error::not_found)?;
    let (ok, detail) = print::standing(ctx, &row, serial, outcome.as_of).await?;
    outcome.checks.push(Check { name: "print".to_owned(), ok, detail });
    outcome.valid = all_hold(&outcome.checks);
    Ok(outcome)
}

fn parse(code: &str) -> Result<QueryCode> {
    let wrong = |_| Error::invalid("licence.code_wrong").field("code", "licence.code_wrong");
    QueryCode::parse(code).map_err(wrong)
}

/// Errors: `licence.code_used`, `licence.code_expired`.
fn still_open(ctx: &Ctx, row: &wallet::store::Row) -> Result<()> {
    if row.used_us != 0 {
        return Err(Error::conflict("licence.code_used").field("code", "licence.code_used"));
    }
    if ctx.env.clock.platform().0 >= row.expires_us {
        return Err(Error::conflict("licence.code_expired").field("code", "licence.code_expired"));
    }
    Ok(())
}

/// The licence or document on which the code is printed.
async fn printed(ctx: &mut Ctx, status: &SignedStatus, code: &str) -> Result<Outcome> {
    if let Some(row) = licences::by_code(ctx, code).await? {
        let opened = licences::open(ctx, row).await?;
        return of_licence(ctx, status, &opened, Kind::Licence).await;
    }
    match seal::by_code(ctx, code).await? {
        Some(row) => of_document(ctx, row).await,
        None => Err(Error::invalid("licence.code_unknown").field("code", "licence.code_unknown")),
    }
}

async fn of_licence(
    ctx: &mut Ctx,
    status: &SignedStatus,
    opened: &Opened,
    kind: Kind,
) -> Result<Outcome> {
    let anchors = seal::trust_anchors(ctx).await?;
    let report = proof::verify::verify_file(&opened.signed, &anchors, Some(status), ctx.now);
    let mut checks = checks_of(&report);
    checks.extend(revocation_check(ctx, &report, &opened.signed).await?);
    checks.push(register_check(ctx.now, &opened.row));
    let licence = Some(seen(ctx, opened));
    let valid = all_hold(&checks);
    Ok(Outcome { kind, valid, at: ctx.now, as_of: None, checks, licence, document: None })
}

/// What the authority's records say against a signer's certificate, the worst when there are several
/// signers; nothing while all stand.
async fn revocation_check(ctx: &mut Ctx, report: &Report, bytes: &[u8]) -> Result<Option<Check>> {
    let digest = proof::digest::sm3_hex(bytes);
    let mut worst: Option<authority::Verdict> = None;
    for signed in report.signed.iter().chain(&report.countersigned) {
        let found = authority::verdict(ctx, signed, &digest).await?;
        if let Some(found) = found.filter(|found| worst.is_none() || !found.ok) {
            worst = Some(found);
        }
    }
    let name = "revocation".to_owned();
    Ok(worst.map(|found| Check { name, ok: found.ok, detail: found.detail }))
}

/// The register's own word, as of this instant.
fn register_check(now: Timestamp, row: &register::LicenceRow) -> Check {
    let state = row.state_at(now);
    let name = state_name(state);
    let mut detail = Text::new(
        format!("登记簿中的当前状态：{}。", name.zh),
        format!("State in the register now: {}.", name.en.to_lowercase()),
    );
    if !row.state_reason.is_empty() {
        detail.zh.push_str(&format!("原因：{}。", row.state_reason));
        detail.en.push_str(&format!(" Reason: {}.", row.state_reason));
    }
    Check { name: "register".to_owned(), ok: row.in_force(now), detail }
}

fn seen(ctx: &Ctx, opened: &Opened) -> Seen {
    let (pack, row) = (&ctx.env.pack, &opened.row);
    Seen {
        identifier: row.identifier.clone(),
        type_id: row.type_id.clone(),
        name: shown::type_name(pack, &row.type_id),
        issuer: shown::agency_name(pack, &row.agency),
        holder: shown::masked(opened.holder_name()),
        state: row.state_at(ctx.now).to_owned(),
        issued: Timestamp(row.issued_us),
        validity: shown::validity(row),
        fields: shown::public(pack, &row.type_id, &opened.fields())
            .into_iter()
            .map(|field| (field.id, field.name, field.value))
            .collect(),
    }
}

async fn of_document(ctx: &mut Ctx, row: SealedRow) -> Result<Outcome> {
    let anchors = seal::trust_anchors(ctx).await?;
    let bytes = seal::file(ctx, &row.id).await?;
    let report = proof::verify::verify_file(&bytes, &anchors, None, ctx.now);
    let mut checks = checks_of(&report);
    checks.extend(revocation_check(ctx, &report, &bytes).await?);
    let valid = all_hold(&checks);
    let document = SeenDocument {
        title: row.title,
        issuer: shown::agency_name(&ctx.env.pack, &row.agency),
        digest: row.digest,
        at: Timestamp(row.at_us),
    };
    let (kind, at) = (Kind::Document, ctx.now);
    Ok(Outcome { kind, valid, at, as_of: None, checks, licence: None, document: Some(document) })
}

fn document_in(body: &Json, bytes: &[u8]) -> SeenDocument {
    let text = |name: &str| body[name].as_str().unwrap_or("").to_owned();
    SeenDocument {
        title: text("title"),
        issuer: Text::new(text("issuer_code"), text("issuer_code")),
        digest: proof::digest::sm3_hex(bytes),
        at: Timestamp(body["issued_at"].as_i64().unwrap_or(0)),
    }
}
