//! Pages and REST as a browser and a program see them.

use super::on_both;
use super::world::{MOTHER, World};
use crate::draft::attach;
use axum::http::StatusCode;
use serde_json::{Value as Json, json};

on_both!(
    a_program_goes_the_whole_way_with_a_token,
    a_browser_goes_the_whole_way_without_script,
    public_pages_are_shown_in_both_languages,
    a_page_with_faults_keeps_what_was_typed,
    a_stale_page_shows_both_answers,
    a_clerk_files_for_a_citizen_present,
    others_are_told_there_is_nothing,
    a_file_sent_last_completes_its_page,
);

/// What the content security policy and the style guide ask of every page. Pages are kept in the
/// folder YIPAN_GALLERY, if set, to be looked at.
fn clean(name: &str, html: &str) {
    assert!(!html.contains(" style=") && !html.contains("<style") && !html.contains("⟦"), "{name}");
    assert_eq!(html.matches("<h1").count(), 1, "one h1: {name}");
    assert!(!html.contains("&lt;span"), "markup shown as text: {name}");
    assert!(!html.contains("{division}"), "a place is not filled in: {name}");
    let mut ids: Vec<&str> =
        html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "an id twice: {name}");
    for label in html.split(" for=\"").skip(1) {
        let id = label.split('"').next().unwrap();
        assert!(ids.binary_search(&id).is_ok(), "{name}: label for {id}");
    }
    if let Ok(folder) = std::env::var("YIPAN_GALLERY") {
        let path = format!("{folder}/{}.html", name.replace(['/', '?', '=', '&'], "_"));
        std::fs::write(path, html.replace("/assets/", "assets/")).unwrap();
    }
}

async fn shown(world: &World, login: &str, path: &str, name: &str) -> String {
    let mut out = String::new();
    for lang in ["en", "zh-CN"] {
        let mark = if path.contains('?') { '&' } else { '?' };
        let reply = world.get(login, &format!("{path}{mark}lang={lang}")).await;
        assert_eq!(reply.status, StatusCode::OK, "{path} {} {}", reply.location, reply.text);
        clean(&format!("{name}-{lang}"), &reply.text);
        out = reply.text;
    }
    out
}

async fn a_program_goes_the_whole_way_with_a_token(world: World) {
    let (status, guide) = world
        .api("", "GET", "/api/v1/one-things/newborn/guide?applicant=mother", &Json::Null)
        .await;
    assert_eq!((status, guide["next"].as_str()), (StatusCode::OK, Some("born")));
    let stop = world
        .api("", "GET", "/api/v1/one-things/newborn/guide?applicant=other", &Json::Null)
        .await
        .1;
    assert!(stop["stop"]["zh"].is_string() && stop["items"].as_array().unwrap().is_empty());
    let example = world.example("married-all");
    let start = json!({ "one_thing": "newborn", "guide": example.guide, "consent": true });
    assert_eq!(world.api("", "POST", "/api/v1/drafts", &start).await.0, StatusCode::UNAUTHORIZED);
    let (status, draft) = world.api("mother", "POST", "/api/v1/drafts", &start).await;
    assert_eq!(status, StatusCode::CREATED, "{draft}");
    let path = format!("/api/v1/drafts/{}", draft["id"].as_str().unwrap());
    let fields: Vec<&Json> = draft["pages"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|page| page["fields"].as_array().unwrap())
        .collect();
    let sex = fields.iter().find(|field| field["id"] == "child_sex").unwrap();
    assert_eq!((sex["origin"].as_str(), sex["value"].as_str()), (Some("registry"), Some("female")));
    assert!(sex["observed"].is_string() && sex["source"]["zh"].is_string());
    let wrong =
        json!({ "answers": { "mobile": "1540000000", "child_sex": "male", "nonsense": "1" } });
    let (status, problem) = world.api("mother", "PUT", &format!("{path}/answers"), &wrong).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let codes: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["code"].as_str())
        .collect();
    for code in ["identifier.mobile.length", "draft.held", "draft.field_unknown"] {
        assert!(codes.contains(&code), "{codes:?}");
    }
    let change = world.whole();
    let save = json!({ "revision": draft["revision"], "answers": change.answers, "confirm": change.confirm });
    let (status, saved) = world.api("mother", "PUT", &format!("{path}/answers"), &save).await;
    assert_eq!(
        (status, saved["missing"].as_array().map(Vec::len)),
        (StatusCode::OK, Some(0)),
        "{saved}"
    );
    let sent = json!({ "declared": true, "revision": saved["revision"] });
    let (status, done) = world.api("mother", "POST", &format!("{path}/submission"), &sent).await;
    assert_eq!(status, StatusCode::OK, "{done}");
    let again = world.api("mother", "POST", &format!("{path}/submission"), &sent).await.1;
    assert_eq!(done, again);
    let (_, closed) = world.api("mother", "GET", &path, &Json::Null).await;
    assert_eq!(closed["case"], done["id"]);
}

async fn a_browser_goes_the_whole_way_without_script(world: World) {
    let mut address = "/one-things/newborn/guide/1".to_owned();
    for (question, answer) in [
        ("applicant", "mother"),
        ("born", "here"),
        ("married", "yes"),
        ("household", "mother"),
        ("maternity", "self_paid"),
        ("insurance", "yes"),
    ] {
        shown(&world, "", &address, &format!("guide-{question}")).await;
        let (path, query) = address.split_once('?').unwrap_or((&address, ""));
        let sent = world.get("", &format!("{path}?{query}&{question}={answer}&go=1")).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
        address = sent.location;
    }
    let result = shown(&world, "", &address, "guide-result").await;
    assert!(!result.contains("亲子鉴定"), "the answers rule it out");
    assert!(result.contains("生育医疗费用") || result.contains("报销"));
    let query: String =
        address.split_once('?').unwrap().1.split('&').map(|pair| format!("&g.{pair}")).collect();
    let consent = format!("/drafts/new?one_thing=newborn{query}");
    assert_eq!(world.get("", &consent).await.status, StatusCode::SEE_OTHER, "sign-in first");
    shown(&world, "mother", &consent, "draft-consent").await;
    let guide: Vec<(String, String)> = world
        .example("married-all")
        .guide
        .into_iter()
        .map(|(id, value)| (format!("g.{id}"), value))
        .collect();
    let mut fields: Vec<(&str, &str)> =
        guide.iter().map(|(id, value)| (id.as_str(), value.as_str())).collect();
    fields.extend([("one_thing", "newborn"), ("_once", "once-1")]);
    let refused = world.post("mother", "/drafts", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    clean("draft-consent-error", &refused.text);
    fields.push(("consent", "1"));
    let begun = world.post("mother", "/drafts", &fields).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text);
    let draft = begun.location.split('?').next().unwrap().to_owned();
    assert!(
        world.post("mother", "/drafts", &fields).await.location.starts_with(&draft),
        "a double click is one draft"
    );
    shown(&world, "mother", &draft, "draft-overview").await;
    let mut page = world.get("mother", &format!("{draft}/pages/parents")).await.text;
    let mut at = format!("{draft}/pages/parents");
    let answers = world.whole().answers;
    for _ in 0..20 {
        let id = at.rsplit('/').next().unwrap().to_owned();
        shown(&world, "mother", &at, &format!("draft-page-{id}")).await;
        let from = page.find("name=\"_revision\" value=\"").unwrap() + 24;
        let revision: String =
            page[from - 1..].trim_start_matches('"').split('"').next().unwrap().to_owned();
        let typed: Vec<(String, String)> = answers
            .iter()
            .map(|(field, value)| {
                (field.clone(), value.as_str().map_or("1".to_owned(), str::to_owned))
            })
            .collect();
        let mut sent: Vec<(&str, &str)> = typed
            .iter()
            .filter(|(field, _)| page.contains(&format!("name=\"{field}\"")))
            .map(|(a, b)| (a.as_str(), b.as_str()))
            .collect();
        sent.extend([("_revision", revision.as_str()), ("_confirm", "right")]);
        let saved = world.post("mother", &at, &sent).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{at} {}", saved.text);
        at = saved.location;
        page = world.get("mother", &at).await.text;
        if at.ends_with("/check") {
            break;
        }
    }
    shown(&world, "mother", &at, "draft-check").await;
    let undeclared = world.post("mother", &format!("{draft}/submission"), &[]).await;
    assert_eq!(undeclared.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = world.post("mother", &format!("{draft}/submission"), &[("declared", "1")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let receipt = shown(&world, "mother", &done.location, "receipt").await;
    assert!(receipt.contains("查询码"));
    assert_eq!(world.get("stranger", &done.location).await.status, StatusCode::NOT_FOUND);
    shown(&world, "mother", "/my", "my").await;
}

async fn public_pages_are_shown_in_both_languages(world: World) {
    let village = world.env().pack.division("410105001").unwrap().children().next().unwrap().code();
    for (path, name) in [
        ("/", "home"),
        ("/elder", "elder"),
        ("/items", "items"),
        ("/items?q=%E6%88%B7%E5%8F%A3&type=07", "items-filtered"),
        ("/items?q=zzqqxx", "items-none"),
        ("/one-things", "one-things"),
        ("/one-things/newborn", "one-thing"),
        ("/search", "search-empty"),
        ("/search?q=%E5%AD%A9%E5%AD%90%E4%B8%8A%E6%88%B7%E5%8F%A3", "search"),
        ("/search?q=zzqqxx", "search-none"),
        ("/divisions", "divisions"),
        ("/divisions?code=410105", "division-county"),
        (&format!("/divisions?code={village}"), "division-village"),
    ] {
        shown(&world, "", path, name).await;
    }
    shown(&world, "mother", "/", "home-citizen").await;
    shown(&world, "reviewer", "/packs", "packs").await;
    shown(&world, "reviewer", "/packs?kind=item", "packs-item").await;
    for tab in ["basic", "materials", "steps", "limits", "fees", "basis", "faq", "remedies"] {
        shown(
            &world,
            "",
            &format!("/items/household-registration?tab={tab}"),
            &format!("item-{tab}"),
        )
        .await;
    }
    let quarantined =
        world.env().pack.items_report().quarantined.first().map(|note| note.row).unwrap();
    assert!(
        shown(&world, "", &format!("/items/{quarantined}"), "item-quarantined")
            .await
            .contains("无法识别")
    );
    shown(&world, "", "/one-things/newborn/result?applicant=other", "guide-stop").await;
    assert_eq!(world.get("", "/items/99999999").await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.get("", "/one-things/nothing").await.status, StatusCode::NOT_FOUND);
    let found = world.get("", "/search?q=%E5%AD%A9%E5%AD%90%E4%B8%8A%E6%88%B7%E5%8F%A3").await.text;
    assert!(
        found.contains("/one-things/newborn") && found.contains("/items/household-registration")
    );
    let mut after = String::new();
    let mut seen = 0;
    for _ in 0..80 {
        let page =
            world.api("", "GET", &format!("/api/v1/items?after={after}"), &Json::Null).await.1;
        seen += page["items"].as_array().unwrap().len();
        match page["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, world.env().pack.catalogue().items.len() + world.env().pack.items().count());
}

async fn a_page_with_faults_keeps_what_was_typed(world: World) {
    let id = world.draft().await;
    let path = format!("/drafts/{id}/pages/contact");
    let again = world
        .post("mother", &path, &[("mobile", "154-123"), ("paper_copy", "yes"), ("_revision", "0")])
        .await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    clean("draft-page-error", &again.text);
    assert!(again.text.contains("value=\"154-123\"") && again.text.contains("c-errsum"));
    assert!(again.text.contains("href=\"#f-mobile\""));
    let later = world.get("mother", &path).await.text;
    assert!(later.contains("value=\"154-123\""), "what was typed is there on another device");
    let huge = "x".repeat(1024 * 1024);
    for odd in [huge.as_str(), "a\0b", "a\u{202e}b"] {
        let refused = world.post("mother", &path, &[("mobile", odd), ("_revision", "0")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let saved = world
        .post("mother", &format!("{path}/autosave"), &[("mobile", "154"), ("_revision", "0")])
        .await;
    assert_eq!(saved.status, StatusCode::OK);
    assert!(
        serde_json::from_str::<Json>(&saved.text).unwrap()["text"].as_str().unwrap().contains("30")
    );
    let page =
        shown(&world, "mother", &format!("/drafts/{id}/pages/birth"), "draft-page-birth-fresh")
            .await;
    assert!(page.contains("c-prefill"));
    let wrong = world
        .post(
            "mother",
            &format!("/drafts/{id}/pages/birth"),
            &[("_confirm", "wrong"), ("_revision", "0")],
        )
        .await;
    assert!(wrong.location.ends_with("/pages/birth/objection"), "{} {}", wrong.status, wrong.text);
    shown(&world, "mother", &wrong.location, "draft-objection").await;
    let none = world.post("mother", &wrong.location, &[]).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    let told =
        [("wrong.weight_g", "1"), ("claimed.weight_g", "3380"), ("note.weight_g", "见出院小结")];
    let told = world.post("mother", &wrong.location, &told).await;
    assert_eq!(told.status, StatusCode::SEE_OTHER, "{}", told.text);
}

async fn a_stale_page_shows_both_answers(world: World) {
    let id = world.draft().await;
    let path = format!("/drafts/{id}/pages/name");
    let first = [
        ("child_name", "沈安禾"),
        ("child_ethnicity", "汉族"),
        ("_confirm", "right"),
        ("_revision", "0"),
    ];
    assert_eq!(world.post("mother", &path, &first).await.status, StatusCode::SEE_OTHER);
    let stale = [("child_name", "沈平安"), ("_confirm", "right"), ("_revision", "0")];
    let stale = world.post("mother", &path, &stale).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    clean("draft-page-stale", &stale.text);
    assert!(stale.text.contains("沈安禾") && stale.text.contains("value=\"沈平安\""));
    assert!(stale.text.contains("name=\"_revision\" value=\"1\""));
}

async fn a_clerk_files_for_a_citizen_present(world: World) {
    assert_eq!(world.get("mother", "/desk").await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.get("reviewer", "/desk").await.status, StatusCode::FORBIDDEN);
    shown(&world, "clerk", "/desk", "desk").await;
    shown(&world, "clerk", "/desk/newborn", "desk-file").await;
    let guide: Vec<(String, String)> = world
        .example("married-all")
        .guide
        .into_iter()
        .map(|(id, value)| (format!("g.{id}"), value))
        .collect();
    let mut fields: Vec<(&str, &str)> =
        guide.iter().map(|(id, value)| (id.as_str(), value.as_str())).collect();
    fields.push(("_once", "desk-1"));
    let bare = world.post("clerk", "/desk/newborn", &fields).await;
    assert_eq!(bare.status, StatusCode::UNPROCESSABLE_ENTITY);
    clean("desk-file-error", &bare.text);
    fields.extend([
        ("witness", "李见证"),
        ("consent", "1"),
        ("number", MOTHER),
        ("name", "别的名"),
    ]);
    assert_eq!(
        world.post("clerk", "/desk/newborn", &fields).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    fields.pop();
    fields.push(("name", "顾晓宁"));
    let begun = world.post("clerk", "/desk/newborn", &fields).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text);
    let path = begun.location.split('?').next().unwrap().to_owned();
    shown(&world, "clerk", &path, "desk-overview").await;
    assert!(world.get("mother", &path).await.status.is_success(), "it is the citizen's own draft");
    let told = "SELECT COUNT(*) FROM message WHERE template = 'draft.begun_at_window'";
    assert_eq!(world.count(told).await, 1, "and she hears of it");
    let change = world.whole();
    let save = json!({ "answers": change.answers, "confirm": change.confirm,
        "objections": {} });
    let api = path.replace("/drafts", "/api/v1/drafts");
    let (status, saved) = world.api("clerk", "PUT", &format!("{api}/answers"), &save).await;
    assert_eq!(status, StatusCode::OK, "{saved}");
    let object = json!({ "objections": { "weight_g": { "claimed": "3380" } } });
    assert_eq!(
        world.api("clerk", "PUT", &format!("{api}/answers"), &object).await.0,
        StatusCode::OK
    );
    let (status, done) = world
        .api("clerk", "POST", &format!("{api}/submission"), &json!({ "declared": true }))
        .await;
    assert_eq!(status, StatusCode::OK, "{done}");
    assert_eq!(
        world.count("SELECT COUNT(*) FROM cases WHERE parent_id = '' AND channel = 'window'").await,
        1
    );
    assert_eq!(world.count("SELECT COUNT(*) FROM data_objection").await, 1);
    let receipt = format!("/cases/{}/receipt", done["id"].as_str().unwrap());
    shown(&world, "clerk", &receipt, "desk-receipt").await;
}

async fn others_are_told_there_is_nothing(world: World) {
    let id = world.draft().await;
    for who in ["stranger", "reviewer", "clerk"] {
        for path in [
            format!("/drafts/{id}"),
            format!("/drafts/{id}/pages/name"),
            format!("/drafts/{id}/check"),
            format!("/api/v1/drafts/{id}"),
        ] {
            assert_eq!(world.get(who, &path).await.status, StatusCode::NOT_FOUND, "{who} {path}");
        }
        for path in [
            format!("/drafts/{id}/submission"),
            format!("/drafts/{id}/removal"),
            format!("/drafts/{id}/pages/name"),
        ] {
            assert_eq!(
                world.post(who, &path, &[("declared", "1")]).await.status,
                StatusCode::NOT_FOUND,
                "{who} {path}"
            );
        }
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM draft").await, 1);
}

async fn a_file_sent_last_completes_its_page(world: World) {
    let id = world.draft().await;
    let mut change = world.whole();
    change.answers.insert("has_paper_receipts".to_owned(), json!("yes"));
    let path = format!("/api/v1/drafts/{id}");
    let save = json!({ "answers": change.answers, "confirm": change.confirm });
    let (status, saved) = world.api("mother", "PUT", &format!("{path}/answers"), &save).await;
    let missing = json!(["maternity.paper_receipts"]);
    assert_eq!((status, &saved["missing"]), (StatusCode::OK, &missing), "{saved}");
    let mut pdf = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n".to_vec();
    pdf.resize(100, b' ');
    pdf.extend(b"%%EOF\n");
    let send = async |ctx: &mut store::Ctx| attach(ctx, &id, "paper_receipts", "a.pdf", &pdf).await;
    world.run("mother", send).await.unwrap();
    let (_, draft) = world.api("mother", "GET", &path, &Json::Null).await;
    assert_eq!(draft["missing"], json!([]), "nothing is left to save");
    let sent = json!({ "declared": true, "revision": saved["revision"] });
    let (status, done) = world.api("mother", "POST", &format!("{path}/submission"), &sent).await;
    assert_eq!(status, StatusCode::OK, "{done}");
}
