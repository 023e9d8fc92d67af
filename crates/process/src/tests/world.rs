//! An installation on a frozen clock, officers with accounts, and a browser that comes in as any
//! of them. Everything is checked by [`fsck`](crate::fsck) after every act.

use crate::fsck;
use crate::instance::{self, Done, New};
use crate::task::{self, ListKind};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use kernel::{Actor, ActorKind, Error, Lang, Random, Result, Timestamp};
use proof::vault::Vault;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use store::job::Worker;
use store::object::Objects;
use store::{Clock, Ctx, Db, Env, Settings, Typeset, vals};
use tempfile::TempDir;
use tower::ServiceExt;
use webkit::app::Pending;
use webkit::view::Views;
use webkit::{Authenticate, Module, Visitor, Web};

/// The health commission of a district of Zhengzhou.
pub(crate) const HEALTH: &str = "health-410105";
/// The police of the same district.
pub(crate) const POLICE: &str = "police-410105";
/// Tuesday, 2026-09-15 10:00 in China.
pub(crate) const START: Timestamp = Timestamp(1_789_437_600_000_000);

pub(crate) struct World {
    pub(crate) env: Arc<Env>,
    pub(crate) worker: Worker,
    people: BTreeMap<&'static str, Actor>,
    folder: TempDir,
    /// Where its database is.
    place: String,
    /// Server and name of a database to be dropped with the world.
    made: Option<(String, String)>,
}

impl Drop for World {
    fn drop(&mut self) {
        let Some((server, name)) = self.made.take() else { return };
        // On a thread of its own: a test's runtime cannot wait in a destructor.
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

fn modules() -> Vec<Module> {
    let mut modules = party::modules();
    modules.extend(crate::modules());
    modules
}

/// A node: the installation as one process of the program has it.
fn node(db: Db, folder: &Path, now: Timestamp, seed: u64) -> (Arc<Env>, Worker) {
    let settings = Settings {
        data_dir: folder.to_owned(),
        base_url: "https://yipan.example".to_owned(),
        demo: false,
        smtp: None,
    };
    let env = Arc::new(Env::new(
        db,
        Objects::open(&folder.join("objects")).unwrap(),
        pack::Province::embedded().unwrap(),
        Vault::new([7; 32]),
        Clock::frozen(now),
        settings,
        Arc::new(NoTypeset),
        BTreeMap::new(),
        Random::from_number(seed),
    ));
    let jobs: Vec<_> = modules().iter().flat_map(|module| module.jobs.clone()).collect();
    let worker = Worker::new(env.clone(), &jobs);
    (env, worker)
}

impl World {
    /// Another node on the same database: its own pool, clock and randomness.
    pub(crate) async fn node(&self, seed: u64) -> (Arc<Env>, Worker) {
        let db = Db::open(&self.place).await.unwrap();
        node(db, self.folder.path(), self.env.clock.now(), seed)
    }

    /// On SQLite, or on the PostgreSQL server that `YIPAN_TEST_POSTGRES` names.
    pub(crate) async fn new() -> World {
        let folder = tempfile::tempdir().unwrap();
        let mut made = None;
        let place = match std::env::var("YIPAN_TEST_POSTGRES") {
            Ok(server) => {
                let seed = Env::system_entropy().unwrap().number();
                let name = format!("yipan_process_{seed:x}");
                let admin = Db::open(&server).await.unwrap();
                admin.script(&format!("CREATE DATABASE {name}")).await.unwrap();
                admin.close().await;
                let (head, _) = server.rsplit_once('/').unwrap();
                made = Some((server.clone(), name.clone()));
                format!("{head}/{name}")
            }
            Err(_) => folder.path().join("test.db").to_str().unwrap().to_owned(),
        };
        let db = Db::open(&place).await.unwrap();
        store::migrate::run(&db).await.unwrap();
        let (env, worker) = node(db, folder.path(), START, 20_260_915);
        let people = BTreeMap::new();
        let mut world = World { env, worker, people, folder, place, made };
        for (login, name, agency, role) in [
            ("admin", "管理员", HEALTH, "administrator"),
            ("wang", "王芳", HEALTH, "reviewer"),
            ("lijing", "李静", HEALTH, "reviewer"),
            ("zhao", "赵磊", HEALTH, "approver"),
            ("clerk", "陈晓", HEALTH, "clerk"),
            ("police", "周警官", POLICE, "approver"),
        ] {
            world.hire(login, name, agency, role).await;
        }
        world
    }

    async fn hire(&mut self, login: &'static str, name: &str, agency: &str, role: &str) {
        let mut ctx = self.system().await;
        let password = "long enough for the rules 9";
        let roles = [role];
        let id =
            party::account::create_officer(&mut ctx, login, password, name, agency, &roles).await;
        let id = id.unwrap();
        let actor = party::account::actor_of(&mut ctx, &id, 2).await.unwrap();
        ctx.commit().await.unwrap();
        self.people.insert(login, actor);
    }

    pub(crate) fn actor(&self, login: &str) -> Actor {
        self.people[login].clone()
    }

    pub(crate) async fn system(&self) -> Ctx {
        self.env.system("test").await.unwrap()
    }

    pub(crate) fn read(&self, login: &str) -> Ctx {
        Ctx::read(&self.env, self.actor(login), Lang::Zh)
    }

    /// Runs a verb as somebody in a transaction of its own; whatever comes of it, what the database
    /// shows is what the histories say.
    pub(crate) async fn run<T>(
        &self,
        login: &str,
        verb: impl AsyncFnOnce(&mut Ctx) -> Result<T>,
    ) -> Result<T> {
        let mut ctx = Ctx::write(&self.env, self.actor(login), Lang::Zh).await?;
        let done = verb(&mut ctx).await;
        match done {
            Ok(done) => {
                ctx.commit().await?;
                self.whole().await;
                Ok(done)
            }
            Err(error) => {
                drop(ctx);
                self.whole().await;
                Err(error)
            }
        }
    }

    /// What the database shows at this instant is what the histories say.
    pub(crate) async fn whole(&self) {
        let actor = Actor::system("test");
        let mut ctx = Ctx::snapshot(&self.env, actor, Lang::Zh).await.unwrap();
        let report = fsck::check(&mut ctx).await.unwrap();
        assert_eq!(report.faults, Vec::new());
        let log = party::evidence::verify(&mut ctx).await.unwrap();
        assert_eq!(log.first_bad, None, "rows are as they were recorded");
    }

    /// Waits until the server has ended what killed nodes had under way: a commit may have been
    /// sent before the end of its node, and is then done after it.
    pub(crate) async fn settled(&self) {
        if self.env.db.engine == store::Engine::Sqlite {
            return;
        }
        let busy = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database()
            AND state <> 'idle' AND pid <> pg_backend_pid()";
        for _ in 0..500 {
            if self.count(busy).await == 0 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("transactions of killed nodes do not end");
    }

    /// Runs every job that is due; none may have failed.
    pub(crate) async fn drain(&self) {
        self.worker.drain().await.unwrap();
        let mut ctx = self.system().await;
        let sql = "SELECT name || ' ' || failure FROM job WHERE failure <> ''";
        let failed: Vec<String> = ctx.column(sql, vals![]).await.unwrap();
        assert_eq!(failed, Vec::<String>::new());
        drop(ctx);
        self.whole().await;
    }

    pub(crate) fn advance_hours(&self, hours: i64) {
        self.env.clock.advance_us(hours * kernel::time::HOUR_US);
    }

    pub(crate) async fn count(&self, sql: &str) -> i64 {
        let mut ctx = self.system().await;
        ctx.count(sql, vals![]).await.unwrap()
    }

    pub(crate) async fn execute(&self, sql: &str) {
        let mut ctx = self.system().await;
        ctx.execute(sql, vals![]).await.unwrap();
        ctx.commit().await.unwrap();
    }

    /// Deploys a document that must be good.
    pub(crate) async fn deploy(&self, xml: &str) -> crate::definition::Deployed {
        self.run("admin", async |ctx| crate::definition::deploy(ctx, xml.as_bytes()).await)
            .await
            .unwrap_or_else(|error| panic!("not deployed: {error}"))
    }

    /// Begins an instance as somebody.
    pub(crate) async fn start(&self, login: &str, process: &str, variables: Json) -> Result<Done> {
        let variables = serde_json::from_value(variables).unwrap();
        let new = New { process: process.to_owned(), variables, ..New::default() };
        self.run(login, async |ctx| instance::start(ctx, new).await).await
    }

    /// Ids of a list.
    pub(crate) async fn list(&self, login: &str, kind: ListKind) -> Vec<String> {
        let page = task::list(&mut self.read(login), kind, "").await.unwrap();
        page.tasks.into_iter().map(|task| task.id).collect()
    }

    /// Id of the open task of an instance at a node; the first of several.
    pub(crate) async fn task(&self, instance: &str, node: &str) -> String {
        let mut ctx = self.system().await;
        let sql = "SELECT id FROM process_task WHERE instance_id = $1 AND node = $2 AND open > 0
             ORDER BY number LIMIT 1";
        let found: Option<String> = ctx.scalar(sql, vals![instance, node]).await.unwrap();
        found.unwrap_or_else(|| panic!("no open task at {node}"))
    }

    /// Nodes with an open task, by number.
    pub(crate) async fn open(&self, instance: &str) -> Vec<String> {
        let mut ctx = self.system().await;
        let sql = "SELECT node FROM process_task WHERE instance_id = $1 AND open > 0
             ORDER BY number";
        ctx.column(sql, vals![instance]).await.unwrap()
    }

    /// Completes the task at a node as somebody who takes it at once.
    pub(crate) async fn done(
        &self,
        login: &str,
        instance: &str,
        node: &str,
        variables: Json,
    ) -> Result<Done> {
        let id = self.task(instance, node).await;
        let variables = serde_json::from_value(variables).unwrap();
        self.run(login, async |ctx| task::complete(ctx, &id, None, "", variables).await).await
    }

    pub(crate) async fn phase(&self, instance: &str) -> String {
        let mut ctx = self.system().await;
        let sql = "SELECT phase FROM process_instance WHERE id = $1";
        ctx.scalar(sql, vals![instance]).await.unwrap().unwrap()
    }

    fn web(&self) -> Web {
        let modules: Vec<Module> = crate::modules();
        let routes = modules.iter().flat_map(|module| module.routes.clone()).collect();
        let rail = modules.iter().flat_map(|module| module.rail.clone()).collect();
        Web {
            env: self.env.clone(),
            views: Arc::new(
                Views::new(vec![webkit::view::own(), engine(), crate::views()]).unwrap(),
            ),
            authenticate: Arc::new(ByName),
            routes: Arc::new(routes),
            rail: Arc::new(rail),
        }
    }

    async fn send(&self, request: Request<Body>) -> Page {
        let response = self.web().router().oneshot(request).await.unwrap();
        let status = response.status();
        let location = response.headers().get(header::LOCATION);
        let location = location.map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        Page { status, location, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    fn session(&self, login: &str) -> String {
        webkit::form::encode(&serde_json::to_string(&self.actor(login)).unwrap())
    }

    pub(crate) async fn get(&self, login: &str, path: &str) -> Page {
        let cookie = format!("yipan_session={}", self.session(login));
        let request = Request::get(path).header(header::COOKIE, cookie);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Calls the REST interface as somebody; his token is himself.
    pub(crate) async fn api(
        &self,
        login: &str,
        method: &str,
        path: &str,
        body: Json,
    ) -> (StatusCode, Json) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.session(login)))
            .header(header::CONTENT_TYPE, "application/json");
        let page = self.send(request.body(Body::from(body.to_string())).unwrap()).await;
        (page.status, serde_json::from_str(&page.text).unwrap_or(json!(page.text)))
    }

    /// Calls the REST interface as somebody who has shown one factor only.
    pub(crate) async fn weak(
        &self,
        login: &str,
        method: &str,
        path: &str,
        body: Json,
    ) -> StatusCode {
        let actor = Actor { assurance: 1, ..self.actor(login) };
        let token = webkit::form::encode(&serde_json::to_string(&actor).unwrap());
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await.status
    }

    /// Sends a form as the page of the same actor would.
    pub(crate) async fn post(&self, login: &str, path: &str, fields: &[(&str, &str)]) -> Page {
        let csrf = self.env.vault.index("form", "key");
        let own = [("_csrf", csrf.as_str())];
        let pairs: Vec<String> = own
            .iter()
            .chain(fields)
            .map(|(name, value)| format!("{name}={}", webkit::form::encode(value)))
            .collect();
        let cookie = format!("yipan_session={}", self.session(login));
        let request = Request::post(path)
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(pairs.join("&"))).unwrap()).await
    }
}

impl World {
    /// Puts other definitions in the place of those the world began with.
    pub(crate) fn change_pack(&mut self, pack: Arc<pack::Province>) {
        let env = &self.env;
        let folder = env.settings.data_dir.join("objects");
        let changed = Env::new(
            env.db.clone(),
            Objects::open(&folder).unwrap(),
            pack,
            Vault::new([7; 32]),
            Clock::frozen(START),
            env.settings.clone(),
            Arc::new(NoTypeset),
            BTreeMap::new(),
            Env::system_entropy().unwrap(),
        );
        self.env = Arc::new(changed);
        let jobs: Vec<_> = modules().iter().flat_map(|module| module.jobs.clone()).collect();
        self.worker = Worker::new(self.env.clone(), &jobs);
    }

    /// Sends a form as the page of the same actor would, with files: field, name, content.
    pub(crate) async fn upload(
        &self,
        login: &str,
        path: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &str, &[u8])],
    ) -> Page {
        let part = |head: &str, content: &[u8]| {
            let mut part = format!("--cut\r\nContent-Disposition: form-data; {head}\r\n\r\n");
            part.push_str(std::str::from_utf8(content).unwrap());
            part + "\r\n"
        };
        let csrf = self.env.vault.index("form", "key");
        let mut body = part("name=\"_csrf\"", csrf.as_bytes());
        for (name, value) in fields {
            body += &part(&format!("name=\"{name}\""), value.as_bytes());
        }
        for (field, name, content) in files {
            body += &part(&format!("name=\"{field}\"; filename=\"{name}\""), content);
        }
        if fields.iter().all(|(name, _)| *name != "_once") {
            let once = proof::digest::sm3_hex(body.as_bytes());
            body += &part("name=\"_once\"", once.get(..32).unwrap().as_bytes());
        }
        body += "--cut--\r\n";
        let cookie = format!("yipan_session={}", self.session(login));
        let request = Request::post(path)
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=cut");
        self.send(request.body(Body::from(body)).unwrap()).await
    }
}

/// The engine's sentences, as the program adds them.
fn engine() -> webkit::view::ViewSet {
    static LANG: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
        let line = |(code, zh, en): &(&str, &str, &str)| {
            format!("error.{code}: {}\n", json!({ "zh": zh, "en": en }))
        };
        flow::process::MESSAGES.iter().map(line).collect()
    });
    static PAGES: include_dir::Dir<'static> = include_dir::Dir::new("", &[]);
    webkit::view::ViewSet { name: "engine", pages: &PAGES, lang: &LANG }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) location: String,
    pub(crate) text: String,
}

impl Page {
    /// A whole page with one heading and no sentence missing.
    pub(crate) fn is_whole(&self, path: &str) {
        assert_eq!(self.status, StatusCode::OK, "{path}: {}", self.text);
        assert_eq!(self.text.matches("<h1").count(), 1, "{path}");
        assert!(!self.text.contains('⟦'), "{path}");
    }
}

/// The session and the token are the actor himself.
struct ByName;

fn visitor(encoded: &str) -> Visitor {
    let pairs = webkit::form::decode(format!("a={encoded}").as_bytes());
    let actor = serde_json::from_str(&pairs[0].1).unwrap();
    Visitor { actor, form_key: "key".to_owned(), unread: 0 }
}

impl Authenticate for ByName {
    fn by_session<'a>(&'a self, _: &'a Arc<Env>, cookie: &'a str) -> Pending<'a, Result<Visitor>> {
        Box::pin(async move { Ok(visitor(cookie)) })
    }

    fn by_token<'a>(&'a self, _: &'a Arc<Env>, token: &'a str) -> Pending<'a, Result<Visitor>> {
        Box::pin(async move { Ok(visitor(token)) })
    }

    fn refused<'a>(&'a self, _: &'a Arc<Env>, _: &'a Actor, _: &'a str) -> Pending<'a, ()> {
        Box::pin(async {})
    }
}

/// A citizen, who has nothing to do here.
pub(crate) fn citizen() -> Actor {
    Actor {
        kind: ActorKind::Citizen,
        account: "citizen".to_owned(),
        roles: vec!["citizen".to_owned()],
        assurance: 2,
        ..Actor::default()
    }
}

struct NoTypeset;

impl Typeset for NoTypeset {
    fn render(&self, _: &str, _: &Json, _: &[(&str, String)]) -> Result<Vec<u8>> {
        Err(Error::internal("no typesetter in these tests"))
    }
    fn qr_svg(&self, _: &str) -> Result<String> {
        Err(Error::internal("no typesetter in these tests"))
    }
    fn seal_svg(&self, _: &str, _: &str) -> Result<String> {
        Err(Error::internal("no typesetter in these tests"))
    }
}

/// The document around processes.
pub(crate) fn document(processes: &[(&str, &str)]) -> String {
    let around = |(id, inner): &(&str, &str)| {
        format!("<process id=\"{id}\" name=\"{id}\" isExecutable=\"true\">{inner}</process>")
    };
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:y="urn:yipan:process:1" id="defs" targetNamespace="urn:test">
<message id="m" name="来函" y:correlation="number"/><message id="go" name="启动"/>
<signal id="flood" name="汛情"/><error id="err" errorCode="E1"/>
{}</definitions>"#,
        processes.iter().map(around).collect::<String>()
    )
}

/// A process from short lines: `userTask a attribute=value` or XML, and `from to [condition]`.
pub(crate) fn draw(nodes: &[&str], flows: &[&str]) -> String {
    let node = |line: &&str| {
        if line.trim_start().starts_with('<') {
            return (*line).to_owned();
        }
        let mut words = line.split(' ');
        let (kind, id) = (words.next().unwrap(), words.next().unwrap());
        let attributes: String = words
            .map(|word| {
                let (name, value) = word.split_once('=').unwrap();
                format!(" {name}=\"{value}\"")
            })
            .collect();
        format!("<{kind} id=\"{id}\"{attributes}/>")
    };
    let flow = |line: &&str| {
        let mut words = line.splitn(3, ' ');
        let (from, to) = (words.next().unwrap(), words.next().unwrap());
        let condition = words.next().map(|text| {
            let text = text.replace('&', "&amp;").replace('<', "&lt;");
            format!("<conditionExpression>{text}</conditionExpression>")
        });
        format!(
            "<sequenceFlow id=\"{from}_{to}\" sourceRef=\"{from}\" targetRef=\"{to}\">{}</sequenceFlow>",
            condition.unwrap_or_default()
        )
    };
    nodes.iter().map(node).chain(flows.iter().map(flow)).collect()
}

/// A process `p` whose one step is accepted by a clerk (`a`) and the other reviewed (`b`); `more`
/// is what each says besides, such as its limit.
pub(crate) fn two_steps(more_a: &str, more_b: &str) -> String {
    let a = format!("userTask a name=受理 y:candidates=clerk {more_a}");
    let b = format!("userTask b name=审查 y:candidates=reviewer {more_b}");
    let nodes = ["startEvent s0", a.trim_end(), b.trim_end(), "endEvent e"];
    document(&[("p", &draw(&nodes, &["s0 a", "a b", "b e"]))])
}
