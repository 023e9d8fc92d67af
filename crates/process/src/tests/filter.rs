//! Saved filters: what they let through, that a walk is whole, whose they are.

use super::world::{World, two_steps};
use axum::http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn a_saved_filter_shows_what_fits_of_ones_own_lists() {
    let world = World::new().await;
    world.deploy(&two_steps("y:limit=PT4H", "")).await;
    let other =
        two_steps("y:limit=PT4H", "").replace("id=\"p\"", "id=\"q\"").replace("PT4H", "P9D");
    world.deploy(&other).await;
    for n in 0..120 {
        let process = if n % 40 == 0 { "q" } else { "p" };
        // Over REST: the check of everything after each would take longer than the walk.
        let body = json!({"new": {"process": process}});
        let (status, told) = world.api("clerk", "POST", "/api/v1/process-instances", body).await;
        assert_eq!(status, StatusCode::CREATED, "{told}");
    }
    world.advance_hours(5);
    let save = async |login: &str, body: serde_json::Value| {
        world.api(login, "POST", "/api/v1/task-filters", body).await
    };
    let (status, told) = save("clerk", json!({"name": "少见", "process": "q"})).await;
    assert_eq!(status, StatusCode::CREATED, "{told}");
    let id = told["filters"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/task-filters/{id}/tasks");
    let (_, page) = world.api("clerk", "GET", &path, json!(null)).await;
    assert_eq!((page["looked"].as_i64(), &page["next"]), (Some(120), &json!(null)));
    assert_eq!(page["tasks"].as_array().map(Vec::len), Some(3));
    let (_, told) = save("clerk", json!({"name": "超期", "overdue": true, "step": "受理"})).await;
    let late = told["filters"][1]["id"].as_str().unwrap();
    let mut after = String::new();
    let mut seen = std::collections::BTreeSet::new();
    loop {
        let path = format!("/api/v1/task-filters/{late}/tasks?after={after}");
        let (_, page) = world.api("clerk", "GET", &path, json!(null)).await;
        for task in page["tasks"].as_array().unwrap() {
            assert_eq!((task["process"].as_str(), task["lamp"].as_str()), (Some("p"), Some("red")));
            assert!(seen.insert(task["id"].to_string()), "twice");
        }
        let Some(next) = page["next"].as_str() else { break };
        after = webkit::form::encode(next);
    }
    assert_eq!(seen.len(), 117);
    for lang in ["zh-CN", "en"] {
        for path in [
            "/task-filters".to_owned(),
            format!("/task-filters/{late}"),
            format!("/task-filters/{id}?list=done"),
        ] {
            let mark = if path.contains('?') { '&' } else { '?' };
            world.get("clerk", &format!("{path}{mark}lang={lang}")).await.is_whole(&path);
        }
    }
    // Others have filters of their own.
    assert_eq!(
        world.get("zhao", &format!("/task-filters/{id}")).await.status,
        StatusCode::NOT_FOUND
    );
    let gone = format!("/task-filters/{id}/delete");
    assert_eq!(world.post("zhao", &gone, &[("_once", "x0")]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.get("admin", "/task-filters").await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.post("clerk", &gone, &[("_once", "x1")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(
        world.get("clerk", &format!("/task-filters/{id}")).await.status,
        StatusCode::NOT_FOUND
    );
    let again = world
        .post("clerk", "/task-filters", &[("_once", "x3"), ("name", " "), ("step", "受理")])
        .await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    let made = [("_once", "x2"), ("name", "按标题"), ("text", "没有")];
    let made = world.post("clerk", "/task-filters", &made).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    world.get("clerk", &made.location).await.is_whole("made");
    for n in 0..25 {
        let (status, _) = save("wang", json!({"name": format!("{n}")})).await;
        assert_eq!(status.is_success(), n < 20, "{n}");
    }
}
