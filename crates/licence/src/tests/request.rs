//! Asking holders: answered from a wallet of others and from the wallet here, and what is refused.

use super::authority::by_two;
use super::credential::{BASE, collected, serve, wallet};
use super::http::{Site, site};
use super::world::*;
use crate::authority::{self, Act, Cause};
use crate::register as licences;
use axum::http::{Method, StatusCode};
use kernel::{Random, Timestamp};
use proof::certificate::request::SigningRequest;
use proof::certificate::{self, Certificate, Role, Subject};
use proof::jose::Jws;
use proof::jose::sdjwt::{self, Issuer, Occasion};
use proof::key::{Algorithm, PrivateKey, Signer};
use serde_json::{Value as Json, json};

const ASKS: &str = "/api/v1/licence-asks";

/// What the health agency asks: two fields of the household register.
fn ask_of(kind: &str, fields: &[&str]) -> Json {
    json!({ "type": kind, "fields": fields, "purpose": "核对户籍地址",
        "basis": "传染病防治法第三十三条" })
}

async fn register(site: &Site, ask: Json) -> String {
    let (status, made) = site.api(Method::POST, "staff", ASKS, ask).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    made["id"].as_str().unwrap().to_owned()
}

async fn request(site: &Site, ask: &str) -> Json {
    let path = format!("{ASKS}/{ask}/requests");
    let (status, made) = site.api(Method::POST, "staff", &path, json!({})).await;
    assert_eq!(status, StatusCode::OK, "{made}");
    made
}

async fn seen(site: &Site, request: &Json) -> Json {
    let path = format!("/api/v1/licence-requests/{}", request["id"].as_str().unwrap());
    site.api(Method::GET, "staff", &path, json!({})).await.1
}

/// Posts an answer as a wallet does; the code it was refused with, empty when taken.
async fn answer(site: &Site, request: &Json, presentation: &str) -> String {
    let token = json!({ "licence": [presentation] }).to_string();
    let pairs = [("vp_token", token.as_str()), ("state", request["id"].as_str().unwrap())];
    refusal(site.post("nobody", "/openid4vp/responses", &pairs).await)
}

fn refusal((status, _, body): (StatusCode, String, String)) -> String {
    let body: Json = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{status} {body}"));
    match status {
        StatusCode::OK => String::new(),
        _ => body["code"].as_str().unwrap().to_owned(),
    }
}

fn audience_of(request: &Json) -> String {
    let link = request["wallet_url"].as_str().unwrap();
    let pairs = webkit::form::decode(link.split_once('?').unwrap().1.as_bytes());
    pairs.into_iter().find(|(name, _)| name == "client_id").unwrap().1
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wallet_of_others_answers_once_and_each_wrong_answer_has_its_reason() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let site = site(&world, &[("own", citizen(&person)), ("staff", officer(HEALTH))]);
    let served = serve(&site).await;
    let got = collected(&world, &served, &person, &issued.id).await;
    let ask = register(&site, ask_of(TYPE, &["name", "address"])).await;
    let asked = request(&site, &ask).await;

    // What it asks is signed, and says who, why and which fields.
    let order = json!({ "do": "request", "link": asked["wallet_url"] });
    let claims = wallet(&world, &served, order).await;
    assert_eq!(claims["purpose"], "核对户籍地址");
    let query = &claims["dcql_query"]["credentials"][0];
    assert_eq!(query["meta"]["vct_values"][0], format!("{BASE}/credentials/types/{TYPE}"));
    let wanted = json!([{ "path": ["fields", "name"] }, { "path": ["fields", "address"] }]);
    assert_eq!(query["claims"], wanted);
    let (nonce, aud) = (claims["nonce"].clone(), claims["client_id"].clone());
    assert_eq!(aud, audience_of(&asked).as_str());

    let show = async |fields: &[&str], nonce: &Json, aud: &Json| {
        let order = json!({ "do": "show", "credential": got["credential"], "key": got["key"],
            "fields": fields, "nonce": nonce, "aud": aud });
        let shown = wallet(&world, &served, order).await;
        shown["presentation"].as_str().unwrap().to_owned()
    };
    let both = ["name", "address"];
    let good = show(&both, &nonce, &aud).await;
    let parts: Vec<&str> = good.split('~').collect();
    let (binding, unbound) = (parts[parts.len() - 1], &parts[..parts.len() - 1]);
    let doubled = [&parts[..2], &parts[1..]].concat().join("~");
    let fewer = [parts[0], parts[1], binding].join("~");
    let other = json!("else");
    for (presentation, code) in [
        ("".to_owned(), "proof.sdjwt.form"),
        (format!("{}~", unbound.join("~")), "licence.vp_unbound"),
        (doubled, "proof.sdjwt.disclosure"),
        (fewer, "proof.sdjwt.binding"),
        (show(&both, &other, &aud).await, "licence.vp_nonce"),
        (show(&both, &nonce, &other).await, "licence.vp_audience"),
        (show(&["name"], &nonce, &aud).await, "licence.vp_missing"),
        (show(&["name", "address", "born_on"], &nonce, &aud).await, "licence.vp_excess"),
        (
            of_strangers(nonce.as_str().unwrap(), aud.as_str().unwrap()),
            "proof.certificate.untrusted",
        ),
    ] {
        assert_eq!(answer(&site, &asked, &presentation).await, code);
    }
    let birth = register(&site, ask_of(BIRTH, &["child_name"])).await;
    assert_eq!(answer(&site, &request(&site, &birth).await, &good).await, "licence.vp_kind");
    let bare = [("vp_token", "{}"), ("state", asked["id"].as_str().unwrap())];
    assert_eq!(
        refusal(site.post("nobody", "/openid4vp/responses", &bare).await),
        "licence.vp_form"
    );
    assert_eq!(answer(&site, &json!({ "id": "none" }), &good).await, "licence.request_unknown");
    assert_eq!(seen(&site, &asked).await["state"], "over", "ten wrong answers close it");

    let asked = request(&site, &ask).await;
    let order = json!({ "do": "request", "link": asked["wallet_url"] });
    let nonce = wallet(&world, &served, order).await["nonce"].clone();
    assert_eq!(answer(&site, &asked, &good).await, "licence.vp_nonce", "of another request");
    let good = show(&both, &nonce, &aud).await;
    world.env.clock.advance_us(6 * 60 * kernel::time::SECOND_US);
    assert_eq!(answer(&site, &asked, &good).await, "proof.sdjwt.binding", "made too long ago");
    let good = show(&both, &nonce, &aud).await;
    assert_eq!(answer(&site, &asked, &good).await, "");
    assert_eq!(answer(&site, &asked, &good).await, "licence.request_closed", "once");
    let result = seen(&site, &asked).await;
    assert_eq!((&result["state"], &result["way"]), (&json!("answered"), &json!("other")));
    let expected = json!({ "name": "许小满", "address": "金水区书院街 27 号" });
    assert_eq!(result["fields"], expected);
    let uses = licences::uses(&mut world.system().await, &issued.id, "").await.unwrap();
    assert_eq!((uses[0].kind.as_str(), uses[0].agency.as_str()), ("consent", HEALTH));

    // What has ended, and what is past its time, is refused though everything else holds.
    let bound = async |asked: &Json| {
        let order = json!({ "do": "request", "link": asked["wallet_url"] });
        let nonce = wallet(&world, &served, order).await["nonce"].clone();
        show(&both, &nonce, &aud).await
    };
    world.revoke(&issued.id).await.unwrap();
    let asked = request(&site, &ask).await;
    assert_eq!(answer(&site, &asked, &bound(&asked).await).await, "licence.vp_ended");
    world.env.clock.advance_us(366 * kernel::time::DAY_US);
    let asked = request(&site, &ask).await;
    assert_eq!(answer(&site, &asked, &bound(&asked).await).await, "proof.jose.expired");
    world.env.clock.advance_us(601 * kernel::time::SECOND_US);
    assert_eq!(answer(&site, &asked, "").await, "licence.request_closed", "ten minutes");
}

/// A credential whole in itself whose issuer nobody here knows.
fn of_strangers(nonce: &str, audience: &str) -> String {
    let mut random = Random::from_number(7);
    let at = now();
    let until = at.plus_days(365);
    let key =
        |random: &mut Random| PrivateKey::from_seed(Algorithm::P256, &random.bytes()).unwrap();
    let (root, leaf) = (key(&mut random), key(&mut random));
    let subject = |name: &str| Subject {
        common_name: name.to_owned(),
        organization: String::new(),
        code: String::new(),
    };
    let from = Timestamp::start_of(at.date());
    let above = certificate::issue_root(&root, &subject("Strangers"), from, until, &mut random);
    let above = above.unwrap();
    let public = leaf.public();
    let asked = certificate::Request {
        subject: subject("Issuer"),
        role: Role::Agency,
        key: &public,
        valid_from: from,
        valid_until: until,
    };
    let chain = vec![certificate::issue(&asked, &above, &root, &mut random).unwrap()];
    forged(&leaf, &chain, nonce, audience, at)
}

/// A credential, whole but for who signed it, bound to an occasion.
fn forged(
    leaf: &PrivateKey,
    chain: &[Certificate],
    nonce: &str,
    audience: &str,
    at: Timestamp,
) -> String {
    let mut random = Random::from_number(8);
    let holder = PrivateKey::from_seed(Algorithm::P256, &random.bytes()).unwrap();
    let claims = json!({ "iss": BASE, "vct": format!("{BASE}/credentials/types/{TYPE}"),
        "fields": { "name": "许小满", "address": "别处" } });
    let issuer = Issuer { key: leaf, chain };
    let claims = claims.as_object().unwrap();
    let made =
        sdjwt::issue(&issuer, claims, &["/fields/name"], Some(&holder.public()), &mut random);
    made.unwrap().bind(&holder, &Occasion { audience, nonce, at }).unwrap().to_string()
}

#[tokio::test]
async fn a_holder_consents_here_to_the_fields_he_chooses() {
    let world = world_on_server().await;
    let (person, stranger) = (world.person("许小满", 1).await, world.person("李建国", 3).await);
    let issued = world.licence(&person).await;
    let actors =
        [("own", citizen(&person)), ("other", citizen(&stranger)), ("staff", officer(HEALTH))];
    let site = site(&world, &actors);
    let ask = register(&site, ask_of(TYPE, &["name", "address"])).await;
    let asked = request(&site, &ask).await;
    let path = format!("/consent/{}", asked["id"].as_str().unwrap());
    let (status, html) = site.get("own", &path).await;
    assert_eq!(status, StatusCode::OK);
    for said in ["核对户籍地址", "传染病防治法第三十三条", "书院街 27 号", "不同意"]
    {
        assert!(html.contains(said), "{said}: {html}");
    }
    assert!(!html.contains("410105000123"), "what is not asked for is not offered");
    let (_, html) = site.get("other", &path).await;
    assert!(html.contains("您没有这种有效证照"), "{html}");
    let mine = issued.id.as_str();
    for (who, fields, status) in [
        ("own", &[("licence", mine)][..], StatusCode::UNPROCESSABLE_ENTITY),
        ("own", &[("licence", mine), ("field", "born_on")], StatusCode::UNPROCESSABLE_ENTITY),
        ("other", &[("licence", mine), ("field", "name")], StatusCode::NOT_FOUND),
        ("own", &[("licence", mine), ("field", "name")], StatusCode::SEE_OTHER),
        ("own", &[("licence", mine), ("field", "name")], StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        assert_eq!(site.post(who, &path, fields).await.0, status, "{who} {fields:?}");
    }
    let result = seen(&site, &asked).await;
    assert_eq!(result["fields"], json!({ "name": "许小满" }), "the address was left out");
    assert_eq!((&result["way"], &result["holder"]), (&json!("own"), &json!("许**")));
    let (_, html) = site.get("own", "/wallet/uses").await;
    assert!(html.contains("经您同意出示") && html.contains("核对户籍地址"), "{html}");

    let asked = request(&site, &ask).await;
    let path = format!("/api/v1/licence-requests/{}/answer", asked["id"].as_str().unwrap());
    let declined = site.api(Method::POST, "other", &path, json!({ "decline": true })).await.0;
    assert_eq!(declined, StatusCode::NO_CONTENT);
    assert_eq!(seen(&site, &asked).await["state"], "declined");
    let closing = format!("/work/licence-asks/{ask}/closing");
    assert_eq!(site.post("staff", &closing, &[]).await.0, StatusCode::SEE_OTHER);
    let path = format!("{ASKS}/{ask}/requests");
    let (status, refused) = site.api(Method::POST, "staff", &path, json!({})).await;
    assert_eq!((status, &refused["code"]), (StatusCode::CONFLICT, &json!("licence.ask_closed")));
}

#[tokio::test]
async fn only_the_agency_that_asks_sees_what_it_asked() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    world.licence(&person).await;
    let actors =
        [("own", citizen(&person)), ("staff", officer(HEALTH)), ("elsewhere", officer(POLICE))];
    let site = site(&world, &actors);
    let wrong = [
        (ask_of("none", &["name"]), "licence.type_unknown"),
        (ask_of(TYPE, &[]), "licence.fields_none"),
        (ask_of(TYPE, &["salary"]), "licence.fields_unknown"),
        (
            json!({ "type": TYPE, "fields": ["name"], "purpose": " ", "basis": "x" }),
            "licence.purpose",
        ),
        (
            json!({ "type": TYPE, "fields": ["name"], "purpose": "x", "basis": "" }),
            "licence.article",
        ),
    ];
    for (body, code) in wrong {
        let (status, refused) = site.api(Method::POST, "staff", ASKS, body).await;
        assert_eq!((status, &refused["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(code)));
    }
    let ask = register(&site, ask_of(TYPE, &["name"])).await;
    let asked = request(&site, &ask).await;
    let id = asked["id"].as_str().unwrap();
    let pages = [
        "/work/licence-asks".to_owned(),
        format!("/work/licence-asks?type={TYPE}"),
        format!("/work/licence-asks/{ask}"),
        format!("/work/licence-requests/{id}"),
    ];
    for path in &pages {
        for lang in ["zh", "en"] {
            let mark = if path.contains('?') { '&' } else { '?' };
            let (status, html) = site.get("staff", &format!("{path}{mark}lang={lang}")).await;
            assert_eq!(status, StatusCode::OK, "{path}: {html}");
        }
        assert_eq!(site.get("own", path).await.0, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(site.get("nobody", path).await.0, StatusCode::SEE_OTHER, "{path}");
    }
    for path in &pages[2..] {
        assert_eq!(site.get("elsewhere", path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    for (method, path) in [
        (Method::GET, ASKS.to_owned()),
        (Method::POST, format!("{ASKS}/{ask}/requests")),
        (Method::GET, format!("/api/v1/licence-requests/{id}")),
    ] {
        let status = site.api(method.clone(), "nobody", &path, json!({})).await.0;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}");
        let status = site.api(method.clone(), "own", &path, json!({})).await.0;
        assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
        if path != ASKS {
            let status = site.api(method, "elsewhere", &path, json!({})).await.0;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        }
    }
    for path in
        [format!("/work/licence-asks/{ask}/requests"), format!("/work/licence-asks/{ask}/closing")]
    {
        assert_eq!(site.post("own", &path, &[]).await.0, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(
            site.post("elsewhere", &path, &[("_once", "other")]).await.0,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    let path = format!("/api/v1/licence-requests/{id}/answer");
    for (who, expected) in [("nobody", StatusCode::UNAUTHORIZED), ("staff", StatusCode::FORBIDDEN)]
    {
        assert_eq!(
            site.api(Method::POST, who, &path, json!({ "decline": true })).await.0,
            expected
        );
    }
    assert_eq!(site.get("staff", &format!("/consent/{id}")).await.0, StatusCode::FORBIDDEN);
    assert_eq!(site.get("nobody", &format!("/consent/{id}")).await.0, StatusCode::SEE_OTHER);
    assert_eq!(site.get("own", "/consent/none").await.0, StatusCode::NOT_FOUND);
    assert_eq!(site.get("nobody", "/openid4vp/requests/none").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_another_key_of_ours_signed_is_refused_and_a_revoked_one_signs_nothing() {
    let world = world_on_server().await;
    let site = site(&world, &[("staff", officer(HEALTH))]);
    let establish = Act::Establish {
        parent: String::new(),
        division: "410000".to_owned(),
        name: "对外根".to_owned(),
        algorithm: "p256".to_owned(),
        provider: "file".to_owned(),
    };
    let top = by_two(&world, &establish).await.unwrap();
    let key = PrivateKey::from_seed(Algorithm::P256, &[7; 32]).unwrap();
    let subject = Subject {
        common_name: "金水区卫生健康委员会".to_owned(),
        organization: String::new(),
        code: String::new(),
    };
    let certify = Act::Certify {
        authority: top.clone(),
        profile: "agency".to_owned(),
        holder: HEALTH.to_owned(),
        request: SigningRequest::make(&subject, &key).unwrap().to_pem().unwrap(),
    };
    let leaf = by_two(&world, &certify).await.unwrap();
    let record = authority::certificate(&mut world.system().await, &leaf).await.unwrap();
    let chain = Certificate::all_from_pem(&record.certificate).unwrap();
    let ask = register(&site, ask_of(TYPE, &["name", "address"])).await;
    let asked = request(&site, &ask).await;
    let signed = format!("/openid4vp/requests/{}", asked["id"].as_str().unwrap());
    let (status, token) = site.get("nobody", &signed).await;
    assert_eq!(status, StatusCode::OK);
    let claims = Jws::parse(&token).unwrap().claims().unwrap();
    let nonce = claims["nonce"].as_str().unwrap();
    let at = world.env.clock.platform();
    let forged = forged(&key, &chain, nonce, &audience_of(&asked), at);
    assert_eq!(answer(&site, &asked, &forged).await, "licence.vp_issuer");

    // The key of the province's own was certified below the root that was ordered.
    let mut ctx = world.system().await;
    let (issued, _) = authority::certificates(&mut ctx, &top, "").await.unwrap();
    drop(ctx);
    let own = issued.iter().find(|one| one.holder == "credential").unwrap();
    let revoke =
        Act::Revoke { certificate: own.id.clone(), cause: Cause::KeyCompromise, since: None };
    by_two(&world, &revoke).await.unwrap();
    assert_eq!(site.get("nobody", &signed).await.0, StatusCode::CONFLICT, "nothing is signed");
    let path = format!("{ASKS}/{ask}/requests");
    let (status, told) = site.api(Method::POST, "staff", &path, json!({})).await;
    assert_eq!((status, &told["code"]), (StatusCode::CONFLICT, &json!("licence.seal_suspended")));
    by_two(&world, &Act::Renew { certificate: own.id.clone() }).await.unwrap();
    let anew = request(&site, &ask).await;
    assert_ne!(audience_of(&anew), audience_of(&asked), "the next key signs");
}
