//! Every act of a case over REST: what it answers, to whom it is refused, what a wrong body is
//! told, and that a repetition has no second effect.

use super::rest::{NOT_APPLICANTS, NOT_OFFICERS, act, done, fields, lacking, problem, refused};
use crate::tests::world::{Office, staff};
use axum::http::{Request, StatusCode, header};
use base64::Engine as _;
use kernel::Actor;
use serde_json::{Value as Json, json};

const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF";

fn refusal() -> Json {
    json!({ "granted": false, "opinion": "与登记不符", "reasons": "出生信息无法核实", "article": "母婴保健法第二十三条" })
}

#[tokio::test]
async fn a_case_is_claimed_returned_and_handed_over() {
    let office = Office::new().await;
    let (_, id) = office.referred().await;
    let claim = act(&id, "claim", json!({}));
    refused(&office, &claim, &NOT_OFFICERS).await;
    done(&office, "reviewer", &claim, "submitted").await;
    let taken = act(&id, "claim", json!({})).send(&office, "colleague").await;
    problem(&taken, 409, "case.already_claimed");
    let give = act(&id, "return", json!({}));
    refused(&office, &give, &NOT_OFFICERS).await;
    done(&office, "reviewer", &give, "submitted").await;
    problem(&give.send(&office, "reviewer").await, 409, "case.not_claimed");

    done(&office, "reviewer", &claim, "submitted").await;
    let to = office.actor("colleague").account;
    let hand = act(&id, "hand-over", json!({ "to": to, "reason": "出差" }));
    refused(&office, &hand, &NOT_OFFICERS).await;
    lacking(&office, "reviewer", &id, "hand-over", json!({ "to": to }), &["reason"]).await;
    lacking(&office, "reviewer", &id, "hand-over", json!({ "to": to, "reason": " " }), &["reason"])
        .await;
    lacking(&office, "reviewer", &id, "hand-over", json!({ "to": 3, "reason": "出差" }), &["to"])
        .await;
    for other in
        [office.actor("elsewhere").account, office.actor("mother").account, "nobody".to_owned()]
    {
        let body = json!({ "to": other, "reason": "出差" });
        lacking(&office, "reviewer", &id, "hand-over", body, &["to"]).await;
    }
    done(&office, "reviewer", &hand, "submitted").await;
    let shown = office.api("colleague", "GET", &format!("/api/v1/cases/{id}"), &Json::Null).await.1;
    assert_eq!(
        (shown["assignee"].as_str(), shown["mine"].as_bool()),
        (Some(to.as_str()), Some(true))
    );
    let left = act(&id, "acceptance", json!({})).send(&office, "reviewer").await;
    problem(&left, 409, "case.not_assignee");
}

#[tokio::test]
async fn an_id_of_an_act_serves_one_act_on_one_case_by_one_account() {
    let office = Office::new().await;
    let (whole, id) = office.referred().await;
    let other = whole.items.iter().find(|one| one.id != id).unwrap().id.clone();
    let claim = act(&id, "claim", json!({}));
    assert_eq!(claim.keyed(&office, "reviewer", "one").await.0, StatusCode::OK);
    problem(&claim.keyed(&office, "colleague", "one").await, 409, "command.other");
    let give = act(&id, "return", json!({}));
    problem(&give.keyed(&office, "reviewer", "one").await, 409, "command.other");
    let elsewhere = act(&other, "claim", json!({}));
    problem(&elsewhere.keyed(&office, "reviewer", "one").await, 409, "command.other");
    let long = "x".repeat(81);
    problem(&give.keyed(&office, "reviewer", &long).await, 422, "command.id");
    // An act that failed has not been done: its id is free.
    let early = act(&id, "decision", refusal());
    problem(&early.keyed(&office, "approver", "two").await, 409, "case.not_accepted");
    let accepted = act(&id, "acceptance", json!({})).keyed(&office, "reviewer", "two").await;
    assert_eq!(accepted.0, StatusCode::OK, "{}", accepted.1);
}

#[tokio::test]
async fn a_case_is_accepted_and_refused() {
    let office = Office::new().await;
    let (whole, id) = office.referred().await;
    let accept = act(&id, "acceptance", json!({}));
    refused(&office, &accept, &NOT_OFFICERS).await;
    let body = json!({ "tolerated": "birth-record" });
    lacking(&office, "reviewer", &id, "acceptance", body, &["tolerated"]).await;
    let body = json!({ "tolerated": ["birth-record", "birth-record"], "promise": "补交" });
    lacking(&office, "reviewer", &id, "acceptance", body, &["tolerated"]).await;
    let body = json!({ "tolerated": ["birth-record"] });
    lacking(&office, "reviewer", &id, "acceptance", body, &["promise"]).await;
    let body = json!({ "tolerated": ["birth-record"], "promise": "补交" });
    let untolerable = act(&id, "acceptance", body).send(&office, "reviewer").await;
    problem(&untolerable, 422, "case.not_tolerable");
    done(&office, "reviewer", &accept, "accepted").await;
    problem(&accept.send(&office, "reviewer").await, 409, "case.already_accepted");

    let decide = act(&id, "decision", refusal());
    refused(&office, &decide, &NOT_OFFICERS).await;
    refused(&office, &decide, &[("reviewer", 403, "denied")]).await;
    let bare = json!({ "granted": false, "opinion": "x", "article": "y" });
    lacking(&office, "approver", &id, "decision", bare, &["reasons"]).await;
    let empty = json!({ "granted": true, "opinion": "", "article": "" });
    lacking(&office, "approver", &id, "decision", empty, &["article", "opinion"]).await;
    let long = json!({ "granted": true, "opinion": "x", "article": "长".repeat(501) });
    lacking(&office, "approver", &id, "decision", long, &["article"]).await;
    let control = json!({ "granted": true, "opinion": "a\u{0}b", "article": "y" });
    lacking(&office, "approver", &id, "decision", control, &["opinion"]).await;
    let invented = json!({ "granted": false, "opinion": "x", "reasons": "y",
        "article": "根本不存在的法第九百九十九条" });
    lacking(&office, "approver", &id, "decision", invented, &["article"]).await;
    lacking(
        &office,
        "approver",
        &id,
        "decision",
        json!({ "opinion": "x", "article": "y" }),
        &["granted"],
    )
    .await;
    done(&office, "approver", &decide, "refused").await;
    problem(&decide.send(&office, "approver").await, 409, "case.already_decided");
    office.drain().await;
    let parent =
        office.api("mother", "GET", &format!("/api/v1/cases/{}", whole.id), &Json::Null).await.1;
    assert_eq!(parent["phase"], "refused");
}

#[tokio::test]
async fn acceptance_is_refused_with_reasons_and_remedies() {
    let office = Office::new().await;
    let (_, id) = office.referred().await;
    let body = json!({ "reasons": "不属于本机关职权", "article": "行政许可法第三十二条" });
    let refuse = act(&id, "refusal-of-acceptance", body);
    refused(&office, &refuse, &NOT_OFFICERS).await;
    let noun = "refusal-of-acceptance";
    lacking(&office, "reviewer", &id, noun, json!({ "article": "x" }), &["reasons"]).await;
    lacking(&office, "reviewer", &id, noun, json!({ "reasons": "x" }), &["article"]).await;
    lacking(
        &office,
        "reviewer",
        &id,
        noun,
        json!({ "reasons": "", "article": "" }),
        &["reasons", "article"],
    )
    .await;
    done(&office, "reviewer", &refuse, "not_accepted").await;
    office.drain().await;
    let shown = office.api("mother", "GET", &format!("/api/v1/cases/{id}"), &Json::Null).await.1;
    let step = shown["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["kind"] == "acceptance_refused")
        .unwrap();
    assert_eq!(step["text"], "不属于本机关职权");
    let document = step["document"].as_str().unwrap();
    let path = format!("/api/v1/cases/{id}/documents/{document}");
    let own = office.get("mother", &path).await;
    assert!(own.status == StatusCode::OK && own.text.starts_with("%PDF-"), "{}", own.status);
    assert_eq!(office.get("stranger", &path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(office.get("", &path).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn everything_asked_is_mended_at_once_and_checked_as_on_the_page() {
    let office = Office::new().await;
    let (_, id) = office.referred().await;
    let body = json!({ "fields": ["child_sex", "mother_number"], "note": "与登记不一致" });
    let ask = act(&id, "correction-notice", body);
    refused(&office, &ask, &NOT_OFFICERS).await;
    let noun = "correction-notice";
    lacking(&office, "reviewer", &id, noun, json!({ "fields": ["child_sex"] }), &["note"]).await;
    lacking(
        &office,
        "reviewer",
        &id,
        noun,
        json!({ "fields": ["nonsense"], "note": "x" }),
        &["nonsense"],
    )
    .await;
    let many: Vec<String> = (0..2000).map(|at| format!("f{at}")).collect();
    let reply =
        act(&id, noun, json!({ "fields": many, "note": "x" })).send(&office, "reviewer").await;
    assert_eq!(reply.0, StatusCode::UNPROCESSABLE_ENTITY);
    let nothing = act(&id, noun, json!({ "note": "x" })).send(&office, "reviewer").await;
    problem(&nothing, 422, "case.correction_empty");
    done(&office, "reviewer", &ask, "correcting").await;
    problem(&ask.send(&office, "reviewer").await, 409, "case.correcting");

    let answers = json!({ "child_sex": "female", "mother_number": "410105199403161824" });
    let mend = act(&id, "correction", json!({ "answers": answers }));
    refused(&office, &mend, &NOT_APPLICANTS).await;
    let noun = "correction";
    let beyond = json!({ "answers": { "child_name": "沈平安" }, "files": [{ "material": "x", "name": "a", "content": "" }] });
    lacking(&office, "mother", &id, noun, beyond, &["answers.child_name", "files[0].material"])
        .await;
    let half = json!({ "answers": { "child_sex": "female" } });
    lacking(&office, "mother", &id, noun, half, &["answer.mother_number"]).await;
    let wrong =
        json!({ "answers": { "child_sex": "other", "mother_number": "410105199403161825" } });
    let reply = act(&id, noun, wrong).send(&office, "mother").await;
    problem(&reply, 422, "tracking.mend");
    assert_eq!(fields(&reply), ["answer.child_sex", "answer.mother_number"]);
    done(&office, "mother", &mend, "submitted").await;
    problem(&mend.send(&office, "mother").await, 409, "case.no_correction_asked");
    office.drain().await;
    let again = ask.send(&office, "reviewer").await;
    assert_eq!(again.0, StatusCode::CONFLICT, "{}", again.1);
}

#[tokio::test]
async fn a_special_procedure_stops_and_resumes_the_clock() {
    let office = Office::new().await;
    let (_, id) = office.referred().await;
    act(&id, "acceptance", json!({})).send(&office, "reviewer").await;
    let body = json!({ "procedure": "paternity", "needed": "核实需要三天" });
    let suspend = act(&id, "suspension", body);
    refused(&office, &suspend, &NOT_OFFICERS).await;
    lacking(&office, "reviewer", &id, "suspension", json!({ "needed": "x" }), &["procedure"]).await;
    let other =
        json!({ "procedure": "paternity", "needed": "x", "article": "行政许可法第四十五条" });
    lacking(&office, "reviewer", &id, "suspension", other, &["article"]).await;
    lacking(
        &office,
        "reviewer",
        &id,
        "suspension",
        json!({ "procedure": "paternity", "needed": "" }),
        &["needed"],
    )
    .await;
    let unknown = json!({ "procedure": "nonsense", "needed": "x" });
    problem(
        &act(&id, "suspension", unknown).send(&office, "reviewer").await,
        422,
        "case.unknown_procedure",
    );
    done(&office, "reviewer", &suspend, "suspended").await;
    problem(
        &act(&id, "decision", refusal()).send(&office, "approver").await,
        409,
        "case.suspended",
    );
    office.advance_days(3);
    let resume = act(&id, "resumption", json!({ "result": "已查明" }));
    refused(&office, &resume, &NOT_OFFICERS).await;
    lacking(&office, "reviewer", &id, "resumption", json!({}), &["result"]).await;
    lacking(&office, "reviewer", &id, "resumption", json!({ "result": "" }), &["result"]).await;
    done(&office, "reviewer", &resume, "accepted").await;
    let shown = office.api("reviewer", "GET", &format!("/api/v1/cases/{id}"), &Json::Null).await.1;
    let clock =
        shown["clocks"].as_array().unwrap().iter().find(|one| one["name"] == "promised").unwrap();
    assert_eq!(
        (clock["pauses"].as_array().unwrap().len(), clock["paused_days"].as_i64()),
        (1, Some(3))
    );
    problem(&resume.send(&office, "reviewer").await, 409, "case.not_suspended");
    // The birth certificate cannot be extended: the item sets no time for it.
    let extend = json!({ "amount": 1, "reason": "x", "article": "y" });
    problem(
        &act(&id, "extension", extend).send(&office, "approver").await,
        409,
        "case.extension_not_allowed",
    );
}

/// The reimbursement, referred to a person since the mother asked for one before it began; its
/// insurer's officers are `insurer` (head) and `examiner`.
async fn reimbursement(office: &Office) -> String {
    office.deploy_review().await;
    let whole = office.submitted().await;
    let item = whole.items.iter().find(|one| one.item == "maternity-reimbursement").unwrap();
    let id = item.id.clone();
    let ask = act(&id, "human-review", json!({}));
    refused(office, &ask, &NOT_APPLICANTS).await;
    done(office, "mother", &ask, "waiting").await;
    problem(&ask.send(office, "mother").await, 409, "case.human_review_already");
    office.drain().await;
    let agency =
        office.texts(&format!("SELECT agency FROM cases WHERE id = '{id}'")).await.remove(0);
    office.admit("insurer", staff(&agency, "approver", "insurer"));
    office.admit("examiner", staff(&agency, "reviewer", "examiner"));
    assert_eq!(
        office.texts(&format!("SELECT phase FROM cases WHERE id = '{id}'")).await,
        ["submitted"]
    );
    id
}

#[tokio::test]
async fn a_promised_material_follows_and_the_head_extends_once() {
    let office = Office::new().await;
    let id = reimbursement(&office).await;
    let promise =
        json!({ "tolerated": ["discharge-summary"], "promise": "十五个工作日内补交出院记录" });
    done(&office, "examiner", &act(&id, "acceptance", promise), "accepted").await;

    let more = json!({ "amount": 5, "reason": "情况复杂", "article": "行政许可法第四十二条" });
    let extend = act(&id, "extension", more);
    refused(&office, &extend, &NOT_OFFICERS).await;
    refused(&office, &extend, &[("examiner", 403, "denied")]).await;
    lacking(
        &office,
        "insurer",
        &id,
        "extension",
        json!({ "amount": 5, "article": "x" }),
        &["reason"],
    )
    .await;
    lacking(
        &office,
        "insurer",
        &id,
        "extension",
        json!({ "amount": -1, "reason": "x", "article": "y" }),
        &["amount"],
    )
    .await;
    let much = json!({ "amount": 11, "reason": "x", "article": "y" });
    problem(
        &act(&id, "extension", much).send(&office, "insurer").await,
        422,
        "case.extension_amount",
    );
    done(&office, "insurer", &extend, "accepted").await;
    problem(&extend.send(&office, "insurer").await, 409, "case.already_extended");

    // A grant waits for what was promised.
    let grant = json!({ "granted": true, "opinion": "属实", "article": "社会保险法第五十五条" });
    problem(
        &act(&id, "decision", grant.clone()).send(&office, "insurer").await,
        409,
        "case.procedure_open",
    );
    office.review(&id, "examiner", "insurer").await;
    done(&office, "insurer", &act(&id, "decision", grant), "granted").await;
    let deliver = act(&id, "delivery", json!({}));
    refused(&office, &deliver, &NOT_OFFICERS).await;
    problem(&deliver.send(&office, "insurer").await, 409, "case.tolerance_outstanding");

    let content = base64::engine::general_purpose::STANDARD.encode(PDF);
    let file = |material: &str, content: &str| json!({ "material": material, "name": "出院记录.pdf", "content": content });
    let supply = act(&id, "promised-material", file("discharge-summary", &content));
    refused(
        &office,
        &supply,
        &[
            ("", 401, "sign_in.needed"),
            ("stranger", 404, "not_found"),
            ("approver", 422, "tracking.mend"),
        ],
    )
    .await;
    let noun = "promised-material";
    lacking(&office, "mother", &id, noun, file("expense", &content), &["material"]).await;
    lacking(&office, "mother", &id, noun, file("discharge-summary", "***"), &["content"]).await;
    lacking(&office, "mother", &id, noun, file("discharge-summary", ""), &["content"]).await;
    let script = base64::engine::general_purpose::STANDARD.encode(b"<script>");
    lacking(&office, "mother", &id, noun, file("discharge-summary", &script), &["content"]).await;
    lacking(
        &office,
        "mother",
        &id,
        noun,
        json!({ "material": "discharge-summary", "name": "a" }),
        &["content"],
    )
    .await;
    let answer = done(&office, "mother", &supply, "completed").await;
    assert!(!answer["licence"].as_str().unwrap().is_empty(), "the grant is delivered with it");
    let shown = office.api("insurer", "GET", &format!("/api/v1/cases/{id}"), &Json::Null).await.1;
    let material = shown["materials"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["id"] == "discharge-summary")
        .unwrap();
    let kept = material["files"][0]["id"].as_str().unwrap();
    let path = format!("/api/v1/cases/{id}/files/{kept}");
    assert_eq!(office.get("insurer", &path).await.text.as_bytes(), PDF);
    for (login, status) in [("", 401), ("stranger", 404), ("supervisor", 404)] {
        assert_eq!(office.get(login, &path).await.status.as_u16(), status, "{login}");
    }
}

#[tokio::test]
async fn a_grant_is_delivered_and_revoked_by_the_head_with_a_second_factor() {
    let office = Office::new().await;
    let (_, id) = office.automatic().await;
    let body = json!({ "reason": "证明内容有误", "article": "行政许可法第六十九条" });
    let revoke = act(&id, "revocation", body);
    refused(&office, &revoke, &NOT_OFFICERS).await;
    let approver = office.actor("approver");
    office.admit("weak", Actor { assurance: 1, ..approver });
    refused(
        &office,
        &revoke,
        &[("reviewer", 403, "denied"), ("weak", 401, "sign_in.second_factor")],
    )
    .await;
    lacking(&office, "approver", &id, "revocation", json!({ "reason": "x" }), &["article"]).await;
    lacking(
        &office,
        "approver",
        &id,
        "revocation",
        json!({ "reason": "", "article": "x" }),
        &["reason"],
    )
    .await;
    problem(
        &act(&id, "delivery", json!({})).send(&office, "approver").await,
        409,
        "case.already_issued",
    );
    let answer = done(&office, "approver", &revoke, "revoked").await;
    assert!(!answer["licence"].as_str().unwrap().is_empty(), "which licence was revoked is told");
    assert_eq!(
        office.texts(&format!("SELECT state FROM licence WHERE case_id = '{id}'")).await,
        ["03"]
    );
    problem(&revoke.send(&office, "approver").await, 409, "case.revoked");
}

#[tokio::test]
async fn the_applicant_withdraws_an_item_or_the_whole() {
    let office = Office::new().await;
    let (whole, id) = office.referred().await;
    let waiting = whole.items.iter().find(|one| one.item == "maternity-reimbursement").unwrap();
    let item = act(&waiting.id, "withdrawal", json!({ "reason": "已在医院结算" }));
    refused(&office, &item, &NOT_APPLICANTS).await;
    lacking(&office, "mother", &waiting.id, "withdrawal", json!({ "reason": 1 }), &["reason"])
        .await;
    done(&office, "mother", &item, "withdrawn").await;
    problem(&item.send(&office, "mother").await, 409, "case.withdrawn_already");

    let all = act(&whole.id, "withdrawal", json!({}));
    refused(&office, &all, &NOT_APPLICANTS).await;
    let (status, answer) = all.keyed(&office, "mother", "all").await;
    assert_eq!((status, answer["phase"].as_str()), (StatusCode::OK, Some("withdrawn")), "{answer}");
    assert_eq!(all.keyed(&office, "mother", "all").await, (StatusCode::OK, answer));
    problem(&all.send(&office, "mother").await, 409, "case.withdrawn_already");
    assert_eq!(
        office.texts(&format!("SELECT phase FROM cases WHERE id = '{id}'")).await,
        ["withdrawn"]
    );
}

#[tokio::test]
async fn a_deputy_acts_while_the_officer_is_away_and_no_longer() {
    let office = Office::new().await;
    office.hire("deputy", "reviewer").await;
    let (_, id) = office.referred().await;
    act(&id, "claim", json!({})).send(&office, "reviewer").await;
    let accept = act(&id, "acceptance", json!({}));
    problem(&accept.send(&office, "deputy").await, 409, "case.not_assignee");
    let deputy = office.actor("deputy").account;
    let body =
        json!({ "deputy": deputy, "from": "2026-09-15", "until": "2026-09-20", "reason": "休假" });
    let path = "/api/v1/stand-ins";
    for (login, status, code) in [
        ("", 401, "sign_in.needed"),
        ("mother", 403, "denied"),
        ("supervisor", 403, "denied"),
        ("elsewhere", 422, "case.colleague"),
        // He may not decide, as the approver does.
        ("approver", 422, "case.colleague"),
    ] {
        problem(&office.api(login, "POST", path, &body).await, status, code);
    }
    for (field, value) in [
        ("deputy", json!("nobody")),
        ("deputy", json!(office.actor("elsewhere").account)),
        ("deputy", json!(office.actor("reviewer").account)),
        ("from", json!("15 September")),
        ("until", json!("2026-09-14")),
        ("until", json!("2028-09-14")),
        ("until", Json::Null),
    ] {
        let mut wrong = body.clone();
        wrong[field] = value;
        let reply = office.api("reviewer", "POST", path, &wrong).await;
        assert_eq!(
            (reply.0, fields(&reply)),
            (StatusCode::UNPROCESSABLE_ENTITY, vec![field.to_owned()]),
            "{}",
            reply.1
        );
    }
    let (status, begun) = office.api("reviewer", "POST", path, &body).await;
    assert_eq!(status, StatusCode::OK, "{begun}");
    assert_eq!(
        (begun["deputy"].as_str(), begun["ended"].as_bool()),
        (Some(deputy.as_str()), Some(false))
    );
    assert_eq!(begun["until"], "2026-09-21T00:00:00+08:00", "the last day counts whole");
    done(&office, "deputy", &accept, "accepted").await;
    let shown = office.api("reviewer", "GET", &format!("/api/v1/cases/{id}"), &Json::Null).await.1;
    let step = shown["timeline"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((step["kind"].as_str(), step["actor"].as_str()), (Some("accepted"), Some("李静")));

    let end = format!("{path}/{}/end", begun["id"].as_str().unwrap());
    for (login, status) in [("", 401), ("mother", 403), ("colleague", 404), ("deputy", 404)] {
        assert_eq!(office.api(login, "POST", &end, &json!({})).await.0.as_u16(), status, "{login}");
    }
    assert_eq!(office.api("reviewer", "POST", &end, &json!({})).await.0, StatusCode::OK);
    assert_eq!(office.api("reviewer", "POST", &end, &json!({})).await.0, StatusCode::NOT_FOUND);
    let listed = office.api("deputy", "GET", path, &Json::Null).await.1;
    assert_eq!((listed.as_array().unwrap().len(), listed[0]["ended"].as_bool()), (1, Some(true)));
    let suspend = json!({ "procedure": "paternity", "needed": "三天" });
    problem(
        &act(&id, "suspension", suspend).send(&office, "deputy").await,
        409,
        "case.not_assignee",
    );
}

#[tokio::test]
async fn reading_shows_each_what_he_may_see() {
    let office = Office::new().await;
    let (whole, id) = office.referred().await;
    let one = format!("/api/v1/cases/{id}");
    let timeline = format!("{one}/timeline");
    for (path, login, status) in [
        (one.as_str(), "", 401),
        (&one, "stranger", 404),
        (&one, "mother", 200),
        (&one, "reviewer", 200),
        (&one, "supervisor", 200),
        (&one, "elsewhere", 200),
        (&timeline, "", 401),
        (&timeline, "stranger", 404),
        (&timeline, "reviewer", 200),
        ("/api/v1/cases/01X", "mother", 404),
        ("/api/v1/cases", "", 401),
        ("/api/v1/cases", "mother", 200),
        ("/api/v1/work-list", "", 401),
        ("/api/v1/work-list", "mother", 403),
        ("/api/v1/work-list", "reviewer", 200),
        ("/api/v1/work-list?whose=nobody", "reviewer", 422),
        ("/api/v1/work-list?lamp=blue", "reviewer", 422),
        ("/api/v1/colleagues", "mother", 403),
        ("/api/v1/colleagues", "reviewer", 200),
        ("/api/v1/tracking", "", 422),
    ] {
        assert_eq!(
            office.api(login, "GET", path, &Json::Null).await.0.as_u16(),
            status,
            "{login} {path}"
        );
    }
    let mine = office.api("mother", "GET", "/api/v1/cases", &Json::Null).await.1;
    assert_eq!(mine["rows"][0]["id"], whole.id);
    assert!(
        office.api("stranger", "GET", "/api/v1/cases", &Json::Null).await.1["rows"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let told = office.api("reviewer", "GET", &timeline, &Json::Null).await.1;
    assert_eq!(told["whole"], true);
    let seen = office.api("supervisor", "GET", &one, &Json::Null).await.1;
    assert!(
        seen["answers"].as_array().unwrap().is_empty()
            && seen["allowed"].as_array().unwrap().is_empty()
    );
    let number = office.api("reviewer", "GET", &one, &Json::Null).await.1.to_string();
    assert!(!number.contains("410105199403161824"), "numbers leave masked");
    let malformed =
        Request::post(format!("{one}/claim")).header(header::CONTENT_TYPE, "application/json");
    let reply = office.call("reviewer", malformed, b"{".to_vec()).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(reply.text.contains("form.json"), "{}", reply.text);
    let list = office.api("reviewer", "POST", &format!("{one}/claim"), &json!([])).await;
    problem(&list, 422, "form.json");
}
