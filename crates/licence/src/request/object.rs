//! The signed request that wallets of others read (OpenID4VP 1.0 §5, RFC 9101): who asks, for what,
//! and how the answer is to come.
//!
//! Invariants: the request names its client as the link did that led to it, by the digest of our
//! certificate or by the site's name that stands in it; an answer is wanted encrypted to a key made for
//! this request alone, unless the wallet says that it cannot.
//! Must not know: what came of it.

use super::check::QUERY;
use super::store::{Ask, Request};
use super::verb;
use crate::authority::{self, Outward};
use crate::credential;
use crate::register::shown;
use ::store::Ctx;
use kernel::time::SECOND_US;
use kernel::{Error, Result};
use proof::jose::jwe::Encryption;
use serde_json::{Value as Json, json};

/// The kind of a signed request (RFC 9101).
const TYP: &str = "oauth-authz-req+jwt";
/// The answer comes encrypted, as the high-assurance profile wants it.
pub(super) const ENCRYPTED: &str = "direct_post.jwt";
/// The answer comes as it is.
pub(super) const OPEN: &str = "direct_post";
/// Longest nonce of a wallet, in bytes.
const NONCE_MAX: usize = 256;

/// By what wallets know who asks (OpenID4VP 1.0 §5.9.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Client {
    /// The digest of our certificate.
    Hash,
    /// The site's name in it.
    Host,
}

impl Client {
    pub(super) const ALL: [Client; 2] = [Client::Hash, Client::Host];

    pub(super) fn prefix(self) -> &'static str {
        match self {
            Client::Hash => "x509_hash",
            Client::Host => "x509_san_dns",
        }
    }

    fn of(prefix: &str) -> Option<Client> {
        Client::ALL.into_iter().find(|client| client.prefix() == prefix)
    }
}

/// What a wallet says of itself when it fetches a request.
#[derive(Clone, Debug, Default)]
pub(super) struct Fetched {
    /// Client prefix of the link; empty for the usual one.
    pub(super) prefix: String,
    /// How the link wants the answer; empty for encrypted.
    pub(super) mode: String,
    /// Ways of answering that the wallet says it knows; none when it says nothing.
    pub(super) modes: Option<Vec<String>>,
    /// What the wallet wants to find again in the request.
    pub(super) nonce: Option<String>,
}

/// The key that signs requests. Errors: `licence.seal_suspended`, unavailable when it has ended.
async fn signer(ctx: &mut Ctx) -> Result<Outward> {
    let signer = authority::outward(ctx).await?;
    signer.ok_or_else(|| Error::unavailable("the key of requests has ended"))
}

fn name(ctx: &Ctx, signer: &Outward, client: Client) -> Option<String> {
    let named = match client {
        Client::Hash => {
            let digest = proof::hash::Hash::Sha256.digest(&[signer.chain.first()?.der()]);
            credential::base64url(&digest)
        }
        Client::Host => authority::named_host(ctx, signer)?,
    };
    Some(format!("{}:{named}", client.prefix()))
}

/// Names under which the platform asks, to any of which an answer may be made.
pub(super) async fn names(ctx: &mut Ctx) -> Result<Vec<String>> {
    let signer = signer(ctx).await?;
    Ok(Client::ALL.into_iter().filter_map(|client| name(ctx, &signer, client)).collect())
}

/// What a wallet of others scans or opens, by the way of naming the client and of answering.
pub(super) struct Link {
    pub(super) client: Client,
    pub(super) mode: &'static str,
    pub(super) url: String,
}

/// The links of a request: the one that the high-assurance profile asks for first, then those for
/// wallets that know us by name, or that cannot encrypt.
pub(super) async fn links(ctx: &mut Ctx, id: &str) -> Result<Vec<Link>> {
    let signer = signer(ctx).await?;
    let base = ctx.env.settings.base_url.clone();
    let mut links = Vec::new();
    for (client, mode) in
        [(Client::Hash, ENCRYPTED), (Client::Host, ENCRYPTED), (Client::Hash, OPEN)]
    {
        let Some(name) = name(ctx, &signer, client) else { continue };
        let mut address = format!("{base}/openid4vp/requests/{id}");
        match (client, mode) {
            (Client::Host, _) => address.push_str("?client_id_prefix=x509_san_dns"),
            (_, OPEN) => address.push_str("?response_mode=direct_post"),
            _ => {}
        }
        let (name, address) = (webkit::form::encode(&name), webkit::form::encode(&address));
        let url =
            format!("openid4vp://?client_id={name}&request_uri={address}&request_uri_method=post");
        links.push(Link { client, mode, url });
    }
    Ok(links)
}

/// The request, signed, as a wallet that fetched it wants it. Errors: `licence.vp_form` for what it
/// says of itself, `not_found` for a client we are not known as.
pub(super) async fn signed(
    ctx: &mut Ctx,
    request: &Request,
    ask: &Ask,
    fetched: &Fetched,
) -> Result<String> {
    let wrong = || Error::invalid("licence.vp_form");
    let client = match fetched.prefix.as_str() {
        "" => Client::Hash,
        prefix => Client::of(prefix).ok_or_else(wrong)?,
    };
    let signer = signer(ctx).await?;
    let name = name(ctx, &signer, client).ok_or_else(Error::not_found)?;
    let mut body = body(ctx, request, ask, &name)?;
    let key = verb::reply_key(ctx, request)?;
    let mode = match (fetched.mode.as_str(), &fetched.modes) {
        ("" | ENCRYPTED, None) => ENCRYPTED,
        ("" | ENCRYPTED, Some(known)) if known.iter().any(|mode| mode == ENCRYPTED) => ENCRYPTED,
        ("" | ENCRYPTED, Some(_)) | (OPEN, _) => OPEN,
        _ => return Err(wrong()),
    };
    body["response_mode"] = OPEN.into();
    if let Some(key) = key.filter(|_| mode == ENCRYPTED) {
        let mut jwk = proof::key::Signer::public(&key).to_jwk();
        jwk["kid"] = request.id.as_str().into();
        jwk["use"] = "enc".into();
        jwk["alg"] = "ECDH-ES".into();
        body["response_mode"] = ENCRYPTED.into();
        body["client_metadata"]["jwks"] = json!({ "keys": [jwk] });
        body["client_metadata"]["encrypted_response_enc_values_supported"] =
            Encryption::ALL.map(Encryption::name).as_slice().into();
    }
    if let Some(nonce) = &fetched.nonce {
        let plain = nonce.bytes().all(|b| b.is_ascii_graphic());
        if nonce.is_empty() || nonce.len() > NONCE_MAX || !plain {
            return Err(wrong());
        }
        body["wallet_nonce"] = nonce.as_str().into();
    }
    proof::jose::sign(TYP, body.to_string().as_bytes(), &signer.key, &signer.chain)
}

fn body(ctx: &Ctx, request: &Request, ask: &Ask, client: &str) -> Result<Json> {
    let base = &ctx.env.settings.base_url;
    let claim = |field: &String| json!({ "path": ["fields", field] });
    let claims: Vec<Json> = ask.wanted()?.iter().map(claim).collect();
    Ok(json!({
        "iss": client,
        "aud": "https://self-issued.me/v2",
        "client_id": client,
        "response_type": "vp_token",
        "response_uri": format!("{base}/openid4vp/responses"),
        "nonce": request.nonce,
        "state": request.id,
        "iat": ctx.env.clock.platform().0.div_euclid(SECOND_US),
        "exp": request.expires_us.div_euclid(SECOND_US),
        "dcql_query": { "credentials": [{
            "id": QUERY,
            "format": proof::jose::sdjwt::TYP,
            "meta": { "vct_values": [credential::vct(base, &ask.type_id)] },
            "claims": claims,
        }] },
        "client_metadata": {
            "client_name": shown::agency_name(&ctx.env.pack, &ask.agency).zh,
            "vp_formats_supported": { proof::jose::sdjwt::TYP: {
                "sd-jwt_alg_values": ["ES256"],
                "kb-jwt_alg_values": ["ES256"],
            } },
        },
        // Not of the protocol: for wallets that show it.
        "purpose": ask.purpose,
        "legal_basis": ask.basis,
    }))
}
