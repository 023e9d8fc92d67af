//! What the procedure that examines a case waits for from the applicant, and how he hands it in.
//!
//! Invariants
//! - Only what the examination waits for is taken, once, and answered as its form asks; files are of
//!   materials that the item takes as uploads, and those it requires with a form are there.
//! - It leaves evidence of who handed in what; what follows is the procedure's.
//! - While the case is suspended it is kept, and heard when the case goes on.
//!
//! Must not know: which drawing waits, or why.

use super::access::{self, Standing};
use super::body::HandIn;
use super::model::{Case, Done, Named};
use super::shown::AwaitedShown;
use super::{act, definition, examination, notice, store, supply};
use ::store::Ctx;
use flow::case::Phase;
use kernel::{Error, Kind, Result};
use pack::item::{AwaitedFile, Item, MetBy};
use process::instance::asks::{self, Asked};
use serde_json::{Value as Json, json};

/// Name of the job that tells the applicant what is awaited.
pub(super) const JOB: &str = "service.case_awaits";

/// What is awaited from the applicant of a case.
async fn asked(ctx: &mut Ctx, case: &Case) -> Result<Vec<Asked>> {
    let open = matches!(case.state.phase, Phase::Accepted | Phase::Suspended);
    match case.state.examined_by().filter(|_| open) {
        Some(_) => asks::asked(ctx, &examination::page(&case.id)).await,
        None => Ok(Vec::new()),
    }
}

/// What is awaited from the applicant, as shown to him and to officers, of an item or of all items
/// of an application.
pub(super) async fn awaited(
    ctx: &mut Ctx,
    case: &Case,
    family: &[Case],
) -> Result<Vec<AwaitedShown>> {
    let mut shown = Vec::new();
    for one in family.iter().filter(|one| case.is_parent() || one.id == case.id) {
        let asked = asked(ctx, one).await?;
        if asked.is_empty() {
            continue;
        }
        let item = definition::item(ctx, one).await?;
        shown.extend(asked.into_iter().map(|asked| AwaitedShown {
            id: asked.id,
            case_id: one.id.clone(),
            item: Named::new(&item.id, item.name.clone()),
            step: asked.step,
            materials: uploads(&item, &asked.form.id),
            required: required(&item, &asked.form.id).cloned().collect(),
            form: asked.form,
            told: asked.told,
        }));
    }
    Ok(shown)
}

/// The files that the item names for a form of its procedure.
fn named<'a>(item: &'a Item, form: &'a str) -> impl Iterator<Item = &'a AwaitedFile> {
    let files = item.procedure.iter().flat_map(|procedure| &procedure.files);
    files.filter(move |file| file.form == form)
}

/// Materials of which files may come with a form: those the item names for it, else all that it
/// takes as files.
fn uploads(item: &Item, form: &str) -> Vec<Named> {
    let narrowed = named(item, form).next().is_some();
    let uploads = item.materials.iter().filter(|one| {
        let named = !narrowed || named(item, form).any(|file| file.material == one.id);
        named && matches!(one.met_by, MetBy::Upload { .. })
    });
    uploads.map(|one| Named::new(&one.id, one.name.clone())).collect()
}

/// Materials without which the form is not handed in.
fn required<'a>(item: &'a Item, form: &'a str) -> impl Iterator<Item = &'a String> {
    named(item, form).filter(|file| file.required).map(|file| &file.material)
}

/// The applicant hands in what the examination waits for. Errors: `not_found`, `case.stale`;
/// `case.not_awaited` for what it does not wait for, or no longer; `process.answers` with a field for
/// each fault; `case.material_unknown`; `case.files_required` with a field for each file that lacks.
pub async fn hand_in(ctx: &mut Ctx, id: &str, revision: Option<i64>, body: HandIn) -> Result<Done> {
    let acting = act::Acting::load(ctx, id).await?;
    access::require(ctx, &acting.case, Standing::Applicant).await?;
    acting.fresh(revision)?;
    let (case, item) = (acting.case, acting.item);
    let asked = asked(ctx, &case).await?.into_iter().find(|one| one.id == body.awaited);
    let asked = asked.ok_or_else(|| Error::conflict("case.not_awaited"))?;
    let (taken, sent) = (uploads(&item, &asked.form.id), supply::names(&item.id, &body.materials)?);
    for material in &sent {
        if taken.iter().all(|one| one.id != *material) {
            return Err(Error::invalid("case.material_unknown").arg("material", material));
        }
    }
    asks::answer(ctx, &asked, &body.answers).await?;
    let mut error = Error::invalid("case.files_required");
    for material in required(&item, &asked.form.id).filter(|id| !sent.contains(id)) {
        error = error.field(format!("material.{material}"), "required");
    }
    error.if_any_field()?;
    supply::materials(ctx, &case, &body.materials).await?;
    let files: Vec<&str> = body.materials.iter().map(|one| one.digest.as_str()).collect();
    let evidence = json!({ "awaited": asked.id, "step": asked.step, "files": files });
    let kept = [(supply::MATERIALS_KEPT, case.root_id())];
    let subject = format!("case:{id}");
    party::audit::record_rows(ctx, "case.handed_in", &subject, evidence, &kept).await?;
    Ok(act::done(&case))
}

/// The job: tells the applicant that something is awaited from him, unless it no longer is.
pub(super) async fn tell(ctx: &mut Ctx, payload: &Json) -> Result<()> {
    let subject = payload["subject"].as_str().unwrap_or_default();
    let Some(id) = examination::case_of(subject) else { return Ok(()) };
    let case = match store::get(ctx, id).await {
        Err(error) if error.kind == Kind::NotFound => return Ok(()),
        other => other?,
    };
    if asked(ctx, &case).await?.is_empty() {
        return Ok(());
    }
    let item = definition::item(ctx, &case).await?;
    notice::awaited(ctx, &case, &item).await
}
