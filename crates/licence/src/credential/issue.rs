//! Giving the credential: the wallet's token and proof of its key are checked, the licence's fields
//! signed, a place in a status list taken.

use super::nonce;
use super::offer::TOKEN;
use super::store::{self, Credential};
use crate::authority::{self, Outward};
use crate::register::{self, Opened, shown, store as licences};
use ::store::Ctx;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::time::{DAY_US, SECOND_US};
use kernel::{Error, Result, Timestamp};
use proof::digest::sm3_hex;
use proof::jose::sdjwt::{self, Issuer};
use proof::jose::status::Reference;
use proof::jose::{Jws, verify_times};
use proof::key::{Algorithm, PublicKey};
use serde_json::{Value as Json, json};

/// Purpose of the mark by which a nonce is known as ours.
const NONCE: &str = "licence.credential.nonce";
/// The kind of a proof of possession (OpenID4VCI 1.0 §F.1).
const PROOF: &str = "openid4vci-proof+jwt";
/// How long ago a proof may have been made.
const PROOF_AGE_US: i64 = 5 * 60 * SECOND_US;
/// Longest proof, in bytes.
const PROOF_MAX: usize = 8 << 10;
/// Days a credential holds at most; then the wallet asks for it anew.
const LIFE_DAYS: i64 = 365;
/// Places of a status list, and how many of them are taken: places are drawn by lot, so that they
/// do not tell who came after whom.
pub(super) const PLACES: u64 = 65_536;
const TAKEN_MAX: i64 = 32_768;
/// Draws of a free place; each misses at most every second time.
const DRAWS: usize = 64;

/// What a wallet asks for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Its access token.
    pub token: &'a str,
    /// Thumbprint of the key it has proved to hold; empty for a bearer.
    pub key: &'a str,
    /// The kind of credential.
    pub configuration: &'a str,
    /// The proof that it has the key.
    pub proof: &'a str,
}

/// A nonce for the next proof.
pub(super) fn nonce(ctx: &mut Ctx) -> String {
    nonce::make(ctx, NONCE)
}

/// The credential, in the compact form a wallet keeps, to be committed.
///
/// Errors: `licence.credential_token` for a token that is unknown, used, over, bound to another key or
/// of a program that was closed, `licence.credential_kind` for another kind than was offered, `licence.not_in_force`,
/// `licence.credential_nonce` for a nonce that is not ours, over or used, `licence.credential_proof`
/// and those of [`Jws`] for a proof that does not hold, `licence.seal_suspended`.
pub async fn issue(ctx: &mut Ctx, asked: Asked<'_>) -> Result<String> {
    let index = ctx.env.vault.index(TOKEN, asked.token);
    let token = || Error::unauthenticated("licence.credential_token");
    let offer = store::offer_by_token(ctx, &index).await?.ok_or_else(token)?;
    let now = ctx.env.clock.platform();
    let over = offer.state != "redeemed" || now.0 >= offer.token_expires_us;
    if over || offer.token_key != asked.key {
        return Err(token());
    }
    // A program that was closed meanwhile gets nothing any more.
    if !offer.client.is_empty() && party::token::client(ctx, &offer.client).await?.is_none() {
        return Err(token());
    }
    let row = licences::get(ctx, &offer.licence_id).await?;
    if row.type_id != asked.configuration {
        return Err(Error::invalid("licence.credential_kind"));
    }
    if !row.in_force(ctx.now) {
        return Err(Error::conflict("licence.not_in_force"));
    }
    let holder = possessed(ctx, asked.proof, now).await?;
    let opened = licences::open(ctx, row).await?;
    let signer = authority::ensure_outward(ctx).await?;
    let credential = enter(ctx, &opened, &holder, expires(&opened, &signer, now)).await?;
    if !store::set_issued(ctx, &offer.id, &credential.id).await? {
        return Err(token());
    }
    let text = sign(ctx, &opened, &signer, &holder, &credential)?;
    record(ctx, &opened, &credential).await?;
    Ok(text)
}

/// The key of which the wallet proves possession.
async fn possessed(ctx: &mut Ctx, proof: &str, now: Timestamp) -> Result<PublicKey> {
    let wrong = |why| Error::invalid("licence.credential_proof").detail(why);
    if proof.len() > PROOF_MAX {
        return Err(wrong("too large"));
    }
    let jws = Jws::parse(proof)?;
    let key = jws.possessed()?;
    if key.algorithm() != Algorithm::P256 {
        return Err(wrong("algorithm"));
    }
    jws.verify(&key, PROOF)?;
    let claims = jws.claims()?;
    let text = |name: &str| claims.get(name).and_then(Json::as_str).unwrap_or("");
    if text("aud") != ctx.env.settings.base_url {
        return Err(wrong("audience"));
    }
    verify_times(&claims, now)?;
    let made = claims.get("iat").and_then(Json::as_i64).ok_or_else(|| wrong("no time"))?;
    if made.saturating_mul(SECOND_US) < now.0 - PROOF_AGE_US {
        return Err(wrong("too old"));
    }
    spend(ctx, text("nonce"), now).await?;
    Ok(key)
}

/// Uses up a nonce. Errors: `licence.credential_nonce`.
async fn spend(ctx: &mut Ctx, nonce: &str, now: Timestamp) -> Result<()> {
    let wrong = || Error::invalid("licence.credential_nonce");
    let until = nonce::holds(ctx, NONCE, nonce, now).ok_or_else(wrong)?;
    match store::use_nonce(ctx, nonce, until, now).await? {
        true => Ok(()),
        false => Err(wrong()),
    }
}

/// A year from now, but not longer than the licence or the key.
fn expires(opened: &Opened, signer: &Outward, now: Timestamp) -> Timestamp {
    let mut until = now.plus_us(LIFE_DAYS * DAY_US);
    if let Some(licence) = opened.row.valid_until_us {
        until = until.min(Timestamp(licence));
    }
    signer.chain.iter().fold(until, |until, one| until.min(one.valid_until()))
}

async fn enter(
    ctx: &mut Ctx,
    opened: &Opened,
    holder: &PublicKey,
    expires: Timestamp,
) -> Result<Credential> {
    let (newest, taken) = store::newest_list(ctx).await?;
    let list = if newest == 0 || taken >= TAKEN_MAX { newest + 1 } else { newest };
    let mut new = Credential {
        id: ctx.id(),
        list,
        place: 0,
        licence_id: opened.row.id.clone(),
        person: opened.row.holder.clone(),
        key_digest: sm3_hex(&holder.to_bytes()),
        issued_us: ctx.now.0,
        expires_us: expires.0,
        state: "valid".to_owned(),
        ended_us: 0,
    };
    for _ in 0..DRAWS {
        new.place = i64::try_from(ctx.random.below(PLACES)).map_err(Error::internal)?;
        if store::insert(ctx, &new).await? {
            return Ok(new);
        }
    }
    Err(Error::internal("no free place in a status list half empty"))
}

fn sign(
    ctx: &mut Ctx,
    opened: &Opened,
    signer: &Outward,
    holder: &PublicKey,
    credential: &Credential,
) -> Result<String> {
    let base = ctx.env.settings.base_url.clone();
    let agency = shown::agency_name(&ctx.env.pack, &opened.row.agency).zh;
    let mut fields = opened.fields();
    fields.retain(|_, value| !shown::is_blank(value));
    let mut concealed: Vec<String> = fields.keys().map(|id| format!("/fields/{id}")).collect();
    concealed.push("/identifier".to_owned());
    let reference = Reference {
        index: usize::try_from(credential.place).map_err(Error::internal)?,
        uri: super::status::uri(&base, credential.list),
    };
    let seconds = |us: i64| us.div_euclid(SECOND_US);
    let claims = json!({
        "iss": base,
        "vct": super::metadata::vct(&base, &opened.row.type_id),
        "iat": seconds(ctx.env.clock.platform().0),
        "exp": seconds(credential.expires_us),
        "status": reference.to_json(),
        "issuing_authority": agency,
        "issuing_country": "CN",
        "identifier": opened.row.identifier,
        "fields": Json::Object(fields),
    });
    let Json::Object(claims) = claims else { return Err(Error::internal("claims")) };
    let concealed: Vec<&str> = concealed.iter().map(String::as_str).collect();
    let issuer = Issuer { key: &signer.key, chain: &signer.chain };
    let made = sdjwt::issue(&issuer, &claims, &concealed, Some(holder), &mut ctx.random)?;
    Ok(made.to_string())
}

async fn record(ctx: &mut Ctx, opened: &Opened, credential: &Credential) -> Result<()> {
    let fields: Vec<String> = opened.fields().keys().cloned().collect();
    let purpose = "存入持证人的其他钱包 Put into another wallet of the holder's";
    register::record_use(ctx, Some(&opened.row), "wallet", "", purpose, &fields).await?;
    let subject = format!("licence:{}", opened.row.id);
    let body = json!({ "credential": credential.id, "key": credential.key_digest });
    let (kind, id) = ("licence.credential_given", credential.id.as_str());
    party::audit::record_row(ctx, kind, &subject, body, "credential", id).await.map(drop)
}

/// A name for a key that is published.
pub(super) fn key_id(key: &PublicKey) -> String {
    base64url(&proof::hash::Hash::Sha256.digest(&[&key.to_bytes()]))
}

/// Bytes as tokens of the web write them.
pub(crate) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
