//! Packing a folder: gather what is, write the parts, print and seal the cover, keep the index.
//!
//! Invariants: one folder for one case at one revision, however often or by whomever packing is
//! asked for; when a document of the case comes later, such as a receipt that is reversed, another
//! folder has all that the first has and the document too. Paper is drawn with no transaction open.

use super::contents::{self, whole};
use super::cover;
use super::fixity;
use super::model::{self, Part};
use super::store::{self, StoredFolder};
use crate::case::{self, Case, Shown};
use ::store::{Ctx, Env};
use kernel::{Actor, Error, Kind, Lang, Result, Text, Timestamp, canonical};
use party::{audit, evidence};
use proof::package::{COVER, MANIFEST};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// Name of the job.
pub(super) const JOB: &str = "service.archive_pack";
/// Pages of evidence taken into a manifest, of 50 entries each.
const EVIDENCE_PAGES_MAX: usize = 40;

/// A part before it is stored.
struct Draft {
    part: Part,
    /// Content, where it is not an object already.
    content: Option<Vec<u8>>,
}

/// After the commit: packs the case that ended. What ended long before now, as when past cases are
/// loaded, waits until somebody asks.
pub(super) async fn run(env: &Arc<Env>, payload: &Json) -> Result<()> {
    let id = payload["case"].as_str().unwrap_or_default();
    let mut ctx = reading(env);
    let case = match store::case(&mut ctx, id).await {
        Err(error) if error.kind == Kind::NotFound => return Ok(()),
        other => other?,
    };
    let now = ctx.now;
    let ended = case.completed.or(case.ended).unwrap_or(now);
    drop(ctx);
    // A document that came late asks for itself, however long ago the case ended.
    let late = payload["late"] == true;
    if case.is_parent() || !case.phase.is_final() || (!late && ended.plus_days(1) < now) {
        return Ok(());
    }
    pack(env, id).await
}

/// Packs an ended item's case unless it has been packed at this revision with all its documents.
///
/// Errors: `archive.not_ended`; `not_found`, also for a parent; those of sealing.
pub async fn pack(env: &Arc<Env>, case_id: &str) -> Result<()> {
    let mut ctx = reading(env);
    let case = store::case(&mut ctx, case_id).await?;
    if case.is_parent() {
        return Err(Error::not_found());
    }
    if !case.phase.is_final() {
        return Err(Error::conflict("archive.not_ended"));
    }
    if is_packed(&mut ctx, &case).await? {
        return Ok(());
    }
    drop(ctx);
    place_evidence(env).await?;
    let mut ctx = reading(env);
    let shown = case::show(&mut ctx, case_id).await?;
    let mut drafts = gather(&mut ctx, &case, &shown).await?;
    drop(ctx);
    let (years, kept) = retention(env, &case)?;
    let mut ctx = env.system(JOB).await?;
    let (at, year) = (ctx.now, ctx.now.date().year());
    let sequence = store::next(&mut ctx, &case.agency, year).await?;
    ctx.commit().await?;
    let file = File { number: model::number(&case.agency, year, years, sequence), years, kept, at };
    let mut ctx = reading(env);
    let (manifest, digest) = manifest(&mut ctx, &case, &shown, &drafts, &file).await?;
    let name = Text::new("卷内清单", "Manifest");
    drafts.push(draft(MANIFEST, name, "manifest", "application/json", manifest, false));
    drop(ctx);
    keep(env, &case, drafts, &digest, file).await
}

/// How a folder is filed.
struct File {
    number: String,
    /// Years it is kept; 0 for ever.
    years: i64,
    /// The class of retention by name.
    kept: String,
    at: Timestamp,
}

fn reading(env: &Arc<Env>) -> Ctx {
    Ctx::read(env, Actor::system(JOB), Lang::Zh)
}

/// True when the newest folder at this revision has every document of the case, or was disposed of.
async fn is_packed(ctx: &mut Ctx, case: &Case) -> Result<bool> {
    let folders = store::of_case(ctx, &case.id).await?;
    let Some(newest) = folders.iter().rev().find(|one| one.revision == case.revision) else {
        return Ok(false);
    };
    if newest.disposed_us != 0 {
        return Ok(true);
    }
    let parts = store::parts(ctx, &newest.id).await?;
    let documents = store::documents(ctx, &case.id).await?;
    Ok(documents.iter().all(|document| parts.iter().any(|part| part.digest == document.digest)))
}

/// Gives entries that wait their places in the log, so that the manifest can name them.
async fn place_evidence(env: &Arc<Env>) -> Result<()> {
    let mut ctx = env.system(JOB).await?;
    evidence::sequence(&mut ctx).await?;
    ctx.commit().await
}

fn draft(
    name: &str,
    title: Text,
    kind: &str,
    media: &str,
    content: String,
    internal: bool,
) -> Draft {
    let content = content.into_bytes();
    let part = Part {
        sequence: 0,
        name: name.to_owned(),
        title,
        kind: kind.to_owned(),
        media_type: media.to_owned(),
        size: i64::try_from(content.len()).unwrap_or(i64::MAX),
        digest: proof::digest::sm3_hex(&content),
        internal,
    };
    Draft { part, content: Some(content) }
}

/// Every part but manifest and cover, in the order of the index.
async fn gather(ctx: &mut Ctx, case: &Case, shown: &Shown) -> Result<Vec<Draft>> {
    let root = case.root_id().to_owned();
    let json_part = |name: &str, title: Text, kind: &str, value: Json, internal: bool| {
        let text = canonical::to_string(&whole(value))?;
        Ok::<Draft, Error>(draft(name, title, kind, "application/json", text, internal))
    };
    let fields: Vec<&str> = shown.answers.iter().map(|answer| answer.field.as_str()).collect();
    let mut answers = contents::answers(ctx, &root).await?;
    answers.retain(|field, _| fields.contains(&field.as_str()));
    let paths: Vec<&str> = shown.facts.iter().map(|fact| fact.path.as_str()).collect();
    let mut lookups = contents::lookups(ctx, &root).await?;
    lookups.retain(|fact| paths.contains(&fact["path"].as_str().unwrap_or_default()));
    let (opinions, decision) = decision(shown)?;
    let mut drafts = vec![
        json_part(
            "form.json",
            Text::new("申请表", "Application form"),
            "form",
            json!(answers),
            false,
        )?,
        json_part(
            "lookups.json",
            Text::new("数据核验记录", "Record of lookups"),
            "lookups",
            json!(lookups),
            false,
        )?,
        json_part(
            "decision.json",
            Text::new("决定及其说明", "Decision and explanation"),
            "decision",
            decision,
            false,
        )?,
        json_part(
            "opinions.json",
            Text::new("内部审查意见", "Internal opinions"),
            "opinions",
            opinions,
            true,
        )?,
    ];
    for (index, file) in contents::files(ctx, &root, &case.item).await?.into_iter().enumerate() {
        let material = shown.materials.iter().find(|one| one.id == file.material);
        let title =
            material.map_or_else(|| Text::new(&file.name, &file.name), |one| one.name.clone());
        drafts.push(Draft {
            part: Part {
                sequence: 0,
                name: format!("material-{:02}{}", index + 1, extension(&file.media_type)),
                title,
                kind: "material".to_owned(),
                media_type: file.media_type,
                size: file.size,
                digest: file.digest,
                internal: false,
            },
            content: None,
        });
    }
    drafts.extend(documents(ctx, case).await?);
    drafts.extend(licences(ctx, case, shown).await?);
    Ok(drafts)
}

fn extension(media_type: &str) -> &'static str {
    match media_type {
        "application/pdf" => ".pdf",
        "image/png" => ".png",
        "image/jpeg" => ".jpg",
        _ => "",
    }
}

/// What was decided and why; and apart from it, what only the agency reads.
fn decision(shown: &Shown) -> Result<(Json, Json)> {
    let internal = |kind: &str| matches!(kind, "claimed" | "unclaimed" | "handed_over");
    let mut opinions = Vec::new();
    let mut history = Vec::new();
    for one in &shown.timeline {
        let mut detail = one.detail.clone();
        let opinion = detail.as_object_mut().and_then(|detail| detail.remove("opinion"));
        if let Some(opinion) =
            opinion.filter(|opinion| opinion.as_str().is_some_and(|text| !text.is_empty()))
        {
            opinions.push(json!({ "sequence": one.sequence, "at": one.at, "by": one.actor, "opinion": opinion }));
        }
        let entry =
            json!({ "sequence": one.sequence, "at": one.at, "kind": one.kind, "change": detail });
        if internal(&one.kind) { opinions.push(entry) } else { history.push(entry) }
    }
    let explanation = serde_json::to_value(&shown.explanation).map_err(Error::internal)?;
    let decision = json!({
        "phase": shown.phase,
        "automatic": shown.automatic,
        "history": history,
        "explanation": explanation,
    });
    Ok((json!(opinions), decision))
}

/// The sheets of the licences that the item yielded, set if they were not yet.
async fn licences(ctx: &mut Ctx, case: &Case, shown: &Shown) -> Result<Vec<Draft>> {
    let env = ctx.env.clone();
    let mut drafts = Vec::new();
    for one in shown.licences.iter().filter(|one| one.item == case.item) {
        let digest = match licence::register::sheet_digest(&env, &one.id).await {
            Err(error) if error.code == "licence.no_sheet" => continue,
            digest => digest?,
        };
        let size = env.objects.get(&env.vault, &digest).await?.len();
        drafts.push(Draft {
            part: Part {
                sequence: 0,
                name: format!("licence-{:02}.pdf", drafts.len() + 1),
                title: one.name.clone(),
                kind: "licence".to_owned(),
                media_type: "application/pdf".to_owned(),
                size: i64::try_from(size).map_err(Error::internal)?,
                digest,
                internal: false,
            },
            content: None,
        });
    }
    Ok(drafts)
}

/// The receipts, notices and decisions, set if they were not yet.
async fn documents(ctx: &mut Ctx, case: &Case) -> Result<Vec<Draft>> {
    let waiting = store::documents(ctx, &case.id).await?;
    for document in waiting.iter().filter(|one| one.digest.is_empty()) {
        case::document(ctx, &case.id, &document.id).await?;
    }
    let mut drafts = Vec::new();
    for (index, document) in store::documents(ctx, &case.id).await?.into_iter().enumerate() {
        let content = ctx.env.objects.get(&ctx.env.vault, &document.digest).await?;
        drafts.push(Draft {
            part: Part {
                sequence: 0,
                name: format!("document-{:02}.pdf", index + 1),
                title: serde_json::from_str(&document.title).map_err(Error::internal)?,
                kind: "document".to_owned(),
                media_type: "application/pdf".to_owned(),
                size: i64::try_from(content.len()).map_err(Error::internal)?,
                digest: document.digest,
                internal: false,
            },
            content: None,
        });
    }
    Ok(drafts)
}

/// The manifest and its digest.
async fn manifest(
    ctx: &mut Ctx,
    case: &Case,
    shown: &Shown,
    drafts: &[Draft],
    file: &File,
) -> Result<(String, String)> {
    let mut entries = Vec::new();
    let licences = shown.licences.iter().map(|licence| format!("licence:{}", licence.id));
    for subject in std::iter::once(format!("case:{}", case.id)).chain(licences) {
        let mut after = String::new();
        for _ in 0..EVIDENCE_PAGES_MAX {
            let page = audit::list(ctx, &subject, &after).await?;
            entries.extend(page.entries);
            let Some(next) = page.next else { break };
            after = next;
        }
    }
    entries.sort_by(|one, other| one.id.cmp(&other.id));
    let entries: Vec<Json> = entries
        .iter()
        .map(|entry| {
            json!({ "id": entry.id, "kind": entry.kind, "leaf": entry.leaf, "position": entry.position })
        })
        .collect();
    let parts: Vec<Json> = drafts
        .iter()
        .map(|draft| {
            let part = &draft.part;
            json!({ "name": part.name, "title": part.title.zh, "kind": part.kind,
                "media_type": part.media_type, "size": part.size, "sm3": part.digest,
                "internal": part.internal })
        })
        .collect();
    let mut receipts: Vec<&str> = shown.facts.iter().map(|fact| fact.receipt.as_str()).collect();
    receipts.retain(|receipt| !receipt.is_empty());
    receipts.sort_unstable();
    receipts.dedup();
    let licences: Vec<&str> =
        shown.licences.iter().map(|licence| licence.identifier.as_str()).collect();
    let pack = ctx.env.pack.clone();
    let ended = case.completed.or(case.ended).map(Timestamp::rfc3339);
    let text = canonical::to_string(&json!({
        "format": proof::package::FORMAT,
        "number": file.number,
        "title": pack.item(&case.item).map_or(case.item.as_str(), |item| &item.name.zh),
        "agency": pack.agency(&case.agency).map(|agency| agency.name.zh).unwrap_or_default(),
        "retention": { "years": file.years, "name": file.kept },
        "at": file.at.rfc3339(),
        "software": env!("CARGO_PKG_VERSION"),
        "case": { "id": case.id, "number": case.number, "parent": case.parent_id, "item": case.item,
            "one_thing": case.one_thing, "agency": case.agency, "division": case.division,
            "phase": case.phase.as_str(), "revision": case.revision, "submitted": case.submitted.rfc3339(),
            "ended": ended, "granted": case.granted },
        "definition": { "kind": "item", "id": case.item, "version": case.definition_version,
            "sm3": case.definition_digest, "calendar": case.state.calendar_version },
        "history": case.history,
        "receipts": receipts,
        "licences": licences,
        "evidence": entries,
        "parts": parts,
    }))?;
    let digest = proof::digest::sm3_hex(text.as_bytes());
    Ok((text, digest))
}

/// Draws the cover, then keeps everything in one transaction, unless somebody was faster.
async fn keep(
    env: &Arc<Env>,
    case: &Case,
    mut drafts: Vec<Draft>,
    manifest: &str,
    file: File,
) -> Result<()> {
    let File { number, years, at, .. } = file;
    let parts: Vec<&Part> = drafts.iter().map(|draft| &draft.part).collect();
    let printed = cover::data(env, case, &number, years, manifest, &parts);
    let title = format!("政务服务案卷 {number}");
    let drawn =
        licence::seal::draw(env, &case.agency, cover::LAYOUT, printed, &title, &case.id).await?;

    let mut ctx = env.system(JOB).await?;
    if !ctx.lock("cases", &case.id).await? {
        return Err(Error::not_found());
    }
    if is_packed(&mut ctx, case).await? {
        return Ok(());
    }
    let sealed = licence::seal::put(&mut ctx, drawn).await?;
    for draft in &mut drafts {
        if let Some(content) = draft.content.take() {
            ctx.put_object(&content).await?;
        }
    }
    let size = env.objects.get(&env.vault, &sealed.digest).await?.len();
    let title = Text::new("案卷封面和卷内文件目录", "Cover and index");
    let cover = Part {
        sequence: 0,
        name: COVER.to_owned(),
        title,
        kind: "cover".to_owned(),
        media_type: "application/pdf".to_owned(),
        size: i64::try_from(size).map_err(Error::internal)?,
        digest: sealed.digest.clone(),
        internal: false,
    };
    let mut parts = vec![cover];
    parts.extend(drafts.into_iter().map(|draft| draft.part));
    for (part, sequence) in parts.iter_mut().zip(1..) {
        part.sequence = sequence;
    }
    let folder = StoredFolder {
        id: ctx.id(),
        case_id: case.id.clone(),
        revision: case.revision,
        addition: store::additions(&mut ctx, &case.id, case.revision).await?,
        number,
        case_number: case.number.clone(),
        item: case.item.clone(),
        agency: case.agency.clone(),
        division: case.division.clone(),
        retention_years: years,
        manifest: manifest.to_owned(),
        cover: sealed.digest,
        at_us: at.0,
        checked_us: 0,
        checked_ok: 0,
        disposed_us: 0,
        transferred_us: 0,
        source: String::new(),
    };
    store::insert(&mut ctx, &folder, &parts).await?;
    fixity::plan(&mut ctx, &folder.id).await?;
    let body = json!({ "folder": folder.id, "number": folder.number, "manifest": folder.manifest,
        "cover": folder.cover, "parts": parts.len() });
    let subject = format!("case:{}", case.id);
    audit::record_row(&mut ctx, "case.archived", &subject, body, "archive_folder", &folder.id)
        .await?;
    ctx.emit("case.archived", &json!({ "case": case.id, "folder": folder.id })).await?;
    ctx.commit().await
}

/// How long the folder of a case is kept: in years, 0 for ever, and the name of the class.
fn retention(env: &Env, case: &Case) -> Result<(i64, String)> {
    let ending = model::ending(case.phase.as_str(), case.granted);
    let class = model::retention(&env.pack, &case.item, ending)?;
    Ok((i64::from(class.years), class.name.zh.clone()))
}
