//! An installation with the demonstration province, a family in the registries, and the HTTP
//! service with callers known by name.

use crate::draft::{Change, Start, amend, open, start};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use jiff::civil::date;
use kernel::{Actor, ActorKind, Error, Lang, Random, Result, Timestamp};
use party::person::{NewPerson, Person};
use proof::vault::Vault;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::job::Worker;
use store::object::Objects;
use store::{Clock, Ctx, Db, Env, Settings, Typeset};
use tempfile::TempDir;
use tower::ServiceExt;
use webkit::app::Pending;
use webkit::view::Views;
use webkit::{Authenticate, Visitor, Web};

pub(crate) const MOTHER: &str = "410105199403161824";
pub(crate) const FATHER: &str = "410105199207083419";
const DIVISION: &str = "410105001";

pub(crate) struct World {
    pub(crate) env: Arc<Env>,
    pub(crate) web: Web,
    worker: Worker,
    _folder: TempDir,
    made: Option<(String, String)>,
}

impl Drop for World {
    fn drop(&mut self) {
        let Some((server, name)) = self.made.take() else { return };
        let work = move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let admin = Db::open(&server).await.unwrap();
                admin.script(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
                admin.close().await;
            });
        };
        let _done = std::thread::spawn(work).join();
    }
}

/// Nothing here typesets: receipts are made by a job these tests do not run.
struct NoTypeset;

impl Typeset for NoTypeset {
    fn render(&self, _: &str, _: &Json, _: &[(&str, String)]) -> Result<Vec<u8>> {
        Err(Error::internal("no typesetter"))
    }
    fn qr_svg(&self, _: &str) -> Result<String> {
        Ok("<svg role=\"img\"></svg>".to_owned())
    }
    fn seal_svg(&self, _: &str, _: &str) -> Result<String> {
        Ok("<svg role=\"img\"></svg>".to_owned())
    }
}

/// Callers by the name in their cookie or token.
struct Callers(BTreeMap<String, Actor>);

impl Callers {
    fn visitor(&self, name: &str) -> Visitor {
        let actor = self.0.get(name).cloned().unwrap_or_default();
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

impl World {
    pub(crate) async fn sqlite() -> World {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open_file(&folder.path().join("test.db")).await.unwrap();
        World::over(db, folder, None).await
    }

    pub(crate) async fn postgres() -> Option<World> {
        let server = std::env::var("YIPAN_TEST_POSTGRES").ok()?;
        let name = format!("yipan_draft_{:x}", Env::system_entropy().unwrap().number());
        let admin = Db::open(&server).await.unwrap();
        admin.script(&format!("CREATE DATABASE {name}")).await.unwrap();
        admin.close().await;
        let (head, _) = server.rsplit_once('/').unwrap();
        let db = Db::open(&format!("{head}/{name}")).await.unwrap();
        Some(World::over(db, tempfile::tempdir().unwrap(), Some((server, name))).await)
    }

    async fn over(db: Db, folder: TempDir, made: Option<(String, String)>) -> World {
        store::migrate::run(&db).await.unwrap();
        let settings = Settings {
            data_dir: folder.path().to_owned(),
            base_url: "https://yipan.example".to_owned(),
            demo: true,
            smtp: None,
        };
        let env = Arc::new(Env::new(
            db,
            Objects::open(&folder.path().join("objects")).unwrap(),
            pack::Province::embedded().unwrap(),
            Vault::new([7; 32]),
            Clock::frozen(Timestamp::from_civil(date(2026, 9, 15).at(10, 0, 0, 0))),
            settings,
            Arc::new(NoTypeset),
            BTreeMap::new(),
            Random::from_number(20_260_915),
        ));
        let mut callers = BTreeMap::new();
        for (login, name, number) in [
            ("mother", "顾晓宁", MOTHER),
            ("father", "沈青禾", FATHER),
            ("stranger", "周明远", "440524188001010014"),
        ] {
            callers.insert(login.to_owned(), citizen(&person(&env, name, number).await));
        }
        callers.insert("clerk".to_owned(), staff("clerk"));
        callers.insert("reviewer".to_owned(), staff("reviewer"));
        family(&env).await;
        let mut modules = crate::modules();
        modules.retain(|module| module.name.starts_with("service."));
        let jobs: Vec<_> = modules
            .iter()
            .flat_map(|module| module.jobs.clone())
            .filter(|job| job.name == crate::draft::EXPIRE)
            .collect();
        let views =
            Views::new(vec![crate::views(), party::views(), data::views(), licence::views()])
                .unwrap();
        let web = Web {
            env: env.clone(),
            views: Arc::new(views),
            authenticate: Arc::new(Callers(callers)),
            routes: Arc::new(modules.iter().flat_map(|module| module.routes.clone()).collect()),
            rail: Arc::new(Vec::new()),
        };
        World { worker: Worker::new(env.clone(), &jobs), env, web, _folder: folder, made }
    }

    pub(crate) fn actor(&self, login: &str) -> Actor {
        futures(self.web.authenticate.by_token(&self.env, login))
    }

    pub(crate) async fn write(&self, login: &str) -> Ctx {
        Ctx::write(&self.env, self.actor(login), Lang::Zh).await.unwrap()
    }

    /// Runs a verb as somebody in a transaction of its own.
    pub(crate) async fn run<T>(
        &self,
        login: &str,
        verb: impl AsyncFnOnce(&mut Ctx) -> Result<T>,
    ) -> Result<T> {
        let mut ctx = self.write(login).await;
        let done = verb(&mut ctx).await?;
        ctx.commit().await?;
        Ok(done)
    }

    pub(crate) async fn count(&self, sql: &str) -> i64 {
        let mut ctx = Ctx::read(&self.env, Actor::system("test"), Lang::Zh);
        ctx.count(sql, Vec::new()).await.unwrap()
    }

    /// Runs the jobs of drafts that are due.
    pub(crate) async fn expire(&self) {
        self.worker.drain().await.unwrap();
    }

    pub(crate) fn example(&self, id: &str) -> pack::one_thing::Example {
        let examples = self.env.pack.examples("newborn").unwrap();
        examples.examples.iter().find(|one| one.id == id).unwrap().clone()
    }

    /// A draft of the mother with the guide of the plain example.
    pub(crate) async fn draft(&self) -> String {
        let example = self.example("married-all");
        self.run("mother", async |ctx| {
            let start_of = Start {
                one_thing: "newborn".to_owned(),
                guide: example.guide.clone(),
                consent: true,
                ..Start::default()
            };
            start(ctx, start_of).await
        })
        .await
        .unwrap()
    }

    /// A draft with everything answered and confirmed.
    pub(crate) async fn complete(&self) -> String {
        let id = self.draft().await;
        let change = self.whole();
        self.run("mother", async |ctx| amend(ctx, &id, None, change).await).await.unwrap();
        let opened = self.run("mother", async |ctx| open(ctx, &id).await).await.unwrap();
        let journey = opened.journey(&self.env.pack).unwrap();
        let open: Vec<&str> = journey
            .pages
            .iter()
            .filter(|page| !page.done)
            .map(|page| page.page.id.as_str())
            .collect();
        assert_eq!(open, Vec::<&str>::new());
        id
    }

    /// All answers of the plain example and a confirmation of every page.
    pub(crate) fn whole(&self) -> Change {
        let mut answers = self.example("married-all").answers;
        answers.insert("mobile".to_owned(), Json::from("15400000001"));
        let pages = &self.env.pack.form("newborn").unwrap().pages;
        let confirm = pages.iter().map(|page| (page.id.clone(), true)).collect();
        Change { answers, confirm, ..Change::default() }
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

    pub(crate) async fn post(&self, login: &str, path: &str, fields: &[(&str, &str)]) -> Reply {
        let csrf = self.env.vault.index("form", login);
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
}

pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) location: String,
    pub(crate) text: String,
}

/// The visitor of a future that is ready at once.
fn futures(pending: Pending<'_, Result<Visitor>>) -> Actor {
    let mut pending = pending;
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match pending.as_mut().poll(&mut context) {
        std::task::Poll::Ready(visitor) => visitor.unwrap().actor,
        std::task::Poll::Pending => panic!("a caller is known at once"),
    }
}

async fn person(env: &Arc<Env>, name: &str, number: &str) -> Person {
    let mut ctx = env.system("test").await.unwrap();
    let new = NewPerson {
        name: name.to_owned(),
        number: Some(number.to_owned()),
        birth_date: None,
        division: DIVISION.to_owned(),
    };
    let person = party::person::ensure(&mut ctx, new).await.unwrap();
    ctx.commit().await.unwrap();
    person
}

fn citizen(person: &Person) -> Actor {
    Actor {
        kind: ActorKind::Citizen,
        account: format!("account-{}", person.id),
        party: person.id.clone(),
        name: person.name.clone(),
        roles: vec!["citizen".to_owned()],
        division: person.division.clone(),
        assurance: 2,
        ..Actor::default()
    }
}

fn staff(role: &str) -> Actor {
    Actor {
        kind: ActorKind::Officer,
        account: format!("account-{role}"),
        name: role.to_owned(),
        roles: vec![role.to_owned()],
        agency: "police-410105".to_owned(),
        division: "410105".to_owned(),
        assurance: 2,
        ..Actor::default()
    }
}

/// Puts what the plain example holds into the registries, each record with the keys it is found by.
async fn family(env: &Arc<Env>) {
    let pack = env.pack.clone();
    let example = pack
        .examples("newborn")
        .unwrap()
        .examples
        .iter()
        .find(|one| one.id == "married-all")
        .unwrap();
    let one_thing = pack.one_thing("newborn").unwrap();
    let mut ctx = env.system("test").await.unwrap();
    for lookup in &one_thing.lookups {
        let prefix = format!("{}.", lookup.id);
        let mut record: Map<String, Json> = example
            .held
            .iter()
            .filter_map(|(path, value)| {
                Some((path.strip_prefix(&prefix)?.to_owned(), value.clone()))
            })
            .collect();
        if record.is_empty() {
            continue;
        }
        let keys = &pack.registry(&lookup.registry).unwrap().keys;
        for key in
            keys.iter().filter(|key| key.ends_with("_number") && lookup.matches.contains(key))
        {
            record.entry(key.clone()).or_insert(Json::from(MOTHER));
        }
        for key in keys.iter().filter(|key| key.as_str() == "citizen_number") {
            record.entry(key.clone()).or_insert(Json::from(MOTHER));
        }
        let observed = ctx.now;
        data::registry::put(&mut ctx, &lookup.registry, &Json::Object(record), observed, DIVISION)
            .await
            .unwrap();
    }
    ctx.commit().await.unwrap();
}
