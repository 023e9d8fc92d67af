//! The authority's pages and REST as administrators call them, and as nobody else may.

use super::authority::{administrator, by_two, city, root};
use super::http::{Site, site};
use super::world::*;
use axum::http::{Method, StatusCode};
use serde_json::{Value as Json, json};

fn places(world: &World) -> Site {
    let weak = kernel::Actor { assurance: 1, ..administrator(world, "戊") };
    let county = kernel::Actor { division: "410205".to_owned(), ..administrator(world, "己") };
    let actors = [
        ("one", administrator(world, "甲")),
        ("other", administrator(world, "乙")),
        ("weak", weak),
        ("county", county),
        ("head", officer(POLICE)),
    ];
    site(world, &actors)
}

fn id(location: &str) -> String {
    location.rsplit('/').next().unwrap().split('?').next().unwrap().to_owned()
}

async fn revision(site: &Site, certificate: &str) -> i64 {
    let path = format!("/api/v1/certificates/{certificate}");
    site.api(Method::GET, "one", &path, json!({})).await.1["revision"].as_i64().unwrap()
}

#[tokio::test]
async fn an_order_goes_through_pages_from_one_to_another() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    world.licence(&person).await;
    let (root, site) = (root(&world).await, places(&world));
    let form = |name: &'static str, once: &'static str| {
        [
            ("_once", once),
            ("kind", "establish"),
            ("name", name),
            ("division", "410100"),
            ("algorithm", "sm2"),
            ("provider", "file"),
            ("reason", "分级签发"),
        ]
    };
    let parent = ("parent", root.id.as_str());
    let wrong = [form("", "a").as_slice(), &[parent]].concat();
    let (status, _, body) = site.post("one", "/authority-orders", &wrong).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(body.contains("请写机构名称") && body.contains("分级签发"), "{body}");
    let good = [form("郑州机构", "b").as_slice(), &[parent]].concat();
    let (status, location, _) = site.post("one", "/authority-orders", &good).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let (_, again, _) = site.post("one", "/authority-orders", &good).await;
    assert_eq!(id(&location), id(&again), "a double click orders once");
    let page = format!("/authority-orders/{}", id(&location));
    let (_, own) = site.get("one", &page).await;
    assert!(own.contains("撤回申请") && !own.contains("批准并执行"), "{own}");
    let decide = |once: &'static str, act: &'static str| {
        [("_once", once), ("revision", "1"), ("act", act), ("remark", "")]
    };
    let path = format!("{page}/decision");
    let (status, _, body) = site.post("one", &path, &decide("c", "approve")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(body.contains("须由另一位管理员批准"), "{body}");
    let (status, _, _) = site.post("other", &path, &decide("d", "approve")).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let (_, done) = site.get("other", &page).await;
    assert!(done.contains("已执行"), "{done}");
    let (_, list) = site.get("one", "/authorities").await;
    assert!(list.contains("郑州机构") && list.contains("一级"), "{list}");
    // Suspended from its page, and ordered to be resumed.
    let path = format!("/authorities/{}", root.id);
    let (_, held) =
        site.api(Method::GET, "one", &format!("/api/v1{path}/certificates"), json!({})).await;
    let rows = held["certificates"].as_array().unwrap();
    let agency = rows.iter().find(|row| row["profile"] == "agency").unwrap();
    let certificate = agency["id"].as_str().unwrap();
    let page = format!("/certificates/{certificate}");
    let path = format!("{page}/suspension");
    let unsaid = [("_once", "e"), ("revision", "1"), ("why", "")];
    let (status, _, body) = site.post("one", &path, &unsaid).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(body.contains("请写明原因"), "{body}");
    let said = [("_once", "f"), ("revision", "1"), ("why", "疑似泄露")];
    assert_eq!(site.post("one", &path, &said).await.0, StatusCode::SEE_OTHER);
    let (_, body) = site.get("one", &page).await;
    assert!(body.contains("已暂停") && body.contains("疑似泄露") && body.contains("恢复证书"));
    let cause = [("_once", "g"), ("kind", "revoke"), ("certificate", certificate), ("cause", "x")];
    let (status, _, body) = site.post("one", "/authority-orders", &cause).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(body.contains("请选择吊销原因"), "{body}");
}

#[tokio::test]
async fn the_same_goes_over_rest() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    world.licence(&person).await;
    let (root, site) = (root(&world).await, places(&world));
    let (status, all) = site.api(Method::GET, "one", "/api/v1/authorities", json!({})).await;
    assert_eq!((status, &all["authorities"][0]["id"]), (StatusCode::OK, &json!(root.id)));
    let body = json!({ "reason": "分级签发", "act": { "kind": "establish", "parent": root.id,
        "division": "410100", "name": "郑州机构", "algorithm": "sm2", "provider": "file" } });
    let path = "/api/v1/authority-orders";
    let (status, order) = site.api(Method::POST, "one", path, body).await;
    assert_eq!((status, &order["state"]), (StatusCode::OK, &json!("open")), "{order}");
    let path = format!("{path}/{}", order["id"].as_str().unwrap());
    let body = json!({ "approve": true, "revision": 1 });
    let decision = format!("{path}/decision");
    let (status, told) = site.api(Method::POST, "one", &decision, body.clone()).await;
    let expected = (StatusCode::CONFLICT, &json!("licence.order_same_person"));
    assert_eq!((status, &told["code"]), expected);
    let (status, done) = site.api(Method::POST, "other", &decision, body).await;
    assert_eq!((status, &done["state"]), (StatusCode::OK, &json!("done")), "{done}");
    assert_eq!(site.api(Method::GET, "one", &path, json!({})).await.1["state"], "done");
    let made = format!("/api/v1/certificates/{}", done["result"].as_str().unwrap());
    let (_, made) = site.api(Method::GET, "one", &made, json!({})).await;
    assert_eq!((&made["profile"], &made["state"]), (&json!("authority"), &json!("valid")));
    let unknown = json!({ "reason": "x", "act": { "kind": "destroy" } });
    let (status, _) = site.api(Method::POST, "one", "/api/v1/authority-orders", unknown).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn every_route_refuses_those_without_standing() {
    let world = world().await;
    let root = root(&world).await;
    let made = by_two(&world, &city(&root.id)).await.unwrap();
    let site = places(&world);
    let body = json!({ "reason": "x", "act": { "kind": "renew", "certificate": made } });
    let (_, order) = site.api(Method::POST, "one", "/api/v1/authority-orders", body.clone()).await;
    let order = order["id"].as_str().unwrap();
    let reads = [
        "/authorities".to_owned(),
        format!("/authorities/{made}"),
        format!("/certificates/{made}"),
        format!("/authority-orders/{order}"),
    ];
    for path in &reads {
        assert_eq!(site.get("nobody", path).await.0, StatusCode::SEE_OTHER, "{path}");
        assert_eq!(site.get("head", path).await.0, StatusCode::FORBIDDEN, "{path}");
    }
    // Certificates and orders of another city are not there.
    for path in &reads[2..] {
        assert_eq!(site.get("county", path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    let decision = format!("/api/v1/authority-orders/{order}/decision");
    let suspension = format!("/api/v1/certificates/{made}/suspension");
    let yes = json!({ "approve": true, "revision": 1 });
    let why = json!({ "reason": "x", "revision": 1 });
    let posts: [(&str, Json); 3] =
        [("/api/v1/authority-orders", body), (&decision, yes), (&suspension, why)];
    for (path, body) in posts {
        for (who, expected) in [
            ("nobody", StatusCode::UNAUTHORIZED),
            ("head", StatusCode::FORBIDDEN),
            ("weak", StatusCode::UNAUTHORIZED),
            ("county", StatusCode::NOT_FOUND),
        ] {
            let given = site.api(Method::POST, who, path, body.clone()).await.0;
            assert_eq!(given, expected, "{who} {path}");
        }
    }
    for path in [
        "/api/v1/authorities".to_owned(),
        format!("/api/v1/authorities/{made}/certificates"),
        format!("/api/v1/certificates/{made}"),
        "/api/v1/authority-orders".to_owned(),
        format!("/api/v1/authority-orders/{order}"),
    ] {
        let given = site.api(Method::GET, "head", &path, json!({})).await.0;
        assert_eq!(given, StatusCode::FORBIDDEN, "{path}");
        let given = site.api(Method::GET, "nobody", &path, json!({})).await.0;
        assert_eq!(given, StatusCode::UNAUTHORIZED, "{path}");
    }
    let pages = [
        "/authority-orders".to_owned(),
        format!("/authority-orders/{order}/decision"),
        format!("/certificates/{made}/suspension"),
    ];
    for path in pages {
        let form = [("_once", "z"), ("kind", "renew"), ("revision", "1")];
        assert_eq!(site.post("head", &path, &form).await.0, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(site.post("weak", &path, &form).await.0, StatusCode::SEE_OTHER, "{path}");
    }
    assert_eq!(revision(&site, &made).await, 1, "nothing was done");
}

#[tokio::test]
async fn pages_render_in_both_languages() {
    let world = world().await;
    let person = world.person("许小满", 1).await;
    world.licence(&person).await;
    let root = root(&world).await;
    let made = by_two(&world, &city(&root.id)).await.unwrap();
    let site = places(&world);
    let act = json!({ "kind": "revoke", "certificate": made, "cause": "superseded" });
    let body = json!({ "reason": "调整", "act": act });
    let (_, order) = site.api(Method::POST, "one", "/api/v1/authority-orders", body).await;
    let order = format!("/authority-orders/{}", order["id"].as_str().unwrap());
    let own = format!("/authorities/{}", root.id);
    let (one, first) = (format!("/certificates/{made}"), format!("/certificates/{}", root.id));
    for path in ["/authorities", &own, &one, &first, &order] {
        for lang in ["zh-CN", "en"] {
            for who in ["one", "other"] {
                let (status, body) = site.get(who, &format!("{path}?lang={lang}")).await;
                assert_eq!(status, StatusCode::OK, "{path} {lang}: {body}");
                assert!(body.contains("<h1") && !body.contains('⟦'), "{path} {lang}: {body}");
            }
        }
    }
}
