//! Disposal and transfer, as somebody.

use super::shred;
use crate::tests::world::{Office, staff};
use axum::http::StatusCode;
use kernel::Kind as Fault;
use serde_json::{Value as Json, json};

const HEALTH: &str = "health-410105";
const LISTS: &str = "/api/v1/archive-lists";
/// Days after which what is kept for ten years is due.
const ELEVEN_YEARS: i64 = 365 * 11;

/// An office with archivists of two agencies, the county's auditor, and an approver who has not
/// shown a second factor.
async fn office() -> Office {
    let office = Office::new().await;
    office.admit("archivist", staff(HEALTH, "archivist", "archivist"));
    office.admit("auditor", staff("government-office-410105", "auditor", "auditor"));
    let mut weak = staff(HEALTH, "approver", "weak");
    weak.assurance = 1;
    office.admit("weak", weak);
    office
}

/// Folders of an application that was withdrawn, kept for ten years; the id of the birth
/// certificate's case.
async fn withdrawn(office: &Office) -> String {
    let id = office.withdrawn().await;
    let classes = "SELECT COUNT(*) FROM archive_folder WHERE retention_years = 10";
    assert!(office.count(classes).await > 1);
    id
}

async fn act(
    office: &Office,
    login: &str,
    list: &Json,
    act: &str,
    body: Json,
) -> (StatusCode, Json) {
    let path = format!("{LISTS}/{}/{act}", list["id"].as_str().unwrap());
    let mut body = body;
    body["revision"] = list["revision"].clone();
    office.api(login, "POST", &path, &body).await
}

async fn proposed(office: &Office, login: &str, kind: &str) -> (StatusCode, Json) {
    office.api(login, "POST", LISTS, &json!({ "kind": kind })).await
}

#[tokio::test]
async fn folders_whose_time_is_over_are_disposed_of_by_two_people_and_leave_their_record() {
    let office = office().await;
    let id = withdrawn(&office).await;
    let none = proposed(&office, "archivist", "disposal").await;
    assert_eq!((none.0, &none.1["code"]), (StatusCode::CONFLICT, &json!("archive.none_due")));
    office.advance_days(ELEVEN_YEARS);
    let page = office.page("archivist", "/archives/lists").await;
    assert!(page.contains("到期未列册 1 卷"), "{page}");
    let (_, list) = proposed(&office, "archivist", "disposal").await;
    assert_eq!((&list["state"], &list["folders"]), (&json!("open"), &json!(1)), "{list}");
    let again = proposed(&office, "archivist", "disposal").await.1;
    assert_eq!(again["code"], "archive.list_open");
    who_may_what(&office, &list).await;
    // Refused, its folders are free again.
    let (_, refused) = act(&office, "approver", &list, "refuse", json!({ "reason": "待核" })).await;
    assert_eq!(
        (&refused["state"], refused["entries"].as_array().unwrap().len()),
        (&json!("refused"), 0)
    );
    let (_, list) = proposed(&office, "archivist", "disposal").await;
    let silent = act(&office, "archivist", &list, "approve", json!({ "reason": " " })).await;
    assert_eq!(
        (silent.0, &silent.1["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("archive.words"))
    );
    let reason = json!({ "reason": "保管期满，经鉴定无续存价值" });
    let (_, half) = act(&office, "archivist", &list, "approve", reason.clone()).await;
    assert_eq!(half["state"], "half", "{half}");
    let stale = act(&office, "approver", &list, "approve", reason.clone()).await.1;
    assert_eq!(stale["code"], "archive.stale");
    let same = act(&office, "archivist", &half, "approve", reason.clone()).await.1;
    assert_eq!(same["code"], "archive.same_person");
    let gone = "SELECT COUNT(*) FROM archive_folder WHERE disposed_us > 0";
    assert_eq!(office.count(gone).await, 0, "one person disposes of nothing");
    let page = format!("/archives/lists/{}", list["id"].as_str().unwrap());
    let fields = [
        ("_once", "1".to_owned()),
        ("revision", half["revision"].to_string()),
        ("reason", "同意销毁".to_owned()),
    ];
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let sent = office.post("approver", &format!("{page}/approve"), &fields).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    assert_eq!(office.count(gone).await, 1);
    let shown = office.page("auditor", &page).await;
    assert!(shown.contains("同意销毁") && shown.contains("保管期满") && shown.contains("已处理"));
    assert!(!shown.contains("/archive\""), "the auditor opens no folder: {shown}");
    what_is_left(&office, &id, list["id"].as_str().unwrap()).await;
}

/// Files that were this folder's own are gone; record, evidence and proofs stay.
async fn what_is_left(office: &Office, id: &str, list: &str) {
    shred::run(office.env(), &json!({ "list": list })).await.unwrap();
    shred::run(office.env(), &json!({ "list": list })).await.unwrap();
    let digests = |held: &str| {
        format!(
            "SELECT DISTINCT p.digest FROM archive_part p JOIN archive_folder f ON f.id = p.folder_id
             WHERE f.disposed_us {held}"
        )
    };
    let (own, kept) =
        (office.texts(&digests("IS NOT NULL")).await, office.texts(&digests("IS NULL")).await);
    let env = office.env();
    assert!(own.iter().any(|digest| !kept.contains(digest)));
    for digest in &own {
        let found = env.objects.get(&env.vault, digest).await.map_err(|error| error.kind);
        match kept.contains(digest) {
            true => assert!(found.is_ok(), "another folder has it"),
            false => assert_eq!(found.unwrap_err(), Fault::NotFound),
        }
    }
    for digest in &kept {
        assert!(env.objects.get(&env.vault, digest).await.is_ok());
    }
    let path = format!("/cases/{id}/archive");
    let page = office.page("mother", &path).await;
    let hers = office.texts(&digests("IS NOT NULL AND p.internal = 0")).await;
    assert!(page.contains("已销毁") && hers.iter().all(|digest| page.contains(digest.as_str())));
    let folder = office
        .texts(&format!("SELECT id FROM archive_folder WHERE case_id = '{id}'"))
        .await
        .remove(0);
    for (method, end) in [("GET", "parts/1"), ("GET", "package"), ("POST", "check")] {
        let at = format!("/api/v1/archives/{folder}/{end}");
        let (status, reply) = office.api("mother", method, &at, &json!({})).await;
        assert_eq!(
            (status, &reply["code"]),
            (StatusCode::CONFLICT, &json!("archive.disposed")),
            "{end}"
        );
    }
    let mut ctx = env.system("test").await.unwrap();
    party::evidence::sequence(&mut ctx).await.unwrap();
    let report = party::evidence::verify(&mut ctx).await.unwrap();
    assert!(report.ok, "{:?}", report.first_bad);
    let sql =
        "SELECT id FROM evidence_entry WHERE kind IN ('case.archived', 'case.archive_disposed')
         AND subject = $1 ORDER BY id";
    let entries: Vec<String> = ctx.column(sql, store::vals![format!("case:{id}")]).await.unwrap();
    assert_eq!(entries.len(), 2);
    for entry in entries {
        let proof = party::evidence::prove(&mut ctx, &entry).await.unwrap();
        let leaf: [u8; 32] = hex::decode(&proof.entry.leaf).unwrap().try_into().unwrap();
        let (at, size) = (proof.position, proof.head.size);
        proof::log::verify_inclusion(&leaf, at, size, &proof.hashes, &proof.head.root).unwrap();
    }
    ctx.commit().await.unwrap();
    // What the case held goes with the last folder of the application.
    let answers = "SELECT COUNT(*) FROM case_answer";
    assert!(office.count(answers).await > 0);
    office
        .run("archivist", async |ctx| {
            ctx.execute("UPDATE archive_folder SET disposed_us = 1", store::vals![]).await
        })
        .await
        .unwrap();
    shred::run(office.env(), &json!({ "list": list })).await.unwrap();
    assert_eq!(office.count(answers).await, 0);
    assert_eq!(office.get("mother", &format!("/cases/{id}")).await.status, StatusCode::OK);
}

async fn who_may_what(office: &Office, list: &Json) {
    let one = format!("{LISTS}/{}", list["id"].as_str().unwrap());
    let page = format!("/archives/lists/{}", list["id"].as_str().unwrap());
    for (login, status) in [
        ("mother", StatusCode::FORBIDDEN),
        ("reviewer", StatusCode::FORBIDDEN),
        ("elsewhere", StatusCode::NOT_FOUND),
        ("auditor", StatusCode::OK),
    ] {
        assert_eq!(office.api(login, "GET", &one, &Json::Null).await.0, status, "{login}");
        assert_eq!(office.get(login, &page).await.status, status, "{login}");
    }
    for login in ["mother", "reviewer"] {
        assert_eq!(office.api(login, "GET", LISTS, &Json::Null).await.0, StatusCode::FORBIDDEN);
        assert_eq!(office.get(login, "/archives/lists").await.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(proposed(office, "approver", "disposal").await.0, StatusCode::FORBIDDEN);
    let posted = office.post("approver", "/archives/lists", &[("kind", "disposal")]).await;
    assert_eq!(posted.status, StatusCode::FORBIDDEN);
    let reason = json!({ "reason": "x" });
    for word in ["approve", "refuse"] {
        for (login, status) in [
            ("mother", StatusCode::FORBIDDEN),
            ("auditor", StatusCode::FORBIDDEN),
            ("elsewhere", StatusCode::NOT_FOUND),
            ("weak", StatusCode::UNAUTHORIZED),
        ] {
            let found = act(office, login, list, word, reason.clone()).await.0;
            assert_eq!(found, status, "{login} {word}");
        }
        let posted = office.post("auditor", &format!("{page}/{word}"), &[("reason", "x")]).await;
        assert_eq!(posted.status, StatusCode::FORBIDDEN);
    }
    for (word, body) in [
        ("keep", json!({ "folder": "x", "reason": "x" })),
        ("receive", json!({ "number": "x", "receiver": "x" })),
    ] {
        assert_eq!(act(office, "approver", list, word, body).await.0, StatusCode::FORBIDDEN);
        let posted = office.post("approver", &format!("{page}/{word}"), &[]).await;
        assert_eq!(posted.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn a_folder_kept_on_leaves_its_list_and_is_not_listed_again_before_its_term() {
    let office = office().await;
    withdrawn(&office).await;
    let agencies = "SELECT agency FROM archive_folder GROUP BY agency HAVING COUNT(*) > 1";
    let agency = office.texts(agencies).await.remove(0);
    office.admit("keeper", staff(&agency, "archivist", "keeper"));
    office.advance_days(ELEVEN_YEARS);
    let (_, list) = proposed(&office, "keeper", "disposal").await;
    let folders = list["folders"].as_i64().unwrap();
    assert!(folders > 1);
    let folder = list["entries"][0]["id"].clone();
    let body = json!({ "folder": folder, "reason": "仍在诉讼中" });
    let page = format!("/archives/lists/{}/keep", list["id"].as_str().unwrap());
    let (revision, id) = (list["revision"].to_string(), folder.as_str().unwrap());
    let typed = [("_once", "1"), ("revision", revision.as_str()), ("folder", id), ("reason", "")];
    let sent = office.post("keeper", &page, &typed).await;
    assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", sent.text);
    assert!(sent.text.contains("最多 500 字"), "{}", sent.text);
    let (_, list) = act(&office, "keeper", &list, "keep", body.clone()).await;
    assert_eq!(list["folders"], folders - 1, "{list}");
    let kept = list["entries"].as_array().unwrap().iter().find(|one| one["id"] == folder).unwrap();
    assert_eq!((&kept["state"], &kept["reason"]), (&json!("kept"), &json!("仍在诉讼中")));
    assert_eq!(act(&office, "keeper", &list, "keep", body).await.0, StatusCode::NOT_FOUND);
    // Somebody has approved it: it is as it is.
    let (_, half) = act(&office, "keeper", &list, "approve", json!({ "reason": "期满" })).await;
    let other = half["entries"][0]["id"].clone();
    let late =
        act(&office, "keeper", &half, "keep", json!({ "folder": other, "reason": "x" })).await;
    assert_eq!(late.1["code"], "archive.list_moved_on");
    act(&office, "keeper", &half, "refuse", json!({ "reason": "重编" })).await;
    let (_, again) = proposed(&office, "keeper", "disposal").await;
    assert_eq!(again["folders"], folders - 1);
    assert!(again["entries"].as_array().unwrap().iter().all(|one| one["id"] != folder));
}

#[tokio::test]
async fn permanent_folders_are_handed_over_once_with_a_receipt_and_never_disposed_of() {
    let office = office().await;
    let (_, id) = office.automatic().await;
    let path = format!("/api/v1/cases/{id}/archive");
    let (_, reply) = office.api("mother", "GET", &path, &Json::Null).await;
    assert_eq!(reply["folders"][0]["retention_years"], 0);
    office.advance_days(365 * 60);
    let folder = reply["folders"][0]["id"].as_str().unwrap().to_owned();
    // The quarter's check notices what is due, and the list is made by the platform.
    let payload = json!({ "agency": HEALTH });
    office
        .run("archivist", async |ctx| {
            let stored = super::super::store::get(ctx, &folder).await?;
            super::notice(ctx, &stored).await?;
            super::verbs::run(ctx, &payload).await
        })
        .await
        .unwrap();
    assert_eq!(
        office.count("SELECT COUNT(*) FROM job WHERE name = 'service.archive_due'").await,
        1
    );
    let (_, page) = office.api("archivist", "GET", LISTS, &Json::Null).await;
    let lists = page["lists"].as_array().unwrap();
    assert_eq!((lists.len(), &lists[0]["kind"]), (1, &json!("transfer")), "{page}");
    assert_eq!((&page["due_disposal"], &page["due_transfer"]), (&json!(0), &json!(0)));
    let list = &lists[0];
    let early = json!({ "number": "京档收〔2086〕1 号", "receiver": "区档案馆 王某" });
    let refused = act(&office, "archivist", list, "receive", early.clone()).await.1;
    assert_eq!(refused["code"], "archive.list_moved_on");
    let (_, half) = act(&office, "approver", list, "approve", json!({ "reason": "到期" })).await;
    let (_, agreed) =
        act(&office, "colleague", &half, "approve", json!({ "reason": "同意" })).await;
    assert_eq!(agreed["state"], "approved", "{agreed}");
    assert_eq!(agreed["allowed"], json!([]));
    let page = format!("/archives/lists/{}", list["id"].as_str().unwrap());
    assert!(office.page("archivist", &page).await.contains("/package"));
    let (_, done) = act(&office, "archivist", &agreed, "receive", early).await;
    assert_eq!(
        (&done["state"], &done["receipt"]["number"]),
        (&json!("done"), &json!("京档收〔2086〕1 号"))
    );
    assert!(office.page("archivist", &page).await.contains("区档案馆"));
    let (_, after) = office.api("mother", "GET", &path, &Json::Null).await;
    assert!(
        after["folders"][0]["transferred"].is_string() && after["folders"][0]["disposed"].is_null()
    );
    assert_eq!(proposed(&office, "archivist", "transfer").await.1["code"], "archive.none_due");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_content_sent_while_the_same_is_being_deleted_is_not_lost() {
    let office = office().await;
    withdrawn(&office).await;
    let dispose = "UPDATE archive_folder SET disposed_us = 1";
    office.run("archivist", async |ctx| ctx.execute(dispose, store::vals![]).await).await.unwrap();
    let digest = office
        .texts("SELECT digest FROM archive_part WHERE kind = 'manifest' ORDER BY digest")
        .await
        .remove(0);
    let env = office.env().clone();
    let content = env.objects.get(&env.vault, &digest).await.unwrap();
    let file = "INSERT INTO draft_file (id, draft_id, field, digest, name, media_type, size, at_us)
         VALUES ('race', 'd', 'f', $1, $2, 'application/pdf', 1, 1)";
    // Somebody sends it again, and has not committed when it is to be deleted.
    let mut sending = env.system("test").await.unwrap();
    assert_eq!(sending.put_object(&content).await.unwrap(), digest);
    sending.execute(file, store::vals![&digest, vec![0_u8]]).await.unwrap();
    let (at, own) = (env.clone(), digest.clone());
    let mut deleting = tokio::spawn(async move { shred::delete(&at, &own).await });
    let moment = std::time::Duration::from_millis(200);
    assert!(tokio::time::timeout(moment, &mut deleting).await.is_err(), "it waits for him");
    sending.commit().await.unwrap();
    deleting.await.unwrap().unwrap();
    assert_eq!(env.objects.get(&env.vault, &digest).await.unwrap(), content);
    // The other way round, whoever sends it waits, and stores it anew.
    let mut deleting = env.system("test").await.unwrap();
    deleting.execute("DELETE FROM draft_file WHERE id = 'race'", store::vals![]).await.unwrap();
    deleting.remove_object(&digest).await.unwrap();
    let (at, own) = (env.clone(), content.clone());
    let mut sending = tokio::spawn(async move {
        let mut ctx = at.system("test").await?;
        let digest = ctx.put_object(&own).await?;
        ctx.execute(file, store::vals![&digest, vec![0_u8]]).await?;
        ctx.commit().await
    });
    assert!(tokio::time::timeout(moment, &mut sending).await.is_err(), "he waits for it");
    deleting.commit().await.unwrap();
    sending.await.unwrap().unwrap();
    assert_eq!(env.objects.get(&env.vault, &digest).await.unwrap(), content);
    shred::delete(&env, &digest).await.unwrap();
    assert_eq!(env.objects.get(&env.vault, &digest).await.unwrap(), content, "a draft has it");
    let nobody = kernel::Actor::system("test");
    let mut reading = store::Ctx::read(&env, nobody, kernel::Lang::Zh);
    assert_eq!(reading.put_object(b"x").await.unwrap_err().kind, Fault::Internal);
}
