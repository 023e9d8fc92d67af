//! What wallets of others ask of us beyond the plain way: answers encrypted to a key of the request's
//! own, clients known by the site's name, calls from pages of other sites.

use super::credential::{collected, serve, wallet};
use super::http::{Site, site};
use super::world::*;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value as Json, json};
use store::vals;
use tower::ServiceExt;

const RESPONSES: &str = "/openid4vp/responses";

/// Something asked of holders once; what the interface tells of it.
async fn asked(site: &Site) -> Json {
    let ask = json!({ "type": TYPE, "fields": ["name"], "purpose": "核对户籍",
        "basis": "传染病防治法第三十三条" });
    let (_, made) = site.api(Method::POST, "staff", "/api/v1/licence-asks", ask).await;
    let path = format!("/api/v1/licence-asks/{}/requests", made["id"].as_str().unwrap());
    let (status, made) = site.api(Method::POST, "staff", &path, json!({})).await;
    assert_eq!(status, StatusCode::OK, "{made}");
    made
}

async fn state(site: &Site, asked: &Json) -> Json {
    let path = format!("/api/v1/licence-requests/{}", asked["id"].as_str().unwrap());
    site.api(Method::GET, "staff", &path, json!({})).await.1["state"].clone()
}

/// Posts what a wallet answers; the code it was refused with, empty when taken.
async fn answer(site: &Site, pairs: &[(&str, &str)]) -> String {
    let (status, _, body) = site.post("nobody", RESPONSES, pairs).await;
    let body: Json = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{status} {body}"));
    match status {
        StatusCode::OK => String::new(),
        _ => body["code"].as_str().unwrap().to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wallet_answers_encrypted_to_a_key_of_the_request_alone() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let site = site(&world, &[("own", citizen(&person)), ("staff", officer(HEALTH))]);
    let served = serve(&site).await;
    let got = collected(&world, &served, &person, &issued.id).await;
    let read = async |link: &Json, form: Json| {
        let mut order = json!({ "do": "request", "link": link });
        if !form.is_null() {
            order["form"] = form;
        }
        wallet(&world, &served, order).await
    };
    let shown = async |claims: &Json| {
        let order = json!({ "do": "show", "credential": got["credential"], "key": got["key"],
            "fields": ["name"], "nonce": claims["nonce"], "aud": claims["client_id"] });
        json!({ "licence": [wallet(&world, &served, order).await["presentation"]] })
    };
    let sealed = async |claims: &Json, enc: &str, plain: &Json, kid: &Json| {
        let order =
            json!({ "do": "encrypt", "claims": claims, "enc": enc, "plain": plain, "kid": kid });
        let made = wallet(&world, &served, order).await;
        made["response"].as_str().unwrap().to_owned()
    };

    let (first, second) = (asked(&site).await, asked(&site).await);
    let claims = read(&first["wallet_url"], json!({ "wallet_nonce": "w-1" })).await;
    assert_eq!(claims["response_mode"], "direct_post.jwt");
    assert_eq!(claims["wallet_nonce"], "w-1", "the wallet knows that it was made for it");
    let other = read(&second["wallet_url"], Json::Null).await;
    let key = |claims: &Json| claims["client_metadata"]["jwks"]["keys"][0].clone();
    assert_ne!(key(&claims)["x"], key(&other)["x"], "each request has a key of its own");
    let (own_id, other_id) = (key(&claims)["kid"].clone(), key(&other)["kid"].clone());
    let good = json!({ "vp_token": shown(&claims).await, "state": first["id"] });
    let elsewhere = json!({ "vp_token": good["vp_token"], "state": second["id"] });
    let bare = json!({ "state": first["id"] });
    let text = good["vp_token"].to_string();
    for (response, code) in [
        (sealed(&claims, "A256GCM", &good, &other_id).await, "proof.jwe.open"),
        (sealed(&claims, "A128CBC-HS256", &good, &own_id).await, "proof.jwe.algorithm"),
        (sealed(&claims, "A256GCM", &elsewhere, &own_id).await, "licence.vp_form"),
        (sealed(&claims, "A256GCM", &bare, &own_id).await, "licence.vp_form"),
        (sealed(&claims, "A256GCM", &good, &json!("none")).await, "licence.request_unknown"),
        ("a.b.c.d.e".to_owned(), "proof.jwe.form"),
    ] {
        assert_eq!(answer(&site, &[("response", response.as_str())]).await, code);
    }
    let mixed = sealed(&claims, "A256GCM", &good, &own_id).await;
    let both = [("response", mixed.as_str()), ("vp_token", text.as_str())];
    assert_eq!(answer(&site, &both).await, "licence.vp_form", "one answer, not two");
    let response = sealed(&claims, "A128GCM", &good, &own_id).await;
    assert_eq!(answer(&site, &[("response", response.as_str())]).await, "");
    assert_eq!(state(&site, &first).await, "answered");
    assert_eq!(answer(&site, &[("response", response.as_str())]).await, "licence.request_closed");
    let mut ctx = world.system().await;
    let kept = "SELECT COUNT(*) FROM licence_request WHERE id = $1 AND reply_key IS NOT NULL";
    let kept_of = [&first, &second].map(|one| one["id"].as_str().unwrap().to_owned());
    assert_eq!(ctx.count(kept, vals![&kept_of[0]]).await.unwrap(), 0, "the key is erased");
    assert_eq!(ctx.count(kept, vals![&kept_of[1]]).await.unwrap(), 1);
    drop(ctx);
    // A wallet may say that nothing is shown.
    let refused = [("error", "access_denied"), ("state", kept_of[1].as_str())];
    assert_eq!(answer(&site, &refused).await, "");
    assert_eq!(state(&site, &second).await, "declined");
    assert_eq!(answer(&site, &refused).await, "licence.request_closed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_names_its_asker_and_its_answer_as_the_wallet_knows_them() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let site = site(&world, &[("own", citizen(&person)), ("staff", officer(HEALTH))]);
    let served = serve(&site).await;
    let got = collected(&world, &served, &person, &issued.id).await;
    let one = asked(&site).await;
    let ways: Vec<(&str, &str)> = one["other_wallet_urls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|way| (way["client"].as_str().unwrap(), way["response_mode"].as_str().unwrap()))
        .collect();
    assert_eq!(ways, [("x509_san_dns", "direct_post.jwt"), ("x509_hash", "direct_post")]);
    let read = async |link: &Json, form: Json| {
        wallet(&world, &served, json!({ "do": "request", "link": link, "form": form })).await
    };
    let (named, open) = (&one["other_wallet_urls"][0]["url"], &one["other_wallet_urls"][1]["url"]);
    assert_eq!(read(open, json!({})).await["response_mode"], "direct_post");
    // What the wallet says it knows decides where the link leaves it open.
    for (modes, mode) in [
        (r#"{"response_modes_supported":["direct_post"]}"#, "direct_post"),
        (r#"{"response_modes_supported":["direct_post.jwt"]}"#, "direct_post.jwt"),
        ("{}", "direct_post.jwt"),
    ] {
        let claims = read(&one["wallet_url"], json!({ "wallet_metadata": modes })).await;
        assert_eq!(claims["response_mode"], mode, "{modes}");
    }
    for form in [
        json!({ "wallet_metadata": "[" }),
        json!({ "wallet_metadata": r#"{"response_modes_supported":1}"# }),
        json!({ "wallet_nonce": "" }),
        json!({ "wallet_nonce": "n".repeat(300) }),
    ] {
        let refused = read(&one["wallet_url"], form).await;
        assert_eq!(refused["refused"]["code"], "licence.vp_form", "{refused}");
    }
    let path = format!("/openid4vp/requests/{}?client_id_prefix=none", one["id"].as_str().unwrap());
    assert_eq!(site.get("nobody", &path).await.0, StatusCode::BAD_REQUEST);
    let claims = read(named, json!({})).await;
    assert_eq!(claims["client_id"], "x509_san_dns:yipan.example");
    let order = json!({ "do": "show", "credential": got["credential"], "key": got["key"],
        "fields": ["name"], "nonce": claims["nonce"], "aud": claims["client_id"] });
    let token = json!({ "licence": [wallet(&world, &served, order).await["presentation"]] });
    let pairs =
        [("vp_token", token.to_string()), ("state", one["id"].as_str().unwrap().to_owned())];
    let pairs: Vec<(&str, &str)> =
        pairs.iter().map(|(name, text)| (*name, text.as_str())).collect();
    assert_eq!(answer(&site, &pairs).await, "", "an answer may be made to either name");
    let page = format!("/work/licence-requests/{}", asked(&site).await["id"].as_str().unwrap());
    let (_, html) = site.get("staff", &page).await;
    assert!(html.matches("<svg").count() >= 4, "a code for each way: {html}");
}

#[tokio::test]
async fn pages_of_other_sites_may_call_what_wallets_call_and_nothing_else() {
    let world = world_on_server().await;
    let site = site(&world, &[]);
    let mut shared: Vec<String> = Vec::new();
    for route in crate::modules().iter().flat_map(|module| &module.routes) {
        if route.shared {
            assert_eq!(route.access, webkit::Access::Anyone, "{}", route.path);
            shared.push(format!("{} {}", route.method, route.path));
        }
    }
    shared.sort();
    assert_eq!(
        shared,
        [
            "GET /.well-known/jwt-vc-issuer",
            "GET /.well-known/oauth-authorization-server/openid4vci",
            "GET /.well-known/openid-credential-issuer",
            "GET /credentials/status/{list}",
            "GET /credentials/types/{id}",
            "GET /openid4vp/requests/{id}",
            "POST /openid4vci/credential",
            "POST /openid4vci/nonce",
            "POST /openid4vci/par",
            "POST /openid4vci/token",
            "POST /openid4vp/requests/{id}",
            "POST /openid4vp/responses",
        ]
    );
    let ask = async |method: &str, path: &str| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::ORIGIN, "https://wallet.example")
            .header("sec-fetch-site", "cross-site")
            .header(header::COOKIE, "yipan_session=staff");
        let reply =
            site.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let allowed = reply.headers().get(header::ACCESS_CONTROL_ALLOW_ORIGIN).cloned();
        assert!(!reply.headers().contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS), "{path}");
        (reply.status().as_u16(), allowed.map(|value| value.to_str().unwrap().to_owned()))
    };
    let everybody = Some("*".to_owned());
    let kind = format!("/credentials/types/{TYPE}");
    for (method, path, status) in [
        ("GET", "/.well-known/openid-credential-issuer", 200),
        ("GET", kind.as_str(), 200),
        // Also what is refused can be read there.
        ("GET", "/credentials/status/1", 404),
        ("POST", "/openid4vci/nonce", 200),
        ("POST", "/openid4vci/token", 400),
        ("POST", "/openid4vci/credential", 400),
        ("OPTIONS", "/openid4vci/credential", 204),
        ("POST", RESPONSES, 400),
    ] {
        assert_eq!(ask(method, path).await, (status, everybody.clone()), "{method} {path}");
    }
    for (method, path, taken) in [
        ("GET", "/licences/trust.pem", true),
        ("GET", "/verify", true),
        ("POST", "/verify", false),
        ("OPTIONS", "/verify", false),
        ("OPTIONS", "/api/v1/licence-asks", false),
    ] {
        let (status, allowed) = ask(method, path).await;
        assert_eq!((status < 400, allowed), (taken, None), "{method} {path}");
    }
}
