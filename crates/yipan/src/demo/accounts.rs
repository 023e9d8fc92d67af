//! The demonstration's sign-ins: two parents of a newborn, another citizen, and an officer for
//! every post the flow and the procedures of the library need, in the newborn's county.
//!
//! Invariant: passwords come from the seed, are kept sealed with the installation, and exist only
//! on demonstrations.

use super::population::Population;
use kernel::{Error, Random, Result};
use party::account::{self, HashedPassword};
use party::person::NewPerson;
use proof::totp::Secret;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{Ctx, Env, vals};
use tokio::task::JoinHandle;

/// A sign-in as it is printed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Account {
    /// What the account is for: `citizen`, `reviewer:health` …
    pub role: String,
    /// Login.
    pub login: String,
    /// Password.
    pub password: String,
    /// Secret of the one-time passwords, base 32; the second factor of what is sensitive.
    pub totp: String,
    /// Whose account it is.
    pub name: String,
    /// Agency of an officer.
    pub agency: String,
    /// Citizen number of a citizen, so that a clerk's desk can be tried.
    pub number: String,
}

/// Purpose under which the list is sealed.
const SEALED: &str = "demo.accounts";

/// The sign-ins of the loaded province.
pub async fn list(env: &Arc<Env>) -> Result<Vec<Account>> {
    let mut ctx = Ctx::read(env, kernel::Actor::system("demo"), kernel::Lang::Zh);
    let sealed: Option<String> =
        ctx.scalar("SELECT value FROM setting WHERE name = $1", vals![SEALED]).await?;
    let sealed = sealed.ok_or_else(|| Error::internal("the demonstration has no accounts"))?;
    let sealed = hex::decode(sealed).map_err(Error::internal)?;
    let plain = env.vault.open(SEALED, &sealed)?;
    serde_json::from_slice(&plain).map_err(Error::internal)
}

/// Where the sign-ins live, and the births kept for them to apply for.
pub struct Home {
    /// County of the officers, six digits.
    pub county: String,
    /// Indices of births nobody has applied for; the first is the demonstration's own.
    pub kept: Vec<usize>,
}

/// The county with most births, among those with a birth of the last weeks.
pub fn home(people: &Population) -> Home {
    let county = |index: usize| {
        let birth = &people.births[index];
        people.households[people.persons[birth.mother].household].division[..6].to_owned()
    };
    let mut births: BTreeMap<String, usize> = BTreeMap::new();
    for index in 0..people.births.len() {
        *births.entry(county(index)).or_insert(0) += 1;
    }
    let since = super::begins().plus_days(-25);
    let mut recent: Vec<usize> =
        (0..people.births.len()).filter(|index| people.births[*index].at >= since).collect();
    recent
        .sort_by_key(|index| (std::cmp::Reverse(births[&county(*index)]), county(*index), *index));
    let chosen = recent.first().map(|index| county(*index)).unwrap_or_default();
    recent.truncate(3);
    Home { county: chosen, kept: recent }
}

/// A sign-in to be made.
struct Planned {
    account: Account,
    whose: Whose,
}

enum Whose {
    /// A citizen, by place among the persons.
    Citizen(usize),
    Officer(Post),
}

/// The sign-ins to be made, and their passwords being hashed meanwhile.
pub struct Plan {
    planned: Vec<Planned>,
    hashed: JoinHandle<Result<Vec<HashedPassword>>>,
}

/// Draws the sign-ins; the officers serve the home county. Hashing begins at once, on threads of
/// its own.
pub fn plan(env: &Arc<Env>, people: &Population, home: &Home, seed: u64) -> Result<Plan> {
    let mut secrets = Random::from_number(seed ^ 0x7061_7373);
    let of = |place: usize| home.kept.get(place).and_then(|index| people.births.get(*index));
    let birth = of(0).ok_or_else(|| Error::internal("no newborn was drawn"))?;
    let other = of(1).unwrap_or(birth);
    let citizens = [
        ("citizen", "mother", birth.mother),
        ("citizen", "father", birth.father),
        ("citizen", "neighbour", other.mother),
    ];
    let mut planned: Vec<Planned> = Vec::new();
    for (role, login, index) in citizens {
        planned.push(citizen(people, &mut secrets, role, login, index));
    }
    for post in posts(&env.pack, &home.county)? {
        planned.push(officer(&env.pack, &mut secrets, post));
    }
    let passwords: Vec<String> = planned.iter().map(|one| one.account.password.clone()).collect();
    let mut random = env.random();
    let hash = async move {
        let mut hashed = Vec::new();
        for password in &passwords {
            hashed.push(HashedPassword::of(password, &mut random).await?);
        }
        Ok(hashed)
    };
    Ok(Plan { planned, hashed: tokio::spawn(hash) })
}

/// Makes what was planned.
pub async fn make(ctx: &mut Ctx, people: &Population, plan: Plan) -> Result<Vec<Account>> {
    let hashed = plan.hashed.await.map_err(Error::internal)??;
    let mut accounts = Vec::new();
    for (one, password) in plan.planned.into_iter().zip(&hashed) {
        let account = one.account;
        let id = match &one.whose {
            Whose::Citizen(index) => {
                let id = person(ctx, people, *index).await?;
                account::create_citizen(ctx, &id, &account.login, password).await?
            }
            Whose::Officer(post) => {
                let roles: Vec<&str> = post.roles.iter().map(String::as_str).collect();
                let (login, agency) = (&account.login, &post.agency);
                account::create_officer(ctx, login, password, &account.name, agency, &roles).await?
            }
        };
        account::set_totp(ctx, &id, &Secret::from_base32(&account.totp)?).await?;
        accounts.push(account);
    }
    let plain = serde_json::to_vec(&accounts).map_err(Error::internal)?;
    let sealed = ctx.env.clone().vault.seal(SEALED, &plain, &mut ctx.random)?;
    let sealed = hex::encode(sealed);
    ctx.execute("INSERT INTO setting (name, value) VALUES ($1, $2)", vals![SEALED, sealed]).await?;
    Ok(accounts)
}

/// A post of an officer.
pub(crate) struct Post {
    role: String,
    pub(crate) login: String,
    /// Ids of its roles.
    pub(crate) roles: Vec<String>,
    /// Id of its agency.
    pub(crate) agency: String,
}

/// What a post must be permitted for tasks of procedures to be done in it.
const WORK: &str = "process.work";

/// A reviewer, an approver with a deputy, and a data officer at each agency that decides an item, with a clerk and an
/// inspector where its procedures need them, the posts above them, and at the government office of the county one for every role that does tasks of
/// procedures, so that each procedure can be done to its end there.
pub(crate) fn posts(pack: &pack::Province, home: &str) -> Result<Vec<Post>> {
    let place =
        pack.division(home).ok_or_else(|| Error::internal("the newborn has no division"))?;
    let mut posts: Vec<Post> = Vec::new();
    for item in pack.items() {
        let Some(agency) = pack.competent(&item.agency, item.level, place) else { continue };
        // Who is away needs a colleague who may do what he does.
        let mut wanted = vec![
            ("reviewer", "reviewer"),
            ("approver", "approver"),
            ("approver", "deputy"),
            ("data_officer", "data"),
        ];
        // One keeps an archive, with the approver of his agency as the second of two.
        wanted.extend(posts.is_empty().then_some(("archivist", "archivist")));
        wanted.extend((!item.fees.is_empty()).then_some(("finance", "finance")));
        // Procedures have steps of the window, and later checks are made by inspectors.
        wanted.extend(item.procedure.as_ref().map(|_| ("clerk", "clerk")));
        wanted.extend(item.later_check.as_ref().map(|_| ("inspector", "inspector")));
        for (role, login) in wanted {
            let called = if login == "deputy" { login } else { role };
            let login = format!("{login}.{}", item.agency);
            if posts.iter().any(|post| post.login == login) {
                continue;
            }
            posts.push(Post {
                role: format!("{called}:{}", item.agency),
                login,
                roles: vec![role.to_owned()],
                agency: agency.id.clone(),
            });
        }
    }
    let county = pack::Level::County;
    for (role, login, level) in [
        ("clerk", "clerk", county),
        ("supervisor", "supervisor", county),
        ("leader", "leader", pack::Level::Province),
        ("auditor", "auditor", county),
        ("administrator", "administrator", county),
        // What two must agree on is ordered by the one and approved by the other.
        ("administrator", "administrator.province", pack::Level::Province),
    ] {
        let kind = if role == "clerk" { "service-hall" } else { "government-office" };
        let agency = pack
            .competent(kind, level, place)
            .or_else(|| pack.competent("government-office", level, place))
            .ok_or_else(|| Error::internal(format!("no agency for the post {role}")))?;
        posts.push(Post {
            role: role.to_owned(),
            login: login.to_owned(),
            roles: vec![role.to_owned()],
            agency: agency.id,
        });
    }
    let office = pack
        .competent("government-office", pack::Level::County, place)
        .ok_or_else(|| Error::internal("the newborn's county has no government office"))?;
    let work = pack.roles().filter(|role| role.permissions.iter().any(|one| one == WORK));
    for role in work.map(|role| role.id.as_str()) {
        let held =
            |post: &Post| post.agency == office.id && post.roles.iter().any(|one| one == role);
        if !posts.iter().any(held) {
            posts.push(Post {
                role: format!("{role}:government-office"),
                login: format!("{role}.office"),
                roles: vec![role.to_owned()],
                agency: office.id.clone(),
            });
        }
    }
    Ok(posts)
}

fn citizen(
    people: &Population,
    secrets: &mut Random,
    role: &str,
    login: &str,
    index: usize,
) -> Planned {
    let person = &people.persons[index];
    let (password, totp) = (password(secrets), Secret::generate(secrets));
    let account = Account {
        role: role.to_owned(),
        login: login.to_owned(),
        password,
        totp: totp.to_base32(),
        name: person.name.clone(),
        agency: String::new(),
        number: person.number.clone(),
    };
    Planned { account, whose: Whose::Citizen(index) }
}

/// The person of a drawn one; the id.
async fn person(ctx: &mut Ctx, people: &Population, index: usize) -> Result<String> {
    let person = &people.persons[index];
    let new = NewPerson {
        name: person.name.clone(),
        number: Some(person.number.clone()),
        birth_date: Some(person.born),
        division: people.households[person.household].division.clone(),
    };
    let made = party::person::ensure(ctx, new).await?;
    party::person::set_mobile(ctx, &made.id, &person.mobile).await?;
    Ok(made.id)
}

fn officer(pack: &pack::Province, secrets: &mut Random, post: Post) -> Planned {
    let synthetic = pack.synthetic();
    let surnames: Vec<&String> = synthetic.surnames.keys().collect();
    let surname = secrets.pick(&surnames).map(|name| (*name).clone()).unwrap_or_default();
    let given = secrets.pick(&synthetic.given_female).cloned().unwrap_or_default();
    let name = format!("{surname}{given}");
    let (password, totp) = (password(secrets), Secret::generate(secrets));
    let account = Account {
        role: post.role.clone(),
        login: post.login.clone(),
        password,
        totp: totp.to_base32(),
        name,
        agency: pack.agency(&post.agency).map(|agency| agency.name.zh).unwrap_or_default(),
        number: String::new(),
    };
    Planned { account, whose: Whose::Officer(post) }
}

/// A password that passes the rules and can be typed: `demo-7K2M-9QXT`.
fn password(secrets: &mut Random) -> String {
    format!("demo-{}-{}", secrets.code(4), secrets.code(4))
}
