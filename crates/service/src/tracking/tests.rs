//! The applicant's pages, over HTTP as somebody.

use super::clock::clock_view;
use super::upload;
use crate::case::{self, Acceptance, CorrectionNotice};
use crate::tests::world::Office;
use axum::http::StatusCode;
use kernel::Timestamp;

const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF";

async fn asked(fields: &[&str], materials: &[&str]) -> (Office, String, String) {
    let office = Office::new().await;
    let (done, id) = office.referred().await;
    let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let notice = CorrectionNotice {
        fields: list(fields),
        materials: list(materials),
        note: "性别与登记不一致".to_owned(),
    };
    office
        .run("reviewer", async |ctx| case::ask_correction(ctx, &id, None, notice).await)
        .await
        .unwrap();
    office.drain().await;
    (office, done.id, id)
}

#[tokio::test]
async fn a_citizen_follows_his_case_and_its_items() {
    let office = Office::new().await;
    assert!(office.page("mother", "/cases").await.contains("还没有办件"));
    let (done, id) = office.automatic().await;
    let list = office.page("mother", "/cases").await;
    assert!(list.contains(&format!("/cases/{}", done.id)));
    let whole = office.page("mother", &format!("/cases/{}", done.id)).await;
    for item in &done.items {
        assert!(whole.contains(&format!("/cases/{}", item.id)), "{}", item.item);
    }
    assert!(whole.contains("/wallet/") && whole.contains("data-issued"));
    let item = office.page("mother", &format!("/cases/{id}")).await;
    assert!(item.contains("系统是怎么判断的") && item.contains("符合"));
    assert!(
        item.contains(&format!("/cases/{id}/rating"))
            && item.contains(&format!("/cases/{id}/archive"))
    );
}

#[tokio::test]
async fn another_citizens_case_document_and_file_are_not_found() {
    let office = Office::new().await;
    let (done, id) = office.automatic().await;
    let document = office
        .texts(&format!("SELECT id FROM case_document WHERE root_id = '{}'", done.id))
        .await
        .remove(0);
    for path in [
        format!("/cases/{}", done.id),
        format!("/cases/{id}"),
        format!("/cases/{id}/correction"),
        format!("/cases/{}/documents/{document}", done.id),
        format!("/cases/{id}/files/01X"),
    ] {
        assert_eq!(office.get("stranger", &path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let own = office.get("mother", &format!("/cases/{}/documents/{document}", done.id)).await;
    assert_eq!(own.status, StatusCode::OK);
    assert!(own.text.starts_with("%PDF-"));
}

#[tokio::test]
async fn a_promise_is_told_by_its_last_day_everywhere() {
    let office = Office::new().await;
    let (whole, id) = office.referred().await;
    office
        .run("reviewer", async |ctx| case::accept(ctx, &id, None, Acceptance::default()).await)
        .await
        .unwrap();
    let due = async |login: &str, id: &str| {
        case::show(&mut office.read(login), id).await.unwrap().due.unwrap().0.0
    };
    let day = |at: i64| {
        let date = kernel::Timestamp(at).date();
        format!("{}月{}日", date.month(), date.day())
    };
    let whole_due = due("mother", &whole.id).await;
    let last = day(whole_due - 1);
    assert_ne!(last, day(whole_due), "the limit ends with a day");
    for path in [format!("/cases/{}", whole.id), "/my".to_owned()] {
        assert!(office.page("mother", &path).await.contains(&last), "{path}: {last}");
    }
    let due = due("reviewer", &id).await;
    for path in ["/workbench".to_owned(), format!("/workbench/cases/{id}")] {
        let page = office.page("reviewer", &path).await;
        assert!(page.contains(&day(due - 1)), "{path}: {}", day(due - 1));
    }
}

#[tokio::test]
async fn an_officer_is_sent_to_his_own_page() {
    let office = Office::new().await;
    let (_, id) = office.referred().await;
    let reply = office.get("approver", &format!("/cases/{id}")).await;
    assert_eq!(
        (reply.status, reply.location),
        (StatusCode::SEE_OTHER, format!("/workbench/cases/{id}"))
    );
}

#[tokio::test]
async fn only_what_was_asked_is_offered_and_mended() {
    let (office, whole, id) = asked(&["child_sex"], &[]).await;
    let page = office.page("mother", &format!("/cases/{whole}")).await;
    assert!(page.contains("性别与登记不一致") && page.contains(&format!("/cases/{id}/correction")));
    let path = format!("/cases/{id}/correction");
    let form = office.page("mother", &path).await;
    assert!(form.contains("name=\"answer.child_sex\"") && !form.contains("answer.child_name"));
    let revision =
        office.count(&format!("SELECT revision FROM cases WHERE id = '{id}'")).await.to_string();
    let wrong = [("revision", revision.as_str()), ("_once", "a"), ("answer.child_sex", "other")];
    let wrong = office.upload("mother", &path, &wrong, &[]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("f-answer-child_sex-e"), "the field names its fault");
    let right = [
        ("revision", revision.as_str()),
        ("_once", "b"),
        ("answer.child_sex", "female"),
        ("answer.child_name", "改名"),
    ];
    let done = office.upload("mother", &path, &right, &[]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    office.drain().await;
    assert_eq!(
        office.get("mother", &path).await.status,
        StatusCode::CONFLICT,
        "nothing is asked any more"
    );
    let again = [("revision", revision.as_str()), ("_once", "c"), ("answer.child_sex", "male")];
    let again = office.upload("mother", &path, &again, &[]).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "hers, but done");
    let answers =
        crate::archive::contents::answers(&mut office.read("mother"), &whole).await.unwrap();
    assert_eq!(answers["child_sex"], "female");
    assert_ne!(answers["child_name"], "改名");
}

#[tokio::test]
async fn a_stale_correction_is_refused() {
    let (office, _, id) = asked(&["child_sex"], &[]).await;
    let fields = [("revision", "1"), ("_once", "a"), ("answer.child_sex", "female")];
    let stale = office.upload("mother", &format!("/cases/{id}/correction"), &fields, &[]).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn withdrawing_needs_to_be_sure_and_keeps_the_reason_typed() {
    let office = Office::new().await;
    let (done, _) = office.referred().await;
    let path = format!("/cases/{}/withdrawal", done.id);
    let unsure = office.post("mother", &path, &[("reason", "不办了"), ("_once", "a")]).await;
    assert_eq!(unsure.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unsure.text.contains("不办了"));
    let sure =
        office.post("mother", &path, &[("reason", "不办了"), ("sure", "1"), ("_once", "b")]).await;
    assert_eq!(sure.status, StatusCode::SEE_OTHER, "{}", sure.text);
    let page = office.page("mother", &format!("/cases/{}", done.id)).await;
    assert!(page.contains("已撤回") && !page.contains("我确定要撤回"));
    assert!(page.contains(&format!("{} 件已撤回", done.items.len())) && !page.contains("还要多久"));
    let told =
        "SELECT COUNT(*) FROM message WHERE template IN ('case.withdrawn', 'case.terminated')";
    assert_eq!(office.count(told).await, 1, "her own act is one message");
}

#[tokio::test]
async fn a_refused_item_says_why_and_what_may_be_done_until_when() {
    let office = Office::new().await;
    let (whole, id) = office.referred().await;
    let told = office.env().clock.now();
    office.refuse(&id).await;
    let page = office.page("mother", &format!("/cases/{id}")).await;
    let pack = office.env().pack.clone();
    let last = pack.calendar().unwrap().next_working(told.plus_days(60).date()).unwrap();
    let last = format!("{}年{}月{}日", last.year(), last.month(), last.day());
    for said in ["出生信息无法核实", "母婴保健法第二十三条", "行政复议：", "行政诉讼：", &last]
    {
        assert!(page.contains(said), "{said}");
    }
    assert!(!page.contains("还要多久"), "a clock on what ended");
    let ended = case::show(&mut office.read("mother"), &whole.id).await.unwrap().endings;
    assert_eq!(ended.len(), whole.items.len());
    let contested: Vec<_> = ended.iter().filter(|one| !one.remedies.is_empty()).collect();
    assert_eq!(contested.len(), 1, "what only waited for it was not decided");
    let page = office.page("mother", &format!("/cases/{}", whole.id)).await;
    assert!(page.contains(&format!("{} 件没有办成", ended.len())));
}

#[tokio::test]
async fn what_is_overdue_says_so_and_what_may_be_done() {
    let office = Office::new().await;
    let (whole, id) = office.referred().await;
    office
        .run("reviewer", async |ctx| case::accept(ctx, &id, None, Acceptance::default()).await)
        .await
        .unwrap();
    let due = case::show(&mut office.read("mother"), &id).await.unwrap().due.unwrap().0;
    let in_time = office.page("mother", &format!("/cases/{}", whole.id)).await;
    assert!(in_time.contains("预计") && !in_time.contains("超过承诺"));
    office.advance_days(40);
    office.drain().await;
    let days = office.env().clock.now().days_after(due.plus_us(-1));
    for path in [format!("/cases/{}", whole.id), format!("/cases/{id}")] {
        let page = office.page("mother", &path).await;
        assert!(page.contains("已经超过承诺的时间") && page.contains("12345"), "{path}");
        assert!(!page.contains("预计"), "{path}");
    }
    let told = office.texts("SELECT args FROM message WHERE template = 'case.overdue'").await;
    assert!(told[0].contains(&format!("[\"days\",\"{days}\"]")), "{} {days}", told[0]);
}

#[tokio::test]
async fn a_corrected_name_is_the_childs_in_every_item() {
    let (office, whole, id) = asked(&["child_name"], &[]).await;
    let path = format!("/cases/{id}/correction");
    let fields = [("_once", "a"), ("answer.child_name", "顾念安")];
    let done = office.upload("mother", &path, &fields, &[]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    office.drain().await;
    for id in office.texts("SELECT id FROM cases").await {
        let shown = case::show(&mut office.read("mother"), &id).await.unwrap();
        assert_eq!(shown.child.unwrap().name, "顾念安", "{id}");
    }
    assert!(office.page("mother", &format!("/cases/{whole}")).await.contains("已补正"));
}

#[tokio::test]
async fn a_citizen_may_ask_for_a_person() {
    let office = Office::new().await;
    let (_, id) = office.referred().await;
    let page = office.page("mother", &format!("/cases/{id}")).await;
    assert!(page.contains("已转工作人员办理"));
    assert!(page.contains("要求人工办理"));
    let asked =
        office.post("mother", &format!("/cases/{id}/human-review"), &[("_once", "a")]).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text);
    assert!(office.page("mother", &format!("/cases/{id}")).await.contains("您已要求人工办理"));
}

#[tokio::test]
async fn number_and_query_code_tell_phases_and_nothing_of_the_person() {
    let office = Office::new().await;
    let (done, _) = office.automatic().await;
    assert!(office.page("", "/track").await.contains("查进度"));
    let found =
        office.page("", &format!("/track?number={}&code={}", done.number, done.query_code)).await;
    assert!(
        found.contains("办结")
            && !found.contains("顾晓宁")
            && !found.contains("410105199403161824")
    );
    let wrong = office.get("", &format!("/track?number={}&code=0000000000", done.number)).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("没有查到"));
}

#[tokio::test]
async fn the_days_of_a_clock_are_working_days_up_to_the_law() {
    let office = Office::new().await;
    let (_, id) = office.referred().await;
    office
        .run("reviewer", async |ctx| case::accept(ctx, &id, None, Acceptance::default()).await)
        .await
        .unwrap();
    let mut ctx = office.read("reviewer");
    let shown = case::show(&mut ctx, &id).await.unwrap();
    let pack = office.env().pack.clone();
    let calendar = pack.calendar().unwrap();
    let clock = clock_view(&shown, calendar, ctx.now).unwrap().unwrap();
    assert_eq!(
        clock.promise.0,
        i64::from(pack.item("birth-certificate").unwrap().limits.promised.amount)
    );
    // The law sets no time for this item, and none is drawn.
    assert_eq!((clock.legal_date, clock.legal), (None, None));
    if clock.promise.1 == "working_day" {
        assert_eq!(
            i64::try_from(clock.days.iter().filter(|day| day.state == "promise").count()).unwrap(),
            clock.promise.0
        );
    }
    let later = ctx.now.plus_days(60);
    let late = clock_view(&shown, calendar, Timestamp(later.0)).unwrap().unwrap();
    assert!(late.days.iter().all(|day| matches!(day.state, "used" | "late")));
    assert!(office.page("mother", &format!("/cases/{id}")).await.contains("c-clock"));
}

#[tokio::test]
async fn an_upload_is_what_its_content_says() {
    let office = Office::new().await;
    let pack = office.env().pack.clone();
    let item = pack.item("household-registration").unwrap();
    let material = item
        .materials
        .iter()
        .find(|one| matches!(one.met_by, pack::item::MetBy::Upload { .. }))
        .unwrap();
    let mut ctx = office.env().system("test").await.unwrap();
    let file = |content: &[u8]| webkit::Upload {
        field: "material.x".to_owned(),
        name: "证明.pdf".to_owned(),
        content: content.to_vec(),
    };
    let wrong: [(&[u8], &str); 8] = [
        (b"", "tracking.upload_empty"),
        (b"GIF89a", "tracking.upload_kind"),
        (b"<svg onload=x>", "tracking.upload_kind"),
        (b"PK\x03\x04", "tracking.upload_kind"),
        (b"%PDF-1.7", "draft.file_broken"),
        (b"%PDF-1.7\n<script>\n%%EOF", "draft.file_broken"),
        (b"%PDF-1.7 /Encrypt\n%%EOF", "draft.file_locked"),
        (b"%PDF-1.7 /JavaScript\n%%EOF", "draft.file_active"),
    ];
    for (content, code) in wrong {
        let error = upload::take(&mut ctx, item, &material.id, &file(content)).await.unwrap_err();
        assert_eq!(
            (error.fields[0].field.as_str(), error.fields[0].code.as_str()),
            ("material.x", code)
        );
    }
    let mut large = PDF.to_vec();
    large.resize(10 * 1024 * 1024 + 1 - PDF.len(), b' ');
    large.extend(PDF);
    let error = upload::take(&mut ctx, item, &material.id, &file(&large)).await.unwrap_err();
    assert_eq!(error.fields[0].code, "tracking.upload_size");
    large.remove(PDF.len());
    let kept = upload::take(&mut ctx, item, &material.id, &file(&large)).await.unwrap();
    assert_eq!(kept.material_id, format!("household-registration.{}", material.id));
    assert_eq!(kept.media_type, "application/pdf");
}
