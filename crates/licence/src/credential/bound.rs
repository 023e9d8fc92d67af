//! Tokens that are worth nothing without a key (RFC 9449, DPoP), as wallets of high assurance ask: with
//! each call the wallet proves that it holds the key its token was given to.
//!
//! Invariants
//! - A proof is for one method, one address and, beside a token, for that token; it holds a nonce of
//!   ours and is taken once: what is kept of it is forgotten when the nonce would be over.
//! - A bound token without a proof of its key, and a proof beside a bearer's token, open nothing.
//!
//! Must not know: what the call does.

use super::issue::base64url;
use super::{nonce, store};
use ::store::Ctx;
use kernel::time::SECOND_US;
use kernel::{Error, Result};
use proof::hash::Hash;
use proof::jose::{Jws, verify_times};
use proof::key::{Algorithm, PublicKey};
use serde_json::Value as Json;

/// What wallets may sign proofs with.
pub(super) const ALGORITHM: &str = "ES256";
/// The kind of a proof (§4.2).
const TYP: &str = "dpop+jwt";
/// Purpose of the mark by which a nonce is known as ours.
const NONCE: &str = "licence.credential.dpop_nonce";
/// Purpose of the blind index of proofs that were taken.
const TAKEN: &str = "licence.credential.dpop";
/// Longest proof, in bytes.
const PROOF_MAX: usize = 8 << 10;
/// How long ago a proof may have been made.
const AGE_US: i64 = 5 * 60 * SECOND_US;

/// A nonce for the next proofs.
pub(super) fn nonce(ctx: &mut Ctx) -> String {
    nonce::make(ctx, NONCE)
}

/// The thumbprint (RFC 7638) of the key that a proof proves to be held by who calls this address with
/// `POST`, showing this token if any.
///
/// Errors: `licence.dpop_proof` for one that does not hold or was taken before, `licence.dpop_nonce` for
/// one without a nonce of ours, or with one that is over.
pub(super) async fn prove(
    ctx: &mut Ctx,
    text: &str,
    path: &str,
    token: Option<&str>,
) -> Result<String> {
    let wrong = |why: &str| Error::invalid("licence.dpop_proof").detail(why);
    if text.len() > PROOF_MAX {
        return Err(wrong("too large"));
    }
    let now = ctx.env.clock.platform();
    let (key, claims) = read(text).map_err(|error| wrong(error.code))?;
    verify_times(&claims, now).map_err(|error| wrong(error.code))?;
    let claim = |name: &str| claims.get(name).and_then(Json::as_str).unwrap_or("");
    let address = format!("{}{path}", ctx.env.settings.base_url);
    let named = claim("htu").split(['?', '#']).next().unwrap_or_default();
    if claim("htm") != "POST" || named != address {
        return Err(wrong("method or address"));
    }
    let made = claims.get("iat").and_then(Json::as_i64).ok_or_else(|| wrong("no time"))?;
    if made.saturating_mul(SECOND_US) < now.0 - AGE_US {
        return Err(wrong("too old"));
    }
    if token.is_some_and(|token| claim("ath") != digest(token)) {
        return Err(wrong("token"));
    }
    let until = nonce::holds(ctx, NONCE, claim("nonce"), now)
        .ok_or_else(|| Error::invalid("licence.dpop_nonce"))?;
    let (thumbprint, id) = (thumbprint(&key)?, claim("jti"));
    if id.is_empty() {
        return Err(wrong("no id"));
    }
    let taken = ctx.env.vault.index(TAKEN, &format!("{thumbprint} {id}"));
    match store::use_nonce(ctx, &taken, until, now).await? {
        true => Ok(thumbprint),
        false => Err(wrong("taken before")),
    }
}

/// The key in a proof, which has signed it, and its claims.
fn read(text: &str) -> Result<(PublicKey, serde_json::Map<String, Json>)> {
    let jws = Jws::parse(text)?;
    let key = jws.possessed()?;
    if key.algorithm() != Algorithm::P256 {
        return Err(Error::invalid("proof.jose.algorithm"));
    }
    jws.verify(&key, TYP)?;
    Ok((key, jws.claims()?))
}

/// RFC 7638: the members of the key that are required, in their order, without blanks.
fn thumbprint(key: &PublicKey) -> Result<String> {
    Ok(digest(&proof::json::canonical(&key.to_jwk())?))
}

fn digest(text: &str) -> String {
    base64url(&Hash::Sha256.digest(&[text.as_bytes()]))
}

/// True for what can be a thumbprint.
pub(super) fn is_thumbprint(text: &str) -> bool {
    party::token::pkce::is_challenge(text)
}
