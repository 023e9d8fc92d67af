//! The installation of the case tests with every module of this area: its jobs, what they listen
//! to, and the HTTP service with callers known by name.

#[allow(dead_code, clippy::duplicate_mod)] // Each user takes what it needs of the installation.
#[path = "../case/tests/world.rs"]
mod installation;

use crate::case::{self, Acceptance, Decision, Submitted, Withdrawal};
use axum::http::StatusCode;
pub(crate) use installation::staff;
use installation::{HEALTH, World, citizen};
use kernel::{Actor, Result};
use serde_json::Value as Json;
use std::ops::Deref;
use std::sync::Arc;
use store::{Ctx, Env};
pub(crate) use testkit::Reply;
use testkit::Site;

/// An office: citizens, officers with accounts, and the service they call.
pub(crate) struct Office {
    world: World,
    site: Site,
}

impl Deref for Office {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}

impl Office {
    pub(crate) async fn new() -> Office {
        let modules: Vec<_> =
            [party::modules(), data::modules(), licence::modules(), process::modules()].concat();
        let modules = [modules, crate::modules()].concat();
        let world = World::of(modules.clone()).await;
        let views =
            vec![crate::views(), party::views(), data::views(), licence::views(), process::views()];
        let site = Site::new(&world.env, &modules, views);
        let office = Office { world, site };
        office.people().await;
        office
    }

    /// The mother, a stranger, and officers of the health agency with accounts of their own.
    async fn people(&self) {
        let mother = self.world.mother().await;
        let stranger = self.world.person("周明远", "440524188001010014").await;
        self.admit("mother", citizen(&mother));
        self.admit("stranger", citizen(&stranger));
        for (login, role) in
            [("approver", "approver"), ("colleague", "approver"), ("reviewer", "reviewer")]
        {
            self.hire(login, role).await;
        }
        self.admit("supervisor", staff(HEALTH, "supervisor", "supervisor"));
        self.admit("elsewhere", staff(installation::POLICE, "approver", "elsewhere"));
    }

    pub(crate) async fn hire(&self, login: &str, role: &str) {
        let name = match login {
            "approver" => "王芳",
            "colleague" => "赵磊",
            _ => "李静",
        };
        let mut ctx = self.world.system().await;
        let password = "long enough for the rules 9";
        let id = party::account::create_officer(&mut ctx, login, password, name, HEALTH, &[role])
            .await
            .unwrap();
        let account = party::account::find(&mut ctx, &id).await.unwrap().unwrap();
        ctx.commit().await.unwrap();
        self.admit(
            login,
            Actor { account: id, party: account.person, ..staff(HEALTH, role, name) },
        );
    }

    /// The installation behind the pages.
    pub(crate) fn installation(&self) -> &World {
        &self.world
    }

    pub(crate) fn env(&self) -> &Arc<Env> {
        &self.world.env
    }

    pub(crate) fn read(&self, login: &str) -> Ctx {
        self.world.read(&self.actor(login))
    }

    /// Runs a verb as somebody in a transaction of its own.
    pub(crate) async fn run<T>(
        &self,
        login: &str,
        verb: impl AsyncFnOnce(&mut Ctx) -> Result<T>,
    ) -> Result<T> {
        self.world.run(&self.actor(login), verb).await
    }

    pub(crate) async fn drain(&self) {
        self.world.drain().await;
    }

    pub(crate) fn advance_days(&self, days: i64) {
        self.world.advance_days(days);
    }

    pub(crate) async fn count(&self, sql: &str) -> i64 {
        self.world.count(sql).await
    }

    pub(crate) async fn texts(&self, sql: &str) -> Vec<String> {
        self.world.texts(sql).await
    }

    /// An application of the mother that waits for a person; its receipt and the id of the birth
    /// certificate's case.
    pub(crate) async fn referred(&self) -> (Submitted, String) {
        let (_, done, id) = self.world.referred("draft-1").await;
        (done, id)
    }

    /// An application of the mother that waited for a person until she withdrew it, with its
    /// folders packed; the id of the birth certificate's case.
    pub(crate) async fn withdrawn(&self) -> String {
        let (done, id) = self.referred().await;
        let withdrawal = Withdrawal { reason: "不办了".to_owned() };
        self.run("mother", async |ctx| case::withdraw(ctx, &done.id, None, withdrawal).await)
            .await
            .unwrap();
        self.drain().await;
        id
    }

    /// Puts what the plain example holds into the registries.
    pub(crate) async fn register(&self) {
        self.world.register("married-all").await;
    }

    /// An application of the mother as it was handed in, nothing done about it yet.
    pub(crate) async fn submitted(&self) -> Submitted {
        let (actor, new) = self.world.application("draft-1").await;
        self.world.submit(&actor, new).await
    }

    /// An application of the mother that a rule decided; its receipt and the id of the birth
    /// certificate's case.
    pub(crate) async fn automatic(&self) -> (Submitted, String) {
        let (actor, new) = self.world.application("draft-1").await;
        let done = self.world.submit(&actor, new).await;
        self.drain().await;
        let item = done.items.iter().find(|item| item.item == "birth-certificate").unwrap();
        let id = item.id.clone();
        (done, id)
    }

    /// An application of the mother with paper receipts, its reimbursement waiting for a person; the
    /// id of its case.
    pub(crate) async fn with_receipts(&self) -> String {
        let (actor, mut new) = self.world.application("draft-1").await;
        new.answers.insert("has_paper_receipts".to_owned(), Json::from("yes"));
        let done = self.world.submit(&actor, new).await;
        self.drain().await;
        let item = done.items.iter().find(|item| item.item == "maternity-reimbursement").unwrap();
        item.id.clone()
    }

    /// An application of the mother for an item alone, and the procedure that examines it; the id of
    /// the item's case.
    pub(crate) async fn alone(&self, item: &str) -> String {
        let pack = self.env().pack.clone();
        let named = pack.item(item).unwrap().procedure.as_ref().unwrap();
        let files = process::bundle::Files::drawn(&pack.procedure(&named.id).unwrap()).unwrap();
        let mut ctx = self.world.system().await;
        process::definition::deploy_files(&mut ctx, &files).await.unwrap();
        ctx.commit().await.unwrap();
        let person = self.world.mother().await;
        let new = self.world.alone(item, &format!("draft-{item}"), &person);
        let done = self.world.submit(&citizen(&person), new).await;
        self.drain().await;
        done.items[0].id.clone()
    }

    /// Deploys the procedure by which the reimbursement is examined.
    pub(crate) async fn deploy_review(&self) {
        let pack = self.env().pack.clone();
        let drawn = pack.procedure("two-step-review").unwrap();
        let files = process::bundle::Files::drawn(&drawn).unwrap();
        let mut ctx = self.world.system().await;
        process::definition::deploy_files(&mut ctx, &files).await.unwrap();
        ctx.commit().await.unwrap();
    }

    /// Both reviews of a case, in favour, each by its officer; the case is told of them.
    pub(crate) async fn review(&self, id: &str, first: &str, second: &str) {
        let answers = |text: Json| serde_json::from_value(text).unwrap();
        for (login, answers) in [
            (first, answers(serde_json::json!({ "first": "grant", "checked": "相符" }))),
            (second, answers(serde_json::json!({ "conclusion": "grant" }))),
        ] {
            let shown = crate::case::show(&mut self.read(login), id).await.unwrap();
            let task = shown.examination.unwrap().steps.remove(0).id;
            self.run(login, async |ctx| {
                process::task::complete(ctx, &task, None, "属实", answers).await
            })
            .await
            .unwrap();
        }
        self.drain().await;
    }

    /// The approver refuses the referred birth certificate, which ends the whole.
    pub(crate) async fn refuse(&self, id: &str) {
        let decision = Decision {
            granted: false,
            opinion: "与登记不符".to_owned(),
            reasons: "出生信息无法核实".to_owned(),
            article: "母婴保健法第二十三条".to_owned(),
            remedies: String::new(),
        };
        let accept =
            async |ctx: &mut Ctx| crate::case::accept(ctx, id, None, Acceptance::default()).await;
        self.run("approver", accept).await.unwrap();
        self.run("approver", async |ctx| crate::case::decide(ctx, id, None, decision).await)
            .await
            .unwrap();
        self.drain().await;
    }

    /// A page as it is shown in both languages, looked over; the Chinese one.
    pub(crate) async fn page(&self, login: &str, path: &str) -> String {
        let mut out = String::new();
        for lang in ["en", "zh-CN"] {
            let mark = if path.contains('?') { '&' } else { '?' };
            let reply = self.get(login, &format!("{path}{mark}lang={lang}")).await;
            assert_eq!(reply.status, StatusCode::OK, "{path} {} {}", reply.location, reply.text);
            clean(path, lang, &reply.text);
            out = reply.text;
        }
        out
    }

    /// Renders a template from a sample in both languages, and looks it over.
    pub(crate) fn render(&self, template: &str, context: &impl serde::Serialize) {
        for lang in [kernel::Lang::En, kernel::Lang::Zh] {
            let page = webkit::view::PageContext::default();
            let html = self.site.web.views.render(template, lang, page, context).unwrap();
            clean(template, lang.tag(), &html);
        }
    }
}

/// What the content security policy and the style guide ask of every page. Pages are kept in the
/// folder YIPAN_GALLERY, if set, to be looked at.
pub(crate) fn clean(name: &str, lang: &str, html: &str) {
    for unwanted in [" style=", "<style", " onclick=", "⟦"] {
        assert!(!html.contains(unwanted), "{unwanted} in {name}");
    }
    assert_eq!(html.matches("<h1").count(), 1, "one h1: {name}");
    let mut ids: Vec<&str> =
        html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let all = ids.len();
    ids.sort_unstable();
    let twice: Vec<_> =
        ids.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0].to_owned()).collect();
    ids.dedup();
    assert_eq!(ids.len(), all, "ids twice in {name}: {twice:?}");
    for mark in [" for=\"", " aria-describedby=\"", " aria-labelledby=\""] {
        for label in html.split(mark).skip(1) {
            for id in label.split('"').next().unwrap().split(' ') {
                assert!(ids.binary_search(&id).is_ok(), "{name}:{mark}{id}");
            }
        }
    }
    if let Ok(folder) = std::env::var("YIPAN_GALLERY") {
        let file = format!("{name}-{lang}").replace(['/', '?', '=', '&'], "_");
        std::fs::write(format!("{folder}/{file}.html"), html.replace("/assets/", "assets/"))
            .unwrap();
    }
}
