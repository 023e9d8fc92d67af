//! A case examined by a procedure, over HTTP as its officers: one list, the page of the case and
//! those of its tasks, each leading to the other.

use super::examination::INSURER;
use crate::tests::world::{Office, Reply, staff};
use axum::http::StatusCode;
use serde_json::json;

async fn office() -> (Office, String) {
    let office = Office::new().await;
    office.deploy_review().await;
    office.admit("first", staff(INSURER, "reviewer", "初审员"));
    office.admit("second", staff(INSURER, "approver", "复核员"));
    let id = office.with_receipts().await;
    (office, id)
}

/// An act of the panel on the case as it is now.
async fn act(office: &Office, login: &str, id: &str, act: &str, fields: &[(&str, &str)]) -> Reply {
    let revision = super::rest::revision(office, id).await.to_string();
    let mut all = vec![("_once", act), ("revision", revision.as_str())];
    all.extend(fields);
    office.post(login, &format!("/workbench/cases/{id}/{act}"), &all).await
}

/// The task that the page of the case leads to.
fn task(page: &str) -> String {
    let mut links = page.split("href=\"/tasks/").skip(1);
    let rest = links.find(|link| !link.starts_with("late")).expect("a task on the page");
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn officers_find_the_tasks_with_the_case_and_the_case_with_the_tasks() {
    let (office, id) = office().await;
    let at = format!("/workbench/cases/{id}");
    let once = |name: &'static str| ("_once", name);
    let accepted = act(&office, "first", &id, "accept", &[]).await;
    assert_eq!(accepted.status, StatusCode::SEE_OTHER, "{}", accepted.text);
    let page = office.page("second", &at).await;
    assert!(page.contains("审查流程") && page.contains("<svg"), "the drawing");
    assert!(!page.contains(&format!("{at}/decide")), "decided too early");
    let first = task(&page);
    let list = office.page("first", "/workbench").await;
    assert!(list.contains(&format!("/tasks/{first}")) && list.contains("初审"), "{list}");
    let shown = office.page("first", &format!("/tasks/{first}")).await;
    assert!(shown.contains(&format!("href=\"{at}\"")) && shown.contains("所办事项"));

    let early = office
        .api(
            "second",
            "POST",
            &format!("/api/v1/cases/{id}/decision"),
            &json!({
            "granted": true, "opinion": "同意", "reasons": "", "article": "社会保险法第五十四条",
            "remedies": "" }),
        )
        .await;
    assert_eq!((early.0.as_u16(), early.1["code"].as_str()), (409, Some("case.procedure_open")));

    let fields =
        [("v_first", "grant"), ("v_checked", "票据三张"), ("words", "金额相符"), once("b")];
    let done = office.post("first", &format!("/tasks/{first}/complete"), &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let second = task(&office.page("second", &at).await);
    assert_ne!(first, second);
    let fields = [("v_conclusion", "refuse"), ("words", "第2张不是本次住院的"), once("c")];
    let denied = office.post("first", &format!("/tasks/{second}/complete"), &fields).await;
    assert_eq!(denied.status, StatusCode::FORBIDDEN);
    let done = office.post("second", &format!("/tasks/{second}/complete"), &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    office.drain().await;

    let page = office.page("second", &at).await;
    assert!(page.contains("建议不予") && page.contains("第2张不是本次住院的"));
    assert!(
        page.contains("value=\"no\" checked") || page.contains("checked value=\"no\""),
        "{page}"
    );
    let (status, told) =
        office.api("second", "GET", &format!("/api/v1/cases/{id}"), &json!(null)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(told["examination"]["proposal"]["granted"], json!(false));
    let fields = [
        ("granted", "no"),
        ("opinion", "同意复核意见"),
        ("words", "票据不是本次住院的"),
        ("article", "社会保险法第五十四条"),
    ];
    let decided = act(&office, "second", &id, "decide", &fields).await;
    assert_eq!(decided.status, StatusCode::SEE_OTHER, "{}", decided.text);
    let sql = format!("SELECT phase FROM cases WHERE id = '{id}'");
    assert_eq!(office.texts(&sql).await, ["refused"]);
    let page = office.page("first", "/instances").await;
    assert!(page.contains("生育医疗费报销"), "{page}");
}

#[tokio::test]
async fn the_page_of_an_instance_offers_nothing_that_only_its_case_does() {
    let (office, id) = office().await;
    let at = format!("/workbench/cases/{id}");
    act(&office, "first", &id, "accept", &[]).await;
    let (_, told) = office.api("second", "GET", &format!("/api/v1/cases/{id}"), &json!(null)).await;
    let instance = told["examination"]["instance"].as_str().unwrap().to_owned();
    let page = office.page("second", &format!("/instances/{instance}")).await;
    assert!(page.contains(&format!("href=\"{at}\"")));
    for name in ["suspend", "resume", "cancel", "withdraw", "reactivate"] {
        assert!(!page.contains(&format!("/instances/{instance}/{name}")), "{name}");
    }
    let path = format!("/api/v1/process-instances/{instance}/suspension");
    let (status, told) = office.api("second", "POST", &path, &json!({ "reason": "理由" })).await;
    assert_eq!((status.as_u16(), told["code"].as_str()), (409, Some("process.held_by_matter")));
}
