//! Bills, as somebody.

use super::number;
use crate::case::{COLUMNS, Case, StoredCase};
use crate::tests::world::{Office, staff};
use axum::http::StatusCode;
use kernel::Text;
use pack::item::Fee;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

const HEALTH: &str = "health-410105";
const FEN: i64 = 60_000;

/// A bill of the mother's case, as a grant makes it; finance clerks, and one of another agency.
async fn billed() -> (Office, String, Json) {
    let office = Office::new().await;
    for login in ["finance", "cashier"] {
        office.admit(login, staff(HEALTH, "finance", login));
    }
    office.admit("police", staff("police-410105", "finance", "police"));
    let mut weak = staff(HEALTH, "finance", "weak");
    weak.assurance = 1;
    office.admit("weak", weak);
    let (_, id) = office.referred().await;
    for _ in 0..2 {
        assert!(!make(&office, &id).await, "it is to be paid first");
    }
    assert_eq!(office.count("SELECT COUNT(*) FROM bill").await, 1, "one bill, however often");
    let (_, page) = office.api("finance", "GET", "/api/v1/bills?state=due", &Json::Null).await;
    (office, id, page["bills"][0].clone())
}

/// The bill of a case, as a grant of an item that charges a fee makes it; whether it is settled.
pub(crate) async fn make(office: &Office, id: &str) -> bool {
    let made = office.run("approver", async |ctx| {
        let sql = format!("SELECT {COLUMNS} FROM cases c WHERE c.id = $1");
        let case: Case = ctx.one::<StoredCase>(&sql, store::vals![id]).await?.open(ctx)?;
        let mut item = ctx.env.pack.item(&case.item).unwrap().clone();
        item.fees = vec![Fee {
            name: Text::new("工本费", "Cost"),
            amount_fen: FEN as u64,
            basis: None,
            before_issue: true,
            receipt_class: None,
        }];
        super::settled(ctx, &case, &item).await
    });
    made.await.unwrap()
}

async fn pay(office: &Office, login: &str, bill: &Json, how: &str) -> (StatusCode, Json) {
    let path = format!("/api/v1/bills/{}/payment", bill["id"].as_str().unwrap());
    let body = json!({ "revision": bill["revision"], "how": how, "reference": "SK-1" });
    office.api(login, "POST", &path, &body).await
}

async fn reverse(office: &Office, login: &str, bill: &Json, reason: &str) -> (StatusCode, Json) {
    let path = format!("/api/v1/bills/{}/reversal", bill["id"].as_str().unwrap());
    let body = json!({ "revision": bill["revision"], "reason": reason });
    office.api(login, "POST", &path, &body).await
}

#[tokio::test]
async fn a_bill_is_paid_once_receipted_and_reversed_by_another_person() {
    let (office, id, bill) = billed().await;
    assert!(number::is_payment(bill["number"].as_str().unwrap()), "{bill}");
    let mine = office.page("mother", &format!("/cases/{id}/bills")).await;
    assert!(mine.contains(bill["number"].as_str().unwrap()) && mine.contains("待缴"));
    who_may_what(&office, &id, &bill).await;
    let silent = json!({ "revision": 1, "how": "counter", "reference": " " });
    let path = format!("/api/v1/bills/{}/payment", bill["id"].as_str().unwrap());
    assert_eq!(office.api("finance", "POST", &path, &silent).await.1["code"], "bill.words");
    let by_statement = pay(&office, "finance", &bill, "statement").await;
    assert_eq!(by_statement.1["code"], "bill.words", "only a statement pays by statement");
    let (_, paid) = pay(&office, "finance", &bill, "counter").await;
    assert_eq!((&paid["state"], &paid["payment"]["reference"]), (&json!("paid"), &json!("SK-1")));
    let blue = &paid["receipts"][0];
    assert_eq!(blue["code"].as_str().unwrap().len(), 8);
    assert_eq!(blue["number"], "0000000001");
    assert_eq!((&blue["kind"], &blue["amount_fen"]), (&json!("blue"), &json!(FEN)));
    assert_eq!(pay(&office, "finance", &bill, "counter").await.1["code"], "bill.stale");
    assert_eq!(pay(&office, "finance", &paid, "counter").await.1["code"], "bill.paid");
    let same = reverse(&office, "finance", &paid, "重复收款").await.1;
    assert_eq!(same["code"], "bill.same_person");
    let page = format!("/bills/{}", bill["id"].as_str().unwrap());
    let revision = paid["revision"].to_string();
    let typed = [("_once", "1"), ("revision", revision.as_str()), ("reason", "重复收款")];
    let sent = office.post("cashier", &format!("{page}/reversal"), &typed).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let shown = office.page("approver", &page).await;
    assert!(shown.contains("重复收款") && shown.contains("0000000002") && shown.contains("已冲红"));
    let (_, day) = office.api("finance", "GET", "/api/v1/bill-days/2026-09-15", &Json::Null).await;
    assert_eq!((&day["paid_fen"], &day["reversed_fen"]), (&json!(FEN), &json!(-FEN)), "{day}");
    assert_eq!(day["counter_fen"], FEN);
    what_the_payer_is_told(&office, &id, bill["number"].as_str().unwrap()).await;
    // Notice and receipts are documents of the case, set and sealed like every other.
    office.drain().await;
    let kinds = office
        .texts(&format!(
            "SELECT kind FROM case_document WHERE case_id = '{id}' AND digest <> '' AND kind IN
             ('payment_notice', 'e_receipt', 'red_receipt')"
        ))
        .await;
    let kinds: BTreeSet<&str> = kinds.iter().map(String::as_str).collect();
    assert_eq!(kinds, BTreeSet::from(["e_receipt", "payment_notice", "red_receipt"]));
    let mut ctx = office.read("approver");
    let report = party::evidence::verify(&mut ctx).await.unwrap();
    assert!(report.ok, "{:?}", report.first_bad);
}

/// The payer hears of bill, payment and reversal where he hears of everything, and reads no amount
/// and no number there; nobody else is told.
async fn what_the_payer_is_told(office: &Office, id: &str, number: &str) {
    let told = "SELECT template FROM message WHERE template LIKE 'bill.%' ORDER BY template";
    assert_eq!(office.texts(told).await, ["bill.made", "bill.paid", "bill.reversed"]);
    let whom = "SELECT DISTINCT person_id FROM message WHERE template LIKE 'bill.%'";
    assert_eq!(office.texts(whom).await, [office.actor("mother").party]);
    let link = format!("SELECT COUNT(*) FROM message WHERE link = '/cases/{id}/bills'");
    assert_eq!(office.count(&link).await, 3);
    let page = party::message::list(&mut office.read("mother"), "").await.unwrap();
    let of_bills = page.messages.iter().filter(|one| one.link.ends_with("/bills"));
    let texts: Vec<String> = of_bills.map(|one| format!("{}{}", one.subject, one.body)).collect();
    assert_eq!(texts.len(), 3);
    assert!(
        texts.iter().all(|text| !text.contains(number) && !text.contains("600.00")),
        "{texts:?}"
    );
}

async fn who_may_what(office: &Office, id: &str, bill: &Json) {
    let one = format!("/bills/{}", bill["id"].as_str().unwrap());
    for (login, status) in [
        ("mother", StatusCode::FORBIDDEN),
        ("reviewer", StatusCode::FORBIDDEN),
        ("police", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(office.get(login, &one).await.status, status, "{login}");
        let api = office.api(login, "GET", &format!("/api/v1{one}"), &Json::Null).await.0;
        assert_eq!(api, status, "{login}");
    }
    for path in ["/bills", "/bills/day", "/api/v1/bills", "/api/v1/bill-days/2026-09-15"] {
        assert_eq!(office.get("reviewer", path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    for (login, status) in [
        ("mother", StatusCode::FORBIDDEN),
        ("approver", StatusCode::FORBIDDEN),
        ("police", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(pay(office, login, bill, "counter").await.0, status, "{login}");
    }
    for (login, status) in [
        ("mother", StatusCode::FORBIDDEN),
        ("police", StatusCode::NOT_FOUND),
        ("weak", StatusCode::UNAUTHORIZED),
    ] {
        assert_eq!(reverse(office, login, bill, "x").await.0, status, "{login}");
    }
    let early = reverse(office, "finance", bill, "x").await.1;
    assert_eq!(early["code"], "bill.not_paid");
    for word in ["payment", "reversal"] {
        let posted = office.post("reviewer", &format!("{one}/{word}"), &[]).await;
        assert_eq!(posted.status, StatusCode::FORBIDDEN, "{word}");
    }
    let file = [("file", "x.csv", b"x".as_slice())];
    for path in ["/bills/statements", "/api/v1/bill-statements"] {
        let sent = office.upload("approver", path, &[], &file).await;
        assert_eq!(sent.status, StatusCode::FORBIDDEN, "{path}");
    }
    for (login, status) in [("stranger", StatusCode::NOT_FOUND), ("", StatusCode::UNAUTHORIZED)] {
        let path = format!("/api/v1/cases/{id}/bills");
        assert_eq!(office.api(login, "GET", &path, &Json::Null).await.0, status, "{login}");
    }
    let page = office.get("stranger", &format!("/cases/{id}/bills")).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
}

async fn take(office: &Office, rows: &[String]) -> crate::tests::world::Reply {
    let text = format!("number,amount,day,reference\n{}\n", rows.join("\n"));
    office
        .upload("finance", "/bills/statements", &[], &[("file", "bank.csv", text.as_bytes())])
        .await
}

#[tokio::test]
async fn a_statement_is_taken_line_by_line_and_the_day_names_every_difference() {
    let (office, _, bill) = billed().await;
    let number = bill["number"].as_str().unwrap();
    let other = number::payment("410105", 2026, 999);
    let lines = [
        format!("{other},600.00,2026-09-15,B-1"),
        format!("{number},599.99,2026-09-15,B-2"),
        format!("{number},600.00,2026-09-15,B-3"),
        format!("{number},600.00,2026-09-15,B-4"),
        format!("{number},600,2026-09-15,B-3"),
        format!("{number},-600,2026-09-15,B-5"),
        format!("{number},600.00,15/9,B-6"),
        "一团糟".to_owned(),
    ];
    let shown = take(&office, &lines).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
    let states = office.texts("SELECT state FROM bill_line ORDER BY line").await;
    let expected =
        ["unknown", "amount", "paid", "already_paid", "repeated", "form", "form", "form"];
    assert_eq!(states, expected);
    assert!(shown.text.contains("8 行中 1 行入账"), "{}", shown.text);
    let again = take(&office, &lines).await;
    assert!(again.text.contains("已经入账") || again.text.contains("已入账"), "{}", again.text);
    assert_eq!(office.count("SELECT COUNT(*) FROM bill_statement").await, 1);
    for wrong in ["", "a,b\n", "number,amount,day,reference\n", "\u{0}"] {
        let file = [("file", "x.csv", wrong.as_bytes())];
        let sent = office.upload("finance", "/bills/statements", &[], &file).await;
        assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong:?}");
    }
    let (_, day) = office.api("finance", "GET", "/api/v1/bill-days/2026-09-15", &Json::Null).await;
    assert_eq!((&day["paid"], &day["bank_fen"]), (&json!(1), &json!(FEN)), "{day}");
    let why: Vec<&str> = day["differences"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["why"].as_str())
        .collect();
    for name in ["unknown", "amount", "already_paid", "repeated", "form"] {
        assert!(why.contains(&name), "{name}: {why:?}");
    }
    let page = office.page("approver", "/bills/day?day=2026-09-15").await;
    assert!(page.contains("没有这个缴款码") && page.contains(&other), "{page}");
    let wrong = office.api("finance", "GET", "/api/v1/bill-days/soon", &Json::Null).await;
    assert_eq!(wrong.1["code"], "bill.day");
    assert!(office.page("finance", "/bills").await.contains(number));
}

#[tokio::test]
async fn a_transfer_stands_among_the_differences_until_a_statement_confirms_it() {
    let (office, _, bill) = billed().await;
    let (_, paid) = pay(&office, "finance", &bill, "transfer").await;
    assert_eq!(paid["payment"]["how"], "transfer");
    let day =
        async || office.api("finance", "GET", "/api/v1/bill-days/2026-09-15", &Json::Null).await.1;
    assert_eq!(day().await["differences"][0]["why"], "unconfirmed");
    let number = bill["number"].as_str().unwrap();
    take(&office, &[format!("{number},600.00,2026-09-15,B-1")]).await;
    assert_eq!(office.texts("SELECT state FROM bill_line").await, ["confirmed"]);
    let agreed = day().await;
    assert_eq!(agreed["differences"], json!([]));
    assert_eq!((&agreed["statement_fen"], &agreed["bank_fen"]), (&json!(FEN), &json!(FEN)));
    take(&office, &[format!("{number},600.00,2026-09-15,B-2")]).await;
    assert_eq!(day().await["differences"][0]["why"], "already_paid");
}

#[test]
fn amounts_and_codes_are_read_and_written_exactly() {
    for (text, fen) in [("600", 60_000), ("0.5", 50), ("1234.05", 123_405), (" 1.00 ", 100)] {
        assert_eq!(number::fen(text), Some(fen), "{text}");
    }
    for text in ["", ".5", "1.234", "-1", "1e3", "１", "1,000", "9999999999999"] {
        assert_eq!(number::fen(text), None, "{text}");
    }
    assert_eq!((number::yuan(123_405).as_str(), number::yuan(-50).as_str()), ("1234.05", "-0.50"));
    assert_eq!(number::receipt_code("410105", "0102", 2026), "41010226");
    assert!(number::payment("410105", 2026, 1).starts_with("4101052026000000001"));
}

proptest! {
    #[test]
    fn one_wrong_digit_of_a_payment_number_is_found(sequence in 0_i64..999_999_999, at in 0_usize..20, by in 1_u8..10) {
        let number = number::payment("410105", 2026, sequence);
        prop_assert!(number::is_payment(&number));
        let mut digits = number.into_bytes();
        digits[at] = b'0' + (digits[at] - b'0' + by) % 10;
        prop_assert!(!number::is_payment(&String::from_utf8(digits).unwrap()));
    }
}
