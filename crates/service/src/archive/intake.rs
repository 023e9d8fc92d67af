//! Folders packed elsewhere, taken in as the packages they left in: by another installation, or by
//! this one before it was set up anew.
//!
//! Invariants
//! - A package is taken in when everything that `yipan verify` checks of it holds by the roots of
//!   this installation, all files that its manifest lists are in it, and it was sealed by the agency
//!   that the manifest names.
//! - It is kept as it came, as one part, and read by the keepers of the agency that took it in: its
//!   case is not here, and its own id stands for that of the case.
//! - An archive number is held once. A folder is kept for as long as its manifest or the pack's
//!   schedule says, whichever is longer, counted from the end of the case.
//!
//! Must not know: how folders are packed, who made a package.

use super::MANAGE;
use super::archive::shown;
use super::fixity;
use super::model::{self, Check, CheckReport, Folder, Part};
use super::store::{self, StoredFolder};
use crate::case::Moment;
use ::store::Ctx;
use kernel::{Error, Kind, Result, Text, Timestamp};
use party::{audit, authority};
use proof::digest::sm3_hex;
use proof::package::Manifest;
use proof::verify::{Report, verify_file};
use serde_json::json;

/// What a package is in a folder.
const PART: &str = "package";
/// What a package is among files.
const MEDIA_TYPE: &str = "application/zip";
/// What kind of file the verifier calls a package.
const VERIFIED: &str = "case_package";

/// A package that was found to hold.
#[derive(Clone, Debug)]
pub struct Intake {
    content: Vec<u8>,
    manifest: Manifest,
    /// SM3 of the manifest.
    digest: String,
    /// Who sealed it.
    source: String,
    /// When its case ended.
    ended: Timestamp,
    /// Years it is kept; 0 for ever.
    years: i64,
}

fn refused(error: &'static str, file: &str) -> Error {
    Error::invalid(error).field(file, error)
}

/// Verifies a package that is to be taken in. Permission `archive.manage`.
///
/// Errors: `denied`; `archive.not_whole` with the check that fails, `archive.not_a_package`,
/// `archive.parts_absent`, `archive.another_maker`, `archive.not_dated`.
pub async fn examine(ctx: &mut Ctx, content: &[u8]) -> Result<Intake> {
    authority::demand(ctx, MANAGE)?;
    let report = verified(ctx, content).await?;
    if report.kind != VERIFIED {
        return Err(refused("archive.not_a_package", "file"));
    }
    if let Some(failed) = report.failure() {
        let error = Error::invalid("archive.not_whole").arg("why", failed.detail.get(ctx.lang));
        return Err(error);
    }
    let (manifest, absent) = proof::package::manifest(content)?;
    if absent > 0 {
        return Err(refused("archive.parts_absent", "file"));
    }
    let signer = report.signed.as_ref().and_then(|by| by.chain.first());
    let source = signer.map(|one| one.subject().common_name.clone()).unwrap_or_default();
    if source != manifest.agency {
        return Err(refused("archive.another_maker", "file"));
    }
    let case = &manifest.body["case"];
    let day = |text: &str| text.parse::<jiff::Timestamp>().ok();
    let ended = case["ended"].as_str().and_then(day).map(|at| Timestamp(at.as_microsecond()));
    let ended = ended.filter(|at| *at <= ctx.now);
    let ended = ended.ok_or_else(|| refused("archive.not_dated", "file"))?;
    let years = years(ctx, &manifest)?;
    let body = report.body.unwrap_or_default();
    let digest = body["data"]["manifest"].as_str().unwrap_or_default().to_owned();
    Ok(Intake { content: content.to_vec(), manifest, digest, source, ended, years })
}

/// For how long: by the manifest or by the schedule, whichever is longer; 0 for ever.
fn years(ctx: &Ctx, manifest: &Manifest) -> Result<i64> {
    let case = &manifest.body["case"];
    let ending = model::ending(case["phase"].as_str().unwrap_or_default(), case["granted"] == true);
    let item = case["item"].as_str().unwrap_or_default();
    let scheduled = i64::from(model::retention(&ctx.env.pack, item, ending)?.years);
    Ok(match manifest.body["retention"]["years"].as_i64() {
        Some(0) => 0,
        Some(years) if scheduled != 0 => years.max(scheduled),
        _ => scheduled,
    })
}

/// Keeps a package that was found to hold. Permission `archive.manage`. Errors: `denied`;
/// `archive.held` for a number that is here already.
pub async fn take_in(ctx: &mut Ctx, intake: Intake) -> Result<Folder> {
    authority::demand(ctx, MANAGE)?;
    let Intake { content, manifest, digest, source, ended, years } = intake;
    let package = ctx.put_object(&content).await?;
    let id = ctx.id();
    let folder = StoredFolder {
        case_id: id.clone(),
        id,
        revision: 0,
        addition: 0,
        number: manifest.number.clone(),
        case_number: manifest.relation.clone(),
        item: manifest.body["case"]["item"].as_str().unwrap_or_default().to_owned(),
        agency: ctx.actor.agency.clone(),
        division: ctx.actor.division.clone(),
        retention_years: years,
        manifest: digest,
        cover: package.clone(),
        at_us: ended.0,
        checked_us: 0,
        checked_ok: 0,
        disposed_us: 0,
        transferred_us: 0,
        source,
    };
    let part = Part {
        sequence: 1,
        name: format!("{}.zip", manifest.number),
        title: Text::new(&manifest.title, &manifest.title),
        kind: PART.to_owned(),
        media_type: MEDIA_TYPE.to_owned(),
        size: i64::try_from(content.len()).map_err(Error::internal)?,
        digest: package,
        internal: false,
    };
    store::insert(ctx, &folder, std::slice::from_ref(&part)).await?;
    fixity::plan(ctx, &folder.id).await?;
    let body = json!({ "folder": folder.id, "number": folder.number, "source": folder.source,
        "manifest": folder.manifest, "package": folder.cover });
    let subject = folder.subject();
    audit::record_row(ctx, "archive.taken_in", &subject, body, "archive_folder", &folder.id)
        .await?;
    let whole = shown(ctx, &folder);
    Ok(Folder { parts: vec![part], ..whole })
}

/// Checks a package that was taken in: the file, and all that was verified then.
pub(super) async fn check(ctx: &mut Ctx, stored: &StoredFolder) -> Result<CheckReport> {
    let name = format!("{}.zip", stored.number);
    let (checks, whole) = match ctx.env.objects.get(&ctx.env.vault, &stored.cover).await {
        Ok(content) if sm3_hex(&content) == stored.cover => {
            let report = verified(ctx, &content).await?;
            let holds = |name: &str| report.checks.iter().any(|one| one.name == name && one.ok);
            let sealed = ["signature", "seal", "certificate", "chain"].iter().all(|one| holds(one));
            let checks = vec![
                Check::of("part", &name, true),
                Check::of("manifest", "", holds("manifest") && holds("integrity")),
                Check::of("seal", "", sealed),
                Check::of("cover", "", holds("cover")),
                Check::of("evidence", "", holds("evidence")),
            ];
            (checks, report.valid)
        }
        Err(error) if error.kind == Kind::NotFound => (lost(&name, "missing"), false),
        Err(error) if error.code != "object.damaged" => return Err(error),
        _ => (lost(&name, "changed"), false),
    };
    Ok(CheckReport { folder: stored.id.clone(), at: Moment(ctx.now), whole, checks })
}

fn lost(name: &str, why: &'static str) -> Vec<Check> {
    vec![Check { why, ..Check::of("part", name, false) }]
}

async fn verified(ctx: &mut Ctx, content: &[u8]) -> Result<Report> {
    let anchors = licence::seal::trust_anchors(ctx).await?;
    Ok(verify_file(content, &anchors, None, ctx.now))
}
