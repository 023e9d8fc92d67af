//! Whether what a wallet of others shows answers a request: who issued it, to whom it is bound, for
//! which occasion, in what state, and what it shows.

use super::object;
use super::store::{Ask, Request};
use crate::credential;
use crate::register::{LicenceRow, store as licences};
use crate::seal::key;
use ::store::Ctx;
use kernel::{Error, Result};
use proof::jose::Jws;
use proof::jose::sdjwt::{Occasion, SdJwt};
use proof::jose::status::Reference;
use serde_json::{Map, Value as Json};

/// Name of the one credential asked for, within a query and its answer.
pub(super) const QUERY: &str = "licence";
/// Longest answer, in bytes.
pub(super) const ANSWER_MAX: usize = 256 << 10;
/// Claims of every credential that are not fields and may be withheld.
const CONCEALED: &str = "identifier";

/// A licence with what was shown of it.
pub(super) struct Held {
    pub licence: LicenceRow,
    pub fields: Map<String, Json>,
}

/// Checks an answer to a request.
///
/// Errors: `licence.vp_form`, those of [`SdJwt`] for a signature, chain, disclosure or time that
/// does not hold, `licence.vp_issuer` where the signer may not issue credentials or was taken back,
/// `licence.vp_kind` for another type, `licence.vp_audience`, `licence.vp_nonce`,
/// those of [`SdJwt::verify_binding`], `licence.vp_foreign` for a credential that is not of ours,
/// `licence.vp_ended` for one suspended, revoked or taken back, `licence.vp_excess` and
/// `licence.vp_missing` for fields that were not asked for and such that were.
pub(super) async fn presentation(
    ctx: &mut Ctx,
    request: &Request,
    ask: &Ask,
    vp_token: &str,
) -> Result<Held> {
    let text = only(vp_token)?;
    let shown = SdJwt::parse(&text)?;
    let anchors = key::trust_anchors(ctx).await?;
    let at = ctx.env.clock.platform();
    let (issuer, claims) = shown.verify_certified(&anchors, at)?;
    if !crate::authority::is_outward(ctx, &issuer).await? {
        return Err(Error::invalid("licence.vp_issuer"));
    }
    let base = ctx.env.settings.base_url.clone();
    if claims.get("vct").and_then(Json::as_str) != Some(&credential::vct(&base, &ask.type_id)) {
        return Err(Error::invalid("licence.vp_kind"));
    }
    let names = object::names(ctx).await?;
    let audience = occasion(&text, &names, &request.nonce)?;
    shown.verify_binding(&Occasion { audience: &audience, nonce: &request.nonce, at })?;
    let licence = standing(ctx, &base, &claims).await?;
    if licence.type_id != ask.type_id {
        return Err(Error::invalid("licence.vp_kind"));
    }
    Ok(Held { licence, fields: fields(&claims, &ask.wanted()?)? })
}

/// The one presentation of an answer.
fn only(vp_token: &str) -> Result<String> {
    let wrong = || Error::invalid("licence.vp_form");
    let token = proof::json::parse(vp_token.as_bytes(), ANSWER_MAX)
        .map_err(|error| wrong().detail(error))?;
    let token = token.as_object().filter(|token| token.len() == 1).ok_or_else(wrong)?;
    match token.get(QUERY).and_then(Json::as_array).map(Vec::as_slice) {
        Some([Json::String(text)]) => Ok(text.clone()),
        _ => Err(wrong()),
    }
}

/// Under which of our names an answer was made, or for what other occasion; whether it was made at
/// all is checked after it.
fn occasion(text: &str, names: &[String], nonce: &str) -> Result<String> {
    let Some(binding) = text.rsplit('~').next().filter(|last| !last.is_empty()) else {
        return Err(Error::invalid("licence.vp_unbound"));
    };
    let claims = Jws::parse(binding)?.claims()?;
    let text = |name: &str| claims.get(name).and_then(Json::as_str);
    let audience = names.iter().find(|name| text("aud") == Some(name.as_str()));
    let audience = audience.ok_or_else(|| Error::invalid("licence.vp_audience"))?;
    if text("nonce") != Some(nonce) {
        return Err(Error::invalid("licence.vp_nonce"));
    }
    Ok(audience.clone())
}

/// The licence a credential was made of, when both stand.
async fn standing(ctx: &mut Ctx, base: &str, claims: &Map<String, Json>) -> Result<LicenceRow> {
    let foreign = || Error::invalid("licence.vp_foreign");
    let reference = Reference::of(claims)?.ok_or_else(foreign)?;
    let list = credential::list_number(base, &reference.uri).ok_or_else(foreign)?;
    let place = i64::try_from(reference.index).map_err(|_| foreign())?;
    let credential = credential::store::at(ctx, list, place).await?.ok_or_else(foreign)?;
    let licence = licences::get(ctx, &credential.licence_id).await?;
    match credential.state == "valid" && licence.in_force(ctx.now) {
        true => Ok(licence),
        false => Err(Error::invalid("licence.vp_ended")),
    }
}

/// The fields shown: all that were asked for, and no more.
fn fields(claims: &Map<String, Json>, wanted: &[String]) -> Result<Map<String, Json>> {
    let shown = claims.get("fields").and_then(Json::as_object).cloned().unwrap_or_default();
    let excess = shown.keys().any(|field| !wanted.contains(field));
    if excess || claims.contains_key(CONCEALED) {
        return Err(Error::invalid("licence.vp_excess"));
    }
    if wanted.iter().any(|field| !shown.contains_key(field)) {
        return Err(Error::invalid("licence.vp_missing"));
    }
    Ok(shown)
}
