//! Every page in both languages, and what its forms do.

use super::world::{World, citizen, document, draw};
use axum::http::StatusCode;
use serde_json::json;
use webkit::view::Views;

/// A drawing with diagram interchange, and text that would break markup.
pub(crate) fn drawn() -> String {
    let drawing = draw(
        &[
            "startEvent s0 name=开始",
            "<userTask id=\"a\" name=\"受理&lt;b&gt;\" y:candidates=\"clerk\" y:limit=\"P1D\"/>",
            "exclusiveGateway g name=通过吗",
            "userTask b name=审查 y:candidates=reviewer",
            "endEvent e name=办结",
            "endEvent e2",
        ],
        &["s0 a", "a g", "g b ok = true", "g e2 ok = false", "b e"],
    );
    let shape = |id: &str, x: u32, w: u32| {
        format!(
            "<di:BPMNShape id=\"{id}_di\" bpmnElement=\"{id}\"><dc:Bounds x=\"{x}\" y=\"80\" width=\"{w}\" height=\"{w}\"/></di:BPMNShape>"
        )
    };
    let shapes = [
        ("s0", 0, 36),
        ("a", 80, 90),
        ("g", 220, 50),
        ("b", 320, 90),
        ("e", 460, 36),
        ("e2", 220, 36),
    ];
    let shapes: String = shapes.iter().map(|(id, x, w)| shape(id, *x, *w)).collect();
    let edge = "<di:BPMNEdge id=\"x\" bpmnElement=\"s0_a\"><w:waypoint x=\"36\" y=\"98\"/><w:waypoint x=\"80\" y=\"NaN\"/><w:waypoint x=\"80\" y=\"98\"/></di:BPMNEdge>";
    let plane = format!(
        "<di:BPMNDiagram id=\"d\"><di:BPMNPlane id=\"pl\" bpmnElement=\"p\">{shapes}{edge}</di:BPMNPlane></di:BPMNDiagram></definitions>"
    );
    document(&[("p", &drawing)])
        .replace(" id=\"defs\"", " id=\"defs\" xmlns:di=\"http://www.omg.org/spec/BPMN/20100524/DI\" xmlns:dc=\"http://www.omg.org/spec/DD/20100524/DC\" xmlns:w=\"http://www.omg.org/spec/DD/20100524/DI\"")
        .replace("</definitions>", &plane)
}

#[tokio::test]
async fn every_page_is_whole_in_both_languages() {
    let world = World::new().await;
    for path in [
        "/processes",
        "/tasks",
        "/tasks?list=copies",
        "/instances",
        "/instances?phase=active",
        "/incidents",
    ] {
        world.get("zhao", path).await.is_whole(path);
    }
    world.deploy(&drawn()).await;
    let begun =
        world.start("clerk", "p", json!({"ok": true, "明细": {"a": [1, 2]}})).await.unwrap();
    let id = world.task(&begun.id, "a").await;
    let (instance, task) = (format!("/instances/{}", begun.id), format!("/tasks/{id}"));
    for (login, path) in [
        ("zhao", "/processes"),
        ("admin", "/processes"),
        ("clerk", "/processes/p/versions/1"),
        ("clerk", "/tasks"),
        ("clerk", "/tasks?list=done"),
        ("clerk", &task),
        ("zhao", &task),
        ("zhao", &instance),
        ("clerk", &instance),
        ("clerk", "/instances"),
        ("zhao", "/instances?phase=active"),
    ] {
        for lang in ["zh-CN", "en"] {
            let mark = if path.contains('?') { '&' } else { '?' };
            let path = format!("{path}{mark}lang={lang}");
            world.get(login, &path).await.is_whole(&path);
        }
    }
    let page = world.get("zhao", &instance).await.text;
    assert!(page.contains("<svg viewBox") && page.contains("受理&lt;b&gt;"), "{page}");
    assert!(!page.contains("受理<b>"));
    assert_eq!(world.get("police", &instance).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.get("admin", &instance).await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.get("clerk", "/processes/p/versions/x").await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.get("clerk", "/tasks?list=nonsense").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn forms_act_once_and_are_shown_again_with_what_was_typed() {
    let world = World::new().await;
    world.deploy(&drawn()).await;
    let fields = [
        ("_once", "f1"),
        ("process", "p"),
        ("version", "1"),
        ("title", "请假三天"),
        ("variables", "ok=true\n天数 = 3\n理由＝<b>探亲</b>"),
    ];
    let begun = world.post("clerk", "/instances", &fields).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text);
    assert_eq!(world.post("clerk", "/instances", &fields).await.location, begun.location);
    let page = world.get("clerk", &begun.location).await;
    page.is_whole("begun");
    assert!(page.text.contains("请假三天") && page.text.contains("&lt;b&gt;探亲"));
    let id = begun.location.split(['/', '?']).nth(2).unwrap().to_owned();
    let task = world.task(&id, "a").await;
    let path = format!("/tasks/{task}/complete");
    let wrong = [("_once", "f2"), ("words", "写了很久的意见"), ("variables", "没有等号")];
    let again = world.post("clerk", &path, &wrong).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text.contains("写了很久的意见") && again.text.contains("没有等号"));
    let stale = [("_once", "f3"), ("revision", "7"), ("words", "同意")];
    assert_eq!(world.post("clerk", &path, &stale).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let good = [("_once", "f4"), ("revision", "1"), ("words", "同意"), ("variables", "ok=true")];
    let done = world.post("clerk", &path, &good).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    world.get("clerk", &done.location).await.is_whole("done");
    let review = world.task(&id, "b").await;
    let claim = world.post("wang", &format!("/tasks/{review}/claim"), &[("_once", "f5")]).await;
    assert_eq!(claim.status, StatusCode::SEE_OTHER);
    let none = world
        .post("wang", &format!("/tasks/{review}/send_back"), &[("_once", "f6"), ("words", "")])
        .await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    let suspend = [("_once", "f7"), ("revision", "3"), ("reason", "待核")];
    let suspended = world.post("zhao", &format!("/instances/{id}/suspend"), &suspend).await;
    assert_eq!(suspended.status, StatusCode::SEE_OTHER, "{}", suspended.text);
    let twice = world
        .post("zhao", &format!("/instances/{id}/suspend"), &[("_once", "f8"), ("reason", "待核")])
        .await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
    world.whole().await;
}

#[tokio::test]
async fn the_rest_interface_says_who_may_and_what_is_wrong() {
    let world = World::new().await;
    let deploy = json!({"xml": drawn()});
    let (status, _) = world.api("clerk", "POST", "/api/v1/processes", deploy.clone()).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, done) = world.api("admin", "POST", "/api/v1/processes", deploy).await;
    assert_eq!((status, &done["versions"][0]["version"]), (StatusCode::CREATED, &json!(1)));
    let wrong =
        json!({"xml": drawn().replace("y:candidates=\"clerk\"", "y:candidates=\"nobody\"")});
    let (status, problem) = world.api("admin", "POST", "/api/v1/processes", wrong).await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, Some("process.model"))
    );
    assert_eq!(problem["errors"][0]["code"], "process.candidate_unknown");
    assert!(problem["errors"][0]["message"].as_str().unwrap().contains("nobody"));
    let begun = world.start("clerk", "p", json!({"ok": true})).await.unwrap();
    for (path, list) in [
        ("/api/v1/processes", "versions"),
        ("/api/v1/processes/p/versions", "versions"),
        ("/api/v1/processes/p/versions/1", "elements"),
        ("/api/v1/tasks", "tasks"),
        ("/api/v1/process-instances", "instances"),
        (&format!("/api/v1/process-instances/{}", begun.id), "places"),
        (&format!("/api/v1/process-instances/{}/history", begun.id), "entries"),
    ] {
        let (status, body) = world.api("clerk", "GET", path, json!(null)).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        assert_eq!(body[list].as_array().map(Vec::is_empty), Some(false), "{path}: {body}");
    }
    let (status, counts) = world.api("clerk", "GET", "/api/v1/task-counts", json!(null)).await;
    assert_eq!((status, &counts["to_do"]), (StatusCode::OK, &json!(1)));
    let (status, page) = world.api("zhao", "GET", "/api/v1/process-incidents", json!(null)).await;
    assert_eq!((status, &page["incidents"]), (StatusCode::OK, &json!([])));
    let id = world.task(&begun.id, "a").await;
    for (login, act, body, expected) in [
        ("police", "claim", json!({}), 404),
        ("wang", "claim", json!({}), 403),
        ("clerk", "fly", json!({}), 404),
        ("clerk", "hand_over", json!({"to": "wang"}), 422),
        ("clerk", "complete", json!({"unknown": 1}), 422),
        ("clerk", "complete", json!({"command": "k".repeat(100)}), 422),
        ("clerk", "claim", json!({}), 200),
        ("clerk", "claim", json!({}), 409),
    ] {
        let path = format!("/api/v1/tasks/{id}/{act}");
        let (status, answer) = world.api(login, "POST", &path, body).await;
        assert_eq!(status.as_u16(), expected, "{login} {act}: {answer}");
    }
    let mut ctx = store::Ctx::read(&world.env, citizen(), kernel::Lang::Zh);
    assert_eq!(crate::task::counts(&mut ctx).await.unwrap_err().kind, kernel::Kind::Denied);
}

#[test]
fn every_sentence_is_there_in_both_languages_and_used() {
    let views = Views::new(vec![webkit::view::own(), crate::views()]).unwrap();
    let in_code = ["audit.", "process.", "error.process.", "notice.process."];
    let faults: Vec<String> = views
        .check(&in_code)
        .into_iter()
        .map(|finding| format!("{finding}"))
        .filter(|finding| finding.contains("process."))
        .collect();
    assert_eq!(faults, Vec::<String>::new());
}
