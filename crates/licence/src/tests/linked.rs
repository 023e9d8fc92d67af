//! Licences linked from a trust anchor.

use super::http::site;
use super::world::*;
use crate::{Issue, issue};
use axum::http::{Method, StatusCode};
use party::person::Person;
use serde_json::{Value as Json, json};

async fn give(world: &World, person: &Person, kind: &str, fields: Json) {
    let mut ctx = world.system().await;
    let new = Issue { type_id: kind.to_owned(), fields, ..issue_for(person) };
    issue(&mut ctx, new).await.unwrap();
    ctx.commit().await.unwrap();
}

#[tokio::test]
async fn a_licence_that_differs_from_the_anchor_is_told_as_such() {
    let world = world_on_server().await;
    let (person, stranger) = (world.person("许小满", 1).await, world.person("李建国", 3).await);
    let actors =
        [("own", citizen(&person)), ("other", citizen(&stranger)), ("staff", officer(POLICE))];
    let site = site(&world, &actors);
    let path = "/api/v1/wallet/linked";
    let (_, empty) = site.api(Method::GET, "own", path, json!({})).await;
    assert_eq!(empty["chains"], json!([]));

    let driving = json!({ "name": "许小蛮", "class": "C1", "citizen_number": person.number,
        "address": "金水区书院街 27 号" });
    give(&world, &person, TYPE, fields(&person)).await;
    give(&world, &person, "driving-licence", driving).await;
    let (_, bare) = site.api(Method::GET, "own", path, json!({})).await;
    assert_eq!(bare["chains"][0]["anchor"], Json::Null, "nothing vouches yet: {bare}");
    let of = |chains: &Json, kind: &str| -> Json {
        let linked = chains["chains"][0]["linked"].as_array().unwrap();
        linked.iter().find(|one| one["type_id"] == kind).unwrap().clone()
    };
    assert_eq!(of(&bare, TYPE)["compared"], 0);
    let card = json!({ "name": person.name, "citizen_number": person.number,
        "birth_date": "1994-03-05", "address": "金水区书院街 27 号" });
    give(&world, &person, "identity-card", card).await;
    let (_, chains) = site.api(Method::GET, "own", path, json!({})).await;
    assert!(chains["chains"][0]["anchor"].is_string(), "{chains}");
    let agrees = of(&chains, TYPE);
    assert!(
        agrees["compared"].as_u64().unwrap() >= 2 && agrees["differences"] == json!([]),
        "{agrees}"
    );
    let differs = of(&chains, "driving-licence");
    assert_eq!(differs["differences"].as_array().unwrap().len(), 1, "{differs}");
    assert_eq!(differs["differences"][0]["said"], "许小蛮");
    assert_eq!(differs["differences"][0]["anchored"], "许小满");
    for lang in ["zh", "en"] {
        let (status, html) = site.get("own", &format!("/wallet/linked?lang={lang}")).await;
        assert_eq!(status, StatusCode::OK, "{html}");
        assert!(html.contains("许小蛮"), "{html}");
    }
    let (_, others) = site.api(Method::GET, "other", path, json!({})).await;
    assert_eq!(others["chains"], json!([]), "one's own alone");
    assert_eq!(site.api(Method::GET, "staff", path, json!({})).await.0, StatusCode::FORBIDDEN);
    assert_eq!(site.api(Method::GET, "nobody", path, json!({})).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(site.get("staff", "/wallet/linked").await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_use_list_names_every_item_that_takes_a_licence() {
    let world = world_on_server().await;
    let site = site(&world, &[]);
    let (status, list) = site.api(Method::GET, "nobody", "/api/v1/licence-uses", json!({})).await;
    assert_eq!(status, StatusCode::OK);
    let listed: Vec<(String, String)> = list["uses"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["material"].is_string())
        .map(|one| {
            let text = |name: &str| one[name].as_str().unwrap().to_owned();
            (text("item"), text("type_id"))
        })
        .collect();
    // Told otherwise: from the definitions as they are written.
    let mut written = Vec::new();
    for item in world.env.pack.items() {
        let item_json = serde_json::to_value(item).unwrap();
        for material in item_json["materials"].as_array().unwrap() {
            if let Some(kind) = material["met_by"]["licence"].as_str() {
                written.push((item.id.clone(), kind.to_owned()));
            }
        }
    }
    assert!(written.len() >= 2, "{written:?}");
    assert_eq!(listed.len(), written.len());
    assert!(written.iter().all(|one| listed.contains(one)), "{written:?} {listed:?}");
    for lang in ["zh", "en"] {
        let (status, html) = site.get("nobody", &format!("/licence-uses?lang={lang}")).await;
        assert_eq!(status, StatusCode::OK, "{html}");
        assert!(html.contains(&format!("/items/{}", written[0].0)));
    }
}
