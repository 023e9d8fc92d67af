//! What an examination waits for from the applicant, from the first task to what follows: by the pages
//! for a survey whose place has to be mended, over REST for a report that has to be revised.

use crate::case::{self, Acceptance, Resumption, Suspension};
use crate::tests::world::{Office, staff};
use axum::http::StatusCode;
use flow::process::Variables;
use kernel::Actor;
use process::task;
use serde_json::{Value as Json, json};
use store::Ctx;

const MARKET: &str = "market-regulation-410105";
const WATER: &str = "water-410105";
const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF";

/// Officers with accounts of their own, known by these names.
async fn hire(office: &Office, agency: &str, role: &str, logins: &[&str]) -> Vec<String> {
    let (mut accounts, roles) = (Vec::new(), [role]);
    for login in logins {
        let mut ctx = office.installation().system().await;
        let password = "long enough for the rules 9";
        let create =
            party::account::create_officer(&mut ctx, login, password, login, agency, &roles);
        let account = create.await.unwrap();
        ctx.commit().await.unwrap();
        office.admit(login, Actor { account: account.clone(), ..staff(agency, role, login) });
        accounts.push(account);
    }
    accounts
}

async fn accepted(office: &Office, item: &str, agency: &str) -> String {
    office.admit("head", staff(agency, "reviewer", "李审查"));
    office.admit("clerk", staff(agency, "clerk", "张窗口"));
    let id = office.alone(item).await;
    let accept = async |ctx: &mut Ctx| case::accept(ctx, &id, None, Acceptance::default()).await;
    office.run("head", accept).await.unwrap();
    id
}

/// The open task of a step that the officer may do.
async fn step(office: &Office, login: &str, node: &str) -> String {
    let account = office.actor(login).account;
    let sql = format!(
        "SELECT id FROM process_task WHERE node = '{node}' AND closed_us = 0
         AND (assignee = '' OR assignee = '{account}') ORDER BY id LIMIT 1"
    );
    let found = office.texts(&sql).await;
    found.into_iter().next().unwrap_or_else(|| panic!("{node} is not open for {login}"))
}

async fn complete(office: &Office, login: &str, node: &str, answers: Json) {
    let task = step(office, login, node).await;
    let answers: Variables = serde_json::from_value(answers).unwrap();
    let done =
        office.run(login, async |ctx| task::complete(ctx, &task, None, "已核对", answers).await);
    done.await.unwrap();
    office.drain().await;
}

async fn open(office: &Office) -> Vec<String> {
    office.texts("SELECT node FROM process_task WHERE closed_us = 0 ORDER BY node").await
}

async fn shown(office: &Office, login: &str, id: &str) -> Json {
    let (status, told) =
        office.api(login, "GET", &format!("/api/v1/cases/{id}"), &json!(null)).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    told
}

async fn variables(office: &Office, id: &str) -> Json {
    let told = shown(office, "head", id).await;
    let instance = told["examination"]["instance"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/process-instances/{instance}");
    office.api("head", "GET", &path, &json!(null)).await.1["variables"].clone()
}

/// Everything agrees with the histories.
async fn whole(office: &Office) {
    let mut ctx = office.installation().system().await;
    assert_eq!(case::disagreements(&mut ctx).await.unwrap(), Vec::new());
    let report = process::fsck::check(&mut ctx).await.unwrap();
    assert_eq!((report.instances > 0, report.faults), (true, Vec::new()));
}

/// A pharmacy surveyed and ordered to be mended.
async fn ordered(office: &Office) -> String {
    let id = accepted(office, "drug-retail", MARKET).await;
    let surveyors = hire(office, MARKET, "inspector", &["survey-a", "survey-b"]).await;
    let named = json!({ "surveyors": surveyors, "survey_on": "2026-09-16" });
    complete(office, "head", "assign", named).await;
    office.advance_days(1);
    office.drain().await;
    let ad_hoc = step(office, "survey-a", "survey").await;
    let finish = async |ctx: &mut Ctx| task::finish_activities(ctx, &ad_hoc, None).await;
    office.run("survey-a", finish).await.unwrap();
    for login in ["survey-a", "survey-b"] {
        complete(office, login, "conclude", json!({ "conclusion": "mend" })).await;
    }
    complete(office, "clerk", "order", json!({ "to_mend": "阴凉柜温度不符" })).await;
    id
}

#[tokio::test]
async fn what_a_survey_ordered_is_reported_as_mended_on_the_page() {
    let office = Office::new().await;
    let id = ordered(&office).await;
    let told = "SELECT COUNT(*) FROM message WHERE template = 'case.awaited'";
    assert_eq!(office.count(told).await, 1, "the applicant is told once");
    let page = office.page("mother", &format!("/cases/{id}")).await;
    assert!(page.contains("报告整改完毕") && page.contains("审查在等您提交"), "{page}");
    let inside = office.page("head", &format!("/workbench/cases/{id}")).await;
    assert!(inside.contains("等待申请人提交"), "officers see for whom it waits");
    let of = shown(&office, "mother", &id).await["awaited"][0]["id"].as_str().unwrap().to_owned();
    let at = format!("/cases/{id}/hand-in/{of}");
    let form = office.page("mother", &at).await;
    assert!(form.contains("name=\"v_mended_what\"") && form.contains("material.premises-right"));
    assert!(form.contains("阴凉柜温度不符"), "what was ordered is told");
    assert_eq!(office.get("stranger", &at).await.status, StatusCode::NOT_FOUND);
    assert_eq!(office.get("head", &at).await.status, StatusCode::FORBIDDEN);
    let beyond = format!("/cases/{id}/hand-in/{of}0");
    assert_eq!(office.get("mother", &beyond).await.status, StatusCode::NOT_FOUND);

    let typed = [("_once", "a"), ("v_mended_what", "已更换阴凉柜"), ("v_mended_on", "昨天")];
    let wrong = office.upload("mother", &at, &typed, &[]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("已更换阴凉柜"), "what was typed stands");
    assert!(wrong.text.contains("#f-v_mended_on"), "the summary leads to the field");
    assert_eq!(office.count("SELECT COUNT(*) FROM process_message").await, 0);

    // The clock of the case stands still meanwhile, and what is handed in waits for it.
    let stop = Suspension {
        procedure: "mending".to_owned(),
        needed: "三十日".to_owned(),
        ..Suspension::default()
    };
    let suspend = async |ctx: &mut Ctx| case::suspend(ctx, &id, None, stop).await;
    office.run("head", suspend).await.unwrap();
    let typed = [("_once", "b"), ("v_mended_what", "已更换阴凉柜"), ("v_mended_on", "2026-09-20")];
    let file = [("material.premises-right", "整改.pdf", PDF)];
    let done = office.upload("mother", &at, &typed, &file).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    office.drain().await;
    assert!(!office.page("mother", &format!("/cases/{id}")).await.contains("审查在等您提交"));
    let again = office.upload("mother", &at, &[("_once", "c"), typed[1], typed[2]], &[]).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND, "nothing is awaited any more");
    assert!(variables(&office, &id).await["mended_on"].is_null(), "it stands still");
    whole(&office).await;
    let found = Resumption { result: "整改完毕".to_owned() };
    office.run("head", async |ctx| case::resume(ctx, &id, None, found).await).await.unwrap();
    office.drain().await;
    assert_eq!(open(&office).await, ["assign"], "it is looked at again");
    let told = variables(&office, &id).await;
    assert_eq!(
        (&told["mended_on"], &told["mended_what"]),
        (&json!("2026-09-20"), &json!("已更换阴凉柜"))
    );
    let evidence = "SELECT COUNT(*) FROM evidence_entry WHERE kind = 'case.handed_in'";
    assert_eq!(office.count(evidence).await, 1);
    let file =
        "SELECT COUNT(*) FROM case_material WHERE material = 'premises-right' AND how = 'upload'";
    assert_eq!(office.count(file).await, 1);
    whole(&office).await;
}

/// A report that three experts want revised.
async fn returned(office: &Office) -> String {
    let id = accepted(office, "water-abstraction", WATER).await;
    let names = ["expert-a", "expert-b", "expert-c"];
    let experts = hire(office, WATER, "reviewer", &names).await;
    let drawn = json!({ "experts": experts, "draw_seed": "seed-1" });
    complete(office, "clerk", "draw", drawn).await;
    for login in names {
        let marked = json!({ "mark": 70, "interest": true, "opinion": "水量论证不足" });
        complete(office, login, "mark", marked).await;
    }
    complete(office, "head", "conclude", json!({ "summary": "修改后复审" })).await;
    complete(office, "clerk", "return", json!({ "revise_what": "补充水量论证" })).await;
    id
}

#[tokio::test]
async fn a_revised_report_is_handed_in_over_rest_and_reviewed_again() {
    let office = Office::new().await;
    let id = returned(&office).await;
    let awaited = shown(&office, "mother", &id).await["awaited"][0].clone();
    assert_eq!(awaited["form"]["fields"][1]["id"], "revised_how", "{awaited}");
    assert_eq!(awaited["told"], json!({ "revise_what": "补充水量论证" }));
    let path = format!("/api/v1/cases/{id}/hand-in");
    let send = async |login: &str, body: &Json| office.api(login, "POST", &path, body).await;
    let of = &awaited["id"];
    let wrong = [
        (json!({ "awaited": of, "answers": {} }), "process.answers", "revised_how"),
        (
            json!({ "awaited": of, "answers": { "revised_how": 7 } }),
            "process.answers",
            "revised_how",
        ),
        (
            json!({ "awaited": of, "answers": { "revised_how": "已补充", "verdict": "pass" } }),
            "process.answers",
            "verdict",
        ),
        (
            json!({ "awaited": of, "answers": { "revised_how": "已补充" },
                "files": [{ "material": "identity", "name": "a.pdf", "content": "" }] }),
            "case.correction_beyond",
            "files[0].material",
        ),
        (
            json!({ "awaited": of, "answers": { "revised_how": "已补充" } }),
            "case.files_required",
            "material.argument",
        ),
    ];
    for (body, code, field) in wrong {
        let (status, told) = send("mother", &body).await;
        assert_eq!((status.as_u16(), told["code"].as_str()), (422, Some(code)), "{told}");
        assert_eq!(told["errors"][0]["field"], field, "{told}");
    }
    // An officer who sends it in the applicant's place says no more and no less than the form asks.
    let number = shown(&office, "head", &id).await["number"].clone();
    let sent =
        json!({ "name": "revised", "correlation": number, "variables": { "verdict": "pass" } });
    let (status, told) = office.api("head", "POST", "/api/v1/process-messages", &sent).await;
    assert_eq!((status.as_u16(), told["code"].as_str()), (422, Some("process.answers")), "{told}");
    let at: Vec<&Json> =
        told["errors"].as_array().unwrap().iter().map(|one| &one["field"]).collect();
    assert_eq!(at, [&json!("verdict"), &json!("revised_how")]);
    let page = format!("/cases/{id}/hand-in/{}", of.as_str().unwrap());
    assert!(office.page("mother", &page).await.contains("material.argument"));
    let typed = [("_once", "a"), ("v_revised_how", "已补充")];
    let lacks = office.upload("mother", &page, &typed, &[]).await;
    assert_eq!(lacks.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        lacks.text.contains("href=\"#f-material"),
        "the summary leads to the file: {}",
        lacks.text
    );
    assert_eq!(office.count("SELECT COUNT(*) FROM process_message").await, 0, "nothing is sent");
    let right = json!({ "awaited": of, "once": "hand-in-1", "answers": { "revised_how": "已补充" },
        "files": [{ "material": "argument", "name": "论证报告.pdf", "content": "JVBERi0xLjcKMSAwIG9iago8PD4+CmVuZG9iagolJUVPRg==" }] });
    assert_eq!(send("stranger", &right).await.0, StatusCode::NOT_FOUND);
    let (status, done) = send("mother", &right).await;
    assert_eq!(status, StatusCode::OK, "{done}");
    assert_eq!(send("mother", &right).await.1, done, "sent twice it is done once");
    let anew = json!({ "awaited": of, "answers": { "revised_how": "再次" } });
    let (status, told) = send("mother", &anew).await;
    assert_eq!((status.as_u16(), told["code"].as_str()), (409, Some("case.not_awaited")));
    office.drain().await;
    assert_eq!(open(&office).await, ["mark", "mark", "mark"], "the same experts review it again");
    assert_eq!(variables(&office, &id).await["revised_how"], "已补充");
    let told = shown(&office, "head", &id).await;
    let kinds: Vec<&Json> =
        told["timeline"].as_array().unwrap().iter().map(|one| &one["detail"]["act"]).collect();
    assert!(kinds.contains(&&json!("message_delivered")), "{kinds:?}");
    whole(&office).await;
}
