//! Mending what was asked, and only that: the form and what it sends.

use super::upload;
use crate::case::{AskedShown, Correction, Material, Shown};
use crate::draft::{Fault, check_answer};
use ::store::Ctx;
use kernel::{Error, Result, Text};
use pack::Province;
use pack::item::Item;
use pack::one_thing::{Field, FieldKind};
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use webkit::{Form, Upload};

/// A field to mend.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct MendField {
    /// Name of the form field, `answer.<field>`.
    pub(super) name: String,
    /// Label.
    pub(super) label: Text,
    /// Help.
    pub(super) hint: Option<Text>,
    /// `text`, `number`, `date`, `choice`, `confirm`.
    pub(super) kind: &'static str,
    /// Choices of `{value, text}`.
    pub(super) choices: Vec<(String, Text)>,
    /// The answer as it stands, or as typed.
    pub(super) value: String,
}

/// A material to send again.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct MendFile {
    /// Name of the form field, `material.<id>`.
    pub(super) name: String,
    /// Name.
    pub(super) label: Text,
    /// What the file dialogue offers.
    pub(super) accept: String,
    /// Largest size in MiB.
    pub(super) size_mib: u64,
}

/// Everything asked of one item's case.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Mend {
    /// What was asked.
    pub(super) asked: AskedShown,
    /// Fields.
    pub(super) fields: Vec<MendField>,
    /// Materials.
    pub(super) files: Vec<MendFile>,
}

impl Mend {
    /// True when the field is to be mended.
    pub(super) fn asks_field(&self, field: &str) -> bool {
        self.asked.fields.iter().any(|named| named.id == field)
    }

    /// True when the material is to be sent again.
    pub(super) fn asks_material(&self, material: &str) -> bool {
        self.asked.materials.iter().any(|named| named.id == material)
    }
}

/// What the applicant sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Sent {
    /// Answers by form field.
    pub(super) answers: BTreeMap<String, Json>,
    /// Files, each in the field `material.<id>`.
    pub(super) files: Vec<Upload>,
}

impl Sent {
    /// What a form of ours sent.
    pub(super) fn of_form(form: &Form) -> Sent {
        let answers = form.pairs().filter_map(|(name, value)| {
            Some((name.strip_prefix("answer.")?.to_owned(), Json::from(value)))
        });
        Sent { answers: answers.collect(), files: form.files.clone() }
    }
}

/// The form for what is asked of the case. Errors: `case.no_correction_asked` when nothing is;
/// `not_found` for whoever does not read its contents.
pub(super) fn mend(pack: &Province, case: &Shown) -> Result<Mend> {
    let asked = case.asked.iter().find(|asked| asked.case_id == case.id);
    let asked = asked.ok_or_else(|| match case.answers.is_empty() {
        true => Error::not_found(),
        false => Error::conflict("case.no_correction_asked"),
    })?;
    let item = pack.item(&case.item.id).ok_or_else(Error::not_found)?;
    let form = pack.form(&case.one_thing.id);
    let fields = asked.fields.iter().map(|named| {
        let known = form.and_then(|form| form.field(&named.id));
        let answer = case.answers.iter().find(|answer| answer.field == named.id);
        let raw = answer.and_then(|answer| answer.raw.as_ref());
        MendField {
            name: format!("answer.{}", named.id),
            label: named.name.clone(),
            hint: known.and_then(|field| field.hint.clone()),
            kind: kind(known),
            choices: known.map(choices).unwrap_or_default(),
            value: raw.map(plain).unwrap_or_default(),
        }
    });
    let files = asked.materials.iter().map(|named| file(item, &named.id, &named.name));
    Ok(Mend { asked: asked.clone(), fields: fields.collect(), files: files.collect() })
}

/// The file field of a material.
pub(super) fn file(item: &Item, material: &str, label: &Text) -> MendFile {
    let (accept, size_mib) = upload::accepted(item, material);
    MendFile { name: format!("material.{material}"), label: label.clone(), accept, size_mib }
}

fn kind(field: Option<&Field>) -> &'static str {
    match field.map(|field| field.kind) {
        Some(FieldKind::Number) => "number",
        Some(FieldKind::Date) => "date",
        Some(FieldKind::Choice) => "choice",
        Some(FieldKind::Confirm) => "confirm",
        _ => "text",
    }
}

fn choices(field: &Field) -> Vec<(String, Text)> {
    field.choices.iter().map(|choice| (choice.value.clone(), choice.label.clone())).collect()
}

fn plain(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Reads what was sent for what was asked; every field and file is there and fits.
///
/// Errors: `tracking.mend` with the fields at fault: `required`, the codes of the field's kind as
/// when the form was first filled, those of an upload.
pub(super) async fn read(
    ctx: &mut Ctx,
    case: &Shown,
    mend: &Mend,
    sent: &Sent,
) -> Result<Correction> {
    let pack = ctx.env.pack.clone();
    let item = pack.item(&case.item.id).ok_or_else(Error::not_found)?;
    let mut error = Error::invalid("tracking.mend");
    let mut answers = BTreeMap::new();
    for one in &mend.fields {
        let id = one.name.trim_start_matches("answer.");
        let known = pack.form(&case.one_thing.id).and_then(|form| form.field(id));
        let typed = sent.answers.get(id).unwrap_or(&Json::Null);
        match answer(&pack, known, typed, ctx.now.date()) {
            Ok(value) => {
                answers.insert(id.to_owned(), value);
            }
            Err((code, args)) => error = error.field_with(&one.name, code, args),
        }
    }
    let mut materials: Vec<Material> = Vec::new();
    for one in &mend.files {
        match take(ctx, item, one, &sent.files).await {
            Ok(files) => materials.extend(files),
            Err(fault) => error = at(error, &one.name, fault),
        }
    }
    error.if_any_field()?;
    Ok(Correction { answers, materials })
}

/// The files sent for a material. Errors: `required`; those of an upload.
pub(super) async fn take(
    ctx: &mut Ctx,
    item: &Item,
    one: &MendFile,
    files: &[Upload],
) -> Result<Vec<Material>> {
    let id = one.name.trim_start_matches("material.");
    let mut materials = Vec::new();
    for file in files.iter().filter(|file| file.field == one.name) {
        materials.push(upload::take(ctx, item, id, file).await?);
    }
    if materials.is_empty() {
        return Err(Error::invalid("required"));
    }
    Ok(materials)
}

/// Puts a fault at a field, by its own field's code or by its own.
pub(super) fn at(error: Error, name: &str, fault: Error) -> Error {
    match fault.fields.into_iter().next() {
        Some(field) => error.field_with(name, field.code, field.args),
        None => error.field_with(name, fault.code, fault.args),
    }
}

/// An answer as sent, checked by its field as when the form was first filled.
fn answer(
    pack: &Province,
    field: Option<&Field>,
    sent: &Json,
    today: jiff::civil::Date,
) -> std::result::Result<Json, Fault> {
    let missing = || ("required".to_owned(), Vec::new());
    // Only fields of the form can be asked for; a form that has lost one since takes no answer.
    let field = field.ok_or_else(missing)?;
    match check_answer(pack, field, sent, today)? {
        None | Some(Json::Bool(false)) if field.required => Err(missing()),
        value => Ok(value.unwrap_or(Json::Null)),
    }
}
