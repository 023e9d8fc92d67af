//! Consulting: whoever has a task in hand asks officers, of his agency or another, for an opinion;
//! each answers once; the task waits for nobody.
//!
//! Invariants
//! - An open question is part of where the instance stands; its row follows from it and closes with
//!   it: answered, taken back, or lapsed when the task is done or withdrawn.
//! - Who is asked may read the instance while the question is open, and after he has answered.
//!
//! Must not know: HTTP, pages.

use super::offer::found;
use super::store::{Cursor, PAGE};
use super::verbs::{held, parts, tell};
use crate::instance::act::{Acting, Done};
use crate::instance::job_id;
use crate::instance::model::{Act, Entry, Question, Who};
use crate::instance::project::Expected;
use crate::instance::store::{Row, open_title, seal};
use crate::instance::words;
use crate::{Moment, WORK};
use ::store::{Ctx, FromQueryResult, vals};
use flow::process::Id;
use kernel::{Error, Result};
use party::authority;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Purpose under which questions and answers are sealed.
const BODY: &str = "process.consult";
/// Officers asked at once.
const ASKED_MAX: usize = 20;
/// Questions open at one task.
const OPEN_MAX: usize = 100;

/// A question put to an officer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Consultation {
    /// Id.
    pub id: String,
    /// Instance.
    pub instance: String,
    /// The task at which it was asked.
    pub task: String,
    /// What the instance is called.
    pub title: String,
    /// Who is asked.
    pub asked: String,
    /// Who asked.
    pub asker: String,
    /// `open`, `answered`, `taken_back` or `lapsed`.
    pub state: String,
    /// The question.
    pub question: String,
    /// The answer; empty while there is none.
    pub answer: String,
    /// When it was asked.
    pub at: Option<Moment>,
    /// When it was answered or closed.
    pub closed: Option<Moment>,
    /// Whether the caller is asked.
    pub mine: bool,
    /// Whether the caller asked.
    pub own: bool,
}

/// A page of questions.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ConsultationPage {
    /// Newest first.
    pub consultations: Vec<Consultation>,
    /// Cursor of the next page.
    pub next: Option<String>,
}

#[derive(Clone, Debug, FromQueryResult)]
struct Stored {
    id: String,
    instance_id: String,
    number: i64,
    task_id: String,
    asked: String,
    asked_name: String,
    asker: String,
    asker_name: String,
    outcome: String,
    asked_us: i64,
    closed_us: i64,
    question: Vec<u8>,
    answer: Vec<u8>,
    title: Vec<u8>,
}

const COLUMNS: &str = "c.id, c.instance_id, c.number, c.task_id, c.asked, c.asked_name, c.asker, \
    c.asker_name, c.outcome, c.asked_us, c.closed_us, c.question, c.answer, i.title";
const FROM: &str = "process_consult c JOIN process_instance i ON i.id = c.instance_id";

impl Stored {
    fn shown(self, ctx: &Ctx) -> Result<Consultation> {
        let open = |sealed: &[u8]| -> Result<String> {
            if sealed.is_empty() {
                return Ok(String::new());
            }
            let plain = ctx.env.vault.open(BODY, sealed).map_err(Error::internal)?;
            String::from_utf8(plain).map_err(Error::internal)
        };
        Ok(Consultation {
            title: open_title(ctx, &self.title)?,
            question: open(&self.question)?,
            answer: open(&self.answer)?,
            mine: self.asked == ctx.actor.account,
            own: self.asker == ctx.actor.account,
            at: Moment::of(self.asked_us),
            closed: Moment::of(self.closed_us),
            id: self.id,
            instance: self.instance_id,
            task: self.task_id,
            asked: self.asked_name,
            asker: self.asker_name,
            state: self.outcome,
        })
    }
}

/// Asks officers for an opinion. Errors: those of a held task; `process.not_yours`,
/// `process.words`; `process.officer` for who is no officer that does tasks, or oneself;
/// `process.asked_already`, `process.questions`.
pub async fn consult(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    to: &[String],
    question: &str,
) -> Result<Done> {
    let question = words(question, "words", true)?;
    let held = held(ctx, id, revision).await?;
    held.mine(ctx)?;
    let wrong = || Error::invalid("process.officer").field("to", "process.officer");
    let own = held.whose(ctx).account;
    let mut asked: Vec<Who> = Vec::new();
    for one in to.iter().take(ASKED_MAX) {
        let (who, _) = found(ctx, one).await?.ok_or_else(wrong)?;
        if who.account == own || who.account == ctx.actor.account {
            return Err(wrong());
        }
        if !asked.contains(&who) {
            asked.push(who);
        }
    }
    if asked.is_empty() || to.len() > ASKED_MAX {
        return Err(wrong());
    }
    let open = held.acting.standing.office.questions.values();
    let open: Vec<&Question> = open.filter(|one| one.task == held.number).collect();
    if let Some(twice) = open.iter().find(|one| asked.contains(&one.asked)) {
        return Err(Error::conflict("process.asked_already").arg("name", &twice.asked.name));
    }
    if open.len() + asked.len() > OPEN_MAX {
        return Err(Error::limited("process.questions").arg("max", OPEN_MAX));
    }
    let before = held.acting.standing.office.asked;
    let (task, to) = (held.number, asked.clone());
    let instance = held.acting.row.id.clone();
    let done = held.acting.finish(ctx, Act::Consulted { task, to, question }).await?;
    for (who, number) in asked.iter().zip(before + 1..) {
        let link = format!("/consultations/{}", question_id(&instance, number));
        tell(ctx, &who.account, "process.consulted", &link).await?;
    }
    Ok(done)
}

fn question_id(instance: &str, number: u64) -> String {
    format!("{instance}:q{number:06}")
}

/// A question, its instance held. Errors: `not_found`, `process.question_closed`.
async fn question(ctx: &mut Ctx, id: &str) -> Result<(Acting, u64, Question)> {
    authority::demand(ctx, WORK)?;
    let found = find(ctx, id).await?;
    let acting = Acting::load(ctx, &found.instance_id).await?;
    let number = u64::try_from(found.number).unwrap_or_default();
    let account = ctx.actor.account.clone();
    let absent = party::absence::absent(ctx).await?;
    if found.asked != account && found.asker != account && !absent.contains(&found.asker) {
        return Err(Error::not_found());
    }
    let open = acting.standing.office.questions.get(&number).cloned();
    let open = open.ok_or_else(|| Error::conflict("process.question_closed"))?;
    Ok((acting, number, open))
}

async fn find(ctx: &mut Ctx, id: &str) -> Result<Stored> {
    ctx.one(&format!("SELECT {COLUMNS} FROM {FROM} WHERE c.id = $1"), vals![id]).await
}

/// Answers a question put to the actor, once. Errors: `denied`, `not_found`, `process.words`,
/// `process.question_closed`, `process.not_asked`, `process.suspended`.
pub async fn answer(ctx: &mut Ctx, id: &str, text: &str) -> Result<Done> {
    let answer = words(text, "words", true)?;
    let (acting, question, open) = question(ctx, id).await?;
    if open.asked.account != ctx.actor.account {
        return Err(Error::denied("process.not_asked"));
    }
    acting.running()?;
    let (asker, link) = (open.by.account.clone(), job_id(&acting.row.id, open.task));
    let done = acting.finish(ctx, Act::Advised { task: open.task, question, answer }).await?;
    tell(ctx, &asker, "process.advised", &format!("/tasks/{link}")).await?;
    Ok(done)
}

/// Takes a question back that the actor asked, or an absent officer for whom he stands in. Errors:
/// `denied`, `not_found`, `process.question_closed`, `process.not_asker`.
pub async fn take_back(ctx: &mut Ctx, id: &str) -> Result<Done> {
    let (mut acting, question, open) = question(ctx, id).await?;
    if open.asked.account == ctx.actor.account {
        return Err(Error::denied("process.not_asker"));
    }
    if open.by.account != ctx.actor.account {
        acting.on_behalf = Some(open.by);
    }
    let act = Act::QuestionDropped { task: open.task, question, to: open.asked };
    acting.finish(ctx, act).await
}

/// A question the actor asked or is asked. Errors: `denied`, `not_found`.
pub async fn consultation(ctx: &mut Ctx, id: &str) -> Result<Consultation> {
    authority::demand(ctx, WORK)?;
    let found = find(ctx, id).await?;
    let account = ctx.actor.account.clone();
    let absent = party::absence::absent(ctx).await?;
    if found.asked != account && found.asker != account && !absent.contains(&found.asker) {
        return Err(Error::not_found());
    }
    let own = absent.contains(&found.asker);
    let mut shown = found.shown(ctx)?;
    shown.own |= own;
    Ok(shown)
}

/// Questions put to the actor, open or closed, newest first. Errors: `denied`.
pub async fn consultations(ctx: &mut Ctx, open: bool, before: &str) -> Result<ConsultationPage> {
    authority::demand(ctx, WORK)?;
    let account = ctx.actor.account.clone();
    let before = Cursor::parse(before, i64::MAX);
    let sql = format!(
        "SELECT {COLUMNS} FROM {FROM} WHERE c.asked = $1 AND c.open = $2
         AND (c.asked_us, c.id) < ($3, $4) ORDER BY c.asked_us DESC, c.id DESC LIMIT $5"
    );
    let values = vals![account, open, before.at, before.id, PAGE + 1];
    let mut rows: Vec<Stored> = ctx.all(&sql, values).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|row| format!("{}:{}", row.asked_us, row.id));
    let shown = rows.into_iter().map(|row| row.shown(ctx)).collect::<Result<_>>()?;
    Ok(ConsultationPage { consultations: shown, next })
}

/// Questions asked at a task, oldest first.
pub(super) async fn of_task(ctx: &mut Ctx, id: &str) -> Result<Vec<Consultation>> {
    let (instance, _) = parts(id)?;
    let sql = format!(
        "SELECT {COLUMNS} FROM {FROM} WHERE c.instance_id = $1 AND c.task_id = $2
         ORDER BY c.id LIMIT 200"
    );
    let rows: Vec<Stored> = ctx.all(&sql, vals![instance, id]).await?;
    rows.into_iter().map(|row| row.shown(ctx)).collect()
}

/// Whether somebody is or was asked about an instance, so that he may read it.
pub(super) async fn was_asked(ctx: &mut Ctx, instance: &str, account: &str) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM process_consult WHERE instance_id = $1 AND asked = $2
         AND outcome IN ('open', 'answered')";
    Ok(ctx.count(sql, vals![instance, account]).await? > 0)
}

/// Brings the rows of an instance's questions from before to after an entry.
pub(crate) async fn project_questions(
    ctx: &mut Ctx,
    row: &Row,
    before: &Expected,
    after: &BTreeMap<u64, Question>,
    entry: &Entry,
) -> Result<()> {
    for number in before.questions.keys().filter(|number| !after.contains_key(number)) {
        let (outcome, answer) = match &entry.act {
            Act::Advised { question, answer, .. } if question == number => {
                ("answered", answer.as_str())
            }
            Act::QuestionDropped { question, .. } if question == number => ("taken_back", ""),
            _ => ("lapsed", ""),
        };
        let sealed = match answer {
            "" => Vec::new(),
            answer => seal(ctx, BODY, answer.as_bytes())?,
        };
        let (id, now) = (question_id(&row.id, *number), ctx.now);
        let sql = "UPDATE process_consult SET open = 0, outcome = $2, closed_us = $3, answer = $4
             WHERE id = $1";
        ctx.execute(sql, vals![id, outcome, now, sealed]).await?;
    }
    for (number, one) in after.iter().filter(|(number, _)| !before.questions.contains_key(number)) {
        insert(ctx, row, *number, one, entry.act.words()).await?;
    }
    Ok(())
}

async fn insert(ctx: &mut Ctx, row: &Row, number: u64, one: &Question, text: &str) -> Result<()> {
    let question = seal(ctx, BODY, text.as_bytes())?;
    let (task, now): (Id, _) = (one.task, ctx.now);
    ctx.execute(
        "INSERT INTO process_consult (id, instance_id, number, task_id, asked, asked_name, asker,
         asker_name, open, outcome, asked_us, closed_us, question, answer)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, 'open', $9, 0, $10, $11)",
        vals![
            question_id(&row.id, number),
            &row.id,
            number,
            job_id(&row.id, task),
            &one.asked.account,
            &one.asked.name,
            &one.by.account,
            &one.by.name,
            now,
            question,
            Vec::<u8>::new()
        ],
    )
    .await?;
    Ok(())
}
