//! Pages as a browser sees them, and the sentences as a whole.

use super::world::{JINSHUI, World, staff};
use axum::http::StatusCode;
use webkit::view::Views;

const HEALTH: &str = "health-410105";

#[tokio::test]
async fn every_page_is_shown_in_both_languages_empty_and_full() {
    let world = World::new().await;
    let supervisor = staff("data-410000", "supervisor");
    let head = staff(HEALTH, "approver");
    let lists = [
        "/supervision",
        "/supervision?division=410100&by=agency",
        "/supervision?by=item",
        "/supervision/cases?beneath=lamp-red",
        "/supervision/anomalies",
        "/supervision/notices",
        "/supervision/notices?state=closed&kind=red",
        "/supervision/statistics",
    ];
    let all = async |paths: &[String]| {
        for path in paths {
            for lang in ["zh-CN", "en"] {
                let glue = if path.contains('?') { '&' } else { '?' };
                world.get(&supervisor, &format!("{path}{glue}lang={lang}")).await.is_whole(path);
            }
        }
    };
    let mut paths: Vec<String> = lists.iter().map(|path| (*path).to_owned()).collect();
    all(&paths).await;
    world.get(&head, "/work/notices").await.is_whole("/work/notices");
    let id = world.submit("birth-certificate", JINSHUI, "online").await;
    world.accept(&id, HEALTH).await;
    world.submit("vaccination-file", JINSHUI, "online").await;
    world.advance_days(60);
    world.drain().await;
    let mut ctx = world.read(&supervisor);
    let notices = crate::notice::list(&mut ctx, &Default::default()).await.unwrap().0.notices;
    paths.extend([
        format!("/supervision/cases/{id}"),
        format!("/supervision/notices/{}", notices[0].id),
    ]);
    all(&paths).await;
    for lang in ["zh-CN", "en"] {
        let own = notices.iter().find(|notice| notice.agency.id == HEALTH).unwrap();
        let path = format!("/work/notices/{}?lang={lang}", own.id);
        let page = world.get(&head, &path).await;
        page.is_whole(&path);
        assert!(page.text.contains("name=\"explanation\""));
    }
}

#[tokio::test]
async fn a_form_at_fault_keeps_what_was_typed_and_a_good_one_is_done_once() {
    let world = World::new().await;
    let supervisor = staff("data-410000", "supervisor");
    let head = staff(HEALTH, "approver");
    let id = world.submit("birth-certificate", JINSHUI, "online").await;
    let path = format!("/supervision/cases/{id}/urge");
    let wrong = world.post(&supervisor, &path, &[("_once", "a"), ("reason", "")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let fields = [("_once", "b"), ("reason", "请尽快办理")];
    let first = world.post(&supervisor, &path, &fields).await;
    let again = world.post(&supervisor, &path, &fields).await;
    assert_eq!((first.status, &first.location), (StatusCode::SEE_OTHER, &again.location));
    assert_eq!(world.count("SELECT COUNT(*) FROM supervise_notice").await, 1);
    let notice = first.location.split(['/', '?']).nth(3).unwrap().to_owned();
    let path = format!("/work/notices/{notice}/answer");
    let typed = [
        ("_once", "c"),
        ("revision", "1"),
        ("explanation", "接口中断了"),
        ("mend", ""),
        ("mend_by", ""),
    ];
    let wrong = world.post(&head, &path, &typed).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("接口中断了"));
    let good = [
        ("_once", "d"),
        ("revision", "1"),
        ("explanation", "接口中断了"),
        ("mend", "已恢复"),
        ("mend_by", "2026-09-20"),
    ];
    assert_eq!(world.post(&head, &path, &good).await.status, StatusCode::SEE_OTHER);
    let close = [("_once", "e"), ("revision", "2"), ("act", "close"), ("note", "属实")];
    let closed =
        world.post(&supervisor, &format!("/supervision/notices/{notice}/closure"), &close).await;
    assert_eq!(closed.status, StatusCode::SEE_OTHER);
    world.get(&supervisor, &closed.location).await.is_whole("closed");
}

#[tokio::test]
async fn the_rest_interface_answers_as_the_pages_do() {
    let world = World::new().await;
    let supervisor = staff("data-410000", "supervisor");
    let id = world.submit("birth-certificate", JINSHUI, "online").await;
    for path in [
        "overview",
        "notices",
        "statistics",
        "anomalies",
        "cases?beneath=lamp-green",
        &format!("cases/{id}"),
    ] {
        let reply = world.get(&supervisor, &format!("/api/v1/supervision/{path}")).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text);
    }
    let reply = world.get(&supervisor, "/api/v1/supervision/overview").await;
    let board: serde_json::Value = serde_json::from_str(&reply.text).unwrap();
    assert_eq!(board["total"]["open"], 1);
    let clerk = world.get(&staff(HEALTH, "clerk"), "/api/v1/supervision/overview").await;
    assert_eq!(clerk.status, StatusCode::FORBIDDEN);
}

#[test]
fn every_sentence_is_there_in_both_languages_and_used() {
    let views = Views::new(vec![webkit::view::own(), crate::views()]).unwrap();
    let in_code = ["audit.", "supervise.", "error.supervise.", "notice.supervise."];
    let faults: Vec<String> = views
        .check(&in_code)
        .into_iter()
        .map(|finding| format!("{finding}"))
        .filter(|finding| finding.contains("supervise"))
        .collect();
    assert_eq!(faults, Vec::<String>::new());
}
