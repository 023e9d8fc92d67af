//! What the applicant supplies later, over REST: everything asked to be mended, and materials that
//! were promised. Files come in base64 and are judged by their content, as those of a page are.

use super::correction::{self, Sent};
use crate::case::{self, Act, Correction, Done};
use ::store::Ctx;
use axum::extract::Path;
use axum::http::HeaderMap;
use base64::Engine as _;
use kernel::{Error, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use webkit::{Access, Answer, Body, Call, Route, Upload, post};

/// Files taken with one correction.
const FILES_MAX: usize = webkit::form::FILES_MAX;

/// A file for a material.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SentFile {
    /// Material of the item, as asked.
    material: String,
    /// Name of the file.
    name: String,
    /// Content in base64.
    content: String,
}

/// Everything that was asked to be mended.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Mended {
    /// New answers by form field; only those asked.
    #[serde(default)]
    answers: BTreeMap<String, Json>,
    /// New files; only of materials asked.
    #[serde(default)]
    files: Vec<SentFile>,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        post("/api/v1/cases/{id}/correction", Access::SignedIn, correct)
            .upload()
            .doc("Supplies everything that was asked to be mended.")
            .takes::<Act<Mended>>()
            .gives::<Done>(),
        post("/api/v1/cases/{id}/promised-material", Access::SignedIn, supply)
            .upload()
            .doc("Supplies a material that was promised.")
            .takes::<Act<SentFile>>()
            .gives::<Done>(),
    ]
}

impl SentFile {
    /// The file as a form would send it, in the field of its material. Errors: `form.base64`.
    fn upload(self, at: &str) -> Result<Upload> {
        let content = base64::engine::general_purpose::STANDARD
            .decode(self.content.as_bytes())
            .map_err(|_| Error::invalid("form.fields_wrong").field(at, "form.base64"))?;
        let name = self.name.chars().filter(|c| !webkit::form::forbidden(*c)).take(120).collect();
        Ok(Upload { field: format!("material.{}", self.material), name, content })
    }
}

/// The files as a form would send them, if there are not too many and all are of materials that are
/// asked for; `beyond` is what was found besides. Errors: `case.correction_beyond`, `form.files`,
/// `form.base64`.
pub(super) fn uploads(
    files: Vec<SentFile>,
    asks: impl Fn(&str) -> bool,
    mut beyond: Error,
) -> Result<Vec<Upload>> {
    for (at, file) in files.iter().enumerate() {
        if !asks(&file.material) {
            beyond = beyond.field(format!("files[{at}].material"), "not_asked");
        }
    }
    beyond.if_any_field()?;
    if files.len() > FILES_MAX {
        return Err(Error::limited("form.files"));
    }
    let files = files.into_iter().enumerate();
    files.map(|(at, file)| file.upload(&format!("files[{at}].content"))).collect()
}

/// `POST /api/v1/cases/{id}/correction`.
async fn correct(
    call: Call,
    headers: HeaderMap,
    Path(id): Path<String>,
    Body(sent): Body<Json>,
) -> Answer {
    let act: Act<Mended> = Act::read(&headers, sent)?;
    let (once, revision, mended) = act.open("case.supply_correction", &id);
    let mut ctx = call.write().await?;
    if let Some(answer) = once.begin(&mut ctx).await? {
        return call.json(&answer);
    }
    let body = correction_of(&mut ctx, &id, mended).await?;
    let done = case::supply_correction(&mut ctx, &id, revision, body).await?;
    once.finish(&mut ctx, &done).await?;
    ctx.commit().await?;
    call.json(&done)
}

/// What was sent, checked as a form is. Errors: `case.no_correction_asked` when nothing is asked;
/// `case.correction_beyond` for what was not asked; `tracking.mend` with the fields at fault.
async fn correction_of(ctx: &mut Ctx, id: &str, mended: Mended) -> Result<Correction> {
    let shown = case::show(ctx, id).await?;
    let mend = correction::mend(&ctx.env.pack, &shown)?;
    let mut beyond = Error::invalid("case.correction_beyond");
    for field in mended.answers.keys().filter(|field| !mend.asks_field(field)) {
        beyond = beyond.field(format!("answers.{field}"), "not_asked");
    }
    let files = uploads(mended.files, |material| mend.asks_material(material), beyond)?;
    correction::read(ctx, &shown, &mend, &Sent { answers: mended.answers, files }).await
}

/// `POST /api/v1/cases/{id}/promised-material`.
async fn supply(
    call: Call,
    headers: HeaderMap,
    Path(id): Path<String>,
    Body(sent): Body<Json>,
) -> Answer {
    let act: Act<SentFile> = Act::read(&headers, sent)?;
    let (once, revision, file) = act.open("case.supply_tolerated", &id);
    let mut ctx = call.write().await?;
    if let Some(answer) = once.begin(&mut ctx).await? {
        return call.json(&answer);
    }
    let shown = case::show(&mut ctx, &id).await?;
    let outstanding = super::page::outstanding(&ctx.env.pack, &shown);
    let wanted = format!("material.{}", file.material);
    let one = outstanding.into_iter().find(|one| one.name == wanted).ok_or_else(|| {
        let args = vec![("material", file.material.clone())];
        Error::invalid("tracking.mend").field_with("material", "case.not_outstanding", args)
    })?;
    let pack = ctx.env.pack.clone();
    let item = pack.item(&shown.item.id).ok_or_else(Error::not_found)?;
    let files = [file.upload("content")?];
    let material = correction::take(&mut ctx, item, &one, &files)
        .await
        .map_err(|fault| correction::at(Error::invalid("tracking.mend"), "content", fault))?
        .into_iter()
        .next()
        .ok_or_else(Error::not_found)?;
    let done = case::supply_tolerated(&mut ctx, &id, revision, material).await?;
    once.finish(&mut ctx, &done).await?;
    ctx.commit().await?;
    call.json(&done)
}
