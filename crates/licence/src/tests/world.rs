//! A small installation on a frozen clock, with people, officers and a typesetter that needs no
//! fonts.

use crate::register::{Issue, Issued};
use crate::{issue, seal};
use jiff::civil::date;
use kernel::identifier::CitizenNumber;
use kernel::{Actor, ActorKind, Lang, Random, Result, Timestamp};
use party::person::{NewPerson, Person};
use proof::vault::Vault;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use store::object::Objects;
use store::{Clock, Ctx, Db, Env, Settings, Typeset};
use tempfile::TempDir;

pub const TYPE: &str = "household-register";
pub const BIRTH: &str = "birth-certificate";
pub const POLICE: &str = "police-410105";
pub const HEALTH: &str = "health-410105";

/// An installation; dropping it removes its folder.
pub struct World {
    pub env: Arc<Env>,
    _dir: TempDir,
}

/// Half past ten on 15 September 2026.
pub fn now() -> Timestamp {
    Timestamp::from_civil(date(2026, 9, 15).at(10, 30, 0, 0))
}

pub async fn world() -> World {
    world_with(Arc::new(Plain)).await
}

pub async fn world_with(typeset: Arc<dyn Typeset>) -> World {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open_file(&dir.path().join("yipan.db")).await.unwrap();
    build(dir, db, typeset).await
}

/// One on PostgreSQL when the test run names a server, else one on SQLite. `test` names the
/// database, so that tests run side by side.
pub async fn world_on_server(test: &str) -> World {
    let Ok(url) = std::env::var("YIPAN_TEST_POSTGRES") else { return world().await };
    let name = format!("yipan_licence_{test}");
    let server = Db::open(&url).await.unwrap();
    server.script(&format!("DROP DATABASE IF EXISTS {name}")).await.unwrap();
    server.script(&format!("CREATE DATABASE {name}")).await.unwrap();
    server.close().await;
    let (before, _) = url.rsplit_once('/').unwrap();
    let db = Db::open(&format!("{before}/{name}")).await.unwrap();
    build(tempfile::tempdir().unwrap(), db, Arc::new(Plain)).await
}

async fn build(dir: TempDir, db: Db, typeset: Arc<dyn Typeset>) -> World {
    store::migrate::run(&db).await.unwrap();
    let settings = Settings {
        data_dir: dir.path().to_owned(),
        base_url: "https://yipan.example".to_owned(),
        demo: true,
        smtp: None,
    };
    let env = Arc::new(Env::new(
        db,
        Objects::open(&dir.path().join("objects")).unwrap(),
        pack::Province::embedded().unwrap(),
        Vault::new([7; 32]),
        Clock::frozen(now()),
        settings,
        typeset,
        Default::default(),
        Random::from_number(42),
    ));
    seal::provision(&env).await.unwrap();
    World { env, _dir: dir }
}

impl World {
    pub async fn system(&self) -> Ctx {
        self.env.system("test").await.unwrap()
    }

    pub async fn as_actor(&self, actor: &Actor) -> Ctx {
        Ctx::write(&self.env, actor.clone(), Lang::Zh).await.unwrap()
    }

    /// A person with a number made from the sequence.
    pub async fn person(&self, name: &str, sequence: u16) -> Person {
        let number = CitizenNumber::make("410105", date(1994, 3, 5), sequence).unwrap();
        let mut ctx = self.system().await;
        let new = NewPerson {
            name: name.to_owned(),
            number: Some(number.as_str().to_owned()),
            birth_date: None,
            division: "410105".to_owned(),
        };
        let person = party::person::ensure(&mut ctx, new).await.unwrap();
        ctx.commit().await.unwrap();
        person
    }

    /// A newborn, with the guardian recorded.
    pub async fn child_of(&self, guardian: &Person) -> Person {
        let mut ctx = self.system().await;
        let new = NewPerson {
            name: "许安安".to_owned(),
            number: None,
            birth_date: Some(date(2026, 9, 1)),
            division: "410105".to_owned(),
        };
        let child = party::person::ensure(&mut ctx, new).await.unwrap();
        party::delegation::record_guardian(&mut ctx, &child.id, &guardian.id, "birth:1")
            .await
            .unwrap();
        ctx.commit().await.unwrap();
        child
    }

    /// A household register's page for the person, in a transaction of its own.
    pub async fn licence(&self, person: &Person) -> Issued {
        let mut ctx = self.system().await;
        let issued = issue(&mut ctx, issue_for(person)).await.unwrap();
        ctx.commit().await.unwrap();
        issued
    }

    pub async fn revoke(&self, id: &str) -> Result<()> {
        let mut ctx = self.as_actor(&officer(POLICE)).await;
        crate::revoke(&mut ctx, id, "证照内容有误", "行政许可法第六十九条").await?;
        ctx.commit().await
    }
}

pub fn issue_for(person: &Person) -> Issue {
    Issue {
        type_id: TYPE.to_owned(),
        holder_person: person.id.clone(),
        holder_number: person.number.clone(),
        holder_name: person.name.clone(),
        agency_id: POLICE.to_owned(),
        fields: fields(person),
        case_id: "01CASE".to_owned(),
        item_id: "household-registration".to_owned(),
        valid_until: None,
    }
}

pub fn fields(person: &Person) -> Json {
    json!({
        "household_number": "410105000123",
        "name": person.name,
        "born_on": "1994-03-05",
        "citizen_number": person.number,
        "address": "金水区书院街 27 号",
    })
}

pub fn citizen(person: &Person) -> Actor {
    Actor {
        kind: ActorKind::Citizen,
        account: format!("account-{}", person.id),
        party: person.id.clone(),
        name: person.name.clone(),
        roles: vec!["citizen".to_owned()],
        division: person.division.clone(),
        assurance: 1,
        ..Actor::default()
    }
}

/// An approver of the agency who has shown a second factor.
pub fn officer(agency: &str) -> Actor {
    staff(agency, "approver")
}

pub fn staff(agency: &str, role: &str) -> Actor {
    Actor {
        kind: ActorKind::Officer,
        account: format!("account-{role}-{agency}"),
        party: String::new(),
        name: "王审批".to_owned(),
        roles: vec![role.to_owned()],
        agency: agency.to_owned(),
        division: "410105".to_owned(),
        assurance: 2,
        ..Actor::default()
    }
}

/// Typesets every document as the same empty page; real typesetting is in `sheets`.
pub struct Plain;

impl Typeset for Plain {
    fn render(&self, _: &str, data: &Json, _: &[(&str, String)]) -> Result<Vec<u8>> {
        let title = data["created"].as_str().unwrap_or("");
        let objects = [
            "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
            format!("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Title ({title}) >>"),
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

    fn qr_svg(&self, text: &str) -> Result<String> {
        document::qr_svg(text)
    }

    fn seal_svg(&self, agency: &str, code: &str) -> Result<String> {
        let kind = document::SealKind::Round;
        document::seal_svg(document::SealFace { agency, kind, code })
    }
}
