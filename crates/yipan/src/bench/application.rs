//! One application by a mother, in the steps a citizen's browser makes: begin, save, hand in, each
//! in a transaction of its own.

use crate::demo::population::{Birth, Population};
use kernel::{Actor, ActorKind, Lang, Result};
use party::person::NewPerson;
use serde_json::{Value as Json, json};
use service::case::Submitted;
use service::draft::{self, Change, Start};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{Ctx, Env, vals};

/// Transactions of [`apply`].
pub const TRANSACTIONS: u64 = 3;
/// What is applied for.
const ONE_THING: &str = "newborn";

/// Who applies, and with which answers.
pub struct Applicant {
    actor: Actor,
    guide: BTreeMap<String, String>,
    answers: BTreeMap<String, Json>,
    confirm: BTreeMap<String, bool>,
}

/// Births whose mothers can be reimbursed, in the order of time: with them all six items apply.
pub fn births(people: &Population) -> Vec<&Birth> {
    let mut births: Vec<&Birth> =
        people.births.iter().filter(|birth| people.persons[birth.mother].insured).collect();
    births.sort_by_key(|birth| birth.at);
    births
}

/// Has every registry report anew, as those of a province do day and night: a rule decides on no
/// record older than a day.
pub async fn freshen(env: &Arc<Env>) -> Result<()> {
    let mut ctx = env.system("bench").await?;
    let now = ctx.now;
    ctx.execute("UPDATE registry_record SET observed_us = $1", vals![now]).await?;
    ctx.commit().await
}

/// Makes the applicant's person. What is `referred` cannot be decided by rule: the parents are not
/// married.
pub async fn prepare(
    env: &Arc<Env>,
    people: &Population,
    birth: &Birth,
    referred: bool,
) -> Result<Applicant> {
    let mother = &people.persons[birth.mother];
    let division = people.households[mother.household].division.clone();
    let new = NewPerson {
        name: mother.name.clone(),
        number: Some(mother.number.clone()),
        birth_date: Some(mother.born),
        division: division.clone(),
    };
    let mut ctx = env.system("bench").await?;
    let person = party::person::ensure(&mut ctx, new).await?;
    party::person::set_mobile(&mut ctx, &person.id, &mother.mobile).await?;
    ctx.commit().await?;
    let actor = Actor {
        kind: ActorKind::Citizen,
        account: format!("bench:{}", person.id),
        party: person.id,
        name: mother.name.clone(),
        roles: vec!["citizen".to_owned()],
        division,
        assurance: 2,
        ..Actor::default()
    };
    let answers = json!({
        "child_name": birth.name, "child_ethnicity": mother.ethnicity,
        "relation_to_head": "child", "insurance_start": "birth",
        "card_bank": mother.bank, "has_paper_receipts": "no", "paper_copy": "no",
        "mobile": mother.mobile, "name_agreed": true, "true_statement": true,
    });
    let pages = env.pack.form(ONE_THING).map(|form| form.pages.iter()).into_iter().flatten();
    Ok(Applicant {
        actor,
        guide: guide(referred),
        answers: answers.as_object().cloned().unwrap_or_default().into_iter().collect(),
        confirm: pages.map(|page| (page.id.clone(), true)).collect(),
    })
}

fn guide(referred: bool) -> BTreeMap<String, String> {
    [
        ("applicant", "mother"),
        ("born", "here"),
        ("married", if referred { "no" } else { "yes" }),
        ("household", "mother"),
        ("maternity", "self_paid"),
        ("insurance", "yes"),
    ]
    .into_iter()
    .map(|(question, answer)| (question.to_owned(), answer.to_owned()))
    .collect()
}

/// From the guide to the submission.
pub async fn apply(env: &Arc<Env>, applicant: &Applicant) -> Result<Submitted> {
    let mut ctx = Ctx::write(env, applicant.actor.clone(), Lang::Zh).await?;
    let start = Start {
        one_thing: ONE_THING.to_owned(),
        guide: applicant.guide.clone(),
        consent: true,
        ..Start::default()
    };
    let id = draft::start(&mut ctx, start).await?;
    ctx.commit().await?;
    let mut ctx = Ctx::write(env, applicant.actor.clone(), Lang::Zh).await?;
    let change = Change {
        answers: applicant.answers.clone(),
        confirm: applicant.confirm.clone(),
        ..Change::default()
    };
    draft::amend(&mut ctx, &id, None, change).await?;
    ctx.commit().await?;
    let mut ctx = Ctx::write(env, applicant.actor.clone(), Lang::Zh).await?;
    let submitted = draft::submit(&mut ctx, &id, None, true).await?;
    ctx.commit().await?;
    Ok(submitted)
}
