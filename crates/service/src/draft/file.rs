//! Files for the materials of a draft.

use super::store::{self, FileRow};
use super::{access, draft, sniff};
use crate::item::{accept_text, size_text};
use ::store::Ctx;
use kernel::{Error, Lang, Result};
use pack::Province;
use pack::item::{Material, MetBy};
use pack::one_thing::{Field, FieldKind};
use serde_json::json;

/// Files of one draft, all fields together.
const FILES_MAX: usize = 60;
/// Characters of a file's name that are kept.
const NAME_MAX: usize = 120;

/// The material a file field carries.
pub(super) fn material<'a>(pack: &'a Province, field: &Field) -> Option<&'a Material> {
    let (item, material) = field.material.as_deref()?.split_once('.')?;
    pack.item(item)?.material(material)
}

/// What the material takes: types, bytes of one file, number of files.
fn limits(material: &Material) -> Option<(&[String], u64, u8)> {
    match &material.met_by {
        MetBy::Upload { accept, size_max_bytes, count_max } => {
            Some((accept, *size_max_bytes, *count_max))
        }
        _ => None,
    }
}

/// What may be sent for a file field, in words.
pub(super) fn hint(pack: &Province, field: &Field, lang: Lang) -> String {
    let Some((accept, size, count)) = material(pack, field).and_then(limits) else {
        return String::new();
    };
    accept_text(accept, size, count).get(lang).to_owned()
}

/// Content types a file field takes, as `accept` of the control.
pub(super) fn accept(pack: &Province, field: &Field) -> String {
    material(pack, field).and_then(limits).map(|(accept, ..)| accept.join(",")).unwrap_or_default()
}

/// Judges a file by its content. Errors, each at the field: `draft.file_empty`, `draft.file_size`
/// with limit and size, those of [`sniff::media_type`], `draft.file_kind`.
fn judge(material: &Material, content: &[u8]) -> Result<&'static str> {
    let (accept, most, _) = limits(material).ok_or_else(|| Error::invalid("draft.file_field"))?;
    if content.is_empty() {
        return Err(Error::invalid("draft.file_empty"));
    }
    let size = content.len() as u64;
    if size > most {
        return Err(Error::invalid("draft.file_size")
            .arg("max", size_text(most))
            .arg("size", size_text(size)));
    }
    let media_type = sniff::media_type(content)?;
    if !accept.iter().any(|kind| kind == media_type) {
        return Err(Error::invalid("draft.file_kind"));
    }
    Ok(media_type)
}

/// Attaches a file to a field; its id. The same content twice is one file.
///
/// Errors: `not_found`, `draft.submitted`, `draft.file_field` for a field that takes none,
/// `draft.file_count`, those of the content at the field.
pub async fn attach(
    ctx: &mut Ctx,
    id: &str,
    field: &str,
    name: &str,
    content: &[u8],
) -> Result<String> {
    let held = access::hold(ctx, id).await?;
    let opened = draft::opened(ctx, held).await?;
    let pack = ctx.env.pack.clone();
    let journey = opened.preview(&pack, ctx.now.date())?.journey(&pack)?;
    let wrong = || Error::invalid("draft.file_field").field(field, "draft.file_field");
    let (_, state) = journey
        .find(field)
        .filter(|(_, state)| state.field.kind == FieldKind::File)
        .ok_or_else(wrong)?;
    let material = material(&pack, state.field).ok_or_else(wrong)?;
    let media_type = judge(material, content).map_err(|error| {
        let args = error.args.clone();
        let code = error.code;
        Error::invalid("form.fields_wrong").field_with(field, code, args)
    })?;
    let files: Vec<&FileRow> = opened.files.iter().filter(|file| file.field == field).collect();
    let digest = proof::digest::sm3_hex(content);
    if let Some(known) = files.iter().find(|file| file.digest == digest) {
        return Ok(known.id.clone());
    }
    let most = limits(material).map_or(0, |(_, _, count)| usize::from(count));
    if files.len() >= most || opened.files.len() >= FILES_MAX {
        let args = vec![("max", most.to_string())];
        return Err(Error::invalid("form.fields_wrong").field_with(
            field,
            "draft.file_count",
            args,
        ));
    }
    let digest = ctx.put_object(content).await?;
    let file = FileRow {
        id: ctx.id(),
        field: field.to_owned(),
        digest,
        name: clean(name),
        media_type: media_type.to_owned(),
        size: i64::try_from(content.len()).unwrap_or(i64::MAX),
        at: ctx.now,
    };
    store::insert_file(ctx, id, &file).await?;
    let held = access::hold(ctx, id).await?;
    draft::mark_sent(ctx, held, field).await?;
    let body = json!({ "field": field, "digest": file.digest, "size": file.size });
    party::audit::record(ctx, "draft.file_attached", &format!("draft:{id}"), body).await?;
    Ok(file.id)
}

fn clean(name: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let name: String =
        base.chars().filter(|c| !webkit::form::forbidden(*c)).take(NAME_MAX).collect();
    if name.trim().is_empty() { "file".to_owned() } else { name }
}

/// Takes a file back. Errors: `not_found`, `draft.submitted`.
pub async fn detach(ctx: &mut Ctx, id: &str, file: &str) -> Result<()> {
    access::hold(ctx, id).await?;
    if !store::delete_file(ctx, id, file).await? {
        return Err(Error::not_found());
    }
    party::audit::record(
        ctx,
        "draft.file_removed",
        &format!("draft:{id}"),
        json!({ "file": file }),
    )
    .await?;
    Ok(())
}

/// A file with its content, for the owner or his clerk. Errors: `not_found`.
pub async fn read(ctx: &mut Ctx, id: &str, file: &str) -> Result<(FileRow, Vec<u8>)> {
    access::get(ctx, id).await?;
    let row = store::files(ctx, id)
        .await?
        .into_iter()
        .find(|row| row.id == file)
        .ok_or_else(Error::not_found)?;
    let content = ctx.env.objects.get(&ctx.env.vault, &row.digest).await?;
    Ok((row, content))
}
