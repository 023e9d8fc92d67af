//! An installation with the demonstration province, a family in the registries, and the HTTP
//! service with callers known by name.

use crate::draft::{Change, Start, amend, open, start};
use kernel::{Actor, ActorKind, Result};
use party::person::{NewPerson, Person};
use serde_json::{Map, Value as Json};
use std::ops::Deref;
use std::sync::Arc;
use store::{Ctx, Env};
use testkit::{Installation, Place, Setup, Site};

pub(crate) const MOTHER: &str = "410105199403161824";
pub(crate) const FATHER: &str = "410105199207083419";
const DIVISION: &str = "410105001";

pub(crate) struct World {
    installation: Installation,
    site: Site,
}

impl Deref for World {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}

impl World {
    pub(crate) async fn at(place: Place) -> World {
        let mut modules = crate::modules();
        modules.retain(|module| module.name.starts_with("service."));
        // Nothing here runs but what ends drafts: receipts are made elsewhere.
        let mut ending = modules.clone();
        for module in &mut ending {
            module.jobs.retain(|job| job.name == crate::draft::EXPIRE);
            module.subscriptions.clear();
        }
        let setup = Setup {
            modules: ending,
            sealed: crate::tests_sealed(),
            demo: true,
            ..Setup::default()
        };
        let installation = setup.at(&place).await;
        let views = vec![crate::views(), party::views(), data::views(), licence::views()];
        for module in &mut modules {
            module.rail.clear();
        }
        let site = Site::new(&installation.env, &modules, views);
        let env = &installation.env;
        for (login, name, number) in [
            ("mother", "顾晓宁", MOTHER),
            ("father", "沈青禾", FATHER),
            ("stranger", "周明远", "440524188001010014"),
        ] {
            site.admit(login, citizen(&person(env, name, number).await));
        }
        site.admit("clerk", staff("clerk"));
        site.admit("reviewer", staff("reviewer"));
        family(env).await;
        World { installation, site }
    }

    /// Runs a verb as somebody in a transaction of its own.
    pub(crate) async fn run<T>(
        &self,
        login: &str,
        verb: impl AsyncFnOnce(&mut Ctx) -> Result<T>,
    ) -> Result<T> {
        self.installation.run(&self.actor(login), verb).await
    }

    pub(crate) fn env(&self) -> &Arc<Env> {
        &self.installation.env
    }

    pub(crate) async fn count(&self, sql: &str) -> i64 {
        self.installation.count(sql).await
    }

    /// Runs the jobs of drafts that are due.
    pub(crate) async fn expire(&self) {
        self.installation.worker.drain().await.unwrap();
    }

    pub(crate) fn example(&self, id: &str) -> pack::one_thing::Example {
        let examples = self.env().pack.examples("newborn").unwrap();
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
        let journey = opened.journey(&self.env().pack).unwrap();
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
        let pages = &self.env().pack.form("newborn").unwrap().pages;
        let confirm = pages.iter().map(|page| (page.id.clone(), true)).collect();
        Change { answers, confirm, ..Change::default() }
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
