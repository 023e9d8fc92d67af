//! Opening again over HTTP: to whom the two routes refuse it, each role by itself, and that the act
//! passes what every act has to pass.

use super::rest::{NOT_OFFICERS, act, done, lacking, problem, refused, revision};
use super::world::{HEALTH, staff};
use crate::case::EXTEND;
use crate::tests::world::Office;
use serde_json::json;

#[tokio::test]
async fn every_role_without_the_permission_is_refused_to_reopen_by_both_routes() {
    let office = Office::new().await;
    let (_, id) = office.referred().await;
    office.refuse(&id).await;
    let body = json!({ "reason": "认定事实有误", "article": "行政复议法第六十四条" });
    let reopen = act(&id, "reopening", body);
    refused(&office, &reopen, &NOT_OFFICERS).await;
    let page = format!("/workbench/cases/{id}/reopen");
    let before = revision(&office, &id).await;
    let pack = office.env().pack.clone();
    let mut refused_to = Vec::new();
    for role in pack.roles().filter(|role| !["citizen", "system"].contains(&role.id.as_str())) {
        if role.permissions.iter().any(|one| one == EXTEND) {
            continue;
        }
        office.admit(&role.id, staff(HEALTH, &role.id, &role.id));
        problem(&reopen.send(&office, &role.id).await, 403, "denied");
        let form = [("words", "认定事实有误"), ("article", "行政复议法第六十四条")];
        let reply = office.post(&role.id, &page, &form).await;
        assert_eq!(reply.status.as_u16(), 403, "{}", role.id);
        refused_to.push(role.id.as_str());
    }
    assert!(refused_to.contains(&"reviewer") && refused_to.contains(&"clerk"), "{refused_to:?}");
    for (login, status) in [("mother", 403), ("elsewhere", 404)] {
        let form = [("words", "认定事实有误"), ("article", "行政复议法第六十四条"), ("_once", "a")];
        let reply = office.post(login, &page, &form).await;
        assert_eq!(reply.status.as_u16(), status, "{login}");
    }
    assert_eq!(revision(&office, &id).await, before, "nothing has moved");
    let lacks = json!({ "reason": " ", "article": "" });
    lacking(&office, "approver", &id, "reopening", lacks, &["reason", "article"]).await;
    done(&office, "approver", &reopen, "accepted").await;
    problem(&reopen.send(&office, "approver").await, 409, "case.not_ended");
}
