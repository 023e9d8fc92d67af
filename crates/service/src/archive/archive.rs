//! The verbs of the archive: read a folder, hand out a part, check that it is whole.

use super::model::{CheckReport, Folder, FolderPage, Part};
use super::store::{self, StoredFolder};
use super::{MANAGE, READ, fixity, packing};
use crate::case::{self, Case, Download, Moment, disclosed};
use ::store::Ctx;
use kernel::{Error, Result, Text};
use party::{audit, authority};
use serde_json::json;

/// The folders of an ended case, with the parts its reader may see: of an item's case, or of all
/// items of a parent. One that has not been packed yet is packed now, in a transaction of its own,
/// so the context must be a reading one.
///
/// Errors: `denied`; `not_found` for whoever may not read the case; `archive.not_ended`.
pub async fn folders(ctx: &mut Ctx, case_id: &str) -> Result<Vec<Folder>> {
    authority::demand(ctx, READ)?;
    if let Ok(taken) = store::get(ctx, case_id).await {
        let taken = readable(ctx, &taken.id).await?;
        return Ok(vec![whole(ctx, &taken).await?]);
    }
    let asked = store::case(ctx, case_id).await?;
    let cases = if asked.is_parent() {
        // Refuses whoever may not know of the whole.
        case::show(ctx, case_id).await?;
        store::children(ctx, case_id).await?
    } else {
        admit(ctx, &asked).await?;
        vec![asked.clone()]
    };
    let mut out = Vec::new();
    let mut ended = false;
    for case in cases.iter().filter(|case| case.phase.is_final()) {
        ended = true;
        if asked.is_parent() && !case::reads_contents(ctx, case).await? {
            continue;
        }
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
/// `archive.disposed`, `object.damaged`.
pub async fn part(ctx: &mut Ctx, folder_id: &str, sequence: i64) -> Result<Download> {
    let stored = held(ctx, folder_id).await?;
    let parts = visible(ctx, &stored).await?;
    let part =
        parts.into_iter().find(|part| part.sequence == sequence).ok_or_else(Error::not_found)?;
    tell(ctx, &stored, part.title.clone()).await?;
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

/// A folder as one file, for its owner or who keeps the archive, with the parts he may see. Errors:
/// as [`part`], `denied` for other officers, and those of writing the package.
pub async fn package(ctx: &mut Ctx, folder_id: &str) -> Result<Download> {
    let stored = held(ctx, folder_id).await?;
    if !packs(ctx, &stored) || veiled(ctx, &stored).await? {
        return Err(Error::denied("denied"));
    }
    let folder = whole(ctx, &stored).await?;
    tell(ctx, &stored, Text::new("整个案卷", "The whole folder")).await?;
    super::package::make(ctx, &folder).await
}

/// Records that an officer takes something of a folder away. Whose data a folder taken in has is not
/// known here: its own record tells.
async fn tell(ctx: &mut Ctx, stored: &StoredFolder, what: Text) -> Result<()> {
    if stored.source.is_empty() {
        let case = store::case(ctx, &stored.case_id).await?;
        return disclosed::taken(ctx, &case, what).await;
    }
    let (env, actor) = (ctx.env.clone(), ctx.actor.clone());
    let mut own = Ctx::write(&env, actor, ctx.lang).await?;
    audit::record(&mut own, "case.taken", &stored.subject(), json!({})).await?;
    own.commit().await
}

/// Checks every part of a folder against its digest, the parts against the manifest, the manifest
/// against the cover, the cover's seal, and the evidence entries against the log; keeps the result.
/// Errors: `denied`, `not_found`, `archive.disposed`.
pub async fn check(ctx: &mut Ctx, folder_id: &str) -> Result<CheckReport> {
    let stored = held(ctx, folder_id).await?;
    let report = fixity::examine(ctx, &stored).await?;
    fixity::keep(ctx, &stored, &report).await?;
    Ok(report)
}

/// As [`readable`], while its files are kept. Errors: `archive.disposed`.
async fn held(ctx: &mut Ctx, folder_id: &str) -> Result<StoredFolder> {
    let stored = readable(ctx, folder_id).await?;
    match stored.disposed_us {
        0 => Ok(stored),
        _ => Err(Error::conflict("archive.disposed")),
    }
}

/// Refuses whoever may not read what the case contains; who keeps the agency's archive reads its
/// folders without.
async fn admit(ctx: &mut Ctx, case: &Case) -> Result<()> {
    if keeps(ctx, &case.agency) || case::reads_contents(ctx, case).await? {
        return Ok(());
    }
    Err(case::refuse(ctx, case))
}

/// True for a citizen who reads the case with something left out or masked.
async fn veiled(ctx: &mut Ctx, stored: &StoredFolder) -> Result<bool> {
    if !ctx.actor.is_citizen() {
        return Ok(false);
    }
    let case = store::case(ctx, &stored.case_id).await?;
    case::is_veiled(ctx, &case).await
}

/// True for who may take the whole folder away.
fn packs(ctx: &Ctx, stored: &StoredFolder) -> bool {
    !ctx.actor.is_officer()
        || keeps(ctx, &stored.agency)
        || !authority::same_agency(ctx, &stored.agency)
}

/// True for who keeps the agency's archive.
fn keeps(ctx: &Ctx, agency: &str) -> bool {
    authority::may(ctx, MANAGE) && ctx.actor.is_officer() && authority::same_agency(ctx, agency)
}

/// The folder, for a reader of its case. Errors: `denied`, `not_found`.
async fn readable(ctx: &mut Ctx, folder_id: &str) -> Result<StoredFolder> {
    authority::demand(ctx, READ)?;
    let stored = store::get(ctx, folder_id).await?;
    if !stored.source.is_empty() {
        return if keeps(ctx, &stored.agency) { Ok(stored) } else { Err(Error::not_found()) };
    }
    let case = store::case(ctx, &stored.case_id).await?;
    admit(ctx, &case).await?;
    Ok(stored)
}

/// The parts the reader may see: the agency's internal ones for its officers only; what was answered
/// and looked up, which is whole there, for the owner and who keeps the archive. Officers read it
/// masked at the case, and whole with a reason.
async fn visible(ctx: &mut Ctx, stored: &StoredFolder) -> Result<Vec<Part>> {
    let inside = ctx.actor.is_officer() && authority::same_agency(ctx, &stored.agency);
    let masked = inside && !keeps(ctx, &stored.agency);
    let left_out: &[&str] = match veiled(ctx, stored).await? {
        // The explanation of a decision tells what was found of others.
        true => &["form", "lookups", "decision"],
        false if masked => &["form", "lookups", "licence"],
        false => &[],
    };
    let mut parts = store::parts(ctx, &stored.id).await?;
    parts.retain(|part| inside || !part.internal);
    parts.retain(|part| !left_out.contains(&part.kind.as_str()));
    Ok(parts)
}

async fn whole(ctx: &mut Ctx, stored: &StoredFolder) -> Result<Folder> {
    let parts = visible(ctx, stored).await?;
    let folder = shown(ctx, stored);
    let packed = folder.packed && !veiled(ctx, stored).await?;
    Ok(Folder { parts, packed, ..folder })
}

pub(super) fn shown(ctx: &Ctx, stored: &StoredFolder) -> Folder {
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
        source: stored.source.clone(),
        at: Moment::of(stored.at_us),
        checked: (stored.checked_us != 0).then(|| Moment::of(stored.checked_us)),
        whole: stored.checked_ok != 0,
        packed: packs(ctx, stored),
        disposed: (stored.disposed_us != 0).then(|| Moment::of(stored.disposed_us)),
        transferred: (stored.transferred_us != 0).then(|| Moment::of(stored.transferred_us)),
        parts: Vec::new(),
    }
}
