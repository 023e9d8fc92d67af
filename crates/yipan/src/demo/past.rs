//! The past months: parents applied, rules decided, officers decided what was referred to them,
//! some were rated. All by the verbs that serve today's cases, on a clock that is moved.

use super::begins;
use super::population::{Birth, Population};
use crate::modules;
use kernel::{Actor, ActorKind, Error, Lang, Random, Result, Timestamp};
use pack::procedure::{TaskField, TaskFieldKind};
use party::person::NewPerson;
use serde_json::json;
use service::case::{self, Acceptance, Decision, Submitted};
use service::draft::{self, Change, Start};
use service::rating::{self, NewRating};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::job::Worker;
use store::{Ctx, Env};

/// Cases of one application: the whole and its six items.
const PER_APPLICATION: usize = 7;
/// Applications between two looks of the officers.
const ROUND: usize = 40;

/// Jobs that make paper: for the past it is made when somebody asks.
pub(super) const PAPER: &[&str] =
    &["licence.sheet", "service.case_document", "service.archive_pack", "party.mail"];

/// Jobs that take all they find: for the past once, at its end.
const ONCE: &[&str] = &["party.sequence", "data.ledger"];

/// The job that looks at the clock of a case: of the past after every round, when most cases are
/// decided and there is little to look at.
const LOOK: &str = "supervise.inspect";

/// Families of the home county that apply in the last hours, each asking that a person decide
/// another of the items, so that every post has work.
const TODAY: usize = 6;

struct Application<'a> {
    birth: &'a Birth,
    at: Timestamp,
    /// The item of which a person is to decide, by its place.
    by_person: Option<usize>,
}

/// The last instant of the past.
fn latest() -> Timestamp {
    begins().plus_us(-kernel::time::HOUR_US)
}

/// The day on which the past begins.
pub fn first_day(people: &Population) -> Timestamp {
    people.births.iter().map(|birth| birth.at).min().unwrap_or(begins()).plus_days(-1)
}

/// The past as it goes by.
pub struct Past<'a> {
    env: &'a Arc<Env>,
    people: &'a Population,
    home: &'a super::accounts::Home,
    random: Random,
    applications: Vec<Application<'a>>,
    done: usize,
    worker: Worker,
    looking: Worker,
}

impl<'a> Past<'a> {
    /// Of applications that make about `count` cases.
    pub fn plan(
        env: &'a Arc<Env>,
        people: &'a Population,
        home: &'a super::accounts::Home,
        count: usize,
    ) -> Past<'a> {
        let mut random = env.random();
        let applications = plan(people, home, count, &mut random);
        let worker = modules::worker(env).leaving(ONCE).leaving(&[LOOK]);
        let looking = modules::worker(env).only(&[LOOK]);
        Past { env, people, home, random, applications, done: 0, worker, looking }
    }

    /// Cases made so far.
    pub fn cases(&self) -> usize {
        self.done * PER_APPLICATION
    }

    /// The next applications and what officers do about them; false when there are no more.
    pub async fn round(&mut self, told: &dyn Fn(&str)) -> Result<bool> {
        let total = self.applications.len();
        let until = (self.done + ROUND).min(total);
        if self.done == until {
            return Ok(false);
        }
        self.env.refuse_jobs(PAPER);
        let (mut agencies, mut submissions) = (BTreeMap::new(), Vec::new());
        for at in self.done..until {
            let (submission, deciders) = self.application(at).await?;
            agencies.extend(deciders.into_iter().map(|agency| (agency.id.clone(), agency)));
            submissions.push(submission);
        }
        let last = until == total;
        let keep = last.then_some(self.home.county.as_str());
        officers(self.env, &agencies, keep, &self.worker, &mut self.random).await?;
        self.worker.drain().await?;
        rate(self.env, submissions, last, &mut self.random).await?;
        self.worker.drain().await?;
        self.looking.drain().await?;
        self.env.refuse_jobs(&[]);
        self.done = until;
        told(&format!("{until} of {total} past applications"));
        Ok(true)
    }

    /// Hands one in and lets the rules decide; with who may have to decide what is left.
    async fn application(&mut self, at: usize) -> Result<((Actor, Submitted), Vec<pack::Agency>)> {
        let gone = || Error::internal("an application beyond those planned");
        let application = self.applications.get(at).ok_or_else(gone)?;
        if application.at > self.env.clock.now() {
            self.env.clock.set(application.at);
        }
        let (env, people, birth) = (self.env, self.people, application.birth);
        let (applicant, submitted) = apply(env, people, birth, &mut self.random).await?;
        if let Some(place) = application.by_person {
            ask_person(env, &applicant, &submitted, place).await?;
        }
        self.worker.drain().await?;
        Ok(((applicant, submitted), deciders(env, people, birth)))
    }
}

/// Who applied when: every birth but the demonstration's own, in the order of time.
fn plan<'a>(
    people: &'a Population,
    home: &super::accounts::Home,
    count: usize,
    random: &mut Random,
) -> Vec<Application<'a>> {
    let wanted = count.div_ceil(PER_APPLICATION);
    let latest = begins().plus_hours(-48);
    let lives = |birth: &Birth| &people.households[people.persons[birth.mother].household].division;
    let (mut all, mut today) = (Vec::new(), 0);
    for (index, birth) in people.births.iter().enumerate().rev() {
        if home.kept.contains(&index) {
            continue;
        }
        let at = birth.at.plus_hours(24 * (3 + random.below(12) as i64) + random.below(9) as i64);
        if today < TODAY && lives(birth).starts_with(&home.county) {
            let at = begins().plus_hours(-3 * (today as i64 + 1)).max(birth.at.plus_hours(24));
            all.push(Application { birth, at, by_person: Some(today) });
            today += 1;
        } else if at < latest {
            all.push(Application { birth, at, by_person: None });
        }
    }
    all.sort_by_key(|application| application.at);
    let surplus = all.len().saturating_sub(wanted);
    all.drain(..surplus);
    all
}

/// The applicant asks that a person decide the item at this place.
async fn ask_person(
    env: &Arc<Env>,
    applicant: &Actor,
    submitted: &Submitted,
    place: usize,
) -> Result<()> {
    let Some(item) = submitted.items.get(place % submitted.items.len().max(1)) else {
        return Ok(());
    };
    let mut ctx = Ctx::write(env, applicant.clone(), Lang::Zh).await?;
    case::request_human_review(&mut ctx, &item.id, None).await?;
    ctx.commit().await
}

/// One application from the guide to the submission, by one of the parents.
async fn apply(
    env: &Arc<Env>,
    people: &Population,
    birth: &Birth,
    random: &mut Random,
) -> Result<(Actor, Submitted)> {
    let by_mother = random.chance(700);
    let (mother, father) = (&people.persons[birth.mother], &people.persons[birth.father]);
    let applicant = if by_mother { mother } else { father };
    let division = people.households[applicant.household].division.clone();
    let mut ctx = env.system("demo").await?;
    let person = party::person::ensure(
        &mut ctx,
        NewPerson {
            name: applicant.name.clone(),
            number: Some(applicant.number.clone()),
            birth_date: Some(applicant.born),
            division: division.clone(),
        },
    )
    .await?;
    party::person::set_mobile(&mut ctx, &person.id, &applicant.mobile).await?;
    ctx.actor = Actor {
        kind: ActorKind::Citizen,
        account: format!("past:{}", person.id),
        party: person.id.clone(),
        name: applicant.name.clone(),
        roles: vec!["citizen".to_owned()],
        division,
        assurance: 2,
        ..Actor::default()
    };
    // What is the mother's own she applies for herself.
    let employed = mother.insured && random.chance(800) && by_mother;
    let insured = random.chance(900);
    let joined = random.chance(600);
    let guide: BTreeMap<String, String> = [
        ("applicant", if by_mother { "mother" } else { "father" }),
        ("born", "here"),
        ("married", "yes"),
        ("household", if joined { "mother" } else { "father" }),
        ("maternity", if employed { "self_paid" } else { "settled" }),
        ("insurance", if insured { "yes" } else { "no" }),
    ]
    .into_iter()
    .map(|(question, answer)| (question.to_owned(), answer.to_owned()))
    .collect();
    let start = Start { one_thing: "newborn".to_owned(), guide, consent: true, ..Start::default() };
    let id = draft::start(&mut ctx, start).await?;
    let mut answers = json!({
        "child_name": birth.name, "relation_to_head": "child", "card_bank": mother.bank,
        "child_ethnicity": if joined { &mother.ethnicity } else { &father.ethnicity },
        "mobile": applicant.mobile, "paper_copy": "no", "name_agreed": true, "true_statement": true,
    });
    if employed {
        answers["has_paper_receipts"] = json!("no");
    }
    if insured {
        answers["insurance_start"] = json!("birth");
    }
    let answers = answers.as_object().cloned().unwrap_or_default().into_iter().collect();
    let form = env.pack.form("newborn").map(|form| form.pages.iter()).into_iter().flatten();
    let confirm = form.map(|page| (page.id.clone(), true)).collect();
    let change = Change { answers, confirm, ..Change::default() };
    draft::amend(&mut ctx, &id, None, change).await?;
    let submitted = draft::submit(&mut ctx, &id, None, true).await?;
    let applicant = ctx.actor.clone();
    ctx.commit().await?;
    Ok((applicant, submitted))
}

/// Some applicants rate the first item that has ended. Only of the last round is anybody
/// dissatisfied: what began to be put right months ago would be overdue by now.
async fn rate(
    env: &Arc<Env>,
    submissions: Vec<(Actor, Submitted)>,
    last: bool,
    random: &mut Random,
) -> Result<()> {
    for (applicant, submitted) in submissions {
        if !random.chance(350) {
            continue;
        }
        let bad = last && random.chance(250);
        let stars = match random.below(10) {
            _ if bad => 2,
            0 => 3,
            1..=3 => 4,
            _ => 5,
        };
        let comment =
            if bad { "短信说已办结，过了一天才能看到证照。" } else { "" }.to_owned();
        for item in &submitted.items {
            let mut ctx = Ctx::write(env, applicant.clone(), Lang::Zh).await?;
            let new = NewRating { stars, dimensions: BTreeMap::new(), comment: comment.clone() };
            match rating::rate(&mut ctx, &item.id, new).await {
                Ok(_) => {
                    ctx.commit().await?;
                    break;
                }
                Err(error) if error.code == "rating.not_ended" => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

/// Agencies that may have to decide on an application.
fn deciders(env: &Env, people: &Population, birth: &Birth) -> Vec<pack::Agency> {
    let parents = [birth.mother, birth.father];
    let homes = parents.map(|index| &people.households[people.persons[index].household].division);
    let mut agencies = Vec::new();
    for place in homes.into_iter().filter_map(|home| env.pack.division(home)) {
        let members = env.pack.one_thing("newborn").map(|one| one.members.iter());
        for member in members.into_iter().flatten() {
            let item = env.pack.item(&member.item);
            agencies.extend(item.and_then(|i| env.pack.competent(&i.agency, i.level, place)));
        }
    }
    agencies
}

/// Officers decide what the rules referred to them; what lies in `keep` is left for today.
async fn officers(
    env: &Arc<Env>,
    agencies: &BTreeMap<String, pack::Agency>,
    keep: Option<&str>,
    worker: &Worker,
    random: &mut Random,
) -> Result<()> {
    for agency in agencies.values() {
        if keep.is_some_and(|county| agency.division.starts_with(county)) {
            continue;
        }
        let officer = Actor {
            kind: ActorKind::Officer,
            account: format!("past:{}", agency.id),
            name: "往期承办人".to_owned(),
            roles: vec!["reviewer".to_owned(), "approver".to_owned()],
            agency: agency.id.clone(),
            division: agency.division.clone(),
            assurance: 2,
            ..Actor::default()
        };
        // What he has decided has left his list, so the next is always the first.
        while let Some(row) = first_open(env, &officer).await? {
            // Nothing of the past is later than the beginning, and nothing earlier than what came before.
            let now = env.clock.now();
            let next = now.plus_hours(1 + random.below(3) as i64).min(latest());
            env.clock.set(next.max(now));
            // A limit to accept may have run out meanwhile: then it was accepted by silence.
            worker.drain().await?;
            let Some(row) = first_open(env, &officer).await?.filter(|now| now.id == row.id) else {
                continue;
            };
            if row.phase == "submitted" {
                let mut ctx = Ctx::write(env, officer.clone(), Lang::Zh).await?;
                case::accept(&mut ctx, &row.id, None, Acceptance::default()).await?;
                ctx.commit().await?;
            }
            examine(env, &officer, &row.id, worker).await?;
            let mut ctx = Ctx::write(env, officer.clone(), Lang::Zh).await?;
            decide(&mut ctx, &row).await?;
            ctx.commit().await?;
        }
    }
    Ok(())
}

/// The first case of his list that he can decide.
async fn first_open(env: &Arc<Env>, officer: &Actor) -> Result<Option<case::Row>> {
    let mut ctx = Ctx::read(env, officer.clone(), Lang::Zh);
    let waiting = case::work_list(&mut ctx, &case::Filter::default(), "").await?;
    let open = |row: &case::Row| matches!(row.phase.as_str(), "submitted" | "accepted");
    Ok(waiting.rows.into_iter().find(open))
}

/// Does the tasks of the procedure that examines a case, each in favour, and has the case told.
pub(super) async fn examine(
    env: &Arc<Env>,
    officer: &Actor,
    id: &str,
    worker: &Worker,
) -> Result<()> {
    let mut done = false;
    loop {
        let mut ctx = Ctx::read(env, officer.clone(), Lang::Zh);
        let shown = case::show(&mut ctx, id).await?;
        let Some(step) = shown.examination.and_then(|one| one.steps.into_iter().next()) else {
            break;
        };
        let asked = process::task::show(&mut ctx, &step.id).await?.form;
        let fields = asked.into_iter().flat_map(|form| form.fields);
        let answer = |field: &TaskField| match field.kind {
            TaskFieldKind::Choice => field.choices.first().map(|one| json!(one.value)),
            TaskFieldKind::Words | TaskFieldKind::Text => Some(json!("与系统数据一致")),
            TaskFieldKind::Boolean => Some(json!(true)),
            _ => None,
        };
        let answers = fields.filter_map(|field| Some((field.id.clone(), answer(&field)?)));
        let (answers, opinion) = (answers.collect(), "材料齐全，与系统数据一致。");
        let mut ctx = Ctx::write(env, officer.clone(), Lang::Zh).await?;
        process::task::complete(&mut ctx, &step.id, None, opinion, answers).await?;
        ctx.commit().await?;
        done = true;
    }
    if done {
        worker.drain().await?;
    }
    Ok(())
}

async fn decide(ctx: &mut Ctx, row: &case::Row) -> Result<()> {
    let (id, item) = (row.id.as_str(), row.item.as_str());
    let opinion = "材料齐全，情况属实，准予办理。".to_owned();
    let article = ctx
        .env
        .pack
        .item(item)
        .and_then(|item| item.basis.first())
        .map(|basis| basis.citation().zh)
        .unwrap_or_default();
    let decision = Decision { granted: true, opinion, article, ..Decision::default() };
    case::decide(ctx, id, None, decision).await?;
    Ok(())
}
