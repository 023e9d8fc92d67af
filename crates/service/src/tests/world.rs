//! The installation of the case tests with every module of this area: its jobs, what they listen
//! to, and the HTTP service with callers known by name.

#[allow(dead_code, clippy::duplicate_mod)] // Each user takes what it needs of the installation.
#[path = "../case/tests/world.rs"]
mod installation;

use crate::case::{Acceptance, Decision, Submitted};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt;
pub(crate) use installation::staff;
use installation::{HEALTH, World, citizen, start};
use kernel::{Actor, Random, Result};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use store::job::Worker;
use store::{Clock, Ctx, Env, vals};
use tower::ServiceExt;
use webkit::app::Pending;
use webkit::view::Views;
use webkit::{Authenticate, Visitor, Web};

/// Callers by the name in their cookie or token.
#[derive(Default)]
struct Callers(Mutex<BTreeMap<String, Actor>>);

impl Callers {
    fn visitor(&self, name: &str) -> Visitor {
        let actor = self.0.lock().unwrap().get(name).cloned().unwrap_or_default();
        Visitor { actor, form_key: name.to_owned(), unread: 0 }
    }
}

impl Authenticate for Callers {
    fn by_session<'a>(&'a self, _: &'a Arc<Env>, cookie: &'a str) -> Pending<'a, Result<Visitor>> {
        Box::pin(async move { Ok(self.visitor(cookie)) })
    }
    fn by_token<'a>(&'a self, _: &'a Arc<Env>, token: &'a str) -> Pending<'a, Result<Visitor>> {
        Box::pin(async move { Ok(self.visitor(token)) })
    }
    fn refused<'a>(&'a self, _: &'a Arc<Env>, _: &'a Actor, _: &'a str) -> Pending<'a, ()> {
        Box::pin(async {})
    }
}

/// An answer as it came.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) location: String,
    pub(crate) text: String,
}

/// An office: citizens, officers with accounts, and the service they call.
pub(crate) struct Office {
    world: World,
    web: Web,
    callers: Arc<Callers>,
}

impl Office {
    pub(crate) async fn new() -> Office {
        let mut world = World::new().await;
        let modules: Vec<_> =
            [party::modules(), data::modules(), licence::modules(), process::modules()].concat();
        let modules = [modules, crate::modules()].concat();
        let mut subscribers: BTreeMap<&'static str, Vec<&'static str>> = BTreeMap::new();
        for (topic, job) in modules.iter().flat_map(|module| &module.subscriptions) {
            subscribers.entry(topic).or_default().push(job);
        }
        let old = world.env.clone();
        world.env = Arc::new(Env::new(
            old.db.clone(),
            old.objects.clone(),
            old.pack.clone(),
            old.vault.clone(),
            Clock::frozen(start()),
            old.settings.clone(),
            old.typeset.clone(),
            subscribers,
            Random::from_number(7),
        ));
        let jobs: Vec<_> = modules.iter().flat_map(|module| module.jobs.clone()).collect();
        world.worker = Worker::new(world.env.clone(), &jobs);
        let views = Views::new(vec![
            crate::views(),
            party::views(),
            data::views(),
            licence::views(),
            process::views(),
        ])
        .unwrap();
        let callers = Arc::new(Callers::default());
        let web = Web {
            env: world.env.clone(),
            views: Arc::new(views),
            authenticate: callers.clone(),
            routes: Arc::new(modules.iter().flat_map(|module| module.routes.clone()).collect()),
            rail: Arc::new(modules.iter().flat_map(|module| module.rail.clone()).collect()),
        };
        let office = Office { world, web, callers };
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

    pub(crate) fn admit(&self, login: &str, actor: Actor) {
        self.callers.0.lock().unwrap().insert(login.to_owned(), actor);
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

    pub(crate) fn env(&self) -> &Arc<Env> {
        &self.world.env
    }

    pub(crate) fn actor(&self, login: &str) -> Actor {
        self.callers.visitor(login).actor
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
        let mut ctx = self.world.system().await;
        ctx.column(sql, vals![]).await.unwrap()
    }

    /// An application of the mother that waits for a person; its receipt and the id of the birth
    /// certificate's case.
    pub(crate) async fn referred(&self) -> (Submitted, String) {
        let (_, done, id) = self.world.referred("draft-1").await;
        (done, id)
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

    pub(crate) async fn call(
        &self,
        login: &str,
        request: axum::http::request::Builder,
        body: Vec<u8>,
    ) -> Reply {
        let request = match login {
            "" => request,
            login => request
                .header(header::COOKIE, format!("{}={login}", webkit::guard::SESSION_COOKIE))
                .header(header::AUTHORIZATION, format!("Bearer {login}")),
        };
        let response =
            self.web.router().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let status = response.status();
        let location =
            response.headers().get(header::LOCATION).map(|to| to.to_str().unwrap().to_owned());
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        Reply {
            status,
            location: location.unwrap_or_default(),
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    pub(crate) async fn get(&self, login: &str, path: &str) -> Reply {
        self.call(login, Request::get(path), Vec::new()).await
    }

    /// Sends a form as a page of ours would.
    pub(crate) async fn post(&self, login: &str, path: &str, fields: &[(&str, &str)]) -> Reply {
        let csrf = self.world.env.vault.index("form", login);
        let mut text = format!("_csrf={csrf}");
        for (name, value) in fields {
            text.push_str(&format!(
                "&{}={}",
                webkit::form::encode(name),
                webkit::form::encode(value)
            ));
        }
        let request =
            Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.call(login, request, text.into_bytes()).await
    }

    /// Sends a form with files: name of the field, name of the file, content.
    pub(crate) async fn upload(
        &self,
        login: &str,
        path: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &str, &[u8])],
    ) -> Reply {
        let csrf = self.world.env.vault.index("form", login);
        let mut body = Vec::new();
        for (name, value) in [("_csrf", csrf.as_str())].iter().chain(fields) {
            body.extend(
                format!(
                    "--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
                )
                .bytes(),
            );
        }
        for (name, file, content) in files {
            let head = format!(
                "--B\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\n\r\n"
            );
            body.extend(head.bytes());
            body.extend(*content);
            body.extend(b"\r\n");
        }
        body.extend(b"--B--\r\n");
        let request =
            Request::post(path).header(header::CONTENT_TYPE, "multipart/form-data; boundary=B");
        self.call(login, request, body).await
    }

    pub(crate) async fn api(
        &self,
        login: &str,
        method: &str,
        path: &str,
        body: &Json,
    ) -> (StatusCode, Json) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json");
        let body = if method == "GET" { Vec::new() } else { body.to_string().into_bytes() };
        let reply = self.call(login, request, body).await;
        (reply.status, serde_json::from_str(&reply.text).unwrap_or(Json::Null))
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
            let html = self.web.views.render(template, lang, page, context).unwrap();
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
