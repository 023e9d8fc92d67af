//! What wallets read before they ask: which credentials there are, where to ask for them, what
//! their claims are called. Pure.

use super::offer::GRANT;
use kernel::{Lang, Text};
use pack::Province;
use pack::licence::LicenceType;
use serde_json::{Map, Value as Json, json};

/// The kind of a credential: the address of its description.
pub(crate) fn vct(base: &str, type_id: &str) -> String {
    format!("{base}/credentials/types/{type_id}")
}

/// Claims of every credential, beside the fields of its type.
const COMMON: [(&str, &str, &str); 2] = [
    ("identifier", "电子证照标识", "Licence identifier"),
    ("issuing_authority", "发证机关", "Issued by"),
];

fn shown(name: &Text, label: &str) -> Vec<Json> {
    let one = |(locale, lang)| json!({ "locale": locale, label: name.get(lang) });
    [("zh-CN", Lang::Zh), ("en", Lang::En)].into_iter().map(one).collect()
}

/// Path and name of each claim of a type.
fn claims(kind: &LicenceType) -> Vec<(Json, Text)> {
    let field =
        |field: &pack::licence::LicenceField| (json!(["fields", field.id]), field.name.clone());
    let common = COMMON.iter().map(|(id, zh, en)| (json!([id]), Text::new(*zh, *en)));
    kind.fields.iter().map(field).chain(common).collect()
}

/// Metadata of the issuer (OpenID4VCI 1.0 §12.2).
pub(super) fn issuer(pack: &Province, base: &str) -> Json {
    let mut kinds = Map::new();
    for kind in pack.licence_types() {
        kinds.insert(kind.id.clone(), configuration(base, kind));
    }
    json!({
        "credential_issuer": base,
        "authorization_servers": [authority(base)],
        "credential_endpoint": format!("{base}/openid4vci/credential"),
        "nonce_endpoint": format!("{base}/openid4vci/nonce"),
        "display": shown(&pack.name(), "name"),
        "credential_configurations_supported": kinds,
    })
}

fn configuration(base: &str, kind: &LicenceType) -> Json {
    let claim = |(path, name): (Json, Text)| json!({ "path": path, "mandatory": false, "display": shown(&name, "name") });
    let claims: Vec<Json> = claims(kind).into_iter().map(claim).collect();
    json!({
        "format": proof::jose::sdjwt::TYP,
        "vct": vct(base, &kind.id),
        "scope": kind.id,
        "cryptographic_binding_methods_supported": ["jwk"],
        "credential_signing_alg_values_supported": ["ES256"],
        "proof_types_supported": { "jwt": { "proof_signing_alg_values_supported": ["ES256"] } },
        "credential_metadata": { "display": shown(&kind.name, "name"), "claims": claims },
    })
}

/// The name of the authorization server.
pub(super) fn authority(base: &str) -> String {
    format!("{base}/openid4vci")
}

/// Metadata of the authorization server that turns offers and users' answers into tokens (RFC 8414).
pub(super) fn server(base: &str) -> Json {
    json!({
        "issuer": authority(base),
        "authorization_endpoint": format!("{base}/openid4vci/authorize"),
        "pushed_authorization_request_endpoint": format!("{base}/openid4vci/par"),
        "require_pushed_authorization_requests": true,
        "authorization_response_iss_parameter_supported": true,
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint": format!("{base}/openid4vci/token"),
        "grant_types_supported": [GRANT, "authorization_code"],
        "response_types_supported": ["code"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_post"],
        "dpop_signing_alg_values_supported": [super::bound::ALGORITHM],
        "pre-authorized_grant_anonymous_access_supported": true,
    })
}

/// Type metadata (SD-JWT VC §6).
pub(super) fn kind(base: &str, kind: &LicenceType) -> Json {
    let claim = |(path, name): (Json, Text)| {
        let open = path == json!(["issuing_authority"]);
        json!({ "path": path, "display": shown(&name, "label"),
            "sd": if open { "never" } else { "always" } })
    };
    let claims: Vec<Json> = claims(kind).into_iter().map(claim).collect();
    json!({
        "vct": vct(base, &kind.id),
        "name": kind.name.zh,
        "description": kind.name.en,
        "display": shown(&kind.name, "name"),
        "claims": claims,
    })
}
