//! The archive, over HTTP as somebody.

use super::model;
use crate::tests::world::Office;
use axum::http::StatusCode;
use pack::archive::Ending;
use pack::item::ItemType;
use serde_json::{Value as Json, json};

async fn folder(office: &Office, login: &str, id: &str) -> Json {
    let (status, reply) =
        office.api(login, "GET", &format!("/api/v1/cases/{id}/archive"), &Json::Null).await;
    assert_eq!(status, StatusCode::OK, "{reply}");
    reply["folders"][0].clone()
}

async fn part(office: &Office, login: &str, folder: &Json, kind: &str) -> Json {
    let sequence = folder["parts"]
        .as_array()
        .unwrap()
        .iter()
        .find(|part| part["kind"] == kind)
        .unwrap()["sequence"]
        .clone();
    let path = format!("/api/v1/archives/{}/parts/{sequence}", folder["id"].as_str().unwrap());
    office.api(login, "GET", &path, &Json::Null).await.1
}

#[tokio::test]
async fn an_ended_case_is_packed_and_read_by_its_owner() {
    let office = Office::new().await;
    let (done, id) = office.automatic().await;
    assert_eq!(
        office.count(&format!("SELECT COUNT(*) FROM archive_folder WHERE case_id = '{id}'")).await,
        1
    );
    let page = office.page("mother", &format!("/cases/{id}/archive")).await;
    for title in ["申请表", "数据核验记录", "决定及其说明", "卷内清单", "案卷封面"]
    {
        assert!(page.contains(title), "{title}");
    }
    let folder = folder(&office, "mother", &id).await;
    assert_eq!(folder["retention_years"], 0, "a birth certificate is kept for ever");
    let form = part(&office, "mother", &folder, "form").await;
    assert_eq!(form["child_name"], "沈安禾");
    let manifest = part(&office, "mother", &folder, "manifest").await;
    assert_eq!(
        manifest["case"]["number"],
        office.texts(&format!("SELECT number FROM cases WHERE id = '{id}'")).await[0].as_str()
    );
    assert!(!manifest["licences"].as_array().unwrap().is_empty());
    let licence = folder["parts"].as_array().unwrap().iter().find(|one| one["kind"] == "licence");
    assert_eq!(licence.unwrap()["name"], "licence-01.pdf");
    let issued = |entry: &Json| entry["kind"] == "licence.issued";
    assert!(manifest["evidence"].as_array().unwrap().iter().any(issued));
    let entries = manifest["evidence"].as_array().unwrap();
    assert!(
        !entries.is_empty() && entries.iter().all(|entry| entry["position"].is_i64()),
        "{entries:?}"
    );
    let decision = part(&office, "mother", &folder, "decision").await;
    assert_eq!(decision["explanation"]["outcome"], "grant");
    let whole = office.page("mother", &format!("/cases/{}/archive", done.id)).await;
    assert!(whole.contains(folder["number"].as_str().unwrap()));
}

#[tokio::test]
async fn a_case_is_packed_once_however_often_it_is_asked_for() {
    let office = Office::new().await;
    let (_, id) = office.automatic().await;
    for _ in 0..2 {
        super::pack(office.env(), &id).await.unwrap();
    }
    assert_eq!(
        office.count(&format!("SELECT COUNT(*) FROM archive_folder WHERE case_id = '{id}'")).await,
        1
    );
    let sealed =
        office.count("SELECT COUNT(*) FROM sealed_document WHERE layout = 'casefolder'").await;
    assert_eq!(sealed, office.count("SELECT COUNT(*) FROM archive_folder").await);
}

#[tokio::test]
async fn a_case_under_way_and_a_parent_are_not_packed() {
    let office = Office::new().await;
    let (done, id) = office.referred().await;
    assert_eq!(super::pack(office.env(), &id).await.unwrap_err().code, "archive.not_ended");
    assert_eq!(super::pack(office.env(), &done.id).await.unwrap_err().code, "not_found");
    assert_eq!(
        office.get("mother", &format!("/cases/{id}/archive")).await.status,
        StatusCode::CONFLICT
    );
}

#[tokio::test]
async fn internal_opinions_are_for_the_agency_alone() {
    let office = Office::new().await;
    let (_, id) = office.referred().await;
    office.refuse(&id).await;
    let own = folder(&office, "mother", &id).await;
    let theirs = folder(&office, "reviewer", &id).await;
    let opinions = part(&office, "reviewer", &theirs, "opinions").await;
    assert!(opinions.to_string().contains("与登记不符"));
    assert!(!own["parts"].to_string().contains("opinions"));
    let sequence =
        theirs["parts"].as_array().unwrap().iter().find(|part| part["kind"] == "opinions").unwrap()
            ["sequence"]
            .clone();
    let path = format!("/cases/{id}/archive/{}/{sequence}", own["id"].as_str().unwrap());
    assert_eq!(office.get("mother", &path).await.status, StatusCode::NOT_FOUND);
    let decision = part(&office, "mother", &own, "decision").await.to_string();
    assert!(decision.contains("出生信息无法核实") && !decision.contains("与登记不符"));
}

#[tokio::test]
async fn another_citizens_folder_is_not_found() {
    let office = Office::new().await;
    let (_, id) = office.automatic().await;
    let folder = folder(&office, "mother", &id).await;
    let own = folder["id"].as_str().unwrap();
    for (login, status) in
        [("stranger", StatusCode::NOT_FOUND), ("supervisor", StatusCode::FORBIDDEN)]
    {
        assert_eq!(office.get(login, &format!("/cases/{id}/archive")).await.status, status);
        assert_eq!(office.get(login, &format!("/cases/{id}/archive/{own}/1")).await.status, status);
        let check =
            office.api(login, "POST", &format!("/api/v1/archives/{own}/check"), &json!({})).await.0;
        assert_eq!(check, status, "{login}");
    }
    assert_eq!(office.get("stranger", "/archives").await.status, StatusCode::FORBIDDEN);
    assert!(
        office.page("reviewer", "/archives").await.contains(folder["number"].as_str().unwrap())
    );
    assert!(
        !office.page("elsewhere", "/archives").await.contains(folder["number"].as_str().unwrap())
    );
}

#[tokio::test]
async fn a_check_finds_a_folder_whole_and_keeps_the_result() {
    let office = Office::new().await;
    let (_, id) = office.automatic().await;
    let own = folder(&office, "mother", &id).await;
    let path = format!("/cases/{id}/archive/{}/check", own["id"].as_str().unwrap());
    let shown = office.post("mother", &path, &[]).await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(shown.text.contains("案卷完整"), "{}", shown.text);
    assert!(folder(&office, "mother", &id).await["whole"].as_bool().unwrap());
}

#[tokio::test]
async fn one_changed_byte_is_found() {
    let office = Office::new().await;
    let (_, id) = office.automatic().await;
    let own = folder(&office, "mother", &id).await;
    let folder_id = own["id"].as_str().unwrap().to_owned();
    let check = async || {
        let path = format!("/api/v1/archives/{folder_id}/check");
        office.api("mother", "POST", &path, &json!({})).await.1
    };
    assert_eq!(check().await["whole"], true);
    for part in own["parts"].as_array().unwrap() {
        let digest = part["digest"].as_str().unwrap();
        let file = office.env().settings.data_dir.join("objects").join(&digest[..2]).join(digest);
        let content = std::fs::read(&file).unwrap();
        let mut changed = content.clone();
        let last = changed.len() - 1;
        changed[last] ^= 1;
        std::fs::write(&file, changed).unwrap();
        let report = check().await;
        assert_eq!(report["whole"], false, "{}", part["name"]);
        std::fs::write(&file, content).unwrap();
    }
    assert_eq!(check().await["whole"], true);
}

#[tokio::test]
async fn an_entry_of_the_evidence_changed_by_hand_is_found() {
    let office = Office::new().await;
    let (_, id) = office.automatic().await;
    let own = folder(&office, "mother", &id).await;
    office
        .run("reviewer", async |ctx| {
            let sql = "UPDATE evidence_entry SET actor = 'x' WHERE subject = $1";
            ctx.execute(sql, store::vals![format!("case:{id}")]).await
        })
        .await
        .unwrap();
    let path = format!("/api/v1/archives/{}/check", own["id"].as_str().unwrap());
    let report = office.api("mother", "POST", &path, &json!({})).await.1;
    assert_eq!(report["whole"], false);
    let failed: Vec<&str> = report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["ok"] == false)
        .filter_map(|one| one["name"].as_str())
        .collect();
    assert_eq!(failed, ["evidence"]);
}

#[test]
fn archive_numbers_name_fonds_year_and_retention() {
    assert_eq!(model::number("health-410105", 2026, 0, 7), "HEALTH-410105-2026-Y-000007");
    assert_eq!(model::number("medical-410105", 2026, 30, 318), "MEDICAL-410105-2026-D30-000318");
    let pack = pack::Province::embedded().unwrap();
    let years = |kind, ending| {
        let archives = pack.archives().unwrap();
        archives.retention("any", Some(kind), ending).map(|class| class.years)
    };
    assert_eq!(years(ItemType::Confirmation, Ending::Granted), Some(0));
    assert_eq!(years(ItemType::Confirmation, Ending::Refused), Some(0));
    assert_eq!(years(ItemType::Benefit, Ending::Granted), Some(30));
    assert_eq!(years(ItemType::Licensing, Ending::Undecided), Some(10));
}
