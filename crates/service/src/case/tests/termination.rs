//! Ending what can no longer be decided: by the head alone, with its examination and notice, over both
//! routes; and opening again what was ended by mistake.

use super::rest::{NOT_OFFICERS, act, done, lacking, problem, refused};
use crate::case;
use crate::tests::world::{Office, staff};
use axum::http::StatusCode;
use serde_json::json;

const CITY: &str = "city-management-410105";

#[tokio::test]
async fn the_head_ends_what_can_no_longer_be_decided_with_its_examination() {
    let office = Office::new().await;
    office.admit("city", staff(CITY, "reviewer", "李审查"));
    office.admit("head", staff(CITY, "approver", "王审批"));
    let id = office.alone("outdoor-advertising").await;
    let accept = act(&id, "acceptance", json!({ "procedure": { "subjects": ["fire"] } }));
    assert_eq!(accept.send(&office, "city").await.0, StatusCode::OK);
    let open = "SELECT COUNT(*) FROM process_task WHERE closed_us = 0";
    assert_eq!(office.count(open).await, 1);
    let body = json!({ "reason": "申请人已注销", "article": "行政许可法第七十条" });
    let end = act(&id, "termination", body);
    refused(&office, &end, &NOT_OFFICERS).await;
    problem(&end.send(&office, "city").await, 403, "denied");
    let lacks = json!({ "reason": " ", "article": "" });
    lacking(&office, "head", &id, "termination", lacks, &["reason", "article"]).await;
    let page = office.page("head", &format!("/workbench/cases/{id}")).await;
    assert!(
        page.contains(&format!("/workbench/cases/{id}/terminate")) && page.contains("终止办理")
    );
    assert!(!office.page("city", &format!("/workbench/cases/{id}")).await.contains("/terminate"));
    let form = [("words", "申请人已注销"), ("article", "行政许可法第七十条"), ("_once", "a")];
    for (login, status) in [("city", 403), ("mother", 403), ("elsewhere", 404)] {
        let reply = office.post(login, &format!("/workbench/cases/{id}/terminate"), &form).await;
        assert_eq!(reply.status.as_u16(), status, "{login}");
    }
    done(&office, "head", &end, "terminated").await;
    office.drain().await;
    assert_eq!(office.count(open).await, 0, "its examination ended with it");
    let told = case::show(&mut office.read("mother"), &id).await.unwrap();
    assert!(told.documents.iter().any(|one| one.kind == "termination_notice"));
    let said = told.timeline.iter().find(|one| one.kind == "terminated").unwrap();
    assert_eq!((said.text.as_str(), said.article.as_str()), ("申请人已注销", "行政许可法第七十条"));
    problem(&end.send(&office, "head").await, 409, "case.ended");
    let body = json!({ "reason": "申请人仍然存续", "article": "行政复议法第二十条" });
    let reopen = act(&id, "reopening", body);
    problem(&reopen.send(&office, "city").await, 403, "denied");
    done(&office, "head", &reopen, "accepted").await;
    assert_eq!(office.count(open).await, 1, "it is examined anew");
    let told = case::show(&mut office.read("mother"), &id).await.unwrap();
    assert!(told.documents.iter().any(|one| one.kind == "reopening_notice"));
    let mut ctx = office.installation().system().await;
    assert_eq!(case::disagreements(&mut ctx).await.unwrap(), Vec::new());
    assert_eq!(case::verify_histories(&mut ctx).await.unwrap(), None);
}

#[tokio::test]
async fn what_waits_for_another_item_is_not_ended_by_itself() {
    let office = Office::new().await;
    let (whole, _) = office.referred().await;
    let mut waiting = Vec::new();
    for item in &whole.items {
        let sql = format!("SELECT id FROM cases WHERE id = '{}' AND phase = 'waiting'", item.id);
        waiting.extend(office.texts(&sql).await);
    }
    let sql = format!("SELECT agency FROM cases WHERE id = '{}'", waiting[0]);
    let agency = office.texts(&sql).await.remove(0);
    office.admit("head", staff(&agency, "approver", "王审批"));
    let body = json!({ "reason": "申请人已注销", "article": "行政许可法第七十条" });
    let end = act(&waiting[0], "termination", body);
    problem(&end.send(&office, "head").await, 409, "case.waiting");
    let shown = case::show(&mut office.read("head"), &waiting[0]).await.unwrap();
    assert!(!shown.allowed.iter().any(|act| act == "terminate"));
}
