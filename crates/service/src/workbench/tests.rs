//! The workbench, over HTTP as somebody; the query as a program reads it.

use super::page::{Query, left};
use crate::case::{Lamp, Whose};
use crate::tests::world::Office;
use axum::http::StatusCode;

fn query(pairs: &[(&str, &str)]) -> Query {
    Query::read(|name| {
        pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    })
}

#[test]
fn what_is_not_known_is_left_out_of_the_filter() {
    let odd = query(&[("tab", "x"), ("whose", "y"), ("phase", "z"), ("lamp", "blue")]).filter();
    assert_eq!((odd.whose, odd.phase, odd.lamp), (Whose::All, None, None));
    let mine = query(&[("tab", "mine"), ("lamp", "red")]).filter();
    assert_eq!((mine.whose, mine.lamp), (Whose::Mine, Some(Lamp::Red)));
}

#[test]
fn done_work_is_listed_by_how_it_ended() {
    let done = query(&[("tab", "done"), ("phase", "accepted"), ("lamp", "red")]).filter();
    assert_eq!((done.phase.map(|phase| phase.as_str()), done.lamp), (Some("completed"), None));
    let refused = query(&[("tab", "done"), ("phase", "refused")]).filter();
    assert_eq!(refused.phase.map(|phase| phase.as_str()), Some("refused"));
}

#[test]
fn an_address_keeps_the_filter_and_escapes_what_was_typed() {
    let asked = query(&[("text", "9 & 1"), ("item", "birth-certificate")]);
    let href = asked.with("lamp", "red");
    assert!(
        href.contains("item=birth-certificate")
            && href.contains("lamp=red")
            && href.contains("text=9%20%26%201")
    );
    assert!(asked.with("after", "1:2").ends_with("after=1%3A2"));
}

#[tokio::test]
async fn the_list_counts_by_lamp_and_narrows() {
    let office = Office::new().await;
    let empty = office.page("reviewer", "/workbench").await;
    assert!(empty.contains("没有符合条件的办件"));
    let (done, id) = office.referred().await;
    let page = office.page("reviewer", "/workbench").await;
    assert!(page.contains(&format!("/workbench/cases/{id}")) && page.contains("规则转人工"));
    assert!(!page.contains("顾晓宁"), "names are masked in lists");
    for (filter, found) in [
        ("whose=unclaimed", true),
        ("whose=mine", false),
        ("tab=mine", false),
        ("tab=done", false),
        ("item=birth-certificate", true),
        ("item=household-registration", false),
        ("phase=submitted", true),
        ("phase=accepted", false),
        ("lamp=red", false),
    ] {
        let page = office.page("reviewer", &format!("/workbench?{filter}")).await;
        assert_eq!(page.contains(&format!("/workbench/cases/{id}")), found, "{filter}");
    }
    let page = office.page("reviewer", &format!("/workbench?text={}", done.query_code)).await;
    assert!(page.contains(&format!("/workbench/cases/{id}")));
    office.advance_days(10);
    let late = office.page("reviewer", "/workbench?lamp=red").await;
    assert!(late.contains(&format!("/workbench/cases/{id}")) && late.contains("超 "));
    assert!(!office.page("elsewhere", "/workbench").await.contains(&id), "another agency's case");
    assert_eq!(office.get("mother", "/workbench").await.status, StatusCode::FORBIDDEN);
    // In a year whose notice is not known yet the list stands, with the end of each case.
    office.advance_days(130);
    let next_year = office.page("reviewer", "/workbench").await;
    assert!(next_year.contains(&format!("/workbench/cases/{id}")));
}

#[tokio::test]
async fn chosen_cases_are_claimed_and_one_that_moved_on_is_named() {
    let office = Office::new().await;
    let (_, id) = office.referred().await;
    let nothing = office.post("reviewer", "/workbench/claim", &[("_once", "a")]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    let revision = office.count(&format!("SELECT revision FROM cases WHERE id = '{id}'")).await;
    let value = format!("{id}:{revision}");
    let both = [("case", value.as_str()), ("case", "01NOSUCH:1:410105AB"), ("_once", "b")];
    let some = office.post("reviewer", "/workbench/claim", &both).await;
    assert_eq!(some.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        some.text.contains("4101 05AB")
            && !some.text.contains("01NOSUCH</span>")
            && some.text.contains("完成 1 件")
    );
    let again = office
        .post("reviewer", "/workbench/claim", &[("case", value.as_str()), ("_once", "b")])
        .await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "the same click is one act");
    let page = office.page("reviewer", "/workbench?tab=mine").await;
    assert!(page.contains(&id) && page.contains("李静"));
    let late = office
        .post("approver", "/workbench/claim", &[("case", value.as_str()), ("_once", "c")])
        .await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn chosen_cases_are_granted_together_and_each_is_decided_by_itself() {
    let office = Office::new().await;
    let mut ids = Vec::new();
    for draft in ["draft-1", "draft-2", "draft-3"] {
        ids.push(office.installation().referred(draft).await.2);
    }
    for id in &ids[..2] {
        let accept = async |ctx: &mut store::Ctx| {
            crate::case::accept(ctx, id, None, Default::default()).await
        };
        office.run("approver", accept).await.unwrap();
    }
    let start = "/workbench/grants";
    let nothing = office.post("approver", start, &[("_once", "a")]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut fields = vec![("_once", "b")];
    fields.extend(ids.iter().map(|id| ("case", id.as_str())));
    let chosen = office.post("approver", start, &fields).await;
    assert_eq!(chosen.status, StatusCode::SEE_OTHER, "{}", chosen.text);
    let page = office.page("approver", &chosen.location).await;
    assert_eq!(page.matches("type=\"hidden\" name=\"case\"").count(), 2, "{page}");
    assert!(page.contains("确认准予 2 件") && page.contains("不在本次之列"));
    let list = office.page("approver", "/workbench").await;
    assert!(list.contains("formaction=\"/workbench/grants\""));
    let list = office.page("reviewer", "/workbench").await;
    assert!(!list.contains("formaction=\"/workbench/grants\""), "who does not decide");

    let seen = async |id: &str| {
        let sql = format!("SELECT revision FROM cases WHERE id = '{id}'");
        format!("{id}:{}", office.count(&sql).await)
    };
    let values = [seen(&ids[0]).await, seen(&ids[1]).await];
    let path = "/workbench/grants/confirmed";
    let fields = |opinion: &'static str| {
        let cases = values.iter().map(|value| ("case", value.as_str()));
        let others = [("_once", "c"), ("opinion", opinion), ("article", "母婴保健法第二十三条")];
        others.into_iter().chain(cases).collect::<Vec<_>>()
    };
    let silent = office.post("approver", path, &fields("")).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(silent.text.contains("请填写决定意见") && silent.text.contains("母婴保健法"));
    let other = office.post("reviewer", path, &fields("核对无误")).await;
    assert_eq!(other.status, StatusCode::FORBIDDEN);
    // Both are of one birth, of which one certificate is issued: the other stays, and says why.
    let certificates = "SELECT COUNT(*) FROM licence WHERE type_id = 'birth-certificate'";
    for _ in 0..2 {
        let done = office.post("approver", path, &fields("核对无误")).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.text);
        crate::tests::world::clean(path, "zh-CN", &done.text);
        assert!(done.text.contains("共 2 件，准予 1 件"), "{}", done.text);
        assert_eq!(office.count(certificates).await, 1, "the same click is one act");
    }
    let phases =
        "SELECT COUNT(*) FROM cases WHERE phase = 'accepted' AND item = 'birth-certificate'";
    assert_eq!(office.count(phases).await, 1);
    office.drain().await;
    let report = party::evidence::verify(&mut office.read("approver")).await.unwrap();
    assert!(report.ok, "{report:?}");
}

#[tokio::test]
async fn cases_granted_together_are_of_one_item_and_wanted_by_two_factors() {
    let office = Office::new().await;
    let one = office.installation().referred("draft-2").await.2;
    let other = office.with_receipts().await;
    let api = "/api/v1/grants-together";
    let body = |cases: &[(&str, i64)]| {
        let cases: Vec<serde_json::Value> = cases
            .iter()
            .map(|(id, revision)| serde_json::json!({ "id": id, "revision": revision }))
            .collect();
        serde_json::json!({ "cases": cases, "opinion": "核对无误", "article": "母婴保健法第二十三条" })
    };
    let weak = kernel::Actor { assurance: 1, ..office.actor("approver") };
    office.admit("weak", weak);
    let (status, _) = office.api("weak", "POST", api, &body(&[(&one, 1)])).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    for (cases, code) in [
        (vec![], "case.together_size"),
        (vec![(one.as_str(), 1), (one.as_str(), 1)], "case.together_size"),
        (vec![(one.as_str(), 1), (other.as_str(), 1)], "case.together_mixed"),
    ] {
        let (status, answer) = office.api("approver", "POST", api, &body(&cases)).await;
        assert_eq!((status.as_u16(), &answer["code"]), (422, &code.into()), "{answer}");
    }
    let cases = [(one.as_str(), 0), ("01NOSUCH", 1)];
    let (status, answer) = office.api("approver", "POST", api, &body(&cases)).await;
    assert_eq!((status.as_u16(), &answer["done"]), (200, &0.into()), "{answer}");
    let codes: Vec<&str> = answer["each"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["case.stale", "not_found"]);
}

#[tokio::test]
async fn chosen_cases_are_handed_to_a_colleague() {
    let office = Office::new().await;
    let (_, id) = office.referred().await;
    office.post("reviewer", "/workbench/claim", &[("case", id.as_str()), ("_once", "a")]).await;
    let to = office.actor("colleague").account;
    let fields = [("case", id.as_str()), ("to", to.as_str()), ("reason", "出差"), ("_once", "b")];
    let handed = office.post("reviewer", "/workbench/hand-over", &fields).await;
    assert_eq!(handed.status, StatusCode::SEE_OTHER, "{}", handed.text);
    assert!(office.page("colleague", "/workbench?tab=mine").await.contains(&id));
}

#[tokio::test]
async fn a_deputy_sees_the_cases_of_the_officer_he_stands_in_for() {
    let office = Office::new().await;
    let (_, id) = office.referred().await;
    office.post("reviewer", "/workbench/claim", &[("case", id.as_str()), ("_once", "a")]).await;
    assert!(office.page("reviewer", "/workbench/stand-in").await.contains("没有代理记录"));
    let deputy = office.actor("colleague").account;
    let path = "/workbench/stand-in";
    let none = office
        .post(
            "reviewer",
            path,
            &[
                ("deputy", deputy.as_str()),
                ("from", "2026-09-15"),
                ("until", ""),
                ("reason", "年假"),
                ("_once", "b"),
            ],
        )
        .await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(none.text.contains("年假"), "what was typed is lost");
    let backwards = office
        .post(
            "reviewer",
            path,
            &[
                ("deputy", deputy.as_str()),
                ("from", "2026-09-20"),
                ("until", "2026-09-16"),
                ("_once", "c"),
            ],
        )
        .await;
    assert_eq!(backwards.status, StatusCode::UNPROCESSABLE_ENTITY);
    let named = office
        .post(
            "reviewer",
            path,
            &[
                ("deputy", deputy.as_str()),
                ("from", "2026-09-15"),
                ("until", "2026-09-18"),
                ("_once", "d"),
            ],
        )
        .await;
    assert_eq!(named.status, StatusCode::SEE_OTHER, "{}", named.text);
    assert!(office.page("colleague", "/workbench?tab=mine").await.contains(&id));
    assert!(office.page("colleague", path).await.contains("您代理他人"));
    let stand_in = office.texts("SELECT id FROM stand_in").await.remove(0);
    let stranger =
        office.post("colleague", &format!("{path}/{stand_in}/end"), &[("_once", "e")]).await;
    assert_eq!(stranger.status, StatusCode::NOT_FOUND);
    let ended = office.post("reviewer", &format!("{path}/{stand_in}/end"), &[("_once", "f")]).await;
    assert_eq!(ended.status, StatusCode::SEE_OTHER);
    assert!(!office.page("colleague", "/workbench?tab=mine").await.contains(&id));
}

#[tokio::test]
async fn time_left_is_told_in_hours_near_the_end_and_in_days_before() {
    let office = Office::new().await;
    office.referred().await;
    let mut ctx = office.read("reviewer");
    let rows = crate::case::work_list(&mut ctx, &crate::case::Filter::default(), "").await.unwrap();
    let mut row = rows.rows[0].clone();
    let told = |lamp, days, hours, row: &mut crate::case::Row| {
        (row.lamp, row.days_left, row.hours_left) = (lamp, days, hours);
        let left = left(row);
        (left.unit, left.n)
    };
    assert_eq!(told(Lamp::Yellow, Some(0), Some(6), &mut row), ("left_hours", 6));
    assert_eq!(told(Lamp::Green, Some(3), Some(110), &mut row), ("left_days", 3));
    assert_eq!(told(Lamp::Red, Some(0), Some(-2), &mut row), ("over_hours", 2));
    assert_eq!(told(Lamp::Red, Some(-2), Some(-50), &mut row), ("over_days", 2));
    assert_eq!(told(Lamp::Paused, Some(3), Some(70), &mut row), ("", 0));
    assert_eq!(told(Lamp::Green, None, None, &mut row), ("", 0));
    assert_eq!(told(Lamp::Green, None, Some(600), &mut row), ("", 0), "a year without its notice");
}
