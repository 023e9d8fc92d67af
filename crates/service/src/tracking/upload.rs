//! A file the applicant sends: judged by its content, stored once.

use crate::case::{How, Material};
use crate::draft::media_type;
use ::store::Ctx;
use kernel::{Error, Result};
use pack::item::{Item, MetBy};
use webkit::Upload;

/// Bytes of a file where the item sets no limit.
const SIZE_MAX: u64 = 10 * 1024 * 1024;

/// Checks a file against the material it is for and stores it.
///
/// Errors, at the field of the upload: `tracking.upload_empty`, `tracking.upload_size`,
/// `tracking.upload_kind`, and those of a file of the form that is broken, locked or too much.
pub(super) async fn take(
    ctx: &mut Ctx,
    item: &Item,
    material: &str,
    file: &Upload,
) -> Result<Material> {
    let media = checked(item, material, file)?;
    let digest = ctx.put_object(&file.content).await?;
    Ok(Material {
        material_id: format!("{}.{material}", item.id),
        digest,
        name: file.name.clone(),
        media_type: media.to_owned(),
        size: file.content.len() as u64,
        how: How::Upload,
    })
}

fn checked(item: &Item, material: &str, file: &Upload) -> Result<&'static str> {
    let wrong = |code: &'static str| Error::invalid("tracking.upload").field(&file.field, code);
    let (accept, size_max) = match item.material(material).map(|one| &one.met_by) {
        Some(MetBy::Upload { accept, size_max_bytes, .. }) => (accept.as_slice(), *size_max_bytes),
        _ => (&[][..], SIZE_MAX),
    };
    if file.content.is_empty() {
        return Err(wrong("tracking.upload_empty"));
    }
    if file.content.len() as u64 > size_max {
        let args = vec![("limit_kib", (size_max / 1024).to_string())];
        return Err(Error::invalid("tracking.upload").field_with(
            &file.field,
            "tracking.upload_size",
            args,
        ));
    }
    let media = media_type(&file.content).map_err(|fault| match fault.code {
        "draft.file_kind" => wrong("tracking.upload_kind"),
        code => Error::invalid("tracking.upload").field_with(&file.field, code, fault.args),
    })?;
    let short = media.rsplit('/').next().unwrap_or_default();
    let taken = accept.is_empty()
        || accept
            .iter()
            .any(|one| one == media || one == short || (one == "jpg" && short == "jpeg"));
    if taken { Ok(media) } else { Err(wrong("tracking.upload_kind")) }
}

/// What the item takes for a material, for the file dialogue: `.pdf,.jpg,.jpeg,.png`.
pub(super) fn accepted(item: &Item, material: &str) -> (String, u64) {
    match item.material(material).map(|one| &one.met_by) {
        Some(MetBy::Upload { accept, size_max_bytes, .. }) if !accept.is_empty() => {
            let list: Vec<String> = accept
                .iter()
                .map(|one| if one.contains('/') { one.clone() } else { format!(".{one}") })
                .collect();
            (list.join(","), *size_max_bytes / 1024 / 1024)
        }
        _ => (".pdf,.jpg,.jpeg,.png".to_owned(), SIZE_MAX / 1024 / 1024),
    }
}
