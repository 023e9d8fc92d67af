//! Acts of a licence's life and intakes as officers do them, and who is refused.

use super::http::site;
use super::world::*;
use axum::http::{Method, StatusCode};
use serde_json::json;

#[tokio::test]
async fn each_act_of_a_licences_life_is_refused_to_those_without_standing() {
    let world = world().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let mut weak = officer(POLICE);
    weak.assurance = 1;
    let actors = [
        ("own", citizen(&person)),
        ("weak", weak),
        ("clerk", staff(POLICE, "clerk")),
        ("other", officer(HEALTH)),
    ];
    let site = site(&world, &actors);
    let change = json!({ "reason": "错", "article": "条" });
    let next = json!({ "operation": "change", "reason": "错", "article": "条",
        "fields": { "name": "某某" } });
    let intake = json!({ "type_id": "driving-licence", "source": "台账", "csv": "x" });
    let of = |tail: &str| format!("/api/v1/licences/{}/{tail}", issued.id);
    let paths = [
        (of("annotations"), change.clone()),
        (of("cancellation"), change.clone()),
        (of("forfeiture"), change.clone()),
        (of("transfer"), change.clone()),
        (of("next"), next),
    ];
    for (path, body) in &paths {
        for (who, expected) in [
            ("nobody", StatusCode::UNAUTHORIZED),
            ("own", StatusCode::FORBIDDEN),
            ("clerk", StatusCode::FORBIDDEN),
            ("weak", StatusCode::UNAUTHORIZED),
            ("other", StatusCode::NOT_FOUND),
        ] {
            let found = site.api(Method::POST, who, path, body.clone()).await.0;
            assert_eq!(found, expected, "{path} {who}");
        }
    }
    let intakes = "/api/v1/licence-intakes";
    for (who, expected) in [
        ("nobody", StatusCode::UNAUTHORIZED),
        ("own", StatusCode::FORBIDDEN),
        ("clerk", StatusCode::FORBIDDEN),
        ("weak", StatusCode::UNAUTHORIZED),
        ("other", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let found = site.api(Method::POST, who, intakes, intake.clone()).await.0;
        assert_eq!(found, expected, "{intakes} {who}");
    }
    let pages = [
        format!("/work/licences/{}/next", issued.id),
        "/work/licence-transfers".to_owned(),
        "/work/licence-intakes".to_owned(),
        "/work/licence-intakes/01NONE".to_owned(),
        "/work/licence-intakes/01NONE/gaps.csv".to_owned(),
    ];
    for path in &pages {
        for who in ["own", "clerk"] {
            assert_eq!(site.get(who, path).await.0, StatusCode::FORBIDDEN, "{path} {who}");
        }
    }
    assert_eq!(site.get("other", &pages[0]).await.0, StatusCode::NOT_FOUND);
    assert_eq!(site.get("other", &pages[3]).await.0, StatusCode::NOT_FOUND);
    assert_eq!(
        site.get("nobody", "/licence-types/identity-card/specimen.pdf").await.0,
        StatusCode::SEE_OTHER
    );
    let state = crate::register::store::get(&mut world.system().await, &issued.id).await.unwrap();
    assert_eq!((state.state.as_str(), state.revision), ("01", 1), "nothing was done");
}

#[tokio::test]
async fn an_officer_renews_transfers_and_takes_in_paper_on_pages() {
    let world = world().await;
    let person = world.person("许小满", 1).await;
    let number = person.number.clone().unwrap();
    let mut ctx = world.system().await;
    let new = crate::Issue {
        type_id: "driving-licence".to_owned(),
        fields: json!({ "name": "许小满", "class": "C1" }),
        ..issue_for(&person)
    };
    let first = crate::issue(&mut ctx, new).await.unwrap();
    ctx.commit().await.unwrap();
    let away = officer("police-410106");
    let site =
        site(&world, &[("own", citizen(&person)), ("head", officer(POLICE)), ("away", away)]);
    let path = format!("/work/licences/{}/next", first.id);
    let (status, page) = site.get("head", &path).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("value=\"renew\"") && !page.contains("value=\"transfer_in\""), "{page}");
    let asked = [("_once", "a"), ("act", "renew"), ("reason", ""), ("article", "第十九条")];
    let (status, _, body) = site.post("head", &path, &asked).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(body.contains("请写明原因"), "{body}");
    let asked = [("_once", "b"), ("act", "renew"), ("reason", "期满换证"), ("article", "第十九条")];
    let (status, location, body) = site.post("head", &path, &asked).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{body}");
    let (_, again, _) = site.post("head", &path, &asked).await;
    let second = location.split(['/', '?']).nth(3).unwrap().to_owned();
    assert!(again.contains(&second), "a double click makes one licence");
    let (_, page) = site.get("own", &format!("/wallet/{second}")).await;
    assert!(page.contains("证照沿革") && page.contains(&first.identifier), "{page}");
    let act = format!("/work/licences/{second}/state");
    let asked = [
        ("_once", "c"),
        ("act", "transfer_out"),
        ("reason", "迁出"),
        ("article", "条"),
        ("revision", "1"),
    ];
    assert_eq!(site.post("head", &act, &asked).await.0, StatusCode::SEE_OTHER);
    let mut ctx = world.system().await;
    let identifier = crate::register::store::get(&mut ctx, &second).await.unwrap().identifier;
    drop(ctx);
    let asked = [
        ("_once", "d"),
        ("identifier", identifier.as_str()),
        ("reason", "迁入"),
        ("article", "条"),
    ];
    let (status, location, body) = site.post("away", "/work/licence-transfers", &asked).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{body}");
    let third = location.split(['/', '?']).nth(3).unwrap().to_owned();
    assert_eq!(site.get("away", &format!("/work/licences/{third}")).await.0, StatusCode::OK);
    assert_eq!(site.get("head", &format!("/work/licences/{third}")).await.0, StatusCode::NOT_FOUND);
    let csv =
        format!("holder_name,holder_number,number,name,class\n许小满,{number},D1,许小满,C1\n");
    let body = json!({ "type_id": "driving-licence", "source": "台账", "csv": csv });
    let (status, made) = site.api(Method::POST, "head", "/api/v1/licence-intakes", body).await;
    assert_eq!((status, made["waiting"].as_i64()), (StatusCode::OK, Some(1)));
    let jobs: Vec<_> = crate::modules().into_iter().flat_map(|module| module.jobs).collect();
    store::job::Worker::new(world.env.clone(), &jobs).drain().await.unwrap();
    let id = made["id"].as_str().unwrap();
    let (_, made) =
        site.api(Method::GET, "head", &format!("/api/v1/licence-intakes/{id}"), json!({})).await;
    assert_eq!(made["gaps"][0]["problem"], "live", "he holds one from elsewhere: {made}");
    for lang in ["zh-CN", "en"] {
        for path in [
            format!("/work/licence-intakes/{id}"),
            "/work/licence-intakes".to_owned(),
            "/work/licence-transfers".to_owned(),
            format!("/work/licences/{second}"),
            "/licence-types".to_owned(),
            "/licence-types/business-licence".to_owned(),
        ] {
            let (status, body) = site.get("head", &format!("{path}?lang={lang}")).await;
            assert_eq!(status, StatusCode::OK, "{path} {lang}: {body}");
            assert!(body.contains("<h1") && !body.contains('⟦'), "{path} {lang}: {body}");
        }
    }
    let report = site.get("head", &format!("/work/licence-intakes/{id}/gaps.csv")).await;
    assert!(report.1.contains("许小满") && report.1.contains(&number), "{}", report.1);
    let retry = format!("/work/licence-intakes/{id}/retry");
    assert_eq!(site.post("head", &retry, &[]).await.0, StatusCode::SEE_OTHER);
    assert_eq!(site.post("away", &retry, &[]).await.0, StatusCode::NOT_FOUND);
}
