//! Licences shown by a link.

use super::http::site;
use super::world::*;
use crate::register;
use axum::http::{Method, StatusCode};
use serde_json::{Value as Json, json};

const WHY: (&str, &str) = ("purpose", "租房签约");

#[tokio::test]
async fn a_link_shows_the_chosen_fields_as_often_as_its_holder_allows() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let site = site(&world, &[("own", citizen(&person))]);
    let path = format!("/wallet/{}/links", issued.id);
    let asked = |once, days, opens| {
        [
            ("_once", once),
            ("field", "name"),
            ("recipient", "房东"),
            ("days", days),
            ("opens", opens),
        ]
    };
    let made = site.post("own", &path, &asked("a", "2", "2")).await.0;
    assert_eq!(made, StatusCode::SEE_OTHER);
    let rest = format!("/api/v1/licences/{}/links", issued.id);
    let (_, links) = site.api(Method::GET, "own", &rest, json!({})).await;
    let url = links["links"][0]["url"].as_str().unwrap();
    let link = url.strip_prefix("https://yipan.example").unwrap().to_owned();

    let (status, html) = site.get("nobody", &link).await;
    assert_eq!(status, StatusCode::OK);
    assert!(!html.contains("许小满"), "looking shows nothing: {html}");
    let unsaid = site.post("nobody", &link, &[("_once", "1")]).await;
    assert_eq!(unsaid.0, StatusCode::UNPROCESSABLE_ENTITY);
    for _ in 0..2 {
        let (status, _, html) = site.post("nobody", &link, &[("_once", "2"), WHY]).await;
        assert_eq!(status, StatusCode::OK, "a second click is the first one's: {html}");
        assert!(html.contains("许小满") && !html.contains("书院街"), "{html}");
    }
    let (status, _, _) = site.post("nobody", &link, &[("_once", "3"), WHY]).await;
    assert_eq!(status, StatusCode::OK);
    let (status, _, html) = site.post("nobody", &link, &[("_once", "4"), WHY]).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(html.contains("链接已失效") && !html.contains("许小满"), "{html}");
    let uses = register::uses(&mut world.system().await, &issued.id, "").await.unwrap();
    assert_eq!(uses.len(), 2, "each opening is a use");
    assert!(uses.iter().all(|used| used.kind == "link" && used.purpose == "租房签约"));
    let (_, html) = site.get("own", &path).await;
    assert!(html.contains("已打开 2 次，最多 2 次") && html.contains("房东"), "{html}");

    // One that is over, and one that is taken back.
    let new =
        |days: i64| json!({ "fields": ["name"], "recipient": "房东", "days": days, "opens": 5 });
    let (_, late) = site.api(Method::POST, "own", &rest, new(1)).await;
    let (status, kept) = site.api(Method::POST, "own", &rest, new(30)).await;
    assert_eq!(status, StatusCode::CREATED, "{kept}");
    world.env.clock.advance_us(kernel::time::DAY_US);
    let at = |link: &Json| link["url"].as_str().unwrap().replace("https://yipan.example", "");
    let opened = site.post("nobody", &at(&late), &[("_once", "5"), WHY]).await.0;
    assert_eq!(opened, StatusCode::UNPROCESSABLE_ENTITY, "a day is over");
    let end = format!("{path}/{}/end", kept["id"].as_str().unwrap());
    assert_eq!(site.post("own", &end, &[]).await.0, StatusCode::SEE_OTHER);
    let opened = site.post("nobody", &at(&kept), &[("_once", "6"), WHY]).await.0;
    assert_eq!(opened, StatusCode::UNPROCESSABLE_ENTITY, "it was taken back");
    assert_eq!(site.post("own", &end, &[]).await.0, StatusCode::CONFLICT, "once");
}

#[tokio::test]
async fn links_are_the_holders_and_within_bounds() {
    let world = world_on_server().await;
    let (person, stranger) = (world.person("许小满", 1).await, world.person("李建国", 3).await);
    let issued = world.licence(&person).await;
    let actors =
        [("own", citizen(&person)), ("other", citizen(&stranger)), ("staff", officer(POLICE))];
    let site = site(&world, &actors);
    let rest = format!("/api/v1/licences/{}/links", issued.id);
    let whole = json!({ "fields": ["name"], "recipient": "房东", "days": 1, "opens": 1 });
    for (field, value, code) in [
        ("fields", json!([]), "licence.fields_none"),
        ("fields", json!(["salary"]), "licence.fields_unknown"),
        ("recipient", json!(" "), "licence.link_recipient"),
        ("days", json!(0), "licence.link_days"),
        ("days", json!(31), "licence.link_days"),
        ("opens", json!(21), "licence.link_opens"),
    ] {
        let mut body = whole.clone();
        body[field] = value;
        let (status, told) = site.api(Method::POST, "own", &rest, body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        let found = told["errors"][0]["code"].as_str().or(told["code"].as_str());
        assert_eq!(found, Some(code), "{told}");
    }
    let (_, link) = site.api(Method::POST, "own", &rest, whole.clone()).await;
    let id = link["id"].as_str().unwrap();
    for (method, path) in [
        (Method::GET, rest.clone()),
        (Method::POST, rest.clone()),
        (Method::DELETE, format!("/api/v1/licence-links/{id}")),
    ] {
        for (who, expected) in [
            ("nobody", StatusCode::UNAUTHORIZED),
            ("staff", StatusCode::FORBIDDEN),
            ("other", StatusCode::NOT_FOUND),
        ] {
            let status = site.api(method.clone(), who, &path, whole.clone()).await.0;
            assert_eq!(status, expected, "{who} {path}");
        }
    }
    let page = format!("/wallet/{}/links", issued.id);
    for (who, expected) in [
        ("nobody", StatusCode::SEE_OTHER),
        ("staff", StatusCode::FORBIDDEN),
        ("other", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(site.get(who, &page).await.0, expected, "{who}");
        let asked =
            [("_once", who), ("field", "name"), ("recipient", "x"), ("days", "1"), ("opens", "1")];
        assert_eq!(site.post(who, &page, &asked).await.0, expected, "{who}");
        assert_eq!(site.post(who, &format!("{page}/{id}/end"), &[]).await.0, expected, "{who}");
    }
    for lang in ["zh", "en"] {
        assert_eq!(site.get("own", &format!("{page}?lang={lang}")).await.0, StatusCode::OK);
        let address = link["url"].as_str().unwrap().replace("https://yipan.example", "");
        let (status, html) = site.get("nobody", &format!("{address}?lang={lang}")).await;
        assert_eq!(status, StatusCode::OK, "{html}");
    }
    assert_eq!(site.get("nobody", "/shown/none").await.0, StatusCode::NOT_FOUND);
    for _ in 1..20 {
        let (status, told) = site.api(Method::POST, "own", &rest, whole.clone()).await;
        assert_eq!(status, StatusCode::CREATED, "{told}");
    }
    let (status, told) = site.api(Method::POST, "own", &rest, whole).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::TOO_MANY_REQUESTS, &json!("licence.link_many"))
    );
}
