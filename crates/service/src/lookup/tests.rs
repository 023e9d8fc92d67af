//! Licences read for a case by the officer in charge.

use crate::tests::world::Office;
use axum::http::StatusCode;
use licence::Issue;
use serde_json::{Value as Json, json};

const HOUSEHOLD: &str = "household-register";

/// A case that waits for a person, and the mother's licence of a type.
async fn referred(office: &Office, kind: &str, fields: Json) -> (String, String) {
    let (_, id) = office.referred().await;
    let holder = office.actor("mother").party;
    let mut ctx = office.env().system("test").await.unwrap();
    let new = Issue {
        type_id: kind.to_owned(),
        holder_person: holder,
        holder_name: "许小满".to_owned(),
        agency_id: "police-410105".to_owned(),
        fields,
        ..Issue::default()
    };
    let issued = licence::issue(&mut ctx, new).await.unwrap();
    ctx.commit().await.unwrap();
    (id, issued.id)
}

fn household() -> Json {
    json!({ "household_number": "410105000123", "name": "许小满", "born_on": "1994-03-05",
        "address": "金水区书院街 27 号" })
}

#[tokio::test]
async fn an_officer_reads_a_licence_for_a_case_and_both_sides_know() {
    let office = Office::new().await;
    let (case, licence) = referred(&office, HOUSEHOLD, household()).await;
    let path = format!("/workbench/cases/{case}/licences");
    assert!(office.page("reviewer", &path).await.contains("居民户口簿"));
    let asked = [("type", HOUSEHOLD), ("purpose", "核对新生儿母亲户籍地")];
    let read = office.post("reviewer", &path, &asked).await;
    assert_eq!(read.status, StatusCode::OK, "{}", read.text);
    assert!(read.text.contains("金水区书院街 27 号"), "{}", read.text);
    // The holder sees it; the case keeps it, with the use as its receipt.
    let mut ctx = office.read("mother");
    let uses = licence::register::uses(&mut ctx, &licence, "").await.unwrap();
    assert_eq!((uses[0].kind.as_str(), uses[0].case_id.as_str()), ("case", case.as_str()));
    assert_eq!(uses[0].purpose, "核对新生儿母亲户籍地");
    let kept = format!(
        "SELECT receipt FROM case_fact WHERE path = 'licence.{HOUSEHOLD}.identifier' AND
         case_id = (SELECT parent_id FROM cases WHERE id = '{case}')"
    );
    assert_eq!(office.texts(&kept).await, [uses[0].id.clone()]);
    let counted = format!("SELECT licence_uses FROM cases WHERE id = '{case}'");
    assert_eq!(office.count(&counted).await, 1);
    let page = office.page("reviewer", &format!("/workbench/cases/{case}")).await;
    assert!(page.contains("居民户口簿"), "the source stands beside the form");
}

#[tokio::test]
async fn without_case_contract_purpose_or_post_nothing_is_read() {
    let office = Office::new().await;
    let fields = json!({ "name": "许小满", "class": "C1", "address": "金水区书院街 27 号" });
    let (case, licence) = referred(&office, "driving-licence", fields).await;
    let path = format!("/api/v1/cases/{case}/licence-readings");
    let body = |kind: &str, purpose: &str| json!({ "type": kind, "purpose": purpose });
    for (who, kind, purpose, status, code) in [
        ("reviewer", "driving-licence", "核对", StatusCode::FORBIDDEN, "licence.consumer"),
        ("reviewer", HOUSEHOLD, "", StatusCode::UNPROCESSABLE_ENTITY, "licence.purpose"),
        ("reviewer", "none", "核对", StatusCode::UNPROCESSABLE_ENTITY, "licence.type_unknown"),
        ("elsewhere", HOUSEHOLD, "核对", StatusCode::NOT_FOUND, "not_found"),
        ("mother", HOUSEHOLD, "核对", StatusCode::FORBIDDEN, "denied"),
        ("supervisor", HOUSEHOLD, "核对", StatusCode::FORBIDDEN, "denied"),
        ("", HOUSEHOLD, "核对", StatusCode::UNAUTHORIZED, "sign_in.needed"),
    ] {
        let (got, told) = office.api(who, "POST", &path, &body(kind, purpose)).await;
        assert_eq!((got, &told["code"]), (status, &json!(code)), "{who} {kind}");
    }
    let elsewhere = format!("/workbench/cases/{case}/licences");
    assert_eq!(office.get("elsewhere", &elsewhere).await.status, StatusCode::NOT_FOUND);
    assert_eq!(office.get("mother", &elsewhere).await.status, StatusCode::FORBIDDEN);
    let posted =
        office.post("elsewhere", &elsewhere, &[("type", HOUSEHOLD), ("purpose", "x")]).await;
    assert_eq!(posted.status, StatusCode::NOT_FOUND);
    let (status, found) = office.api("reviewer", "POST", &path, &body(HOUSEHOLD, "核对")).await;
    assert_eq!((status, &found["found"]), (StatusCode::OK, &json!(false)), "she holds none");
    let sought = "SELECT COUNT(*) FROM evidence_entry WHERE kind = 'case.licence_read'";
    assert_eq!(office.count(sought).await, 1, "that it was sought is on record");
    let uses = format!("SELECT COUNT(*) FROM licence_use WHERE licence_id = '{licence}'");
    assert_eq!(office.count(&uses).await, 0);
}

#[tokio::test]
async fn nothing_is_read_for_a_case_that_has_ended() {
    let office = Office::new().await;
    let (_, id) = office.automatic().await;
    let path = format!("/api/v1/cases/{id}/licence-readings");
    let body = json!({ "type": HOUSEHOLD, "purpose": "核对" });
    let (status, told) = office.api("reviewer", "POST", &path, &body).await;
    assert_eq!((status, &told["code"]), (StatusCode::CONFLICT, &json!("case.licence_over")));
}
