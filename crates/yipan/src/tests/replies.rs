//! What the REST interface answers, whole, to each who asks: one newborn's application from the
//! guide to the rating, by a mother, an officer, those who look after them, and those who may not.
//!
//! Clock, ids and randomness come from a seed, so that a reply is the same each time. After a change
//! that is meant: `INSTA_UPDATE=always cargo test -p yipan replies`, and read what it did to
//! `src/tests/snapshots`.

use crate::demo::accounts::Account;
use crate::demo::{accounts, begins, load};
use crate::modules;
use axum::http::{Method, Request, StatusCode, header};
use insta::Settings;
use kernel::{Actor, Lang};
use serde_json::{Value as Json, json};
use std::cell::RefCell;
use std::collections::BTreeSet;
use store::Clock;
use testkit::{Installation, Place, Setup, Site};

/// Persons of the province: enough for a newborn of the last weeks.
const PERSONS: usize = 2_000;

struct World {
    installation: Installation,
    site: Site,
    accounts: Vec<Account>,
    told: RefCell<BTreeSet<String>>,
}

async fn world() -> World {
    let clock = Clock::frozen(begins());
    let setup =
        Setup { clock, seed: 1, modules: modules::all(true), demo: true, ..Setup::default() };
    let installation = setup.at(&Place::sqlite()).await;
    load::province(&installation.env, 1, PERSONS, 0).await.unwrap();
    let accounts = accounts::list(&installation.env).await.unwrap();
    let site = Site::new(&installation.env, &modules::all(true), modules::view_sets());
    let world = World { installation, site, accounts, told: RefCell::default() };
    for account in &world.accounts {
        let login = account.login.clone();
        world.site.admit(&login, world.actor(account).await);
    }
    world
}

impl World {
    /// Who an account is, with a second factor shown.
    async fn actor(&self, account: &Account) -> Actor {
        let (login, password) = (&account.login, &account.password);
        let signed = party::account::sign_in(&self.installation.env, Lang::Zh, login, password, "");
        Actor { assurance: 2, session: "session".to_owned(), ..signed.await.unwrap().actor }
    }

    /// The login of the post that an agency of this kind gives this role.
    fn post(&self, role: &str) -> String {
        let found = self.accounts.iter().find(|account| account.role == role);
        found.unwrap_or_else(|| panic!("no {role}")).login.clone()
    }

    /// Asks as somebody, and holds what was asked and answered against what it was before.
    async fn tell(&self, name: &str, who: &str, method: Method, path: &str, body: Json) -> Json {
        let mut request = Request::builder().method(method.clone()).uri(path);
        let bytes = if body.is_null() {
            Vec::new()
        } else {
            request = request.header(header::CONTENT_TYPE, "application/json");
            serde_json::to_vec(&body).unwrap()
        };
        let reply = self.site.call(who, request, bytes).await;
        let name = format!("{:02}-{name}", self.told.borrow().len() + 1);
        self.told.borrow_mut().insert(name.clone());
        let whole = json!({
            "1 who": if who.is_empty() { "nobody" } else { who },
            "2 asks": format!("{method} {path}"),
            "3 sends": body,
            "4 status": reply.status.as_u16(),
            "5 reply": reply.json(),
        });
        assert_ne!(reply.status, StatusCode::INTERNAL_SERVER_ERROR, "{whole}");
        let mut settings = Settings::clone_current();
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_json_snapshot!(name, whole));
        reply.json()
    }

    async fn get(&self, name: &str, who: &str, path: &str) -> Json {
        self.tell(name, who, Method::GET, path, Json::Null).await
    }

    async fn post_to(&self, name: &str, who: &str, path: &str, body: Json) -> Json {
        self.tell(name, who, Method::POST, path, body).await
    }
}

fn text<'a>(reply: &'a Json, field: &str) -> &'a str {
    reply[field].as_str().unwrap_or_else(|| panic!("no {field} in {reply}"))
}

#[tokio::test]
async fn every_reply_of_a_newborns_way_is_the_reviewed_one() {
    let world = world().await;
    let submitted = applied(&world).await;
    officers(&world, &submitted).await;
    results(&world, &submitted).await;
    overseen(&world).await;
    refused(&world, &submitted).await;
    let held = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/snapshots");
    let name = |path: &std::path::Path| path.file_stem().unwrap().to_string_lossy().into_owned();
    let kept: BTreeSet<String> =
        std::fs::read_dir(held).unwrap().map(|entry| name(&entry.unwrap().path())).collect();
    let unused: Vec<_> = kept.difference(&world.told.borrow()).cloned().collect();
    assert!(unused.is_empty(), "no reply of the test is held against {unused:?}");
}

/// From the guide to the submission; the reply to it.
async fn applied(world: &World) -> Json {
    let guide = json!({ "applicant": "mother", "born": "here", "married": "yes",
        "household": "mother", "maternity": "settled", "insurance": "yes" });
    world.get("guide", "", "/api/v1/one-things/newborn/guide?applicant=mother").await;
    world.get("me-citizen", "mother", "/api/v1/me").await;
    let start = json!({ "one_thing": "newborn", "guide": guide, "consent": true });
    let draft = world.post_to("draft-begun", "mother", "/api/v1/drafts", start).await;
    let path = format!("/api/v1/drafts/{}", text(&draft, "id"));
    let wrong = json!({ "answers": { "mobile": "1540000000", "nonsense": "1" } });
    let answers = format!("{path}/answers");
    world.tell("answers-at-fault", "mother", Method::PUT, &answers, wrong).await;
    let pages = draft["pages"].as_array().unwrap();
    let confirm: serde_json::Map<String, Json> =
        pages.iter().map(|page| (text(page, "id").to_owned(), json!(true))).collect();
    let whole = json!({ "revision": draft["revision"], "confirm": confirm, "answers": {
        "child_name": "郭安安", "child_ethnicity": "汉族", "relation_to_head": "child", "insurance_start": "birth",
        "card_bank": "huanghe", "paper_copy": "no", "mobile": "13800138000",
        "name_agreed": true, "true_statement": true } });
    let saved = world.tell("answers", "mother", Method::PUT, &answers, whole).await;
    let sent = json!({ "declared": true, "revision": saved["revision"] });
    world.post_to("submitted", "mother", &format!("{path}/submission"), sent).await
}

/// A person is asked to decide the first item; an officer claims, accepts and decides it.
async fn officers(world: &World, submitted: &Json) {
    let first = text(&submitted["items"][0], "id").to_owned();
    let path = format!("/api/v1/cases/{first}");
    let ask = format!("{path}/human-review");
    world.post_to("human-review", "mother", &ask, json!({})).await;
    world.installation.drain().await;
    let officer = world.post("reviewer:health");
    world.get("me-officer", &officer, "/api/v1/me").await;
    world.get("work-list", &officer, "/api/v1/work-list").await;
    let case = world.get("case-to-officer", &officer, &path).await;
    let claim = json!({ "revision": case["revision"] });
    world.post_to("claimed", &officer, &format!("{path}/claim"), claim).await;
    let accept = format!("{path}/acceptance");
    world.post_to("accepted", &officer, &accept, json!({ "once": "accept-1" })).await;
    world.post_to("accepted-again", &officer, &accept, json!({ "once": "accept-1" })).await;
    let stale = json!({ "revision": case["revision"], "granted": true, "opinion": "材料齐全",
        "article": "母婴保健法第二十三条" });
    world
        .post_to("decided-by-a-reviewer", &officer, &format!("{path}/decision"), stale.clone())
        .await;
    let decision = json!({ "granted": true, "opinion": "材料齐全，准予签发。",
        "article": "母婴保健法第二十三条" });
    let approver = world.post("approver:health");
    world.post_to("decided-stale", &approver, &format!("{path}/decision"), stale).await;
    world.post_to("decided", &approver, &format!("{path}/decision"), decision).await;
    world.installation.drain().await;
}

/// What the mother then has, and what anybody may ask.
async fn results(world: &World, submitted: &Json) {
    let item = text(&submitted["items"][0], "id").to_owned();
    world.get("case-to-mother", "mother", &format!("/api/v1/cases/{item}")).await;
    world.get("timeline", "mother", &format!("/api/v1/cases/{item}/timeline")).await;
    let wallet = world.get("wallet", "mother", "/api/v1/wallet").await;
    let licence = text(&wallet["holders"][1]["licences"][0], "id").to_owned();
    world.get("licence", "mother", &format!("/api/v1/licences/{licence}")).await;
    world.get("data-use", "mother", "/api/v1/my/data-use").await;
    world.get("messages", "mother", "/api/v1/messages").await;
    let rating = json!({ "stars": 2, "comment": "窗口排队太久" });
    world.post_to("rated", "mother", &format!("/api/v1/cases/{item}/rating"), rating).await;
    let (number, code) = (text(submitted, "number"), text(submitted, "query_code"));
    let asked = format!("/api/v1/tracking?number={number}&query_code={code}");
    world.get("tracking", "", &asked).await;
    world.get("tracking-at-fault", "", "/api/v1/tracking?number=1&query_code=1").await;
    let asked = json!({ "code": "ABCDEFGHJK", "purpose": "核对" });
    world.post_to("verification-unknown", "", "/api/v1/verifications", asked).await;
}

/// Those who look after the officers.
async fn overseen(world: &World) {
    let supervisor = world.post("supervisor");
    world.get("supervision", &supervisor, "/api/v1/supervision/overview").await;
    world.get("rating-tasks", &supervisor, "/api/v1/rating-tasks").await;
    let leader = world.post("leader");
    world.get("cockpit", &leader, "/api/v1/cockpit").await;
    world.get("indicators", &leader, "/api/v1/indicators").await;
    let auditor = world.post("auditor");
    world.get("audit", &auditor, "/api/v1/audit/entries").await;
}

/// Those who may not.
async fn refused(world: &World, submitted: &Json) {
    let root = format!("/api/v1/cases/{}", text(submitted, "id"));
    world.get("nobody", "", &root).await;
    world.get("another-citizen", "neighbour", &root).await;
    world.get("leader-and-a-case", &world.post("leader"), &root).await;
    world.get("citizen-and-work-list", "mother", "/api/v1/work-list").await;
    world.post_to("no-such-field", "mother", "/api/v1/drafts", json!({ "one_think": "x" })).await;
}
