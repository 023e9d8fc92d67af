//! Making a seal: a key, its certificate, the picture, and the structure of GB/T 38540 that binds
//! them under the maker's signature.
//!
//! Invariants: the register has the seal's record before it is made; each seal has a code of its own.
//! Must not know: who approved it, what is sealed with it.

use super::key::{self, MAKER, Signer};
use super::record::Record;
use super::{store, twin};
use crate::authority::{self, Issuer, Profile};
use ::store::{Ctx, SealPicture};
use kernel::{Error, Result};
use pack::Agency;
use proof::seal::{Design, Picture, Seal};

/// Diameter of a round seal, in millimetres.
const ROUND_MM: u16 = 42;
/// Side of an officer's.
const PERSONAL_MM: u16 = 20;

/// Makes the key and the seal of a record, certified by the authority nearest to its agency; the
/// key's id, none when the holder has a current one. Errors: `licence.agency_unknown`, those of
/// certifying and of drawing.
pub(super) async fn make(ctx: &mut Ctx, record: &Record) -> Result<Option<String>> {
    let issuer = authority::nearest(ctx, &record.division).await?;
    by_issuer(ctx, record, &issuer).await
}

/// As [`make`], certified by this authority.
pub(super) async fn by_issuer(
    ctx: &mut Ctx,
    record: &Record,
    issuer: &Issuer,
) -> Result<Option<String>> {
    let pack = ctx.env.pack.clone();
    let unknown = || Error::invalid("licence.agency_unknown");
    let agency = pack.agency(&record.agency).ok_or_else(unknown)?;
    let maker = key::own(ctx, MAKER).await?;
    let own = key::new_key(ctx)?;
    let title = record.title(&agency.name).zh;
    let name = authority::subject(ctx, &title, &agency.credit_code);
    let chain = key::certify(ctx, issuer, &own, name.clone(), Profile::Agency)?;
    let certificate = chain.first().ok_or_else(|| Error::internal("no certificate"))?;
    let kind = pack.agency_kind(&agency.kind).map(|kind| kind.code.clone()).unwrap_or_default();
    let number = store::count(ctx, &agency.id).await? + 1;
    let code = format!("{}{kind}{number:04}", agency.division);
    let picture = draw(ctx, record, &agency, &code)?;
    let seal_name = match record.kind.as_str() {
        "agency" => format!("{title}电子印章"),
        _ => title,
    };
    let design = Design {
        id: &code,
        name: &seal_name,
        holder: certificate,
        picture: &picture,
        created_at: certificate.valid_from(),
        valid_from: certificate.valid_from(),
        valid_until: certificate.valid_until(),
    };
    let seal = Seal::make(&design, &maker.chain, &maker.key)?;
    let fingerprint = certificate.fingerprint();
    let holder = record.holder.as_str();
    let made = key::save(ctx, holder, &own, &chain, Some(&seal), code).await?;
    key::enter(ctx, issuer, made.as_deref(), holder, &chain).await?;
    if let Some(id) = made.clone() {
        let body = serde_json::json!({ "agency": agency.id, "certificate": fingerprint });
        let twin = twin::make(ctx, &id, holder, name).await?;
        let (holder, seal) = (holder.to_owned(), Some(seal));
        key::keep(ctx, Signer { id: id.clone(), holder, key: own, chain, seal, twin });
        let subject = format!("seal:{id}");
        party::audit::record_row(ctx, "seal.made", &subject, body, "agency_key", &id).await?;
    }
    Ok(made)
}

fn draw(ctx: &Ctx, record: &Record, agency: &Agency, code: &str) -> Result<Picture> {
    let typeset = &ctx.env.typeset;
    let (name, line) = (agency.name.zh.as_str(), record.name.as_str());
    let (svg, mm) = match record.kind.as_str() {
        "special" => {
            (typeset.face_svg(SealPicture::Special { agency: name, line, code })?, ROUND_MM)
        }
        "personal" => (typeset.face_svg(SealPicture::Personal { name: line })?, PERSONAL_MM),
        _ => (typeset.seal_svg(name, code)?, ROUND_MM),
    };
    Ok(Picture { kind: "SVG".to_owned(), data: svg.into_bytes(), width_mm: mm, height_mm: mm })
}
