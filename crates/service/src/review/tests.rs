//! The officer's page of a case, over HTTP as somebody.

use crate::tests::world::Office;
use axum::http::StatusCode;

async fn revision(office: &Office, id: &str) -> String {
    office.count(&format!("SELECT revision FROM cases WHERE id = '{id}'")).await.to_string()
}

#[tokio::test]
async fn the_page_offers_exactly_what_state_and_permission_allow() {
    let office = Office::new().await;
    let (_, id) = office.referred().await;
    let path = format!("/workbench/cases/{id}");
    let page = office.page("reviewer", &path).await;
    for act in ["claim", "accept", "ask_correction", "refuse_acceptance"] {
        assert!(page.contains(&format!("{path}/{act}\"")), "{act}");
    }
    for act in ["decide", "extend", "resume", "issue", "revoke"] {
        assert!(!page.contains(&format!("{path}/{act}\"")), "{act}");
    }
    assert!(page.contains("审查要点") && page.contains("不符合"), "the referral is explained");
    let forced = office
        .post("reviewer", &format!("{path}/decide"), &[("granted", "yes"), ("_once", "a")])
        .await;
    assert_eq!(forced.status, StatusCode::FORBIDDEN);
    assert_eq!(office.get("elsewhere", "/workbench/cases/01X").await.status, StatusCode::NOT_FOUND);
    assert_eq!(office.get("mother", &path).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn data_stand_by_source_beside_the_form_and_materials_open_one_at_a_time() {
    let office = Office::new().await;
    let (_, id) = office.referred().await;
    let path = format!("/workbench/cases/{id}");
    let page = office.page("reviewer", &path).await;
    assert!(page.contains("1 处不一致"), "the sex differs from the record");
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}"));
    let groups = ["孩子的出生医学登记", "母亲的人口信息", "父母的婚姻登记"];
    let places: Vec<usize> = groups.iter().map(|name| at(&format!("\">{name}</h3>"))).collect();
    assert!(places.iter().all(|place| *place >= places[0]), "what differs comes first");
    assert_eq!(page.matches("<tr role=\"row\" data-m=\"diff\">").count(), 1);
    assert!(page.contains("项，无需比对"), "what is not compared is folded away");
    // The record of birth differs: it is the one open in the viewer.
    assert_eq!(page.matches("aria-current=\"true\"><span>3 ").count(), 1);
    assert!(page.contains("<mark>"));
    let second = office.page("reviewer", &format!("{path}?material=2")).await;
    assert_eq!(second.matches("aria-current=\"true\"><span>2 ").count(), 1);
    assert!(!second.contains("<mark>"));
    for odd in ["0", "99", "x", "-1"] {
        let page = office.page("reviewer", &format!("{path}?material={odd}")).await;
        assert_eq!(page.matches("aria-current=\"true\"><span>3 ").count(), 1, "{odd}");
    }
}

#[tokio::test]
async fn a_fathers_own_number_is_not_held_against_the_mothers() {
    let office = Office::new().await;
    let (actor, mut new) = office.installation().application("draft-1").await;
    let father = new.answers["father_number"].clone();
    new.facts.get_mut("applicant.citizen_number").unwrap().value = Some(father);
    new.facts.get_mut("guide.applicant").unwrap().value = Some("father".into());
    let done = office.installation().submit(&actor, new).await;
    let birth = done.items.iter().find(|item| item.item == "birth-certificate").unwrap();
    let shown = crate::case::show(&mut office.read("reviewer"), &birth.id).await.unwrap();
    let fact = shown.facts.iter().find(|one| one.path == "applicant.citizen_number").unwrap();
    assert_eq!(fact.state, "same", "his number is held against the father's field");
    let first = |material: &str| {
        let found = shown.materials.iter().find(|one| one.id == material).unwrap();
        found.checks[0].path.split('.').next().unwrap().to_owned()
    };
    assert_eq!(first("mother-identity"), "mother", "each parent's own record comes first");
    assert_eq!(first("father-identity"), "father");
}

#[tokio::test]
async fn accepting_and_deciding_go_by_the_forms() {
    let office = Office::new().await;
    let (_, id) = office.referred().await;
    let path = format!("/workbench/cases/{id}");
    let seen = revision(&office, &id).await;
    let accepted = office
        .post("approver", &format!("{path}/accept"), &[("revision", seen.as_str()), ("_once", "a")])
        .await;
    assert_eq!(
        (accepted.status, accepted.location),
        (StatusCode::SEE_OTHER, format!("{path}?notice=case.accepted"))
    );
    let twice = office
        .post("approver", &format!("{path}/accept"), &[("revision", seen.as_str()), ("_once", "a")])
        .await;
    assert_eq!(twice.status, StatusCode::SEE_OTHER, "a double click is one act");
    let seen = revision(&office, &id).await;
    let decide = [
        ("revision", seen.as_str()),
        ("_once", "b"),
        ("granted", "no"),
        ("opinion", "与登记不符"),
        ("code", "condition-unmet"),
        ("words", "性别不一致"),
        ("article", "母婴保健法第二十三条"),
    ];
    let decided = office.post("approver", &format!("{path}/decide"), &decide).await;
    assert_eq!(decided.status, StatusCode::SEE_OTHER, "{}", decided.text);
    office.drain().await;
    let page = office.page("approver", &path).await;
    assert!(page.contains("不符合法定条件；性别不一致"), "coded reasons come before the words");
}

#[tokio::test]
async fn a_form_that_fails_comes_back_with_what_was_typed() {
    let office = Office::new().await;
    let (_, id) = office.referred().await;
    let path = format!("/workbench/cases/{id}");
    let seen = revision(&office, &id).await;
    let fields = [
        ("revision", seen.as_str()),
        ("_once", "a"),
        ("words", "材料不属于本机关"),
        ("article", ""),
    ];
    let failed = office.post("reviewer", &format!("{path}/refuse_acceptance"), &fields).await;
    assert_eq!(failed.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", failed.text);
    assert!(failed.text.contains("材料不属于本机关") && failed.text.contains("c-errsum"));
    let nothing = office
        .post(
            "reviewer",
            &format!("{path}/ask_correction"),
            &[("revision", seen.as_str()), ("_once", "b"), ("words", "请改")],
        )
        .await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nothing.text.contains("请改"));
}

#[tokio::test]
async fn a_stale_page_is_told_so_with_the_way_to_the_case() {
    let office = Office::new().await;
    let (_, id) = office.referred().await;
    let path = format!("/workbench/cases/{id}");
    let seen = revision(&office, &id).await;
    office
        .post("reviewer", &format!("{path}/claim"), &[("revision", seen.as_str()), ("_once", "a")])
        .await;
    let stale = office
        .post("reviewer", &format!("{path}/accept"), &[("revision", seen.as_str()), ("_once", "b")])
        .await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert!(stale.text.contains(&format!("href=\"{path}\"")));
    let blind = office.post("reviewer", &format!("{path}/accept"), &[("_once", "c")]).await;
    assert_eq!(blind.status, StatusCode::CONFLICT, "a form without a revision is no form of ours");
}

#[tokio::test]
async fn correction_names_fields_and_materials_at_once() {
    let office = Office::new().await;
    let (_, id) = office.referred().await;
    let path = format!("/workbench/cases/{id}");
    let seen = revision(&office, &id).await;
    let fields = [
        ("revision", seen.as_str()),
        ("_once", "a"),
        ("fields", "child_sex"),
        ("fields", "child_name"),
        ("code", "field-mismatch"),
    ];
    let sent = office.post("reviewer", &format!("{path}/ask_correction"), &fields).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let page = office.page("reviewer", &path).await;
    assert!(page.contains("已要求补正") && page.contains("停表"));
}

#[tokio::test]
async fn a_masked_value_is_shown_for_a_purpose_and_recorded() {
    let office = Office::new().await;
    let (_, id) = office.referred().await;
    let path = format!("/workbench/cases/{id}");
    let number = "410105199403161824";
    assert!(!office.page("reviewer", &path).await.contains(number));
    let none =
        office.post("reviewer", &format!("{path}/reveal"), &[("field", "applicant.number")]).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!none.text.contains(number));
    let shown = office
        .post(
            "reviewer",
            &format!("{path}/reveal"),
            &[("field", "applicant.number"), ("purpose", "identity")],
        )
        .await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(shown.text.contains(number));
    let recorded =
        office.texts("SELECT body FROM evidence_entry WHERE kind = 'case.revealed'").await;
    assert_eq!(recorded, [r#"{"field":"applicant.number","purpose":"identity"}"#]);
    let told =
        office.texts("SELECT what FROM data_disclosure WHERE purpose LIKE '%核对身份%'").await;
    assert!(
        !told.is_empty() && told.iter().all(|what| what.contains("申请人身份证号")),
        "{told:?}"
    );
    let other = office
        .post(
            "reviewer",
            &format!("{path}/reveal"),
            &[("field", "card_bank"), ("purpose", "identity")],
        )
        .await;
    assert_eq!(other.status, StatusCode::NOT_FOUND, "a field the item does not need");
    let away = office
        .post(
            "elsewhere",
            &format!("{path}/reveal"),
            &[("field", "applicant.number"), ("purpose", "identity")],
        )
        .await;
    assert_eq!(away.status, StatusCode::NOT_FOUND);
    assert!(!office.page("reviewer", &path).await.contains(number), "nothing of it is kept");
}

#[tokio::test]
async fn revoking_needs_a_second_factor() {
    let act = super::act::ACTS.iter().find(|act| act.name == "revoke").unwrap();
    assert!(act.strong);
    let routes = super::pages::acts();
    let route = routes.iter().find(|route| route.path.ends_with("/revoke")).unwrap();
    assert!(route.strong);
    for (act, route) in super::act::ACTS.iter().zip(&routes) {
        assert!(
            route.path.ends_with(&format!("/{}", act.name)),
            "{} is at {}",
            act.name,
            route.path
        );
    }
}

#[tokio::test]
async fn suspension_extension_hand_over_and_return_have_their_forms() {
    let office = Office::new().await;
    let (_, id) = office.referred().await;
    let path = format!("/workbench/cases/{id}");
    let seen = revision(&office, &id).await;
    office
        .post("approver", &format!("{path}/claim"), &[("revision", seen.as_str()), ("_once", "a")])
        .await;
    let seen = revision(&office, &id).await;
    let to = office.actor("colleague").account;
    let fields =
        [("revision", seen.as_str()), ("_once", "b"), ("to", to.as_str()), ("words", "出差")];
    let handed = office.post("approver", &format!("{path}/hand_over"), &fields).await;
    assert_eq!(handed.status, StatusCode::SEE_OTHER, "{}", handed.text);
    let page = office.page("colleague", &path).await;
    assert!(page.contains("赵磊") && page.contains("出差"));
    let seen = revision(&office, &id).await;
    let back = office
        .post(
            "colleague",
            &format!("{path}/unclaim"),
            &[("revision", seen.as_str()), ("_once", "c")],
        )
        .await;
    assert_eq!(back.status, StatusCode::SEE_OTHER);
}
