//! Objections to uses of a licence.

use super::http::site;
use super::world::*;
use crate::register;
use axum::http::{Method, StatusCode};
use serde_json::json;

const DESK: &str = "/work/licence-objections";

#[tokio::test]
async fn a_holder_objects_to_a_use_and_the_agency_answers_once() {
    let world = world_on_server().await;
    let (person, stranger) = (world.person("许小满", 1).await, world.person("李建国", 3).await);
    let issued = world.licence(&person).await;
    let mut ctx = world.as_actor(&staff(HEALTH, "reviewer")).await;
    crate::use_for(&mut ctx, &issued.id, "01CASE", HEALTH, "核对户籍").await.unwrap();
    ctx.commit().await.unwrap();
    let uses = register::uses(&mut world.system().await, &issued.id, "").await.unwrap();
    let id = uses[0].id.clone();
    let actors = [
        ("own", citizen(&person)),
        ("other", citizen(&stranger)),
        ("staff", staff(HEALTH, "data_officer")),
        ("elsewhere", staff(POLICE, "data_officer")),
        ("clerk", staff(HEALTH, "clerk")),
    ];
    let site = site(&world, &actors);
    let (page, rest) = (format!("/wallet/uses/{id}"), format!("/api/v1/wallet/uses/{id}"));
    let (_, html) = site.get("own", "/wallet/uses").await;
    assert!(html.contains(&page), "each use has a page: {html}");
    for (who, expected) in [
        ("nobody", StatusCode::SEE_OTHER),
        ("staff", StatusCode::FORBIDDEN),
        ("other", StatusCode::NOT_FOUND),
        ("own", StatusCode::OK),
    ] {
        assert_eq!(site.get(who, &page).await.0, expected, "{who}");
    }
    let (status, shown) = site.api(Method::GET, "own", &rest, json!({})).await;
    assert_eq!((status, &shown["agency"]), (StatusCode::OK, &json!(HEALTH)));
    assert!(shown["fields"].as_array().unwrap().contains(&json!("name")), "{shown}");

    let words = json!({ "words": "我没有申请过这件事" });
    let object = format!("{rest}/objection");
    for (who, expected) in [
        ("nobody", StatusCode::UNAUTHORIZED),
        ("staff", StatusCode::FORBIDDEN),
        ("other", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(site.api(Method::POST, who, &object, words.clone()).await.0, expected, "{who}");
    }
    let (status, _, _) = site.post("own", &format!("{page}/objection"), &[("words", " ")]).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let said = [("words", "我没有申请过这件事")];
    let (status, _, _) = site.post("own", &format!("{page}/objection"), &said).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let (status, told) = site.api(Method::POST, "own", &object, words).await;
    assert_eq!((status, &told["code"]), (StatusCode::CONFLICT, &json!("licence.objection_made")));

    let waiting =
        async |who: &str| site.api(Method::GET, who, "/api/v1/licence-objections", json!({})).await;
    assert_eq!(waiting("staff").await.1["objections"].as_array().unwrap().len(), 1);
    assert_eq!(waiting("elsewhere").await.1["objections"], json!([]));
    assert_eq!(waiting("clerk").await.0, StatusCode::FORBIDDEN);
    assert_eq!(waiting("nobody").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(site.get("clerk", DESK).await.0, StatusCode::FORBIDDEN);
    for lang in ["zh", "en"] {
        let (status, html) = site.get("staff", &format!("{DESK}?lang={lang}")).await;
        assert_eq!(status, StatusCode::OK, "{html}");
        assert!(html.contains("我没有申请过这件事"), "{html}");
    }
    let answer = format!("{DESK}/{id}/answer");
    let said = [("words_1", "经查系误操作，已纠正"), ("upheld", "yes")];
    assert_eq!(site.post("clerk", &answer, &said).await.0, StatusCode::FORBIDDEN);
    assert_eq!(site.post("elsewhere", &answer, &said).await.0, StatusCode::NOT_FOUND);
    assert_eq!(
        site.post("staff", &answer, &[("upheld", "yes")]).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(site.post("staff", &answer, &said).await.0, StatusCode::SEE_OTHER);
    let path = format!("/api/v1/licence-objections/{id}/answer");
    let again = json!({ "upheld": false, "words": "不成立" });
    for (who, expected) in [
        ("staff", StatusCode::CONFLICT),
        ("elsewhere", StatusCode::NOT_FOUND),
        ("clerk", StatusCode::FORBIDDEN),
        ("nobody", StatusCode::UNAUTHORIZED),
    ] {
        assert_eq!(site.api(Method::POST, who, &path, again.clone()).await.0, expected, "{who}");
    }
    for lang in ["zh", "en"] {
        let (status, html) = site.get("own", &format!("{page}?lang={lang}")).await;
        assert_eq!(status, StatusCode::OK);
        assert!(html.contains("经查系误操作，已纠正"), "{html}");
    }
    let (_, shown) = site.api(Method::GET, "own", &rest, json!({})).await;
    assert_eq!(shown["objection"]["upheld"], json!(true));
}
