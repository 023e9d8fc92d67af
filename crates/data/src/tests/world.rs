//! A small province for the tests: the real divisions, agencies, roles and calendar, with two
//! registries and three contracts of its own.

use crate::{grant, registry};
use kernel::{Actor, ActorKind, Lang};
use pack::one_thing::Lookup;
use pack::{Embedded, Files, Memory, Province};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;
use testkit::{Installation, Place, Setup};

/// The mother of the tests, and a stranger.
pub(super) const MOTHER: &str = "41010519900307078X";
pub(super) const COUNTY: &str = "410105";
pub(super) const HEALTH: &str = "health-410105";
pub(super) const POLICE: &str = "police-410105";

const PEOPLE: &str = r#"
id: people
version: 1
effective_from: 2024-01-01
basis: [{ law: { zh: 居民身份证法, en: Law on Resident Identity Cards }, article: 第三条 }]
name: { zh: 人口库, en: Population registry }
summary: { zh: 人口基础信息, en: Persons }
source: police
code: "306001/0001"
identifier: citizen_number
keys: [citizen_number, household_number]
cycle: daily
sharing: conditional
objection_working_days: 10
fields:
  - { id: citizen_number, name: { zh: 公民身份号码, en: Citizen number }, kind: citizen_number, grade: 3 }
  - { id: name, name: { zh: 姓名, en: Name }, kind: name, grade: 2 }
  - { id: household_number, name: { zh: 户号, en: Household number }, kind: text, grade: 2 }
  - { id: address, name: { zh: 住址, en: Address }, kind: address, grade: 3 }
  - { id: status, name: { zh: 状态, en: Status }, kind: choice, grade: 1, choices: [{ value: normal, label: { zh: 正常, en: Normal } }, { value: moved, label: { zh: 已迁出, en: Moved out } }] }
  - { id: registered_on, name: { zh: 登记日期, en: Registered on }, kind: date, grade: 1 }
  - { id: seen_at, name: { zh: 核验时间, en: Seen at }, kind: moment, grade: 1 }
  - { id: members, name: { zh: 户内人数, en: Members }, kind: number, grade: 4 }
"#;

const HOUSES: &str = r#"
id: houses
version: 1
effective_from: 2024-01-01
basis: [{ law: { zh: 户口登记条例, en: Regulations on Household Registration }, article: 第三条 }]
name: { zh: 户籍库, en: Household registry }
summary: { zh: 户, en: Households }
source: police
code: "306001/0002"
identifier: household_number
keys: [household_number]
cycle: daily
sharing: conditional
objection_working_days: 3
fields:
  - { id: household_number, name: { zh: 户号, en: Household number }, kind: text, grade: 2 }
  - { id: address, name: { zh: 地址, en: Address }, kind: address, grade: 2 }
"#;

const BASIS: &str = "basis: [{ law: { zh: 政务数据共享条例, en: Regulations on Government Data Sharing }, article: 第二十一条 }]";

fn contract(id: &str, registry: &str, fields: &str, quota: u32, expires: &str) -> String {
    format!(
        "  - {{ id: {id}, version: 1, effective_from: 2024-01-01, {BASIS}, registry: {registry}, consumers: [health], \
         one_thing: thing, purpose: {{ zh: 核对身份, en: To check who applies }}, fields: [{fields}], \
         quota_per_day: {quota}, expires: {expires}, max_age_hours: 24 }}\n"
    )
}

/// Definitions of the tests: the embedded standard with registries, contracts and one empty
/// one-thing of their own.
fn province() -> Arc<Province> {
    static PROVINCE: std::sync::OnceLock<Arc<Province>> = std::sync::OnceLock::new();
    PROVINCE
        .get_or_init(|| {
            let head = format!("id: thing\nversion: 1\neffective_from: 2024-01-01\n{BASIS}\n");
            let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
            for path in Embedded.paths() {
                let ours = ["henan/pack.yaml", "henan/agencies.yaml"].contains(&path.as_str());
                // National types of licences want the codes a province adds.
                let standard =
                    path.starts_with("standard/") && !path.starts_with("standard/licences/");
                if standard || path.starts_with("henan/divisions/") || ours {
                    files.insert(path.clone(), Embedded.read(&path).unwrap().into_owned());
                }
            }
            let mut put = |path: &str, text: String| {
                files.insert(format!("henan/{path}"), text.into_bytes());
            };
            put("registries/people.yaml", PEOPLE.into());
            put("registries/houses.yaml", HOUSES.into());
            let fields = "citizen_number, name, address, status";
            put(
                "registries/contracts.yaml",
                format!(
                    "contracts:\n{}{}{}",
                    contract("open", "people", fields, 3, "2026-12-31"),
                    contract("ended", "people", fields, 3, "2026-09-14"),
                    contract("house", "houses", "household_number, address", 100, "2026-09-15"),
                ),
            );
            put("one-things/thing/one-thing.yaml", format!("{head}name: {{ zh: 一件事, en: One thing }}\nsummary: {{ zh: 一件事, en: One thing }}\neligibility: {{ zh: 都可以, en: Anybody }}\nlead_agency: health\npromised: {{ amount: 5, unit: working_day }}\nminutes: 5\nmembers: []\nlookups: []\nconsent: {{ zh: 同意, en: Consent }}\n"));
            put("one-things/thing/guide.yaml", format!("{head}questions: []\nstops: []\nfaq: []\n"));
            put("one-things/thing/form.yaml", format!("{head}pages: []\n"));
            put("one-things/thing/examples.yaml", format!("{head}today: 2026-09-15\nexamples:\n  - {{ id: one, name: {{ zh: 例, en: Example }}, guide: {{}}, held: {{}}, answers: {{}}, items: [], expected: {{}} }}\n"));
            Arc::new(Province::load(&Memory(files)).unwrap())
        })
        .clone()
}

/// An installation of its own.
#[derive(Clone)]
pub(super) struct World(Installation);

impl Deref for World {
    type Target = Installation;

    fn deref(&self) -> &Installation {
        &self.0
    }
}

impl World {
    pub(super) async fn at(place: Place) -> World {
        let modules = crate::modules();
        let sealed = [party::SEALED, crate::SEALED].concat();
        let setup = Setup { pack: province(), modules, sealed, lang: Lang::En, ..Setup::default() };
        World(setup.at(&place).await)
    }

    /// Runs the area's jobs that are due.
    pub(super) async fn work(&self) {
        // The log's own job belongs to another area; here it would only be an incident.
        self.execute("DELETE FROM job WHERE name = 'party.sequence'").await;
        self.worker.drain().await.unwrap();
    }

    /// A citizen with a person of his own.
    pub(super) async fn citizen(&self, name: &str, number: &str) -> Actor {
        let mut ctx = self.system().await;
        let new = party::person::NewPerson {
            name: name.into(),
            number: Some(number.into()),
            birth_date: None,
            division: COUNTY.into(),
        };
        let person = party::person::ensure(&mut ctx, new).await.unwrap();
        ctx.commit().await.unwrap();
        Actor {
            kind: ActorKind::Citizen,
            account: format!("account-{}", person.id),
            party: person.id,
            name: name.into(),
            roles: vec!["citizen".into()],
            division: COUNTY.into(),
            assurance: 2,
            ..Actor::default()
        }
    }

    pub(super) async fn mother(&self) -> Actor {
        self.citizen("李梅", MOTHER).await
    }

    /// An officer with an account, to whom messages can be sent; his person's id.
    pub(super) async fn hire(&self, agency: &str, role: &str) -> String {
        let mut ctx = self.system().await;
        let login = format!("{role}.{agency}").replace('_', ".");
        let password = "correct horse battery 9";
        let roles = [role];
        let id = party::account::create_officer(&mut ctx, &login, password, "王强", agency, &roles)
            .await
            .unwrap();
        let account = party::account::find(&mut ctx, &id).await.unwrap().unwrap();
        ctx.commit().await.unwrap();
        account.person
    }

    /// Templates of the messages a person has, in order.
    pub(super) async fn messages(&self, person: &str) -> Vec<String> {
        let mut ctx = self.system().await;
        let sql = "SELECT template FROM message WHERE person_id = $1 ORDER BY id";
        ctx.column(sql, store::vals![person]).await.unwrap()
    }

    /// Puts the mother's record; its id.
    pub(super) async fn seed(&self) -> String {
        let mut ctx = self.system().await;
        let now = ctx.now;
        let id = registry::put(&mut ctx, "people", &person(), now, COUNTY).await.unwrap();
        ctx.commit().await.unwrap();
        id
    }

    /// Opens a grant that names the mother, for the case.
    pub(super) async fn grant(&self, actor: &Actor, case: &str) {
        let mut ctx = self.write(actor).await;
        grant::open(&mut ctx, case, "thing", &["item".into()], &[MOTHER.into()]).await.unwrap();
        ctx.commit().await.unwrap();
    }
}

/// An officer of an agency.
pub(super) fn officer(agency: &str, role: &str) -> Actor {
    Actor {
        kind: ActorKind::Officer,
        account: format!("{agency}-{role}"),
        party: format!("party-{agency}-{role}"),
        name: "officer".into(),
        roles: vec![role.into()],
        agency: agency.into(),
        division: agency.rsplit_once('-').unwrap().1.into(),
        assurance: 2,
        ..Actor::default()
    }
}

/// The mother's record.
pub(super) fn person() -> Json {
    json!({"citizen_number": MOTHER, "name": "李梅", "household_number": "H1", "address": "经三路1号",
        "status": "normal", "registered_on": "2001-05-04", "seen_at": "2026-09-15T08:30", "members": 3})
}

/// A lookup of the tests' one-thing.
pub(super) fn lookup(contract: &str) -> Lookup {
    let registry = if contract == "house" { "houses" } else { "people" };
    let key = if contract == "house" { "household_number" } else { "citizen_number" };
    serde_json::from_value(json!({"id": "mother", "name": {"zh": "母亲", "en": "The mother"},
        "registry": registry, "contract": contract, "matches": [key], "from": [], "items": ["item"]}))
    .unwrap()
}

/// The definitions alone.
pub(super) fn definitions() -> Arc<Province> {
    province()
}
