//! An installation on a frozen clock, officers with accounts, and a browser that comes in as any
//! of them. Everything is checked by [`fsck`](crate::fsck) after every act.

use crate::fsck;
use crate::instance::{self, Done, New};
use crate::task::{self, ListKind};
use axum::http::{Request, StatusCode, header};
use kernel::{Actor, ActorKind, Lang, Result};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;
use store::job::Worker;
use store::{Clock, Ctx, Env, vals};
use testkit::{Installation, Place, Reply, Setup, Site};
use webkit::Module;

/// The health commission of a district of Zhengzhou.
pub(crate) const HEALTH: &str = "health-410105";
/// The police of the same district.
pub(crate) const POLICE: &str = "police-410105";

pub(crate) struct World {
    installation: Installation,
    pub(crate) site: Site,
    people: BTreeMap<&'static str, Actor>,
}

impl Deref for World {
    type Target = Installation;

    fn deref(&self) -> &Installation {
        &self.installation
    }
}

fn modules() -> Vec<Module> {
    let mut modules = party::modules();
    modules.extend(crate::modules());
    modules
}

fn setup() -> Setup {
    Setup { modules: modules(), ..Setup::default() }
}

impl World {
    /// Another node on the same database: its own pool, clock and randomness.
    pub(crate) async fn node(&self, seed: u64) -> (Arc<Env>, Worker) {
        let clock = Clock::frozen(self.env.clock.now());
        let node = Setup { clock, seed, ..setup() }.at(&self.place).await;
        (node.env, node.worker)
    }

    /// On SQLite, or on the PostgreSQL server that the test run names.
    pub(crate) async fn new() -> World {
        World::over(setup().at(&Place::any().await).await).await
    }

    async fn over(installation: Installation) -> World {
        let views = vec![webkit::view::own(), engine(), crate::views()];
        let site = Site::new(&installation.env, &crate::modules(), views);
        let mut world = World { installation, site, people: BTreeMap::new() };
        for (login, name, agency, role) in [
            ("admin", "管理员", HEALTH, "administrator"),
            ("wang", "王芳", HEALTH, "reviewer"),
            ("lijing", "李静", HEALTH, "reviewer"),
            ("zhao", "赵磊", HEALTH, "approver"),
            ("clerk", "陈晓", HEALTH, "clerk"),
            ("police", "周警官", POLICE, "approver"),
            ("watch", "孙监察", "data-administration-410100", "supervisor"),
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
        self.site.admit(login, actor.clone());
        self.people.insert(login, actor);
    }

    pub(crate) fn actor(&self, login: &str) -> Actor {
        self.people[login].clone()
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

    /// Runs every job that is due; none may have failed.
    pub(crate) async fn drain(&self) {
        self.installation.drain().await;
        self.whole().await;
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

    pub(crate) async fn get(&self, login: &str, path: &str) -> Reply {
        self.site.get(login, path).await
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
            .header(header::CONTENT_TYPE, "application/json");
        let reply = self.site.call(login, request, body.to_string().into_bytes()).await;
        (reply.status, serde_json::from_str(&reply.text).unwrap_or(json!(reply.text)))
    }

    /// Calls the REST interface as somebody who has shown one factor only.
    pub(crate) async fn weak(
        &self,
        login: &str,
        method: &str,
        path: &str,
        body: Json,
    ) -> StatusCode {
        self.site.admit("weak", Actor { assurance: 1, ..self.actor(login) });
        self.site.api("weak", method, path, &body).await.0
    }

    /// Sends a form as the page of the same actor would.
    pub(crate) async fn post(&self, login: &str, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.site.post(login, path, fields).await
    }

    /// Puts other definitions in the place of those the world began with.
    pub(crate) async fn change_pack(&mut self, pack: Arc<pack::Province>) {
        let seed = Env::system_entropy().unwrap().number();
        self.installation = Setup { pack, seed, ..setup() }.at(&self.place).await;
        self.site.web.env = self.installation.env.clone();
    }

    /// Sends a form as the page of the same actor would, with files: field, name, content.
    pub(crate) async fn upload(
        &self,
        login: &str,
        path: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &str, &[u8])],
    ) -> Reply {
        let once = proof::digest::sm3_hex(format!("{fields:?}{files:?}").as_bytes());
        let mut all = fields.to_vec();
        if fields.iter().all(|(name, _)| *name != "_once") {
            all.push(("_once", once.get(..32).unwrap()));
        }
        self.site.upload(login, path, &all, files).await
    }
}

/// Runs a verb as somebody: `act!(world, login, verb, arguments…)`.
macro_rules! act {
    ($world:expr, $login:expr, $verb:path $(, $argument:expr)* $(,)?) => {
        $world.run($login, async |ctx| $verb(ctx $(, $argument)*).await).await
    };
}
pub(crate) use act;

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
