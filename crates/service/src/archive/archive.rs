//! The verbs of the archive: read a folder, hand out a part, check that it is whole.

use super::model::{Check, CheckReport, Folder, FolderPage, Part};
use super::store::{self, StoredFolder};
use super::{READ, packing};
use crate::case::{self, Download, Moment};
use ::store::Ctx;
use kernel::{Error, Kind, Result, Text};
use party::{audit, authority};
use serde_json::{Value as Json, json};

/// The folders of an ended case, with the parts its reader may see: of an item's case, or of all
/// items of a parent. One that has not been packed yet is packed now, in a transaction of its own,
/// so the context must be a reading one.
///
/// Errors: `denied`; `not_found` for whoever may not read the case; `archive.not_ended`.
pub async fn folders(ctx: &mut Ctx, case_id: &str) -> Result<Vec<Folder>> {
    authority::demand(ctx, READ)?;
    // `show` refuses whoever may not know of the case, and records the attempt.
    case::show(ctx, case_id).await?;
    let asked = store::case(ctx, case_id).await?;
    let cases = if asked.is_parent() { store::children(ctx, case_id).await? } else { vec![asked] };
    let mut out = Vec::new();
    let mut ended = false;
    for case in cases.iter().filter(|case| case.phase.is_final()) {
        ended = true;
        let mut stored = store::of_case(ctx, &case.id).await?;
        if !stored.iter().any(|folder| folder.revision == case.revision) {
            packing::pack(&ctx.env.clone(), &case.id).await?;
            stored = store::of_case(ctx, &case.id).await?;
        }
        for folder in stored {
            out.push(whole(ctx, &folder).await?);
        }
    }
    if ended { Ok(out) } else { Err(Error::conflict("archive.not_ended")) }
}

/// A part of a folder, for its owner or staff in reach. Errors: `denied`, `not_found`,
/// `object.damaged`.
pub async fn part(ctx: &mut Ctx, folder_id: &str, sequence: i64) -> Result<Download> {
    let stored = readable(ctx, folder_id).await?;
    let parts = visible(ctx, &stored).await?;
    let part =
        parts.into_iter().find(|part| part.sequence == sequence).ok_or_else(Error::not_found)?;
    let content = ctx.env.objects.get(&ctx.env.vault, &part.digest).await?;
    Ok(Download {
        name: format!("{}-{}", stored.number, part.name),
        media_type: part.media_type,
        content,
    })
}

/// Folders of the actor's agency, newest first. Errors: `denied`; `not_found` for a citizen.
pub async fn list(ctx: &mut Ctx, after: &str) -> Result<FolderPage> {
    authority::demand(ctx, READ)?;
    if !ctx.actor.is_officer() {
        return Err(Error::not_found());
    }
    let agency = ctx.actor.agency.clone();
    let mut rows = store::list(ctx, &agency, after).await?;
    let more = rows.len() > store::PAGE;
    rows.truncate(store::PAGE);
    let next = rows.last().filter(|_| more).map(|row| row.id.clone());
    Ok(FolderPage { folders: rows.iter().map(|row| shown(ctx, row)).collect(), next })
}

/// Checks every part of a folder against its digest, the parts against the manifest, the manifest
/// against the cover, the cover's seal, and the evidence entries against the log; keeps the result.
/// Errors: `denied`, `not_found`.
pub async fn check(ctx: &mut Ctx, folder_id: &str) -> Result<CheckReport> {
    let stored = readable(ctx, folder_id).await?;
    let parts = store::parts(ctx, folder_id).await?;
    let mut checks = Vec::new();
    let mut manifest = Json::Null;
    for part in &parts {
        let content = ctx.env.objects.get(&ctx.env.vault, &part.digest).await;
        let content = match content {
            Err(error) if error.kind == Kind::Unavailable => return Err(error),
            other => other.ok(),
        };
        checks.push(Check { name: "part", what: part.name.clone(), ok: content.is_some() });
        match (part.kind.as_str(), content) {
            ("manifest", Some(content)) => {
                manifest = serde_json::from_slice(&content).unwrap_or_default()
            }
            ("cover", Some(content)) => checks.extend(seal(ctx, &content, &stored.manifest).await?),
            _ => {}
        }
    }
    let named = parts.iter().any(|part| part.kind == "manifest" && part.digest == stored.manifest);
    checks.push(Check {
        name: "manifest",
        what: String::new(),
        ok: named && lists(&manifest, &parts),
    });
    let ok = in_log(ctx, &manifest).await?;
    checks.push(Check { name: "evidence", what: String::new(), ok });
    let whole = checks.iter().all(|check| check.ok);
    store::checked(ctx, folder_id, whole).await?;
    let body = json!({ "folder": folder_id, "whole": whole });
    let subject = format!("case:{}", stored.case_id);
    audit::record_row(ctx, "case.archive_checked", &subject, body, "archive_folder", folder_id)
        .await?;
    Ok(CheckReport { folder: folder_id.to_owned(), at: Moment(ctx.now), whole, checks })
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
    Ok(vec![
        Check { name: "seal", what: String::new(), ok: sealed },
        Check { name: "cover", what: String::new(), ok: named },
    ])
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

/// The folder, for a reader of its case. Errors: `denied`, `not_found`.
async fn readable(ctx: &mut Ctx, folder_id: &str) -> Result<StoredFolder> {
    authority::demand(ctx, READ)?;
    let stored = store::get(ctx, folder_id).await?;
    case::show(ctx, &stored.case_id).await?;
    Ok(stored)
}

/// The parts the reader may see: the agency's internal ones for its officers only.
async fn visible(ctx: &mut Ctx, stored: &StoredFolder) -> Result<Vec<Part>> {
    let inside = authority::same_agency(ctx, &stored.agency);
    let mut parts = store::parts(ctx, &stored.id).await?;
    parts.retain(|part| inside || !part.internal);
    Ok(parts)
}

async fn whole(ctx: &mut Ctx, stored: &StoredFolder) -> Result<Folder> {
    let parts = visible(ctx, stored).await?;
    Ok(Folder { parts, ..shown(ctx, stored) })
}

fn shown(ctx: &Ctx, stored: &StoredFolder) -> Folder {
    let item = ctx.env.pack.item(&stored.item).map(|item| item.name.clone());
    Folder {
        id: stored.id.clone(),
        case_id: stored.case_id.clone(),
        case_number: stored.case_number.clone(),
        number: stored.number.clone(),
        item: item.unwrap_or_else(|| Text::new(&stored.item, &stored.item)),
        agency: stored.agency.clone(),
        retention_years: stored.retention_years,
        manifest: stored.manifest.clone(),
        at: Moment::of(stored.at_us),
        checked: (stored.checked_us != 0).then(|| Moment::of(stored.checked_us)),
        whole: stored.checked_ok != 0,
        parts: Vec::new(),
    }
}
