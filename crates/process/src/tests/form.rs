//! Forms of tasks and of the beginning, over pages and the REST interface; bundles handed in and
//! given back; procedures of the packs.

use super::bundle::{drawing, files, forms, subsidy};
use super::ruling::deploy;
use super::world::{World, document, draw};
use crate::bundle::Files;
use crate::definition;
use axum::http::StatusCode;
use pack::Province;
use serde_json::{Value as Json, json};
use std::sync::Arc;

fn fields(problem: &Json) -> Vec<(String, String)> {
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    let text = |json: &Json| json.as_str().unwrap_or_default().to_owned();
    errors.iter().map(|one| (text(&one["field"]), text(&one["code"]))).collect()
}

#[tokio::test]
async fn the_interface_tells_the_form_and_names_the_field_at_fault() {
    let world = World::new().await;
    deploy(&world, &files()).await;
    let (_, version) =
        world.api("clerk", "GET", "/api/v1/processes/grant/versions/1", json!(null)).await;
    assert_eq!(version["start"]["fields"][0]["id"], "company");
    let start = async |variables: Json| {
        let body = json!({ "new": { "process": "grant", "variables": variables } });
        world.api("clerk", "POST", "/api/v1/process-instances", body).await
    };
    let (status, problem) = start(json!({ "company": "超".repeat(21), "tier": "low" })).await;
    assert_eq!((status.as_u16(), problem["code"].as_str()), (422, Some("process.answers")));
    let expected = [("tier", "unasked"), ("company", "length")];
    let expected =
        expected.map(|(field, code)| (field.to_owned(), format!("process.answer_{code}")));
    assert_eq!(fields(&problem), expected);
    let (status, begun) = start(json!({ "company": "甲公司", "urgent": true })).await;
    assert_eq!(status, StatusCode::CREATED, "{begun}");
    let id = begun["id"].as_str().unwrap().to_owned();
    let task = world.task(&id, "apply").await;
    let (_, shown) = world.api("clerk", "GET", &format!("/api/v1/tasks/{task}"), json!(null)).await;
    assert_eq!(shown["form"]["fields"][1]["kind"], "integer");
    let complete = async |variables: Json| {
        let path = format!("/api/v1/tasks/{task}/complete");
        world.api("clerk", "POST", &path, json!({ "variables": variables })).await
    };
    for (variables, field, code) in [
        (json!({}), "amount", "missing"),
        (json!({ "amount": 0 }), "amount", "range"),
        (json!({ "amount": 5, "company": "乙" }), "company", "unasked"),
        (json!({ "amount": 5, "rated": {} }), "rated", "unasked"),
        (json!({ "amount": 5, "experts": ["nobody"] }), "experts", "officer"),
    ] {
        let (status, problem) = complete(variables).await;
        let expected = (field.to_owned(), format!("process.answer_{code}"));
        assert_eq!((status.as_u16(), fields(&problem)), (422, vec![expected]));
        assert!(!problem["errors"][0]["message"].as_str().unwrap().contains('⟦'));
    }
    let (status, _) = complete(json!({ "amount": 500, "experts": ["wang", "zhao"] })).await;
    assert_eq!(status, StatusCode::OK);
    let (_, shown) =
        world.api("clerk", "GET", &format!("/api/v1/process-instances/{id}"), json!(null)).await;
    let accounts = ["wang", "zhao"].map(|login| world.actor(login).account);
    assert_eq!(shown["variables"]["experts"], json!(accounts), "officers by their accounts");
    world.whole().await;
}

#[tokio::test]
async fn what_no_database_keeps_is_refused_before_anything_is_done() {
    let world = World::new().await;
    deploy(&world, &files()).await;
    let sent = [
        (
            "process-instances",
            json!({ "new": { "process": "grant",
            "variables": { "company": "甲\u{0}" } } }),
            "new.variables.company",
        ),
        (
            "process-instances",
            json!({ "new": { "process": "grant", "subject": "a\u{0}" } }),
            "new.subject",
        ),
        ("process-messages", json!({ "name": "启动\u{0}" }), "name"),
        ("process-messages", json!({ "name": "启\u{202e}动" }), "name"),
        (
            "process-messages",
            json!({ "name": "启动", "variables": { "list": [1, ["\u{0}"]] } }),
            "variables.list[1][0]",
        ),
    ];
    for (noun, body, field) in sent {
        let (status, problem) = world.api("clerk", "POST", &format!("/api/v1/{noun}"), body).await;
        assert_eq!((status.as_u16(), problem["code"].as_str()), (422, Some("form.fields_wrong")));
        let expected = (field.to_owned(), "form.field_characters".to_owned());
        assert_eq!(fields(&problem), [expected]);
    }
    for (path, status, at) in [
        ("process-instances?after=%00", 422, Some("after")),
        ("process-instances/a%00b", 404, None),
        ("tasks?list=to_do&after=a%00", 422, Some("after")),
    ] {
        let told = world.api("clerk", "GET", &format!("/api/v1/{path}"), json!(null)).await;
        assert_eq!(
            (told.0.as_u16(), told.1["errors"][0]["field"].as_str()),
            (status, at),
            "{path}"
        );
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM process_instance").await, 0);
    assert_eq!(world.count("SELECT COUNT(*) FROM process_message").await, 0);
}

#[tokio::test]
async fn a_page_fills_the_form_and_loses_nothing_that_was_typed() {
    let world = World::new().await;
    deploy(&world, &files()).await;
    let path = "/processes/grant/versions/1";
    for lang in ["zh-CN", "en"] {
        let page = world.get("clerk", &format!("{path}?lang={lang}")).await;
        page.is_whole(path);
        assert!(
            page.text.contains("name=\"v_company\"") && !page.text.contains("name=\"variables\"")
        );
    }
    let begin = [("_once", "1"), ("process", "grant"), ("version", "1"), ("title", "春季补贴")];
    let wrong = world.post("clerk", "/instances", &begin).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.text.contains("春季补贴") && wrong.text.contains("f-v_company-e"),
        "{}",
        wrong.text
    );
    let begin = [&begin[..], &[("v_company", "甲<b>公司"), ("v_urgent", "false")]].concat();
    let begun = world.post("clerk", "/instances", &begin).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text);
    let id = begun.location.split(['/', '?']).nth(2).unwrap().to_owned();
    let task = format!("/tasks/{}", world.task(&id, "apply").await);
    let page = world.get("clerk", &task).await;
    page.is_whole(&task);
    assert!(page.text.contains("甲&lt;b&gt;公司"), "read-only fields are shown");
    assert!(!page.text.contains("name=\"v_company\"") && !page.text.contains("name=\"variables\""));
    let complete = format!("{task}/complete");
    let typed = [
        ("_once", "2"),
        ("words", "核过了"),
        ("v_amount", "一百"),
        ("v_rate", "0.5"),
        ("v_from", "2026-10-01"),
        ("v_sort", "b"),
        ("v_papers", "plan"),
        ("v_papers", "bill"),
        ("v_experts", "wang\nnobody"),
        ("v_remark", "第一行\n第二行"),
        ("v_company", "换一家"),
    ];
    let again = world.post("clerk", &complete, &typed).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    for kept in [
        "核过了",
        "value=\"一百\"",
        "value=\"0.5\"",
        "value=\"2026-10-01\"",
        "wang\nnobody",
        "第一行\n第二行",
    ] {
        assert!(again.text.contains(kept), "{kept}: {}", again.text);
    }
    assert_eq!(again.text.matches(" checked").count(), 3, "{}", again.text);
    assert!(again.text.contains("f-v_amount-e") && again.text.contains("href=\"#f-v_amount\""));
    let mut good = typed;
    (good[0].1, good[2].1, good[8].1) = ("3", "100", "wang");
    let done = world.post("clerk", &complete, &good).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let shown = crate::instance::show(&mut world.read("clerk"), &id).await.unwrap();
    let left = &shown.variables;
    assert_eq!((&left["amount"], &left["rate"]), (&json!(100), &json!(0.5)));
    assert_eq!(left["papers"], json!(["plan", "bill"]));
    assert_eq!((&left["company"], &left["urgent"]), (&json!("甲<b>公司"), &json!(false)));
    assert_eq!(left["rated"]["tier"], "high");
    let task = format!("/tasks/{}", world.task(&id, "approve").await);
    world.get("zhao", &task).await.is_whole(&task);
    let empty = world.post("zhao", &format!("{task}/complete"), &[("_once", "4")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    let yes = [("_once", "5"), ("v_agree", "true")];
    let done = world.post("zhao", &format!("{task}/complete"), &yes).await;
    assert_eq!(
        (done.status, world.phase(&id).await.as_str()),
        (StatusCode::SEE_OTHER, "completed")
    );
    world.whole().await;
}

#[tokio::test]
async fn a_bundle_is_handed_in_over_the_interface_and_given_back_byte_for_byte() {
    let world = World::new().await;
    let dmn = subsidy(100, "low");
    let body = json!({ "diagram": drawing(), "decisions": { "subsidy": dmn }, "forms": forms() });
    let (status, _) = world.api("clerk", "POST", "/api/v1/processes", body.clone()).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, done) = world.api("admin", "POST", "/api/v1/processes", body.clone()).await;
    assert_eq!(status, StatusCode::CREATED, "{done}");
    assert_eq!(done["bundle"], proof::digest::sm3_hex(&files().to_bytes()));
    let version = "/api/v1/processes/grant/versions/1";
    let (_, shown) = world.api("clerk", "GET", version, json!(null)).await;
    assert_eq!(shown["files"], json!(["forms.json", "procedure.bpmn", "subsidy.dmn"]));
    for (name, content) in [("procedure.bpmn", drawing()), ("subsidy.dmn", dmn.clone())] {
        for path in [version, "/processes/grant/versions/1"] {
            let path = format!("{path}/files/{name}");
            let (status, text) = world.api("clerk", "GET", &path, json!(null)).await;
            let text =
                if status == StatusCode::OK { text.as_str().map(str::to_owned) } else { None };
            let page = world.get("clerk", &path).await;
            assert!(text.as_ref() == Some(&content) || page.text == content, "{path}");
        }
    }
    let none = format!("{version}/files/other.dmn");
    assert_eq!(world.api("clerk", "GET", &none, json!(null)).await.0, StatusCode::NOT_FOUND);
    let citizen = super::world::citizen();
    let mut ctx = store::Ctx::read(&world.env, citizen, kernel::Lang::Zh);
    let denied = definition::files(&mut ctx, "grant", 1).await.unwrap_err();
    assert_eq!(denied.kind, kernel::Kind::Denied);
    let mut less = body.clone();
    less["decisions"] = json!({});
    let (status, problem) = world.api("admin", "POST", "/api/v1/processes", less).await;
    let expected = ("rate".to_owned(), "process.decision_unknown".to_owned());
    assert_eq!((status.as_u16(), fields(&problem)), (422, vec![expected]));
    let dangling = json!({ "diagram": drawing().replace("sourceRef=\"s0\"", "sourceRef=\"s9\"") });
    let (_, problem) = world.api("admin", "POST", "/api/v1/processes", dangling).await;
    let told = &problem["errors"][0];
    let place = (told["line"].as_u64(), told["column"].as_u64());
    assert!(matches!(place, (Some(1..), Some(1..))), "{problem}");
    let mut wrong = body;
    wrong["forms"][0]["color"] = json!("red");
    assert_eq!(world.api("admin", "POST", "/api/v1/processes", wrong).await.0.as_u16(), 422);
}

#[tokio::test]
async fn a_bundle_is_handed_in_on_the_page_and_what_is_wrong_is_told_there() {
    let world = World::new().await;
    let (xml, dmn) = (drawing(), subsidy(100, "low"));
    let yaml = serde_norway::to_string(&forms()).unwrap();
    let good = [
        ("document", "grant.bpmn", xml.as_bytes()),
        ("decisions", "补贴 办法.dmn", dmn.as_bytes()),
        ("forms", "f.yaml", yaml.as_bytes()),
    ];
    let failing = subsidy(100, "high");
    let bad = [good[0], ("decisions", "a.dmn", failing.as_bytes()), good[2]];
    let refused = world.upload("admin", "/processes", &[], &bad).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for told in ["process.decision_test", "a.dmn#subsidy"] {
        assert!(refused.text.contains(told), "{told}: {}", refused.text);
    }
    let twice =
        world.upload("admin", "/processes", &[], &[good[0], good[1], good[1], good[2]]).await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(twice.text.contains("process.file_twice"), "{}", twice.text);
    assert_eq!(world.upload("clerk", "/processes", &[], &good).await.status, StatusCode::FORBIDDEN);
    let done = world.upload("admin", "/processes", &[], &good).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let page = world.get("admin", &done.location).await;
    page.is_whole("deployed");
    assert!(page.text.contains("补贴_办法.dmn") && page.text.contains("forms.yaml"));
    let kept = definition::files(&mut world.read("admin"), "grant", 1).await.unwrap();
    assert_eq!(kept.get("forms.yaml"), Some(yaml.as_bytes()));
    assert_eq!(kept.get("补贴_办法.dmn"), Some(dmn.as_bytes()));
}

/// The packs with some procedures of a test.
fn packs(procedures: &[(&str, &str, &str)]) -> Arc<Province> {
    let mut files = pack::Memory::of(&pack::Embedded);
    for (id, inner, more) in procedures {
        let folder = format!("standard/procedures/{id}");
        let about = format!(
            "id: {id}\nversion: 1\neffective_from: 2024-01-01\nbasis: [{{ law: {{ zh: 行政许可法, en: Administrative Licence Law }}, article: 第四十二条 }}]\nname: {{ zh: 示例, en: Example }}\nsummary: {{ zh: 用于检验, en: For checking }}\n{more}"
        );
        files.0.insert(format!("{folder}/procedure.yaml"), about.into_bytes());
        let xml = document(&[(id, inner)]);
        files.0.insert(format!("{folder}/procedure.bpmn"), xml.into_bytes());
    }
    let report = pack::check(&files);
    Arc::new(
        Province::load(&files).unwrap_or_else(|error| panic!("{error} {:#?}", report.findings)),
    )
}

const EXAMPLE: &str =
    "examples: [{ id: one, name: { zh: 一, en: one }, steps: [{ task: a }], ends: [e] }]\n";

#[tokio::test]
async fn procedures_of_the_packs_are_deployed_once_and_run_by_every_agency() {
    let mut world = World::new().await;
    let line = |task: &str| draw(&["startEvent s0", task, "endEvent e"], &["s0 a", "a e"]);
    let message = draw(
        &[
            "<startEvent id=\"s0\"><messageEventDefinition messageRef=\"go\"/></startEvent>",
            "userTask a y:candidates=approver",
            "endEvent e",
        ],
        &["s0 a", "a e"],
    );
    let begun = EXAMPLE.replace("steps: [", "steps: [{ message: 启动 }, ");
    let outer = line("callActivity a calledElement=zz-inner");
    let called = EXAMPLE.replace("task: a", "task: b");
    let inner = draw(
        &["startEvent s0", "userTask b y:candidates=approver", "endEvent e"],
        &["s0 b", "b e"],
    );
    let inner_example = EXAMPLE.replace("task: a", "task: b");
    let all = [
        ("aa-outer", outer.as_str(), called.as_str()),
        ("mm-asked", message.as_str(), begun.as_str()),
        ("zz-inner", inner.as_str(), inner_example.as_str()),
    ];
    let province = packs(&all);
    assert!(crate::walk::check(&province).is_empty(), "{:?}", crate::walk::check(&province));
    let counted = province.procedures().count() as i64;
    world.change_pack(province).await;
    for _ in 0..2 {
        let refused = definition::deploy_packs(&world.env).await.unwrap();
        assert!(refused.is_empty(), "{refused:?}");
        let rows = world.count("SELECT COUNT(*) FROM process_definition").await;
        assert_eq!(rows, counted, "the same files are the same version");
    }
    let page = world.get("police", "/processes/aa-outer/versions/1").await;
    page.is_whole("of a pack");
    assert!(page.text.contains("用于检验") && page.text.contains("行政许可法"), "{}", page.text);
    for (login, agency) in [("zhao", super::world::HEALTH), ("police", super::world::POLICE)] {
        let begun = world.start(login, "aa-outer", json!({})).await.unwrap();
        world.drain().await;
        let mut ctx = world.system().await;
        let sql = "SELECT id FROM process_instance WHERE parent_id = $1 AND agency = $2";
        let child: Option<String> = ctx.scalar(sql, store::vals![&begun.id, agency]).await.unwrap();
        drop(ctx);
        world.done(login, &child.unwrap(), "b", json!({})).await.unwrap();
        world.drain().await;
        assert_eq!(world.phase(&begun.id).await, "completed");
    }
    let none = crate::instance::send;
    world
        .run("police", async |ctx| none(ctx, "启动", "", &Default::default()).await)
        .await
        .unwrap();
    world.drain().await;
    let sql = format!(
        "SELECT COUNT(*) FROM process_instance WHERE process = 'mm-asked' AND agency = '{}'",
        super::world::POLICE
    );
    assert_eq!(world.count(&sql).await, 1, "for the agency that sent the message");
    let wider = inner.replace("approver", "reviewer");
    world.change_pack(packs(&[all[0], all[1], ("zz-inner", &wider, &inner_example)])).await;
    let refused = definition::deploy_packs(&world.env).await.unwrap();
    assert!(refused.is_empty(), "{refused:?}");
    let newest = definition::newest(&mut world.read("wang"), "zz-inner").await.unwrap();
    assert_eq!((newest.version, newest.agency.as_str()), (2, ""));
    let other = definition::newest(&mut world.read("wang"), "aa-outer").await.unwrap();
    assert_eq!(other.version, 1);
    let own = document(&[("zz-inner", &wider)]);
    let taken = world.run("admin", async |ctx| definition::deploy(ctx, own.as_bytes()).await).await;
    assert_eq!(taken.unwrap_err().code, "process.owned");
    world.get("admin", "/processes").await.is_whole("/processes");
}

#[tokio::test]
async fn what_an_agency_has_deployed_a_pack_does_not_take() {
    let mut world = World::new().await;
    let inner = draw(&["startEvent s0", "userTask a", "endEvent e"], &["s0 a", "a e"]);
    world.deploy(&document(&[("zz-own", &inner)])).await;
    world
        .change_pack(packs(&[("zz-own", &inner.replace("userTask", "manualTask"), EXAMPLE)]))
        .await;
    let refused = definition::deploy_packs(&world.env).await.unwrap();
    let told: Vec<(&str, &str)> =
        refused.iter().map(|(id, error)| (id.as_str(), error.code)).collect();
    assert_eq!(told, [("zz-own", "process.owned")]);
    assert_eq!(definition::newest(&mut world.read("wang"), "zz-own").await.unwrap().version, 1);
}

#[tokio::test]
async fn a_diagram_alone_keeps_its_digest_and_its_lines_of_variables() {
    let world = World::new().await;
    let xml = document(&[(
        "plain",
        &draw(&["startEvent s0", "userTask a", "endEvent e"], &["s0 a", "a e"]),
    )]);
    let done = deploy(&world, &Files::new(xml.as_bytes())).await;
    assert_eq!(done.bundle, proof::digest::sm3_hex(xml.as_bytes()));
    let begun = world.start("clerk", "plain", json!({ "any": 1 })).await.unwrap();
    let task = world.task(&begun.id, "a").await;
    let page = world.get("clerk", &format!("/tasks/{task}")).await;
    assert!(page.text.contains("name=\"variables\""));
    let answers = [("_once", "1"), ("variables", "x=2")];
    let done = world.post("clerk", &format!("/tasks/{task}/complete"), &answers).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_number_that_would_become_another_is_refused_before_it_is_read() {
    let world = World::new().await;
    for (number, code) in [
        ("1234567890123456789012345678901234567890", "form.json_number"),
        ("0.1", "process.unknown"),
    ] {
        let new = format!("{{\"process\": \"none\", \"variables\": {{\"x\": {number}}}}}");
        let body = format!("{{\"new\": {new}}}");
        let request = axum::http::Request::post("/api/v1/process-instances")
            .header(axum::http::header::CONTENT_TYPE, "application/json");
        let reply = world.site.call("clerk", request, body.into_bytes()).await;
        assert_eq!((reply.status.as_u16(), &reply.json()["code"]), (422, &json!(code)));
    }
}
