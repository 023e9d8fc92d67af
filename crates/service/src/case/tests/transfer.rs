//! A case goes to the agency that has the power, over both routes: what it takes along, who may hand
//! over, take over and give back, and what becomes of its examination.

use super::rest::{NOT_OFFICERS, act, done, lacking, problem, refused};
use super::world::staff;
use crate::case;
use crate::tests::world::Office;
use axum::http::StatusCode;
use serde_json::json;

const CITY: &str = "health-410100";
const COUNTY_ADS: &str = "city-management-410105";
const CITY_ADS: &str = "city-management-410100";

fn hand(id: &str, to: &str) -> super::rest::Act {
    let body =
        json!({ "to": to, "reason": "该事项由市级机关办理", "article": "行政许可法第三十二条" });
    act(id, "transfer", body)
}

async fn whole(office: &Office) {
    let mut ctx = office.installation().system().await;
    assert_eq!(case::disagreements(&mut ctx).await.unwrap(), Vec::new());
    assert_eq!(case::verify_histories(&mut ctx).await.unwrap(), None);
}

#[tokio::test]
async fn it_takes_along_the_day_it_was_received_and_whoever_has_the_power_decides() {
    let office = Office::new().await;
    let (_, id) = office.referred().await;
    office.admit("city", staff(CITY, "reviewer", "张市级"));
    office.admit("city-head", staff(CITY, "approver", "孙市级"));
    let received = case::show(&mut office.read("reviewer"), &id).await.unwrap().clocks;
    let page = format!("/workbench/cases/{id}");

    let give = hand(&id, CITY);
    refused(&office, &give, &NOT_OFFICERS).await;
    refused(&office, &give, &[("city", 404, "not_found")]).await;
    let lacks = json!({ "to": CITY, "reason": " ", "article": "" });
    lacking(&office, "reviewer", &id, "transfer", lacks, &["reason", "article"]).await;
    problem(&hand(&id, "police-410100").send(&office, "reviewer").await, 422, "case.transfer_to");
    let own = hand(&id, "health-410105").send(&office, "reviewer").await;
    problem(&own, 422, "case.transfer_to_self");
    let take = act(&id, "take-over", json!({}));
    problem(&take.send(&office, "reviewer").await, 409, "case.no_transfer");
    let shown = office.page("reviewer", &page).await;
    assert!(shown.contains("/transfer") && shown.contains("value=\"health-410100\""), "{shown}");
    done(&office, "reviewer", &give, "submitted").await;

    // Nobody acts on it until it is answered; the other agency sees it, and the applicant why.
    let accept = act(&id, "acceptance", json!({}));
    problem(&accept.send(&office, "reviewer").await, 409, "case.transferring");
    problem(&accept.send(&office, "city").await, 404, "not_found");
    let list = office.api("city", "GET", "/api/v1/work-list?whose=offered", &json!(null)).await;
    assert_eq!((list.1["counts"]["offered"].as_i64(), list.1["counts"]["all"].as_i64()), {
        (Some(1), Some(0))
    });
    assert_eq!(list.1["rows"][0]["id"], id.as_str());
    assert!(office.page("city", "/workbench").await.contains("/workbench?whose=offered"));
    assert!(office.page("city", "/workbench?whose=offered").await.contains(&page));
    let theirs = office.page("city", &page).await;
    assert!(theirs.contains("/take_over") && theirs.contains("/return_transfer"));
    assert!(!office.page("reviewer", &page).await.contains("/take_over"));
    let told = case::show(&mut office.read("mother"), &id).await.unwrap();
    assert_eq!(told.transfer.as_ref().map(|open| open.to.id.as_str()), Some(CITY));
    assert!(told.documents.iter().any(|one| one.kind == "transfer_notice"));
    assert!(office.page("mother", &format!("/cases/{id}")).await.contains("该事项由市级机关办理"));

    let not_theirs = [("reviewer", 403, "case.transfer_not_ours"), NOT_OFFICERS[1]];
    let back = act(&id, "transfer-return", json!({ "reason": "也不属于本机关" }));
    for one in [&take, &back] {
        refused(&office, one, &NOT_OFFICERS).await;
        refused(&office, one, &not_theirs).await;
    }
    lacking(&office, "city", &id, "transfer-return", json!({ "reason": "" }), &["reason"]).await;
    done(&office, "city", &take, "submitted").await;
    let shown = case::show(&mut office.read("city"), &id).await.unwrap();
    let clock = |clocks: &[case::ClockShown]| {
        let found = clocks.iter().find(|clock| clock.name == "acceptance").unwrap();
        (found.started, found.due)
    };
    assert_eq!((clock(&shown.clocks), shown.agency.id.as_str()), (clock(&received), CITY));
    let counted = |agency: &str| {
        format!(
            "SELECT COUNT(*) FROM case_standing WHERE count > 0 AND agency = '{agency}'
             AND item = 'birth-certificate' AND phase = 'submitted'"
        )
    };
    assert_eq!(office.count(&counted(CITY)).await, 1, "it is counted where it is");
    assert_eq!(office.count(&counted("health-410105")).await, 0);
    problem(&accept.send(&office, "reviewer").await, 404, "not_found");
    done(&office, "city", &accept, "accepted").await;
    let decision = json!({ "granted": false, "opinion": "与登记不符", "reasons": "无法核实", "article": "母婴保健法第二十三条" });
    done(&office, "city-head", &act(&id, "decision", decision), "refused").await;
    office.drain().await;
    let sent =
        "SELECT template FROM message WHERE template IN ('case.transferred', 'case.taken_over')
         ORDER BY template";
    assert_eq!(office.texts(sent).await, ["case.taken_over", "case.transferred"]);
    let told = case::show(&mut office.read("mother"), &id).await.unwrap();
    let kinds: Vec<&str> = told.timeline.iter().map(|one| one.kind.as_str()).collect();
    assert!(kinds.contains(&"transferred") && kinds.contains(&"taken_over"), "{kinds:?}");
    whole(&office).await;
}

#[tokio::test]
async fn the_officers_of_both_agencies_are_told() {
    let office = Office::new().await;
    let (_, id) = office.referred().await;
    let mut ctx = office.installation().system().await;
    let password = "long enough for the rules 9";
    let mut people = Vec::new();
    for (login, role) in [("city-clerk", "clerk"), ("city-auditor", "auditor")] {
        let roles = [role];
        let create = party::account::create_officer(&mut ctx, login, password, login, CITY, &roles);
        let account = create.await.unwrap();
        people.push(party::account::find(&mut ctx, &account).await.unwrap().unwrap().person);
    }
    ctx.commit().await.unwrap();
    office.admit("city", staff(CITY, "reviewer", "张市级"));
    let told = async |template: &str| {
        let sql = format!(
            "SELECT a.agency || ' ' || a.roles || ' ' || m.link FROM message m
             JOIN account a ON a.person_id = m.person_id WHERE m.template = '{template}'
             ORDER BY a.id"
        );
        office.texts(&sql).await
    };
    done(&office, "reviewer", &hand(&id, CITY), "submitted").await;
    let to_city = told("work.transferred").await;
    assert_eq!(to_city.len(), 1, "{to_city:?}");
    assert!(to_city[0].starts_with(CITY) && to_city[0].contains("clerk"), "{to_city:?}");
    assert!(to_city[0].ends_with(&format!("/workbench/cases/{id}")), "{to_city:?}");
    assert_eq!(told("work.transfer_returned").await.len(), 0);
    let back = act(&id, "transfer-return", json!({ "reason": "也不属于本机关" }));
    done(&office, "city", &back, "submitted").await;
    let returned = told("work.transfer_returned").await;
    assert!(!returned.is_empty(), "nobody was told that it came back");
    assert!(returned.iter().all(|one| one.starts_with("health-410105")), "{returned:?}");
    whole(&office).await;
}

#[tokio::test]
async fn the_examination_waits_goes_on_or_begins_anew_with_the_agency() {
    let office = Office::new().await;
    office.admit("officer", staff(COUNTY_ADS, "reviewer", "李审查"));
    office.admit("head", staff(COUNTY_ADS, "approver", "王审批"));
    office.admit("city", staff(CITY_ADS, "reviewer", "张市级"));
    office.admit("city-head", staff(CITY_ADS, "approver", "孙市级"));
    let id = office.alone("outdoor-advertising").await;
    let subjects = json!({ "procedure": { "subjects": ["fire"] } });
    let accept = act(&id, "acceptance", subjects.clone());
    assert_eq!(accept.send(&office, "officer").await.0, StatusCode::OK);
    let phases = "SELECT phase FROM process_instance ORDER BY phase";
    assert_eq!(office.texts(phases).await, ["active"]);

    let give = hand(&id, CITY_ADS);
    problem(&give.send(&office, "officer").await, 403, "case.transfer_not_head");
    assert!(!office.page("officer", &format!("/workbench/cases/{id}")).await.contains("/transfer"));
    done(&office, "head", &give, "accepted").await;
    assert_eq!(office.texts(phases).await, ["suspended"]);
    whole(&office).await;
    let end = json!({ "reason": "申请人已注销", "article": "行政许可法第七十条" });
    problem(&act(&id, "termination", end).send(&office, "head").await, 409, "case.transferring");
    // By the page: who may not, and who gives it back.
    let path = format!("/workbench/cases/{id}/return_transfer");
    let form = [("words", "由区级机关办理"), ("_once", "a")];
    for (login, status) in [("mother", 403), ("elsewhere", 404), ("officer", 403)] {
        assert_eq!(office.post(login, &path, &form).await.status.as_u16(), status, "{login}");
    }
    let revision = office.count(&format!("SELECT revision FROM cases WHERE id = '{id}'")).await;
    let (seen, once) = (revision.to_string(), "b");
    let form = [("words", "由区级机关办理"), ("_once", once), ("revision", seen.as_str())];
    let reply = office.post("city", &path, &form).await;
    assert_eq!((reply.status, reply.location.starts_with("/workbench?")), {
        (StatusCode::SEE_OTHER, true)
    });
    assert_eq!(office.texts(phases).await, ["active"], "it goes on where it was");
    assert_eq!(office.get("city", &format!("/workbench/cases/{id}")).await.status, 404);
    whole(&office).await;

    done(&office, "head", &give, "accepted").await;
    let take = act(&id, "take-over", subjects);
    done(&office, "city", &take, "accepted").await;
    assert_eq!(office.texts(phases).await, ["active", "cancelled"]);
    let at = "SELECT agency FROM process_instance WHERE phase = 'active'";
    assert_eq!(office.texts(at).await, [CITY_ADS]);
    let parents = "SELECT agency FROM cases WHERE parent_id = ''";
    assert_eq!(office.texts(parents).await, [CITY_ADS], "an application of one item goes along");
    whole(&office).await;

    // Silence takes over, and the examination begins with what is told without being asked.
    done(&office, "city-head", &hand(&id, COUNTY_ADS), "accepted").await;
    office.advance_days(6);
    office.drain().await;
    let agencies = "SELECT DISTINCT agency FROM cases";
    assert_eq!(office.texts(agencies).await, [COUNTY_ADS]);
    assert_eq!(office.texts(phases).await, ["active", "cancelled", "cancelled"]);
    problem(&hand(&id, CITY_ADS).send(&office, "head").await, 429, "case.too_many_steps");
    whole(&office).await;
}
