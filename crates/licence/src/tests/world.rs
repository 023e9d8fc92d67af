//! A small installation on a frozen clock, with people, officers and a typesetter that needs no
//! fonts.

use crate::register::{Issue, Issued};
use crate::{issue, seal};
use jiff::civil::date;
use kernel::identifier::CitizenNumber;
use kernel::{Actor, ActorKind, Result, Timestamp};
use party::person::{NewPerson, Person};
use serde_json::{Value as Json, json};
use std::ops::Deref;
use std::sync::Arc;
use store::{Clock, Ctx, Typeset};
use testkit::{Installation, Place, Setup};

pub const TYPE: &str = "household-register";
pub const BIRTH: &str = "birth-certificate";
pub const POLICE: &str = "police-410105";
pub const HEALTH: &str = "health-410105";

/// An installation.
pub struct World(Installation);

impl Deref for World {
    type Target = Installation;

    fn deref(&self) -> &Installation {
        &self.0
    }
}

/// Half past ten on 15 September 2026.
pub fn now() -> Timestamp {
    Timestamp::from_civil(date(2026, 9, 15).at(10, 30, 0, 0))
}

pub async fn world() -> World {
    world_with(Arc::new(Plain)).await
}

pub async fn world_with(typeset: Arc<dyn Typeset>) -> World {
    build(Place::sqlite(), typeset).await
}

/// One on PostgreSQL when the test run names a server, else one on SQLite.
pub async fn world_on_server() -> World {
    world_at(Place::any().await).await
}

pub async fn world_at(place: Place) -> World {
    build(place, Arc::new(Plain)).await
}

async fn build(place: Place, typeset: Arc<dyn Typeset>) -> World {
    let clock = Clock::frozen(now());
    let setup = Setup {
        clock,
        seed: 42,
        demo: true,
        typeset,
        sealed: [party::SEALED, crate::SEALED].concat(),
        ..Setup::default()
    };
    let installation = setup.at(&place).await;
    seal::provision(&installation.env).await.unwrap();
    World(installation)
}

impl World {
    pub async fn as_actor(&self, actor: &Actor) -> Ctx {
        self.write(actor).await
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

/// Sets every paper as the same empty page; seals and codes are drawn as they are. Real typesetting
/// is in `sheets`.
pub struct Plain;

impl Typeset for Plain {
    fn render(&self, layout: &str, data: &Json, files: &[(&str, String)]) -> Result<Vec<u8>> {
        testkit::Plain.render(layout, data, files)
    }

    fn qr_svg(&self, text: &str) -> Result<String> {
        document::qr_svg(text)
    }

    fn qr_rows(&self, text: &str) -> Result<Vec<Vec<bool>>> {
        document::qr_rows(text)
    }

    fn seal_svg(&self, agency: &str, code: &str) -> Result<String> {
        let kind = document::SealKind::Round;
        document::seal_svg(document::SealFace { agency, kind, code })
    }

    fn face_svg(&self, picture: store::SealPicture<'_>) -> Result<String> {
        match picture {
            store::SealPicture::Special { agency, line, code } => {
                document::special_seal_svg(agency, line, code)
            }
            store::SealPicture::Personal { name } => document::personal_seal_svg(name),
        }
    }
}
