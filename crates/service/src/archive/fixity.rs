//! Checking folders again and again: each is checked a quarter after it was packed or last checked,
//! what is not whole stands on a page until a later check finds it whole, and a damaged file is put
//! back from any copy that has its digest.
//!
//! Invariants: findings are those of the folder's last check; a folder that is checked has its next
//! check planned in the same transaction; nothing is put back but the very bytes that were packed.
//! Must not know: how folders are packed, or disposed of.

use super::model::{ArchiveFinding, ArchiveFixity, Check, CheckReport, Part};
use super::store::{self, StoredFolder};
use super::store_fixity as kept;
use super::{AUDIT, MANAGE, disposal, intake};
use crate::case::Moment;
use ::store::{Ctx, Env};
use kernel::{Actor, Error, Kind, Lang, Result};
use party::{audit, authority};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// Name of the job.
pub(super) const JOB: &str = "service.archive_fixity";
/// Days from one check of a folder to the next.
pub(super) const DAYS: i64 = 90;

/// Plans the next check of a folder.
pub(super) async fn plan(ctx: &mut Ctx, folder: &str) -> Result<()> {
    let at = ctx.now.plus_days(DAYS);
    ctx.schedule(JOB, folder, at, &json!({ "folder": folder })).await
}

/// A folder's time has come. Files are read with no transaction open. One that is gone or disposed
/// of needs no check.
pub(super) async fn run(env: &Arc<Env>, payload: &Json) -> Result<()> {
    let id = payload["folder"].as_str().unwrap_or_default();
    let mut ctx = Ctx::read(env, Actor::system(JOB), Lang::Zh);
    let folder = match store::get(&mut ctx, id).await {
        Err(error) if error.kind == Kind::NotFound => return Ok(()),
        other => other?,
    };
    if folder.disposed_us != 0 {
        return Ok(());
    }
    let report = examine(&mut ctx, &folder).await?;
    drop(ctx);
    let mut ctx = env.system(JOB).await?;
    if !ctx.lock("archive_folder", id).await? || store::get(&mut ctx, id).await?.disposed_us != 0 {
        return Ok(());
    }
    keep(&mut ctx, &folder, &report).await?;
    disposal::notice(&mut ctx, &folder).await?;
    ctx.commit().await
}

/// Looks at every part of a folder, the manifest, the cover and the evidence. Errors: `unavailable`
/// while the store of files is away.
pub(super) async fn examine(ctx: &mut Ctx, stored: &StoredFolder) -> Result<CheckReport> {
    if !stored.source.is_empty() {
        return intake::check(ctx, stored).await;
    }
    let parts = store::parts(ctx, &stored.id).await?;
    let mut checks = Vec::new();
    let mut manifest = Json::Null;
    for part in &parts {
        let (content, why) = match ctx.env.objects.get(&ctx.env.vault, &part.digest).await {
            Ok(content) => (Some(content), ""),
            Err(error) if error.kind == Kind::NotFound => (None, "missing"),
            Err(error) if error.code == "object.damaged" => (None, "changed"),
            Err(error) => return Err(error),
        };
        let check = Check { why, ..Check::of("part", &part.name, content.is_some()) };
        checks.push(check);
        match (part.kind.as_str(), content) {
            ("manifest", Some(content)) => {
                manifest = serde_json::from_slice(&content).unwrap_or_default()
            }
            ("cover", Some(content)) => checks.extend(seal(ctx, &content, &stored.manifest).await?),
            _ => {}
        }
    }
    let named = parts.iter().any(|part| part.kind == "manifest" && part.digest == stored.manifest);
    checks.push(Check::of("manifest", "", named && lists(&manifest, &parts)));
    let ok = in_log(ctx, &manifest).await?;
    checks.push(Check::of("evidence", "", ok));
    let whole = checks.iter().all(|check| check.ok);
    Ok(CheckReport { folder: stored.id.clone(), at: Moment(ctx.now), whole, checks })
}

/// The cover's seal, and the manifest it seals.
async fn seal(ctx: &mut Ctx, cover: &[u8], manifest: &str) -> Result<Vec<Check>> {
    let anchors = licence::seal::trust_anchors(ctx).await?;
    let report = proof::verify::verify_file(cover, &anchors, None, ctx.now);
    let sealed = ["integrity", "signature", "seal"]
        .iter()
        .all(|name| report.checks.iter().any(|check| check.name == *name && check.ok));
    let body = report.body.unwrap_or_default();
    let named = body["data"]["manifest"].as_str() == Some(manifest);
    Ok(vec![Check::of("seal", "", sealed), Check::of("cover", "", named)])
}

/// True when the manifest names exactly the other parts with their digests.
fn lists(manifest: &Json, parts: &[Part]) -> bool {
    let Some(listed) = manifest["parts"].as_array() else { return false };
    let others: Vec<&Part> =
        parts.iter().filter(|part| part.kind != "manifest" && part.kind != "cover").collect();
    listed.len() == others.len()
        && others.iter().all(|part| {
            listed.iter().any(|one| {
                one["name"] == part.name.as_str()
                    && one["sm3"] == part.digest.as_str()
                    && one["size"] == part.size
            })
        })
}

/// True when every entry the manifest names stands in the evidence with the same leaf and place.
async fn in_log(ctx: &mut Ctx, manifest: &Json) -> Result<bool> {
    let Some(entries) = manifest["evidence"].as_array() else { return Ok(false) };
    for entry in entries {
        let id = entry["id"].as_str().unwrap_or_default();
        let found = match audit::by_id(ctx, id).await {
            Err(error) if error.kind == Kind::NotFound => return Ok(false),
            other => other?,
        };
        let moved =
            entry["position"].as_i64().is_some_and(|position| found.position != Some(position));
        if moved
            || entry["leaf"].as_str() != Some(found.leaf.as_str())
            || (found.erased_by.is_empty() && audit::leaf_of(&found)? != found.leaf)
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Keeps what a check found in place of what the one before found, and plans the next.
pub(super) async fn keep(ctx: &mut Ctx, folder: &StoredFolder, report: &CheckReport) -> Result<()> {
    kept::checked(ctx, &folder.id, report.whole).await?;
    kept::clear_findings(ctx, &folder.id).await?;
    let parts = match report.whole {
        true => Vec::new(),
        false => store::parts(ctx, &folder.id).await?,
    };
    let broken: Vec<&Check> = report.checks.iter().filter(|check| !check.ok).collect();
    for check in &broken {
        let part = parts.iter().find(|part| check.name == "part" && part.name == check.what);
        kept::insert_finding(ctx, folder, check, part.map_or(0, |part| part.sequence)).await?;
    }
    let damaged: Vec<&str> =
        broken.iter().filter(|one| one.name == "part").map(|one| one.what.as_str()).collect();
    let body = json!({ "folder": folder.id, "whole": report.whole, "damaged": damaged });
    let subject = folder.subject();
    audit::record_row(ctx, "case.archive_checked", &subject, body, "archive_folder", &folder.id)
        .await?;
    plan(ctx, &folder.id).await
}

/// How the folders within reach stand, with what the last checks found wrong. Permission
/// `archive.audit`. Errors: `denied`.
pub async fn fixity(ctx: &mut Ctx) -> Result<ArchiveFixity> {
    authority::demand(ctx, AUDIT)?;
    let scope = super::scope(ctx)?;
    let since = ctx.now.plus_days(-DAYS);
    let mut shown = kept::counts(ctx, &scope, since).await?;
    let rows = kept::findings(ctx, &scope).await?;
    let own = authority::may(ctx, MANAGE);
    shown.findings = rows
        .into_iter()
        .map(|row| ArchiveFinding {
            mendable: own && row.sequence > 0 && authority::same_agency(ctx, &row.agency),
            id: row.id,
            case_id: row.case_id,
            number: row.number,
            at: Moment::of(row.at_us),
            check: row.name,
            what: row.what,
            why: row.why,
        })
        .collect();
    Ok(shown)
}

/// Puts a damaged or missing file back from a copy: the file itself, or a package of the folder that
/// has it. Objects are stored once, so a copy comes from a backup or from a package handed out
/// before. The folder is checked again at once. Permission `archive.manage`.
///
/// Errors: `denied`, `not_found`; `archive.not_the_file` for other bytes than those packed.
pub async fn mend(ctx: &mut Ctx, finding: &str, copy: &[u8]) -> Result<CheckReport> {
    authority::demand(ctx, MANAGE)?;
    let (folder, sequence) = kept::finding(ctx, finding).await?;
    if !ctx.lock("archive_folder", &folder).await? {
        return Err(Error::not_found());
    }
    let folder = store::get(ctx, &folder).await?;
    if !authority::same_agency(ctx, &folder.agency) || folder.disposed_us != 0 {
        return Err(Error::not_found());
    }
    let parts = store::parts(ctx, &folder.id).await?;
    let part = parts.iter().find(|part| part.sequence == sequence).ok_or_else(Error::not_found)?;
    let is_it = |content: &[u8]| proof::digest::sm3_hex(content) == part.digest;
    let inside = if is_it(copy) { None } else { proof::ofd::unpack(copy).ok() };
    let within = inside.as_ref().and_then(|files| files.values().find(|content| is_it(content)));
    let content = match within {
        Some(content) => content.as_slice(),
        None if is_it(copy) => copy,
        None => {
            let code = "archive.not_the_file";
            return Err(Error::invalid(code).field("file", code));
        }
    };
    let env = ctx.env.clone();
    env.objects.restore(&env.vault, &mut ctx.random, &part.digest, content).await?;
    let body = json!({ "folder": folder.id, "part": part.name, "sm3": part.digest });
    audit::record(ctx, "case.archive_mended", &folder.subject(), body).await?;
    let report = examine(ctx, &folder).await?;
    keep(ctx, &folder, &report).await?;
    Ok(report)
}
