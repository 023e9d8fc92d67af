//! Folders taken in: verified whole first, kept as they came, read by their keepers alone.

use super::disposal::Kind;
use crate::tests::world::{Office, staff};
use axum::http::StatusCode;
use base64::Engine as _;
use proof::ofd::{pack, unpack};
use serde_json::{Value as Json, json};

const HEALTH: &str = "health-410105";
const API: &str = "/api/v1/archives";

/// An office with an archivist, one of another agency, and the whole package of a withdrawn case's
/// folder.
async fn office() -> (Office, Vec<u8>, String) {
    let office = Office::new().await;
    office.admit("archivist", staff(HEALTH, "archivist", "archivist"));
    office.admit("police", staff("police-410105", "archivist", "police"));
    let id = office.withdrawn().await;
    let path = format!("/api/v1/cases/{id}/archive");
    let (_, reply) = office.api("archivist", "GET", &path, &Json::Null).await;
    let folder = reply["folders"][0]["id"].as_str().unwrap().to_owned();
    let whole = super::package(&mut office.read("archivist"), &folder).await.unwrap().content;
    (office, whole, folder)
}

/// As if the folder had been packed by another installation of the province.
async fn elsewhere(office: &Office, folder: &str) {
    office
        .run("archivist", async |ctx| {
            for sql in [
                "DELETE FROM archive_part WHERE folder_id = $1",
                "DELETE FROM archive_folder WHERE id = $1",
            ] {
                ctx.execute(sql, ::store::vals![folder]).await?;
            }
            Ok(())
        })
        .await
        .unwrap();
}

async fn sent(office: &Office, login: &str, content: &[u8]) -> (StatusCode, Json) {
    let content = base64::engine::general_purpose::STANDARD.encode(content);
    let body = json!({ "field": "file", "name": "folder.zip", "content": content });
    office.api(login, "POST", API, &body).await
}

#[tokio::test]
async fn a_folder_is_taken_in_once_verified_and_kept_as_it_came_for_its_keepers() {
    let (office, whole, folder) = office().await;
    let held = sent(&office, "archivist", &whole).await;
    assert_eq!((held.0, &held.1["code"]), (StatusCode::CONFLICT, &json!("archive.held")));
    elsewhere(&office, &folder).await;
    assert_eq!(sent(&office, "mother", &whole).await.0, StatusCode::FORBIDDEN);
    let (status, taken) = sent(&office, "archivist", &whole).await;
    assert_eq!(status, StatusCode::OK, "{taken}");
    let (manifest, _) = proof::package::manifest(&whole).unwrap();
    assert_eq!(taken["number"], manifest.number.as_str());
    assert_eq!(
        (&taken["source"], &taken["retention_years"]),
        (&json!(manifest.agency), &json!(10))
    );
    assert_eq!(taken["at"], manifest.body["case"]["ended"], "its time is counted from the end");
    assert_eq!(taken["parts"].as_array().unwrap().len(), 1);
    let again = sent(&office, "archivist", &whole).await;
    assert_eq!((again.0, &again.1["code"]), (StatusCode::CONFLICT, &json!("archive.held")));
    assert_eq!(
        office.count("SELECT COUNT(*) FROM evidence_entry WHERE kind = 'archive.taken_in'").await,
        1
    );
    // It leaves as it came, and is found whole by whoever keeps it; nobody else knows of it.
    let id = taken["id"].as_str().unwrap();
    let left = super::package(&mut office.read("archivist"), id).await.unwrap().content;
    assert_eq!(left, whole);
    let (_, report) =
        office.api("archivist", "POST", &format!("{API}/{id}/check"), &json!({})).await;
    assert_eq!(report["whole"], true, "{report}");
    let page = office.page("archivist", &format!("/cases/{id}/archive")).await;
    assert!(page.contains("接收的案卷") && page.contains(&manifest.agency), "{page}");
    for login in ["mother", "reviewer", "police", "stranger"] {
        for path in [format!("/cases/{id}/archive"), format!("/cases/{id}/archive/{id}/1")] {
            assert_eq!(office.get(login, &path).await.status, StatusCode::NOT_FOUND, "{login}");
        }
    }
    damage_is_found(&office, id, taken["parts"][0]["digest"].as_str().unwrap(), &whole).await;
}

/// A package that is lost is found so, and put back from a copy.
async fn damage_is_found(office: &Office, id: &str, digest: &str, whole: &[u8]) {
    office
        .run("archivist", async |ctx| {
            ctx.own_object(digest).await?;
            ctx.remove_object(digest).await
        })
        .await
        .unwrap();
    let (_, report) =
        office.api("archivist", "POST", &format!("{API}/{id}/check"), &json!({})).await;
    assert_eq!((&report["whole"], &report["checks"][0]["why"]), (&json!(false), &json!("missing")));
    let (_, told) = office.api("archivist", "GET", &format!("{API}/fixity"), &Json::Null).await;
    let finding = told["findings"][0]["id"].as_str().unwrap().to_owned();
    let content = base64::engine::general_purpose::STANDARD.encode(whole);
    let body = json!({ "field": "file", "name": "folder.zip", "content": content });
    let path = format!("{API}/findings/{finding}/mend");
    let (_, report) = office.api("archivist", "POST", &path, &body).await;
    assert_eq!(report["whole"], true, "{report}");
}

#[tokio::test]
async fn what_does_not_verify_is_refused_with_the_reason() {
    let (office, whole, folder) = office().await;
    let hers = super::package(&mut office.read("mother"), &folder).await.unwrap().content;
    elsewhere(&office, &folder).await;
    let mut files = unpack(&whole).unwrap();
    let description = files.iter_mut().find(|(name, _)| name.ends_with("/dc.xml")).unwrap().1;
    *description = String::from_utf8(description.clone()).unwrap().replace("10", "30").into();
    for (content, code) in [
        (pack(&files).unwrap(), "archive.not_whole"),
        (whole.get(..whole.len() - 1).unwrap().to_vec(), "archive.not_a_package"),
        (b"%PDF-1.7".to_vec(), "archive.not_a_package"),
        (hers, "archive.parts_absent"),
    ] {
        let (status, told) = sent(&office, "archivist", &content).await;
        assert_eq!((status, &told["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(code)));
        assert_eq!(
            office.count("SELECT COUNT(*) FROM archive_part WHERE kind = 'package'").await,
            0
        );
    }
    // On the page the reason is told, and a second try succeeds once.
    let page = office
        .upload(
            "archivist",
            "/archives",
            &[("_once", "1")],
            &[("file", "x.zip", &pack(&files).unwrap())],
        )
        .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text);
    assert!(page.text.contains("dc.xml") && page.text.contains("没有接收"), "{}", page.text);
    for _ in 0..2 {
        let page = office
            .upload("archivist", "/archives", &[("_once", "2")], &[("file", "x.zip", &whole)])
            .await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
    }
    assert!(office.page("archivist", "/archives").await.contains("来源"));
}

#[tokio::test]
async fn a_folder_taken_in_is_disposed_of_when_its_time_is_over() {
    let (office, whole, folder) = office().await;
    elsewhere(&office, &folder).await;
    let (_, taken) = sent(&office, "archivist", &whole).await;
    office.advance_days(365 * 11);
    let list = office
        .run("archivist", async |ctx| super::disposal::propose(ctx, Kind::Disposal).await)
        .await
        .unwrap();
    assert_eq!(list.entries[0].id, taken["id"].as_str().unwrap());
    let reason = "保管期满，无续存价值";
    for login in ["archivist", "approver"] {
        let revision = list.revision + i64::from(login == "approver");
        office
            .run(login, async |ctx| super::disposal::approve(ctx, &list.id, revision, reason).await)
            .await
            .unwrap();
    }
    office.drain().await;
    let digest = taken["parts"][0]["digest"].as_str().unwrap();
    let env = office.env();
    assert!(env.objects.get(&env.vault, digest).await.is_err(), "its file is gone");
    let (_, told) = sent(&office, "archivist", &whole).await;
    assert_eq!(told["code"], "archive.held", "its record stays");
}
