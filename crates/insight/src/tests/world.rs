//! An installation on a frozen clock with the demonstration province, cases of single items made
//! through the real verbs, and a browser that comes in as any actor.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use jiff::civil::date;
use kernel::{Actor, ActorKind, Lang, Random, Result, Timestamp};
use party::person::{NewPerson, Person};
use proof::vault::Vault;
use serde_json::Value as Json;
use service::case::{self, Submission};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::job::Worker;
use store::object::Objects;
use store::{Clock, Ctx, Db, Env, Settings, Typeset, vals};
use tempfile::TempDir;
use tower::ServiceExt;
use webkit::app::Pending;
use webkit::view::Views;
use webkit::{Authenticate, Module, Visitor, Web};

/// Jinshui district of Zhengzhou.
pub(crate) const JINSHUI: &str = "410105";
/// A district of Luoyang.
pub(crate) const LUOYANG: &str = "410305";

pub(crate) struct World {
    pub(crate) env: Arc<Env>,
    pub(crate) worker: Worker,
    _folder: TempDir,
}

/// Ten o'clock on 15 September 2026, a Tuesday.
pub(crate) fn start() -> Timestamp {
    Timestamp::from_civil(date(2026, 9, 15).at(10, 0, 0, 0))
}

fn modules() -> Vec<Module> {
    let mut modules = party::modules();
    modules.extend(licence::modules());
    modules.extend(service::modules());
    modules.extend(crate::modules());
    modules
}

impl World {
    /// On SQLite, or on the PostgreSQL server that `YIPAN_TEST_POSTGRES` names.
    pub(crate) async fn new() -> World {
        let folder = tempfile::tempdir().unwrap();
        let db = match std::env::var("YIPAN_TEST_POSTGRES") {
            Ok(server) => {
                let seed = Env::system_entropy().unwrap().number();
                let name = format!("yipan_insight_{seed:x}");
                let admin = Db::open(&server).await.unwrap();
                admin.script(&format!("CREATE DATABASE {name}")).await.unwrap();
                admin.close().await;
                let (head, _) = server.rsplit_once('/').unwrap();
                Db::open(&format!("{head}/{name}")).await.unwrap()
            }
            Err(_) => Db::open_file(&folder.path().join("test.db")).await.unwrap(),
        };
        store::migrate::run(&db).await.unwrap();
        let modules = modules();
        let mut subscribers: BTreeMap<&'static str, Vec<&'static str>> = BTreeMap::new();
        for (topic, job) in modules.iter().flat_map(|module| &module.subscriptions) {
            subscribers.entry(topic).or_default().push(job);
        }
        let settings = Settings {
            data_dir: folder.path().to_owned(),
            base_url: "https://yipan.example".to_owned(),
            demo: false,
            smtp: None,
        };
        let env = Arc::new(Env::new(
            db,
            Objects::open(&folder.path().join("objects")).unwrap(),
            pack::Province::embedded().unwrap(),
            Vault::new([7; 32]),
            Clock::frozen(start()),
            settings,
            Arc::new(Plain),
            subscribers,
            Random::from_number(20_260_915),
        ));
        licence::seal::provision(&env).await.unwrap();
        let jobs: Vec<_> = modules.iter().flat_map(|module| module.jobs.clone()).collect();
        let worker = Worker::new(env.clone(), &jobs);
        World { env, worker, _folder: folder }
    }

    pub(crate) async fn system(&self) -> Ctx {
        self.env.system("test").await.unwrap()
    }

    pub(crate) fn read(&self, actor: &Actor) -> Ctx {
        Ctx::read(&self.env, actor.clone(), Lang::Zh)
    }

    pub(crate) fn advance_days(&self, days: i64) {
        self.env.clock.advance_us(days * kernel::time::DAY_US);
    }

    /// Runs every job that is due; none may fail.
    pub(crate) async fn drain(&self) {
        self.worker.drain().await.unwrap();
        let mut ctx = self.system().await;
        let sql = "SELECT name || ' ' || failure FROM job WHERE failure <> ''";
        let failed: Vec<String> = ctx.column(sql, vals![]).await.unwrap();
        assert_eq!(failed, Vec::<String>::new());
    }

    async fn person(&self) -> Person {
        let mut ctx = self.system().await;
        let new = NewPerson {
            name: "顾晓宁".to_owned(),
            number: Some("410105199403161824".to_owned()),
            division: JINSHUI.to_owned(),
            ..NewPerson::default()
        };
        let person = party::person::ensure(&mut ctx, new).await.unwrap();
        ctx.commit().await.unwrap();
        person
    }

    /// Submits one item in a division; the id of the item's case. Its rule finds no facts, so that
    /// the case waits for a person.
    pub(crate) async fn submit(&self, item: &str, division: &str, channel: &str) -> String {
        let person = self.person().await;
        let mut ctx = self.system().await;
        let new = Submission {
            draft_id: ctx.id(),
            one_thing: String::new(),
            items: vec![item.to_owned()],
            applicant_person: person.id,
            child: None,
            answers: BTreeMap::new(),
            facts: BTreeMap::new(),
            receipts: Vec::new(),
            uploads: Vec::new(),
            division: division.to_owned(),
            channel: channel.to_owned(),
            mobile: "15400000001".to_owned(),
        };
        let done = case::submit(&mut ctx, new).await.unwrap();
        ctx.commit().await.unwrap();
        self.drain().await;
        done.items[0].id.clone()
    }

    /// Runs a verb as the actor in a transaction of its own.
    pub(crate) async fn run<T>(
        &self,
        actor: &Actor,
        verb: impl AsyncFnOnce(&mut Ctx) -> Result<T>,
    ) -> Result<T> {
        let mut ctx = Ctx::write(&self.env, actor.clone(), Lang::Zh).await?;
        let done = verb(&mut ctx).await?;
        ctx.commit().await?;
        Ok(done)
    }

    /// Accepts as the agency's approver.
    pub(crate) async fn accept(&self, id: &str, agency: &str) {
        let officer = staff(agency, "approver");
        self.run(&officer, async |ctx| case::accept(ctx, id, None, Default::default()).await)
            .await
            .unwrap();
    }

    /// Refuses as the agency's approver, naming the article.
    pub(crate) async fn refuse(&self, id: &str, agency: &str) {
        let refusal = case::Decision {
            granted: false,
            opinion: "不同意".to_owned(),
            reasons: "无法核实".to_owned(),
            article: "母婴保健法第二十三条".to_owned(),
            ..case::Decision::default()
        };
        let officer = staff(agency, "approver");
        self.run(&officer, async |ctx| case::decide(ctx, id, None, refusal).await).await.unwrap();
    }

    #[allow(dead_code)]
    pub(crate) async fn count(&self, sql: &str) -> i64 {
        let mut ctx = self.system().await;
        ctx.count(sql, vals![]).await.unwrap()
    }

    fn web(&self) -> Web {
        let modules: Vec<Module> = crate::modules();
        let routes = modules.iter().flat_map(|module| module.routes.clone()).collect();
        let rail = modules.iter().flat_map(|module| module.rail.clone()).collect();
        Web {
            env: self.env.clone(),
            views: Arc::new(Views::new(vec![webkit::view::own(), crate::views()]).unwrap()),
            authenticate: Arc::new(ByName),
            routes: Arc::new(routes),
            rail: Arc::new(rail),
        }
    }

    async fn send(&self, actor: &Actor, method: &str, path: &str, body: String) -> Page {
        let cookie = serde_json::to_string(actor).unwrap();
        let cookie = webkit::form::encode(&cookie);
        let mut request = Request::builder().method(method).uri(path);
        request = match path.starts_with("/api/") {
            true => request
                .header(header::AUTHORIZATION, format!("Bearer {cookie}"))
                .header(header::CONTENT_TYPE, "application/json"),
            false => request
                .header(header::COOKIE, format!("yipan_session={cookie}"))
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded"),
        };
        let request = request.body(Body::from(body)).unwrap();
        let response = self.web().router().oneshot(request).await.unwrap();
        let status = response.status();
        let location = response.headers().get(header::LOCATION);
        let location = location.map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        Page { status, location, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    pub(crate) async fn get(&self, actor: &Actor, path: &str) -> Page {
        self.send(actor, "GET", path, String::new()).await
    }

    /// Sends a form as the page of the same actor would.
    #[allow(dead_code)]
    pub(crate) async fn post(&self, actor: &Actor, path: &str, fields: &[(&str, &str)]) -> Page {
        let csrf = self.env.vault.index("form", "key");
        let own = [("_csrf", csrf.as_str())];
        let pairs: Vec<String> = own
            .iter()
            .chain(fields)
            .map(|(name, value)| format!("{name}={}", webkit::form::encode(value)))
            .collect();
        self.send(actor, "POST", path, pairs.join("&")).await
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    #[allow(dead_code)]
    pub(crate) location: String,
    pub(crate) text: String,
}

impl Page {
    /// A whole page with one heading.
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

/// An officer of an agency with a role; his division is the agency's.
pub(crate) fn staff(agency: &str, role: &str) -> Actor {
    let division = agency.rsplit_once('-').map_or("410000", |(_, division)| division);
    Actor {
        kind: ActorKind::Officer,
        account: format!("account-{role}-{agency}"),
        name: format!("{role} {agency}"),
        roles: vec![role.to_owned()],
        agency: agency.to_owned(),
        division: division.to_owned(),
        assurance: 2,
        ..Actor::default()
    }
}

/// Sets every paper as the same empty page.
struct Plain;

impl Typeset for Plain {
    fn render(&self, _: &str, _: &Json, _: &[(&str, String)]) -> Result<Vec<u8>> {
        let objects = [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
        ];
        let mut out = String::from("%PDF-1.7\n");
        let mut offsets = Vec::new();
        for (index, object) in objects.iter().enumerate() {
            offsets.push(out.len());
            out.push_str(&format!("{} 0 obj\n{object}\nendobj\n", index + 1));
        }
        let start = out.len();
        out.push_str("xref\n0 4\n0000000000 65535 f \n");
        for offset in offsets {
            out.push_str(&format!("{offset:010} 00000 n \n"));
        }
        out.push_str(&format!("trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"));
        Ok(out.into_bytes())
    }

    fn qr_svg(&self, _: &str) -> Result<String> {
        Ok("<svg role=\"img\"></svg>".to_owned())
    }

    fn seal_svg(&self, _: &str, _: &str) -> Result<String> {
        Ok("<svg role=\"img\"></svg>".to_owned())
    }
}
