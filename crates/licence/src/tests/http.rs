//! Pages and REST as visitors call them.

use super::world::*;
use crate::{verify, wallet};
use axum::Router;
use axum::http::{Method, StatusCode};
use kernel::Actor;
use serde_json::{Value as Json, json};
use store::vals;
use webkit::view::Views;

/// The service of this area.
pub struct Site {
    pub router: Router,
    site: testkit::Site,
}

pub fn site(world: &World, actors: &[(&str, Actor)]) -> Site {
    let views = vec![crate::views(), party::views()];
    let site = testkit::Site::new(&world.env, &crate::modules(), views);
    for (name, actor) in actors {
        site.admit(name, actor.clone());
    }
    Site { router: site.web.router(), site }
}

impl Site {
    pub async fn get(&self, who: &str, path: &str) -> (StatusCode, String) {
        let reply = self.site.get(who, path).await;
        (reply.status, reply.text)
    }

    pub async fn post(
        &self,
        who: &str,
        path: &str,
        pairs: &[(&str, &str)],
    ) -> (StatusCode, String, String) {
        let reply = self.site.post(who, path, pairs).await;
        (reply.status, reply.location, reply.text)
    }

    pub async fn api(
        &self,
        method: Method,
        who: &str,
        path: &str,
        body: Json,
    ) -> (StatusCode, Json) {
        self.site.api(who, method.as_str(), path, &body).await
    }
}

#[tokio::test]
async fn another_citizens_licence_is_not_found_and_the_asking_is_on_record() {
    let world = world().await;
    let (person, stranger) = (world.person("许小满", 1).await, world.person("李建国", 3).await);
    let issued = world.licence(&person).await;
    let site = site(&world, &[("own", citizen(&person)), ("other", citizen(&stranger))]);
    let paths = [
        format!("/wallet/{}", issued.id),
        format!("/wallet/{}/card", issued.id),
        format!("/wallet/{}/licence.pdf", issued.id),
        format!("/wallet/{}/licence.ofd", issued.id),
        format!("/wallet/{}/present", issued.id),
    ];
    for path in &paths {
        assert_eq!(site.get("own", path).await.0, StatusCode::OK, "{path}");
        assert_eq!(site.get("other", path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    let api = format!("/api/v1/licences/{}", issued.id);
    assert_eq!(site.api(Method::GET, "own", &api, json!({})).await.0, StatusCode::OK);
    assert_eq!(site.api(Method::GET, "other", &api, json!({})).await.0, StatusCode::NOT_FOUND);
    let body = json!({ "fields": ["name"] });
    let made = site.api(Method::POST, "other", &format!("{api}/presentations"), body).await;
    assert_eq!(made.0, StatusCode::NOT_FOUND);
    let mut ctx = world.system().await;
    let sql = "SELECT COUNT(*) FROM evidence_entry WHERE kind = 'licence.refused' AND actor = $1";
    let asked = ctx.count(sql, vals![citizen(&stranger).account]).await.unwrap();
    assert_eq!(asked, 7);
    drop(ctx);
    let none = site.get("other", "/wallet/01NOTHERE").await;
    assert_eq!(none.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_holder_presents_on_pages_and_a_verifier_sees_it_once() {
    let world = world().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let site = site(&world, &[("own", citizen(&person))]);
    let path = format!("/wallet/{}/present", issued.id);
    let none = site.post("own", &path, &[("_once", "a")]).await;
    assert_eq!(none.0, StatusCode::UNPROCESSABLE_ENTITY);
    let (status, location, _) = site.post("own", &path, &[("_once", "b"), ("field", "name")]).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let (_, again, _) = site.post("own", &path, &[("_once", "b"), ("field", "name")]).await;
    assert_eq!(location, again, "a double click makes one code");
    let id = location.rsplit('/').next().unwrap();
    let mut ctx = world.as_actor(&citizen(&person)).await;
    let code = wallet::presentation(&mut ctx, &issued.id, id).await.unwrap().code;
    drop(ctx);
    let asked = [("_once", "c"), ("by", "code"), ("code", code.as_str())];
    let (status, _, body) = site.post("nobody", "/verify", &asked).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(body.contains("请写明用证事由"), "{body}");
    let asked = [("_once", "d"), ("by", "code"), ("code", code.as_str()), ("purpose", "入园报名")];
    let (status, _, body) = site.post("nobody", "/verify", &asked).await;
    assert_eq!(status, StatusCode::OK);
    assert!(body.contains("验证通过，有效") && body.contains("许小满"), "{body}");
    assert!(!body.contains("书院街") && !body.contains("410105000123"));
    let (status, _, body) = site.post("nobody", "/verify", &asked).await;
    assert_eq!(status, StatusCode::OK, "a repeated click shows the same: {body}");
    let asked = [("_once", "e"), ("by", "code"), ("code", code.as_str()), ("purpose", "再看")];
    let (status, _, body) = site.post("nobody", "/verify", &asked).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(body.contains("已经用过"), "{body}");
    let (_, page) = site.get("own", &format!("/wallet/{}", issued.id)).await;
    assert!(page.contains("入园报名"), "{page}");
}

#[tokio::test]
async fn a_revoked_licence_says_what_may_be_done_and_is_not_presented() {
    let world = world().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let site = site(&world, &[("own", citizen(&person))]);
    let page = format!("/wallet/{}", issued.id);
    let ways = ["present", "card", "links", "credentials"].map(|way| format!("{page}/{way}"));
    let (_, before) = site.get("own", &page).await;
    assert!(ways.iter().all(|way| before.contains(way)) && !before.contains("如果不服"));
    world.revoke(&issued.id).await.unwrap();
    let (_, after) = site.get("own", &page).await;
    for said in ["证照内容有误", "行政许可法第六十九条", "行政复议：", "行政诉讼："]
    {
        assert!(after.contains(said), "{said}");
    }
    for way in ways {
        assert!(!after.contains(&way), "{way}");
    }
}

#[tokio::test]
async fn a_revocation_over_rest_shows_on_the_public_page_and_in_the_list() {
    let world = world().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let site = site(&world, &[("own", citizen(&person)), ("head", officer(POLICE))]);
    let mut ctx = world.system().await;
    let code = crate::register::store::get(&mut ctx, &issued.id).await.unwrap().code;
    drop(ctx);
    let public = format!("/verify?code={code}");
    assert!(site.get("nobody", &public).await.1.contains("验证通过，有效"));
    let (_, list) = site.get("nobody", "/licences/status.json").await;
    assert!(!list.contains(&issued.identifier));
    let body =
        json!({ "reason": "证照内容有误", "article": "行政许可法第六十九条", "revision": 1 });
    let path = format!("/api/v1/licences/{}/revocation", issued.id);
    let (status, reply) = site.api(Method::POST, "head", &path, body.clone()).await;
    assert_eq!((status, reply["state"].as_str()), (StatusCode::OK, Some("03")));
    let (status, reply) = site.api(Method::POST, "head", &path, body).await;
    assert_eq!((status, reply["code"].as_str()), (StatusCode::CONFLICT, Some("licence.stale")));
    let (_, page) = site.get("nobody", &public).await;
    assert!(page.contains("验证不通过") && page.contains("证照内容有误"), "{page}");
    let (_, list) = site.get("nobody", "/licences/status.json").await;
    assert!(list.contains(&issued.identifier));
    let (_, mine) = site.get("own", &format!("/wallet/{}", issued.id)).await;
    assert!(mine.contains("证照内容有误"));
}

#[tokio::test]
async fn a_file_is_verified_over_rest_and_one_changed_byte_fails() {
    use base64::Engine;
    let encode = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let world = world().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let mut file = crate::register::sheet_file(&world.env, &issued.id).await.unwrap();
    let site = site(&world, &[]);
    let path = "/api/v1/verifications";
    let body = json!({ "file_base64": encode(&file) });
    let (status, reply) = site.api(Method::POST, "nobody", path, body).await;
    assert_eq!((status, &reply["valid"]), (StatusCode::OK, &json!(true)), "{reply}");
    assert_eq!(reply["licence"]["holder"], "许**");
    let middle = file.len() / 2;
    file[middle] ^= 1;
    let body = json!({ "file_base64": encode(&file) });
    let (_, reply) = site.api(Method::POST, "nobody", path, body).await;
    assert_eq!(reply["valid"], false);
    let failed = reply["checks"].as_array().unwrap().iter().find(|check| check["ok"] == false);
    assert!(!failed.unwrap()["detail"].as_str().unwrap().is_empty());
    let (status, reply) =
        site.api(Method::POST, "nobody", path, json!({ "code": "A", "identifier": "B" })).await;
    assert_eq!((status.as_u16(), reply["code"].as_str()), (422, Some("licence.verify_one")));
}

#[tokio::test]
async fn guessing_codes_is_slowed_for_their_neighbourhood_alone() {
    let world = world().await;
    let site = site(&world, &[]);
    let mut last = StatusCode::OK;
    for _ in 0..11 {
        let body = json!({ "code": "0000000000", "purpose": "猜" });
        last = site.api(Method::POST, "nobody", "/api/v1/verifications", body).await.0;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    let body = json!({ "code": "ABCDEFGHJK", "purpose": "猜" });
    let (status, _) = site.api(Method::POST, "nobody", "/api/v1/verifications", body).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    world.env.clock.advance_us(61 * kernel::time::SECOND_US);
    let body = json!({ "code": "0000000000", "purpose": "猜" });
    let (status, _) = site.api(Method::POST, "nobody", "/api/v1/verifications", body).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn every_page_renders_in_both_languages() {
    let world = world().await;
    let mother = world.person("许小满", 2).await;
    world.child_of(&mother).await;
    let issued = world.licence(&mother).await;
    let mut ctx = world.as_actor(&citizen(&mother)).await;
    let made = wallet::present(&mut ctx, &issued.id, &["name".to_owned()]).await.unwrap();
    crate::code::make(&mut ctx).await.unwrap();
    ctx.commit().await.unwrap();
    let mut ctx = world.system().await;
    let row = crate::register::store::get(&mut ctx, &issued.id).await.unwrap();
    drop(ctx);
    let site = site(&world, &[("own", citizen(&mother)), ("head", officer(POLICE))]);
    let pages = [
        ("own", "/wallet".to_owned()),
        ("own", "/wallet/uses".to_owned()),
        ("own", format!("/wallet/{}", issued.id)),
        ("own", format!("/wallet/{}/card", issued.id)),
        ("own", format!("/wallet/{}/present", issued.id)),
        ("own", format!("/wallet/{}/presentations/{}", issued.id, made.id)),
        ("own", "/my/code".to_owned()),
        ("nobody", "/verify".to_owned()),
        ("nobody", format!("/verify?code={}", row.code)),
        ("nobody", format!("/verify?code={}", made.code)),
        ("head", "/work/licences".to_owned()),
        ("head", format!("/work/licences/{}", issued.id)),
    ];
    for (who, path) in &pages {
        for lang in ["zh-CN", "en"] {
            let mark = if path.contains('?') { '&' } else { '?' };
            let (status, body) = site.get(who, &format!("{path}{mark}lang={lang}")).await;
            assert_eq!(status, StatusCode::OK, "{path} {lang}: {body}");
            assert!(body.contains("<h1") && !body.contains('⟦'), "{path} {lang}: {body}");
        }
    }
}

#[test]
fn every_sentence_is_there_in_both_languages() {
    let views = Views::new(vec![crate::views()]).unwrap();
    let code_keys = [
        "audit.",
        "licence.use.",
        "licence.ask.",
        "licence.objection.title",
        "licence.uses_list.by_rule",
        "licence.authority.",
        "licence.event.",
        "licence.check.",
        "licence.act.",
        "licence.intake.",
        "licence.operation.",
        "licence.types.",
        "licence.chain.",
        "licence.seal.",
        "licence.paper.",
        "licence.verify.",
        "licence.rail",
        "licence.register.title",
        "error.",
        "notice.",
        "webkit.",
    ];
    let findings: Vec<String> = views
        .check(&code_keys)
        .iter()
        .map(|finding| format!("{finding:?}"))
        .filter(|finding| finding.contains("licence"))
        .collect();
    assert!(findings.is_empty(), "{findings:#?}");
}

#[tokio::test]
async fn routes_refuse_those_without_standing() {
    let world = world().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let mut weak = officer(POLICE);
    weak.assurance = 1;
    let clerk = staff(POLICE, "clerk");
    let site = site(&world, &[("own", citizen(&person)), ("weak", weak), ("clerk", clerk)]);
    let body = json!({ "reason": "错", "article": "条" });
    let path = format!("/api/v1/licences/{}/revocation", issued.id);
    for (who, expected) in [
        ("nobody", StatusCode::UNAUTHORIZED),
        ("own", StatusCode::FORBIDDEN),
        ("clerk", StatusCode::FORBIDDEN),
        ("weak", StatusCode::UNAUTHORIZED),
    ] {
        assert_eq!(site.api(Method::POST, who, &path, body.clone()).await.0, expected, "{who}");
    }
    assert_eq!(site.get("nobody", "/wallet").await.0, StatusCode::SEE_OTHER);
    let huge = "A".repeat(verify::FILE_MAX + verify::FILE_MAX / 2);
    let body = json!({ "file_base64": huge });
    let (status, _) = site.api(Method::POST, "nobody", "/api/v1/verifications", body).await;
    assert!(status.is_client_error(), "{status}");
}
