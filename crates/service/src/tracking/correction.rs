//! Mending what was asked, and only that: the form and what it sends.

use super::upload;
use crate::case::{AskedShown, Correction, Material, Shown};
use ::store::Ctx;
use kernel::identifier::{BankCard, CitizenNumber, Mobile, PersonName};
use kernel::{Error, Result, Text};
use pack::Province;
use pack::item::Item;
use pack::one_thing::{Field, FieldKind};
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use webkit::Form;

/// Longest answer where the form sets no limit, in characters.
const LENGTH_MAX: usize = 200;

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

/// The form for what is asked of the case. Errors: `not_found` when nothing is.
pub(super) fn mend(pack: &Province, case: &Shown) -> Result<Mend> {
    let asked =
        case.asked.iter().find(|asked| asked.case_id == case.id).ok_or_else(Error::not_found)?;
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

/// Reads the form for what was asked; every field and file is there and fits.
///
/// Errors: `tracking.mend` with the fields at fault: `required`, `too_long`, the codes of the
/// field's kind, those of an upload.
pub(super) async fn read(
    ctx: &mut Ctx,
    case: &Shown,
    mend: &Mend,
    form: &Form,
) -> Result<Correction> {
    let pack = ctx.env.pack.clone();
    let item = pack.item(&case.item.id).ok_or_else(Error::not_found)?;
    let mut error = Error::invalid("tracking.mend");
    let mut answers = BTreeMap::new();
    for one in &mend.fields {
        let id = one.name.trim_start_matches("answer.");
        let known = pack.form(&case.one_thing.id).and_then(|form| form.field(id));
        match answer(known, form.text(&one.name)) {
            Ok(value) => {
                answers.insert(id.to_owned(), value);
            }
            Err(fault) => error = at(error, &one.name, fault),
        }
    }
    let mut materials: Vec<Material> = Vec::new();
    for one in &mend.files {
        match take(ctx, item, one, form).await {
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
    form: &Form,
) -> Result<Vec<Material>> {
    let id = one.name.trim_start_matches("material.");
    let mut materials = Vec::new();
    for file in form.files.iter().filter(|file| file.field == one.name) {
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

/// An answer as typed, by the kind of its field.
fn answer(field: Option<&Field>, typed: &str) -> Result<Json> {
    let required = field.is_none_or(|field| field.required);
    if typed.is_empty() {
        return if required { Err(Error::invalid("required")) } else { Ok(Json::Null) };
    }
    let max = field.and_then(|field| field.length_max).map_or(LENGTH_MAX, usize::from);
    if typed.chars().count() > max {
        return Err(Error::invalid("too_long").arg("max", max));
    }
    let Some(field) = field else { return Ok(Json::from(typed)) };
    Ok(match field.kind {
        FieldKind::Number => {
            let number: i64 = typed.parse().map_err(|_| Error::invalid("tracking.number"))?;
            let outside = field.min.is_some_and(|min| number < min)
                || field.max.is_some_and(|max| number > max);
            if outside {
                return Err(Error::invalid("tracking.number"));
            }
            Json::from(number)
        }
        FieldKind::Date => {
            let day: jiff::civil::Date =
                typed.parse().map_err(|_| Error::invalid("tracking.date"))?;
            Json::from(day.to_string())
        }
        FieldKind::Choice => {
            let chosen = field.choices.iter().find(|choice| choice.value == typed);
            Json::from(chosen.ok_or_else(|| Error::invalid("tracking.choice"))?.value.as_str())
        }
        FieldKind::CitizenNumber => Json::from(CitizenNumber::parse(typed)?.as_str()),
        FieldKind::Mobile => Json::from(Mobile::parse(typed)?.as_str()),
        FieldKind::BankCard => Json::from(BankCard::parse(typed)?.as_str()),
        FieldKind::Name => Json::from(PersonName::parse(typed)?.as_str()),
        FieldKind::Confirm => Json::from(true),
        _ => Json::from(typed),
    })
}
