//! Ratings, spoken over HTTP as somebody.

use super::model::{CallBack, NewRating, Phase, Ruling, Step, Task};
use super::pages::samples;
use crate::tests::world::{Office, staff};
use axum::http::StatusCode;
use jiff::civil::date;
use kernel::calendar::Lamp;
use kernel::time::HOUR_US;
use kernel::{Kind, Timestamp};
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_oneof, proptest};
use serde_json::{Value as Json, json};

const BAD: &[(&str, &str)] = &[("stars", "1"), ("dimension.speed", "2"), ("comment", "等得太久")];

/// An ended case the approver refused, and the id of its birth certificate.
async fn ended() -> (Office, String) {
    let office = Office::new().await;
    let (_, id) = office.referred().await;
    office.refuse(&id).await;
    (office, id)
}

/// An ended case badly rated, and the id of the task it opened.
async fn rated_badly() -> (Office, String, String) {
    let (office, id) = ended().await;
    office.admit("watcher", staff("government-office-410105", "supervisor", "watcher"));
    let body = json!({ "stars": 1, "comment": "等得太久" });
    let (status, _) =
        office.api("mother", "POST", &format!("/api/v1/cases/{id}/rating"), &body).await;
    assert_eq!(status, StatusCode::CREATED);
    let task = office.texts("SELECT id FROM rating_task").await.remove(0);
    (office, id, task)
}

async fn step(
    office: &Office,
    login: &str,
    task: &str,
    act: &str,
    body: Json,
) -> (StatusCode, Json) {
    let revision =
        office.count(&format!("SELECT revision FROM rating_task WHERE id = '{task}'")).await;
    let mut body = body;
    body["revision"] = revision.into();
    office.api(login, "POST", &format!("/api/v1/rating-tasks/{task}/{act}"), &body).await
}

#[tokio::test]
async fn a_case_is_rated_once() {
    let (office, id) = ended().await;
    let path = format!("/cases/{id}/rating");
    let page = office.page("mother", &path).await;
    assert!(page.contains("非常满意") && page.contains("办事效率") && !page.contains("窗口效率"));
    let form = [BAD, &[("_once", "a")]].concat();
    let given = office.post("mother", &path, &form).await;
    assert_eq!(
        (given.status, given.location.as_str()),
        (StatusCode::SEE_OTHER, format!("{path}?notice=rating.given").as_str())
    );
    let clicked_twice = office.post("mother", &path, &form).await;
    assert_eq!(clicked_twice.status, StatusCode::SEE_OTHER);
    let again = office.post("mother", &path, &[("stars", "5"), ("_once", "b")]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert_eq!(office.count("SELECT COUNT(*) FROM rating").await, 1);
    let page = office.page("mother", &path).await;
    assert!(page.contains("非常不满意") && page.contains("等得太久"));
}

#[tokio::test]
async fn a_wrong_rating_names_the_fault_and_keeps_what_was_typed() {
    let (office, id) = ended().await;
    let path = format!("/cases/{id}/rating");
    let long = "长".repeat(501);
    for (stars, comment) in [("", "只写了话"), ("9", "只写了话"), ("5", long.as_str())] {
        let wrong = office
            .post("mother", &path, &[("stars", stars), ("comment", comment), ("_once", "a")])
            .await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.text.contains(comment), "what was typed is lost");
    }
    let unknown = json!({ "stars": 5, "dimensions": { "manner": 5 } });
    let (status, problem) = office.api("mother", "POST", &format!("/api/v1{path}"), &unknown).await;
    assert_eq!(
        (status, problem["errors"][0]["field"].as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, Some("dimension.manner"))
    );
    assert_eq!(office.count("SELECT COUNT(*) FROM rating").await, 0);
}

#[tokio::test]
async fn a_case_under_way_cannot_be_rated() {
    let office = Office::new().await;
    let (_, id) = office.referred().await;
    let page = office.page("mother", &format!("/cases/{id}/rating")).await;
    assert!(page.contains("办结后可以评价") && !page.contains("name=\"stars\""));
    let (status, problem) = office
        .api("mother", "POST", &format!("/api/v1/cases/{id}/rating"), &json!({ "stars": 5 }))
        .await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (StatusCode::CONFLICT, Some("rating.not_ended"))
    );
}

#[tokio::test]
async fn another_citizen_and_an_officer_are_told_there_is_no_such_case() {
    let (office, id) = ended().await;
    let rate = async |login: &str| {
        office
            .api(login, "POST", &format!("/api/v1/cases/{id}/rating"), &json!({ "stars": 1 }))
            .await
            .0
    };
    assert_eq!(
        office.get("stranger", &format!("/cases/{id}/rating")).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(rate("stranger").await, StatusCode::NOT_FOUND);
    assert_eq!(rate("approver").await, StatusCode::FORBIDDEN);
    assert_eq!(rate("").await, StatusCode::UNAUTHORIZED);
    assert_eq!(office.count("SELECT COUNT(*) FROM rating").await, 0);
}

#[tokio::test]
async fn a_good_rating_is_counted_at_once_and_opens_no_task() {
    let (office, id) = ended().await;
    let path = format!("/api/v1/cases/{id}/rating");
    office.api("mother", "POST", &path, &json!({ "stars": 4 })).await;
    let (_, figures) =
        office.api("approver", "GET", "/api/v1/rating-statistics", &Json::Null).await;
    assert_eq!(figures["rows"][0]["by_stars"], json!([0, 1, 0, 0, 0]));
    assert_eq!(figures["rows"][0]["satisfied_permille"], 1_000);
    assert_eq!(office.count("SELECT COUNT(*) FROM rating_task").await, 0);
    let shown = office.page("approver", "/ratings/statistics").await;
    assert!(shown.contains("100.0%"));
    assert!(office.page("approver", "/ratings/all").await.contains("满意"));
}

#[tokio::test]
async fn the_person_rated_sees_nothing_before_the_task_is_closed() {
    let (office, _, task) = rated_badly().await;
    let rating = office.texts("SELECT id FROM rating").await.remove(0);
    let blind = async |login: &str| {
        let list = office.api(login, "GET", "/api/v1/ratings", &Json::Null).await.1;
        let tasks = office.api(login, "GET", "/api/v1/rating-tasks", &Json::Null).await.1;
        let figures = office.api(login, "GET", "/api/v1/rating-statistics", &Json::Null).await.1;
        let one =
            office.api(login, "GET", &format!("/api/v1/ratings/{rating}"), &Json::Null).await.0;
        let its = office.get(login, &format!("/ratings/tasks/{task}")).await.status;
        let lists = list["ratings"] == json!([])
            && tasks["tasks"] == json!([])
            && figures["rows"] == json!([]);
        lists && one == StatusCode::NOT_FOUND && its == StatusCode::NOT_FOUND
    };
    assert!(blind("approver").await, "the officer who decided sees the rating");
    assert!(!blind("colleague").await && !blind("supervisor").await);
    assert!(blind("elsewhere").await, "another agency sees the rating");
    let figures = office.api("supervisor", "GET", "/api/v1/rating-statistics", &Json::Null).await.1;
    assert_eq!(figures["rows"][0]["by_stars"], json!([0, 0, 0, 0, 1]), "counted at once");
    let (status, _) = step(&office, "approver", &task, "contact", json!({ "note": "x" })).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    for (act, body) in [
        ("contact", json!({ "note": "电话联系" })),
        ("remedy", json!({ "note": "已重新核实" })),
        ("call-back", json!({ "note": "满意", "satisfied": true })),
        ("closure", json!({ "note": "办结" })),
    ] {
        assert!(blind("approver").await, "seen before {act}");
        let (status, reply) = step(&office, "colleague", &task, act, body).await;
        assert_eq!(status, StatusCode::OK, "{act}: {reply}");
    }
    assert!(!blind("approver").await, "after closing the officer may learn from it");
    let told =
        office.count("SELECT COUNT(*) FROM message WHERE template = 'rating.rectified'").await;
    assert_eq!(told, 1, "the rater is told once");
}

#[tokio::test]
async fn who_accepted_the_case_is_rated_as_who_decided_it() {
    let office = Office::new().await;
    let (_, id) = office.referred().await;
    let accept = async |ctx: &mut store::Ctx| {
        crate::case::accept(ctx, &id, None, crate::case::Acceptance::default()).await
    };
    office.run("reviewer", accept).await.unwrap();
    let refusal = crate::case::Decision {
        opinion: "与登记不符".to_owned(),
        reasons: "出生信息无法核实".to_owned(),
        article: "母婴保健法第二十三条".to_owned(),
        ..crate::case::Decision::default()
    };
    let decide = async |ctx: &mut store::Ctx| crate::case::decide(ctx, &id, None, refusal).await;
    office.run("approver", decide).await.unwrap();
    let path = format!("/api/v1/cases/{id}/rating");
    office.api("mother", "POST", &path, &json!({ "stars": 1, "comment": "等得太久" })).await;
    for (login, seen) in [("reviewer", 0), ("approver", 0), ("colleague", 1)] {
        let tasks = office.api(login, "GET", "/api/v1/rating-tasks", &Json::Null).await.1;
        assert_eq!(tasks["tasks"].as_array().unwrap().len(), seen, "{login}");
    }
}

#[tokio::test]
async fn only_those_who_may_rectify_are_told_and_never_the_person_rated() {
    let (office, _, _) = rated_badly().await;
    let told = office.texts("SELECT person_id FROM message WHERE template = 'work.rectification' ORDER BY person_id").await;
    let mut expected = vec![office.actor("colleague").party, office.actor("reviewer").party];
    expected.sort();
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_task_goes_contact_remedy_call_back_close() {
    let (office, _, task) = rated_badly().await;
    let path = format!("/ratings/tasks/{task}");
    let page = office.page("colleague", &path).await;
    assert!(page.contains("记录联系") && !page.contains("记录整改") && page.contains("等得太久"));
    for act in ["remedy", "closure"] {
        assert_eq!(
            step(&office, "colleague", &task, act, json!({ "note": "x" })).await.0,
            StatusCode::CONFLICT
        );
    }
    let empty = office
        .post("colleague", &format!("{path}/contact"), &[("revision", "1"), ("_once", "a")])
        .await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = office
        .post(
            "colleague",
            &format!("{path}/contact"),
            &[("revision", "1"), ("note", "电话联系"), ("_once", "b")],
        )
        .await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    let stale = office
        .post(
            "colleague",
            &format!("{path}/rectify"),
            &[("revision", "1"), ("note", "x"), ("_once", "c")],
        )
        .await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    let unsure = office
        .post(
            "colleague",
            &format!("{path}/call_back"),
            &[("revision", "2"), ("note", "x"), ("_once", "d")],
        )
        .await;
    assert_eq!(unsure.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        step(&office, "colleague", &task, "remedy", json!({ "note": "已重新核实" })).await.0,
        StatusCode::OK
    );
    let called = json!({ "note": "仍不满意，已说明", "satisfied": false });
    assert_eq!(step(&office, "colleague", &task, "call-back", called).await.0, StatusCode::OK);
    let (status, closed) =
        step(&office, "colleague", &task, "closure", json!({ "note": "办结" })).await;
    assert_eq!((status, closed["phase"].as_str()), (StatusCode::OK, Some("closed")));
    assert_eq!(
        step(&office, "colleague", &task, "closure", json!({ "note": "x" })).await.0,
        StatusCode::CONFLICT
    );
    let figures = office.api("supervisor", "GET", "/api/v1/rating-statistics", &Json::Null).await.1;
    assert_eq!(figures["rows"][0]["by_stars"], json!([0, 0, 0, 0, 1]));
    assert!(office.page("colleague", "/ratings?open=0").await.contains("已办结"));
}

#[tokio::test]
async fn a_contact_not_made_within_one_working_day_is_recorded_and_told() {
    let (office, _, task) = rated_badly().await;
    let overdue = "SELECT COUNT(*) FROM evidence_entry WHERE kind = 'rating.overdue'";
    // Given on Tuesday 15 September; Wednesday is the one working day.
    office.advance_days(1);
    office.drain().await;
    assert_eq!(office.count(overdue).await, 0);
    office.advance_days(1);
    office.drain().await;
    assert_eq!(office.count(overdue).await, 1);
    let page = office.page("colleague", "/ratings").await;
    assert!(page.contains("data-lamp=\"red\""));
    step(&office, "colleague", &task, "contact", json!({ "note": "电话联系" })).await;
    let page = office.page("colleague", "/ratings").await;
    assert!(!page.contains("data-lamp=\"red\""), "now the remedy's clock runs");
    office.drain().await;
    assert_eq!(office.count(overdue).await, 1);
}

#[tokio::test]
async fn only_the_supervisor_rules_and_a_false_rating_is_not_counted() {
    let (office, id, task) = rated_badly().await;
    assert_eq!(
        step(&office, "supervisor", &task, "ruling", json!({ "note": "x", "annulled": true }))
            .await
            .0,
        StatusCode::CONFLICT
    );
    assert_eq!(
        step(&office, "watcher", &task, "appeal", json!({ "note": "x" })).await.0,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        step(&office, "colleague", &task, "appeal", json!({ "note": "与事实不符" })).await.0,
        StatusCode::OK
    );
    assert_eq!(
        step(&office, "colleague", &task, "appeal", json!({ "note": "再诉" })).await.0,
        StatusCode::CONFLICT
    );
    assert_eq!(
        step(&office, "colleague", &task, "ruling", json!({ "note": "x", "annulled": true }))
            .await
            .0,
        StatusCode::FORBIDDEN
    );
    assert!(
        office.page("supervisor", &format!("/ratings/tasks/{task}")).await.contains("裁定申诉")
    );
    let (status, ruled) =
        step(&office, "supervisor", &task, "ruling", json!({ "note": "属实", "annulled": true }))
            .await;
    assert_eq!((status, ruled["phase"].as_str()), (StatusCode::OK, Some("annulled")));
    let figures = office.api("supervisor", "GET", "/api/v1/rating-statistics", &Json::Null).await.1;
    assert_eq!(figures["rows"], json!([]));
    assert!(office.page("mother", &format!("/cases/{id}/rating")).await.contains("未予采纳"));
    office.advance_days(30);
    office.drain().await;
    assert_eq!(
        office.count("SELECT COUNT(*) FROM evidence_entry WHERE kind = 'rating.overdue'").await,
        0
    );
}

#[tokio::test]
async fn an_unrated_application_is_asked_for_once_more_and_a_rated_one_is_not() {
    for rated in [false, true] {
        let office = Office::new().await;
        let (done, id) = office.automatic().await;
        if rated {
            office
                .api(
                    "mother",
                    "POST",
                    &format!("/api/v1/cases/{id}/rating"),
                    &json!({ "stars": 5 }),
                )
                .await;
        }
        let sql = format!("SELECT COUNT(*) FROM message WHERE link = '/cases/{}/rating'", done.id);
        assert_eq!(office.count(&sql).await, 0);
        office.advance_days(4);
        office.drain().await;
        let open = office.count("SELECT COUNT(*) FROM cases WHERE open > 0").await;
        assert_eq!(
            office.count(&sql).await,
            i64::from(!rated && open == 0),
            "rated: {rated}, open: {open}"
        );
    }
}

#[tokio::test]
async fn every_page_is_rendered_from_samples_in_both_languages() {
    let office = Office::new().await;
    let pack = office.env().pack.clone();
    let scale = pack.ratings().unwrap();
    office.render("service/rating/case.html", &samples::case(scale));
    office.render("service/rating/case.html", &samples::one_thing(scale));
    office.render("service/rating/task.html", &samples::task());
    for (template, context) in samples::lists() {
        office.render(&format!("service/rating/{template}"), &context);
    }
}

fn noon(day: i8) -> Timestamp {
    Timestamp::from_civil(date(2026, 9, day).at(12, 0, 0, 0))
}

#[test]
fn both_clocks_run_by_working_days_and_stop_with_what_they_wait_for() {
    let pack = pack::Province::embedded().unwrap();
    let (scale, calendar) = (pack.ratings().unwrap(), pack.calendar().unwrap());
    // Friday 18 September: Sunday 20 September is a make-up workday before the autumn holidays.
    let task = Task::open(noon(18), scale).unwrap();
    let due = task.due(calendar).unwrap().unwrap();
    let next = calendar.add_working_days(date(2026, 9, 18), 1).unwrap();
    assert_eq!(due.plus_us(-1).date(), next);
    assert_eq!(task.lamp(due, calendar).unwrap(), Lamp::Red);
    let task = task.contact(Step::new(noon(19), "甲", "电话").unwrap()).unwrap();
    let due = task.due(calendar).unwrap().unwrap();
    assert_eq!(due.plus_us(-1).date(), calendar.add_working_days(date(2026, 9, 18), 15).unwrap());
    let task = task.rectify(Step::new(noon(20), "甲", "改").unwrap()).unwrap();
    assert_eq!(task.due(calendar).unwrap(), None);
}

#[test]
fn notes_are_needed_and_bounded() {
    for note in ["", "   ", &"长".repeat(501)] {
        assert_eq!(Step::new(noon(1), "甲", note).unwrap_err().kind, Kind::Invalid);
    }
    assert_eq!(Step::new(noon(1), "甲", &"长".repeat(500)).unwrap().note.chars().count(), 500);
}

#[test]
fn a_rating_is_held_to_the_scale_of_its_channel() {
    let pack = pack::Province::embedded().unwrap();
    let scale = pack.ratings().unwrap();
    let window = NewRating {
        stars: 5,
        dimensions: [("manner".to_owned(), 5)].into(),
        comment: " 好 ".to_owned(),
    };
    assert_eq!(window.clone().checked(scale, false).unwrap().comment, "好");
    assert_eq!(window.checked(scale, true).unwrap_err().fields[0].field, "dimension.manner");
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Contact,
    Rectify,
    CallBack(bool),
    Close,
    Appeal,
    Rule(bool),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        Just(Act::Contact),
        Just(Act::Rectify),
        any::<bool>().prop_map(Act::CallBack),
        Just(Act::Close),
        Just(Act::Appeal),
        any::<bool>().prop_map(Act::Rule),
    ];
    proptest::collection::vec(act, 0..12)
}

proptest! {
    /// Whatever is tried in whatever order: a task closes only by its way or by a ruling, nothing
    /// recorded is lost, and the phase never goes back.
    #[test]
    fn no_order_of_acts_closes_a_task_without_its_way(acts in acts()) {
        let pack = pack::Province::embedded().unwrap();
        let mut task = Task::open(noon(1), pack.ratings().unwrap()).unwrap();
        let mut at = noon(1);
        for act in acts {
            at = at.plus_us(HOUR_US);
            let step = Step::new(at, "甲", "记").unwrap();
            let tried = task.clone();
            let result = match act {
                Act::Contact => tried.contact(step),
                Act::Rectify => tried.rectify(step),
                Act::CallBack(satisfied) => tried.call_back(CallBack { step, satisfied }),
                Act::Close => tried.close(step),
                Act::Appeal => tried.appeal(step),
                Act::Rule(annulled) => tried.rule(Ruling { step, annulled }),
            };
            if let Ok(next) = result {
                prop_assert!(next.steps().len() == task.steps().len() + 1);
                prop_assert!(task.is_open(), "an ended task went on");
                prop_assert!(next.phase() as u8 >= task.phase() as u8, "the phase went back");
                task = next;
            }
        }
        if task.phase() == Phase::Closed {
            prop_assert!(task.contacted.is_some() && task.rectified.is_some() && task.called_back.is_some());
        }
        if task.phase() == Phase::Annulled {
            prop_assert!(task.appeal.is_some_and(|one| one.ruling.is_some_and(|one| one.annulled)));
        }
    }
}

#[tokio::test]
async fn a_task_that_nobody_at_the_agency_may_work_on_is_the_supervisors() {
    let (office, _, task) = rated_badly().await;
    let note = || json!({ "note": "电话联系" });
    assert_eq!(
        step(&office, "watcher", &task, "contact", note()).await.0,
        StatusCode::NOT_FOUND,
        "a colleague who did not decide it is there"
    );
    let mut ctx = office.installation().system().await;
    let sql = "UPDATE account SET closed_us = 1 WHERE login IN ('colleague', 'reviewer')";
    ctx.execute(sql, Vec::new()).await.unwrap();
    ctx.commit().await.unwrap();
    let path = format!("/api/v1/rating-tasks/{task}");
    let (_, shown) = office.api("watcher", "GET", &path, &Json::Null).await;
    assert_eq!(shown["allowed"], json!(["contact"]), "{shown}");
    let (_, list) = office.api("watcher", "GET", "/api/v1/rating-tasks", &Json::Null).await;
    assert_eq!(list["tasks"][0]["allowed"], json!(["contact"]), "{list}");
    assert_eq!(step(&office, "watcher", &task, "contact", note()).await.0, StatusCode::OK);
}
