//! Sealed documents: receipts, notices, decisions. Typeset, sealed with the agency's key, stored,
//! recorded.
//!
//! A document may be drawn before the transaction that needs it ([`draw`], then [`put`]), so that
//! typesetting holds no lock; [`document`] does both at once. Beside the seal it bears a signature for
//! readers of others, where the key has a twin.

use super::key::{self, Signer};
use super::store::{self, SealedRow};
use super::twin::{self, Readable};
use ::store::{Ctx, Env};
use kernel::identifier::QueryCode;
use kernel::{Error, Result, Text, Timestamp, canonical};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// Longest title, in characters.
const TITLE_MAX: usize = 100;

/// A sealed and stored document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedDoc {
    /// Id.
    pub id: String,
    /// SM3 of the file, its name in the object store.
    pub digest: String,
    /// Public verification code, ten characters.
    pub code: String,
}

/// A document drawn and sealed but not yet recorded.
#[derive(Clone, Debug)]
pub struct Drawn {
    row: SealedRow,
    signer: Signer,
    file: Vec<u8>,
}

/// Draws, seals, stores and records a document in the caller's transaction. The calling verb has
/// decided that the agency makes it.
///
/// `layout` names a layout of the pack and `data` is what it prints; `created`, `verify` and `demo`
/// are put in when absent. Its QR code leads to the public verification page.
///
/// Errors: `licence.agency_unknown`, `licence.seal_suspended`, `licence.layout_unknown`,
/// `canonical.float` for data with fractions, those of typesetting.
pub async fn document(
    ctx: &mut Ctx,
    agency_id: &str,
    layout: &str,
    data: Json,
    title: &str,
    case_id: &str,
) -> Result<SealedDoc> {
    let signer = key::agency(ctx, agency_id).await?;
    let row = describe(ctx, agency_id, layout, title, case_id)?;
    let readable = twin::readable(ctx, &signer).await?;
    let env = ctx.env.clone();
    let drawn = seal_it(&env, signer, readable, row, data).await?;
    put(ctx, drawn).await
}

/// Draws and seals a document with no transaction open. Errors: as [`document`].
pub async fn draw(
    env: &Arc<Env>,
    agency_id: &str,
    layout: &str,
    data: Json,
    title: &str,
    case_id: &str,
) -> Result<Drawn> {
    let mut ctx = env.system("seal.draw").await?;
    let signer = key::agency(&mut ctx, agency_id).await?;
    let row = describe(&mut ctx, agency_id, layout, title, case_id)?;
    let readable = twin::readable(&mut ctx, &signer).await?;
    // The agency's key may just have been made.
    ctx.commit().await?;
    seal_it(env, signer, readable, row, data).await
}

/// Stores and records what was drawn. Errors: `licence.seal_suspended` when the seal was suspended
/// in the meantime.
pub async fn put(ctx: &mut Ctx, drawn: Drawn) -> Result<SealedDoc> {
    let Drawn { mut row, signer, file } = drawn;
    key::by_id(ctx, &signer.id).await?;
    row.digest = ctx.put_object(&file).await?;
    store::insert_document(ctx, &row).await?;
    super::log_use(ctx, &signer, &row.digest, &row.title, &row.id).await?;
    let body = json!({
        "agency": row.agency, "layout": row.layout, "digest": row.digest, "case": row.case_id,
    });
    let subject = match row.case_id.as_str() {
        "" => format!("document:{}", row.id),
        case => format!("case:{case}"),
    };
    party::audit::record_row(ctx, "document.sealed", &subject, body, "sealed_document", &row.id)
        .await?;
    Ok(SealedDoc { id: row.id, digest: row.digest, code: row.code })
}

/// The sealed document with this public code, `None` when there is none.
pub async fn by_code(ctx: &mut Ctx, code: &str) -> Result<Option<SealedRow>> {
    store::document_by_code(ctx, code).await
}

/// The file of a sealed document. The caller has checked that the actor may read it. Errors:
/// `not_found`, `object.damaged`.
pub async fn file(ctx: &mut Ctx, id: &str) -> Result<Vec<u8>> {
    let row = store::document(ctx, id).await?;
    let env = ctx.env.clone();
    env.objects.get(&env.vault, &row.digest).await
}

pub(super) fn describe(
    ctx: &mut Ctx,
    agency: &str,
    layout: &str,
    title: &str,
    case_id: &str,
) -> Result<SealedRow> {
    Ok(SealedRow {
        id: ctx.id(),
        agency: agency.to_owned(),
        layout: layout.to_owned(),
        title: title.chars().take(TITLE_MAX).collect(),
        digest: String::new(),
        code: QueryCode::make(&mut ctx.random)?.as_str().to_owned(),
        case_id: case_id.to_owned(),
        at_us: ctx.now.0,
    })
}

async fn seal_it(
    env: &Arc<Env>,
    signer: Signer,
    readable: Option<Readable>,
    row: SealedRow,
    mut data: Json,
) -> Result<Drawn> {
    let at = Timestamp(row.at_us);
    let printed = data.as_object_mut().ok_or_else(|| Error::invalid("licence.layout_data"))?;
    printed.entry("created").or_insert_with(|| json!(at.rfc3339()));
    printed.entry("verify").or_insert_with(|| json!(verify_label(&row.code)));
    if env.settings.demo {
        printed.insert("demo".to_owned(), json!(Text::new("演示", "DEMO")));
    }
    let issuer_code = signer.chain[0].subject().code.clone();
    let payload = canonical::to_string(&json!({
        "kind": "document",
        "document_id": row.id,
        "issuer_code": issuer_code,
        "title": row.title,
        "layout": row.layout,
        "case": row.case_id,
        "code": row.code,
        "issued_at": row.at_us,
        "data": data,
    }))?;
    let link = format!("{}/verify?code={}", env.settings.base_url, row.code);
    let pdf = typeset(env, &row.layout, data, &signer, &link).await?;
    let mut file = press(&pdf, &signer, at, payload.as_bytes())?;
    if let Some(readable) = readable {
        file = readable.sign(&file, at, &row.title)?;
    }
    Ok(Drawn { row, signer, file })
}

/// What stands below a QR code: that it verifies, and the code for those who cannot scan.
pub(crate) fn verify_label(code: &str) -> Text {
    let grouped = QueryCode::parse(code).map(|code| code.grouped()).unwrap_or_default();
    Text::new("扫码验真", grouped)
}

/// Typesets a layout of the pack with the signer's seal and a QR code, on a thread for blocking
/// work. Errors: `licence.layout_unknown`, those of typesetting.
pub(crate) async fn typeset(
    env: &Arc<Env>,
    layout: &str,
    data: Json,
    signer: &Signer,
    link: &str,
) -> Result<Vec<u8>> {
    typeset_by(env, layout, data, std::slice::from_ref(signer), link).await
}

/// As [`typeset`], with the seals of several: the first is `seal.svg`, the next `seal-2.svg`.
pub(super) async fn typeset_by(
    env: &Arc<Env>,
    layout: &str,
    data: Json,
    signers: &[Signer],
    link: &str,
) -> Result<Vec<u8>> {
    let source = env
        .pack
        .layout(layout)
        .map(str::to_owned)
        .ok_or_else(|| Error::invalid("licence.layout_unknown").arg("layout", layout))?;
    let mut pictures = Vec::with_capacity(signers.len());
    for (number, seal) in (1..).zip(signers.iter().map(|signer| signer.seal.as_ref())) {
        let Some(seal) = seal else { continue };
        let name = if number == 1 { "seal.svg".to_owned() } else { format!("seal-{number}.svg") };
        pictures.push((name, String::from_utf8(seal.picture().data).map_err(Error::internal)?));
    }
    let qr = env.typeset.qr_svg(link)?;
    let typeset = env.typeset.clone();
    let work = move || {
        let mut images = vec![("qr.svg", qr)];
        images.extend(pictures.iter().map(|(name, svg)| (name.as_str(), svg.clone())));
        typeset.render(&source, &data, &images)
    };
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

/// Seals a PDF with the signer's key and seal. Errors: those of [`proof::pdf::sign`].
pub(crate) fn press(pdf: &[u8], signer: &Signer, at: Timestamp, payload: &[u8]) -> Result<Vec<u8>> {
    let seal = signer.seal.as_ref().ok_or_else(|| Error::internal("signer without a seal"))?;
    proof::pdf::sign(pdf, seal, &signer.key, &signer.chain, at, payload)
}
