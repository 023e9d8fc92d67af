//! An installation on a frozen clock with the demonstration province, and applications made from
//! the worked examples of its newborn one-thing.

use crate::case::{self, Child, Submission, Submitted};
use jiff::civil::date;
use kernel::{Actor, ActorKind, Text};
use party::person::{NewPerson, Person};
use rules::Fact;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::ops::Deref;
use store::vals;
use testkit::{Installation, Place, Setup};
use webkit::Module;

pub(crate) const POLICE: &str = "police-410105";
pub(crate) const HEALTH: &str = "health-410105";
const DIVISION: &str = "410105001";

pub(crate) struct World(Installation);

impl Deref for World {
    type Target = Installation;

    fn deref(&self) -> &Installation {
        &self.0
    }
}

pub(crate) fn modules() -> Vec<Module> {
    let mut modules = party::modules();
    modules.extend(data::modules());
    modules.extend(licence::modules());
    modules.extend(process::modules());
    modules.push(crate::case::module());
    modules.push(crate::bill::module());
    modules.push(crate::figures::module());
    modules
}

impl World {
    pub(crate) async fn new() -> World {
        World::of(modules()).await
    }

    /// An installation of these modules.
    pub(crate) async fn of(modules: Vec<Module>) -> World {
        World::at(&Place::any().await, modules).await
    }

    /// An installation of these modules at a place.
    pub(crate) async fn at(place: &Place, modules: Vec<Module>) -> World {
        let sealed = crate::tests_sealed();
        let installation =
            Setup { modules, sealed, demo: true, ..Setup::default() }.at(place).await;
        licence::seal::provision(&installation.env).await.unwrap();
        World(installation)
    }

    pub(crate) async fn person(&self, name: &str, number: &str) -> Person {
        let mut ctx = self.system().await;
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

    /// The mother of the examples.
    pub(crate) async fn mother(&self) -> Person {
        self.person("顾晓宁", "410105199403161824").await
    }

    /// The application of the example in which everything is decided by rule.
    pub(crate) async fn application(&self, draft: &str) -> (Actor, Submission) {
        let person = self.mother().await;
        self.register("married-all").await;
        (citizen(&person), self.example("married-all", draft, &person))
    }

    /// Puts what the example holds into the registries, as observed now.
    pub(crate) async fn register(&self, example: &str) {
        let pack = self.env.pack.clone();
        let examples = pack.examples("newborn").unwrap();
        let held = &examples.examples.iter().find(|one| one.id == example).unwrap().held;
        let mut ctx = self.system().await;
        for lookup in &pack.one_thing("newborn").unwrap().lookups {
            let prefix = format!("{}.", lookup.id);
            let fields = held
                .iter()
                .filter_map(|(path, value)| Some((path.strip_prefix(&prefix)?, value.clone())));
            let record: serde_json::Map<String, Json> =
                fields.map(|(id, value)| (id.to_owned(), value)).collect();
            if record.is_empty() {
                continue;
            }
            // A contract need not release the field it seeks by.
            let mut record = record;
            if lookup.from.iter().any(|from| from.value == "form.mother_number") {
                let mother = held["mother.citizen_number"].clone();
                record.entry(lookup.matches[0].clone()).or_insert(mother);
            }
            let now = ctx.now;
            data::registry::put(&mut ctx, &lookup.registry, &Json::Object(record), now, DIVISION)
                .await
                .unwrap();
        }
        ctx.commit().await.unwrap();
    }

    pub(crate) fn example(&self, id: &str, draft: &str, person: &Person) -> Submission {
        let pack = &self.env.pack;
        let examples = pack.examples("newborn").unwrap();
        let example = examples.examples.iter().find(|one| one.id == id).unwrap();
        let form = pack.form("newborn").unwrap();
        let mut held: BTreeMap<String, Json> = example.held.clone();
        held.extend(
            example
                .guide
                .iter()
                .map(|(id, value)| (format!("guide.{id}"), Json::from(value.as_str()))),
        );
        let mut answers = example.answers.clone();
        for field in form.fields() {
            let read = |path: &str| {
                let own = path.strip_prefix("form.").and_then(|id| answers.get(id)).cloned();
                own.or_else(|| held.get(path).cloned())
            };
            let fills = field
                .prefill
                .iter()
                .filter(|one| one.when.as_ref().is_none_or(|w| rules::eval(w, &read)));
            let found =
                fills.map(|one| one.value.clone()).find_map(|path| held.get(&path).cloned());
            if let Some(found) = found {
                answers.entry(field.id.clone()).or_insert(found);
            }
        }
        let fact = |value: &Json| Fact {
            value: Some(value.clone()),
            source: Text::new("登记库", "Registry"),
            at: self.env.clock.now(),
        };
        let mut facts: BTreeMap<String, Fact> =
            held.iter().map(|(path, value)| (path.clone(), fact(value))).collect();
        // What a lookup found nothing for, it was told so.
        for lookup in &pack.one_thing("newborn").unwrap().lookups {
            let prefix = format!("{}.", lookup.id);
            let asked = facts.keys().any(|path| path.starts_with(&prefix));
            for field in
                pack.contract(&lookup.contract).filter(|_| asked).iter().flat_map(|one| &one.fields)
            {
                let none = Fact { value: None, ..fact(&Json::Null) };
                facts.entry(format!("{prefix}{field}")).or_insert(none);
            }
        }
        Submission {
            draft_id: draft.to_owned(),
            one_thing: "newborn".to_owned(),
            items: example.items.clone(),
            applicant_person: person.id.clone(),
            child: Some(Child {
                name: "沈安禾".to_owned(),
                number: None,
                birth_date: date(2026, 9, 3),
            }),
            facts,
            answers,
            receipts: Default::default(),
            uploads: Vec::new(),
            division: DIVISION.to_owned(),
            channel: "online".to_owned(),
            mobile: "15400000001".to_owned(),
            about: Vec::new(),
        }
    }

    /// The application of an item's first example, for that item alone; what it promises is met.
    pub(crate) fn alone(&self, item: &str, draft: &str, person: &Person) -> Submission {
        let pack = &self.env.pack;
        let (example, form) = (&pack.examples(item).unwrap().examples[0], pack.form(item).unwrap());
        let mut answers = example.answers.clone();
        for field in form.fields() {
            let found = field.prefill.iter().find_map(|one| example.held.get(&one.value));
            if let Some(found) = found {
                answers.entry(field.id.clone()).or_insert_with(|| found.clone());
            }
        }
        let fact = |value: &Json| Fact {
            value: Some(value.clone()),
            source: Text::new("登记库", "Registry"),
            at: self.env.clock.now(),
        };
        let promised = |field: &&pack::one_thing::Field| {
            let ticked = answers.get(&field.id) == Some(&Json::Bool(true));
            ticked && field.material.is_some()
        };
        let promise = |material: String| case::Material {
            material_id: material,
            digest: String::new(),
            name: String::new(),
            media_type: String::new(),
            size: 0,
            how: case::How::Promise,
        };
        let uploads = form.fields().filter(promised).filter_map(|one| one.material.clone());
        Submission {
            draft_id: draft.to_owned(),
            one_thing: item.to_owned(),
            items: vec![item.to_owned()],
            applicant_person: person.id.clone(),
            child: None,
            facts: example.held.iter().map(|(path, value)| (path.clone(), fact(value))).collect(),
            receipts: Default::default(),
            uploads: uploads.map(promise).collect(),
            division: DIVISION.to_owned(),
            channel: "online".to_owned(),
            mobile: "15400000001".to_owned(),
            about: Vec::new(),
            answers,
        }
    }

    /// Submits as the actor in a transaction of its own.
    pub(crate) async fn submit(&self, actor: &Actor, new: Submission) -> Submitted {
        let mut ctx = self.write(actor).await;
        let done = case::submit(&mut ctx, new).await.unwrap();
        ctx.commit().await.unwrap();
        done
    }

    /// Submits an application whose rule refers the birth certificate, since the sex differs from the
    /// record, and lets it be referred; the id of the birth certificate's case.
    pub(crate) async fn referred(&self, draft: &str) -> (Actor, Submitted, String) {
        let (actor, mut new) = self.application(draft).await;
        new.answers.insert("child_sex".to_owned(), Json::from("male"));
        let done = self.submit(&actor, new).await;
        self.drain().await;
        let item = done.items.iter().find(|item| item.item == "birth-certificate").unwrap();
        let id = item.id.clone();
        (actor, done, id)
    }

    pub(crate) async fn phase(&self, id: &str) -> String {
        let mut ctx = self.system().await;
        let sql = "SELECT phase FROM cases WHERE id = $1";
        ctx.scalar::<String>(sql, vals![id]).await.unwrap().unwrap()
    }

    /// The citizen number the child of an application was given.
    pub(crate) async fn child_number(&self, id: &str) -> String {
        let mut ctx = self.system().await;
        let sql = "SELECT child FROM cases WHERE id = $1";
        let child: String = ctx.scalar(sql, vals![id]).await.unwrap().unwrap();
        party::person::get(&mut ctx, &child).await.unwrap().number.unwrap()
    }
}

pub(crate) fn citizen(person: &Person) -> Actor {
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

/// An officer of the agency with a role.
pub(crate) fn staff(agency: &str, role: &str, name: &str) -> Actor {
    Actor {
        kind: ActorKind::Officer,
        account: format!("account-{name}"),
        party: String::new(),
        name: name.to_owned(),
        roles: vec![role.to_owned()],
        agency: agency.to_owned(),
        division: "410105".to_owned(),
        assurance: 2,
        ..Actor::default()
    }
}

pub(crate) fn approver(agency: &str) -> Actor {
    staff(agency, "approver", "王审批")
}

pub(crate) fn reviewer(agency: &str) -> Actor {
    staff(agency, "reviewer", "李审查")
}
