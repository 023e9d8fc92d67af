//! The formats of the files held (格式监测): how many of each, how large, and how long each will be
//! readable by the table of the pack.
//!
//! Invariant: a format that the table does not know is at risk. Must not know: what a file says.

use super::AUDIT;
use super::model::HeldFormat;
use super::store_fixity as store;
use ::store::Ctx;
use kernel::{Result, Text};
use pack::archive::Risk;
use party::authority;

/// The formats held within reach, those most at risk first. Permission `archive.audit`. Errors:
/// `denied`.
pub async fn formats(ctx: &mut Ctx) -> Result<Vec<HeldFormat>> {
    authority::demand(ctx, AUDIT)?;
    let scope = super::scope(ctx)?;
    let held = store::formats(ctx, &scope).await?;
    let pack = ctx.env.pack.clone();
    let table = pack.archives()?;
    let mut out: Vec<HeldFormat> = held
        .into_iter()
        .map(|row| {
            let known = table.format(&row.media_type);
            HeldFormat {
                name: known.map_or_else(
                    || Text::new(&row.media_type, &row.media_type),
                    |format| format.name.clone(),
                ),
                risk: known.map_or(Risk::High, |format| format.risk),
                known: known.is_some(),
                note: known.map(|format| format.note.clone()),
                media_type: row.media_type,
                files: row.files,
                bytes: row.bytes,
            }
        })
        .collect();
    let rank = |risk: Risk| match risk {
        Risk::High => 0,
        Risk::Medium => 1,
        Risk::Low => 2,
    };
    out.sort_by(|a, b| (rank(a.risk), b.files).cmp(&(rank(b.risk), a.files)));
    Ok(out)
}
