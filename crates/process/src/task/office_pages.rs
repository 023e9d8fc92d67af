//! Pages of what offices do beside single tasks: consultations, standing in, batches, handing over
//! all on leaving.

use super::api::names;
use super::batch::{self, Batch};
use super::office_api::period;
use super::pages::{variables, votes};
use super::verbs;
use crate::instance::act::once;
use crate::{MANAGE, WORK};
use axum::extract::Path;
use kernel::{Error, Kind, Result};
use party::batch::Outcomes;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use store::command;
use webkit::{Access, Answer, Call, Form, Route, get, post};

pub(super) fn routes() -> Vec<Route> {
    let work = Access::Staff(WORK);
    vec![
        get("/consultations/{id}", work, consultation),
        post("/consultations/{id}/answer", work, answer),
        post("/consultations/{id}/take_back", work, take_back),
        get("/stand-ins", work, stand_ins),
        post("/stand-ins", work, begin),
        post("/stand-ins/{id}/end", work, end),
        post("/instances/{id}/copy/read", work, mark_read),
        post("/instances/{id}/copy/unread", work, mark_unread),
        get("/task-batch", work, batch_form).strong(),
        post("/task-batch", work, batch_done).strong(),
        get("/task-hand-over", Access::Staff(MANAGE), leave),
        post("/task-hand-over", Access::Staff(MANAGE), left),
    ]
}

/// True for what is said on the form again rather than on a page of its own.
fn told(error: &Error) -> bool {
    matches!(error.kind, Kind::Invalid | Kind::Conflict | Kind::Limited)
}

/// The first sentence of an error.
fn why(call: &Call, error: &Error) -> String {
    let first = call.faults(error).into_iter().next();
    first.map(|fault| fault.message).unwrap_or_else(|| call.sentence(error))
}

/// `GET /consultations/{id}`.
async fn consultation(call: Call, Path(id): Path<String>) -> Answer {
    let one = super::consultation(&mut call.read(), &id).await?;
    let context = json!({ "one": one, "typed": "", "failed": None::<String> });
    call.page("process/task/consultation.html", &context)
}

/// `POST /consultations/{id}/answer`.
async fn answer(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    let verb = format!("process.consult.answer:{id}");
    let run = async |ctx: &mut store::Ctx| super::answer(ctx, &id, form.text("words")).await;
    match once(&mut ctx, form.once(), &verb, run).await {
        Ok(_) => {
            ctx.commit().await?;
            call.see(&format!("/consultations/{id}?notice=process.answer"))
        }
        Err(error) if told(&error) => {
            drop(ctx);
            let one = super::consultation(&mut call.read(), &id).await?;
            let failed = why(&call, &error);
            let context = json!({ "one": one, "typed": form.text("words"), "failed": failed });
            call.page_again("process/task/consultation.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /consultations/{id}/take_back`.
async fn take_back(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    let verb = format!("process.consult.take_back:{id}");
    let run = async |ctx: &mut store::Ctx| super::take_back(ctx, &id).await;
    once(&mut ctx, form.once(), &verb, run).await?;
    ctx.commit().await?;
    call.see(&format!("/consultations/{id}?notice=process.take_back"))
}

/// `GET /stand-ins`.
async fn stand_ins(call: Call) -> Answer {
    let context = absences(&call, &Form::default(), &[]).await?;
    call.page("process/task/stand_ins.html", &context)
}

async fn absences(call: &Call, form: &Form, faults: &[(String, String)]) -> Result<Json> {
    let mut ctx = call.read();
    let all = super::stand_ins(&mut ctx).await?;
    let colleagues: Vec<Json> = super::colleagues(&mut ctx)
        .await?
        .into_iter()
        .map(|(account, name)| json!({ "value": account, "text": name }))
        .collect();
    let errors: BTreeMap<&str, &str> =
        faults.iter().map(|(field, text)| (field.as_str(), text.as_str())).collect();
    let typed = |name: &str| form.text(name).to_owned();
    Ok(
        json!({ "stand_ins": all, "colleagues": colleagues, "errors": errors, "typed": { "deputy": typed("deputy"),
        "from": typed("from"), "until": typed("until"), "reason": typed("reason"),
        "posts": form.text("posts") == "1" } }),
    )
}

/// `POST /stand-ins`: from the beginning of the first day to the end of the last.
async fn begin(call: Call, form: Form) -> Answer {
    let to = "/stand-ins?notice=process.stand_in";
    let mut ctx = call.write().await?;
    if command::begin(&mut ctx, form.once(), "process.stand_in").await?.is_some() {
        return call.see(to);
    }
    let done = match period(form.text("from"), form.text("until")) {
        Ok((from, until)) => {
            let (deputy, reason) = (form.text("deputy"), form.text("reason"));
            let posts = form.text("posts") == "1";
            super::stand_in_begin(&mut ctx, deputy, from, until, reason, posts).await.map(|_| ())
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => {
            ctx.commit().await?;
            call.see(to)
        }
        Err(error) if told(&error) => {
            drop(ctx);
            let faults = call.faults(&error).into_iter();
            let faults: Vec<_> = faults.map(|fault| (fault.field, fault.message)).collect();
            let context = absences(&call, &form, &faults).await?;
            call.page_again("process/task/stand_ins.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /stand-ins/{id}/end`.
async fn end(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let to = "/stand-ins?notice=process.stand_in_end";
    let mut ctx = call.write().await?;
    if command::begin(&mut ctx, form.once(), "process.stand_in_end").await?.is_some() {
        return call.see(to);
    }
    super::stand_in_end(&mut ctx, &id).await?;
    ctx.commit().await?;
    call.see(to)
}

/// `POST /instances/{id}/copy/read`. Done twice it is the same, so no command is kept.
async fn mark_read(call: Call, Path(id): Path<String>, _: Form) -> Answer {
    let mut ctx = call.write().await?;
    super::read(&mut ctx, &id).await?;
    ctx.commit().await?;
    call.see("/tasks?list=copies&notice=process.mark_read")
}

/// `POST /instances/{id}/copy/unread`.
async fn mark_unread(call: Call, Path(id): Path<String>, _: Form) -> Answer {
    let mut ctx = call.write().await?;
    super::mark_unread(&mut ctx, &id).await?;
    ctx.commit().await?;
    call.see("/tasks?list=read&notice=process.mark_unread")
}

/// `GET /task-batch?task=&task=`: the tasks chosen in a list, before they are completed.
async fn batch_form(call: Call) -> Answer {
    let query = call.path_and_query.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let pairs = webkit::form::decode(query.as_bytes()).into_iter();
    let tasks: Vec<String> =
        pairs.filter(|(name, _)| name == "task").map(|(_, value)| value).collect();
    match chosen(&call, &tasks, &Form::default(), None).await {
        Ok(context) => call.page("process/task/batch.html", &context),
        Err(error) if told(&error) => {
            let context = result(&Outcomes::default(), Some(why(&call, &error)));
            call.page_again("process/task/batch.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}

async fn chosen(
    call: &Call,
    tasks: &[String],
    form: &Form,
    failed: Option<String>,
) -> Result<Json> {
    let mut ctx = call.read();
    let batch::Checked { step, voted, titles } = batch::check(&mut ctx, tasks).await?;
    let votes = if voted { votes(call) } else { Vec::new() };
    let chosen: Vec<Json> = titles
        .iter()
        .map(|(id, title)| json!({ "id": id, "title": if title.is_empty() { id } else { title } }))
        .collect();
    let typed = |name: &str| form.text(name).to_owned();
    Ok(json!({ "step": step, "chosen": chosen, "votes": votes, "failed": failed, "done": 0,
        "results": [], "typed": { "words": typed("words"), "vote": typed("vote"),
        "variables": typed("variables") } }))
}

fn result(done: &Outcomes, failed: Option<String>) -> Json {
    json!({ "step": "", "chosen": [], "votes": [], "failed": failed, "done": done.done,
        "results": done.each, "typed": { "words": "", "vote": "", "variables": "" } })
}

/// `POST /task-batch`.
async fn batch_done(call: Call, form: Form) -> Answer {
    let tasks: Vec<String> = form.all("task").into_iter().map(str::to_owned).collect();
    match run(&call, &form, tasks.clone()).await {
        Ok(done) => call.page("process/task/batch.html", &result(&done, None)),
        Err(error) if told(&error) => {
            let failed = why(&call, &error);
            let context = match chosen(&call, &tasks, &form, Some(failed.clone())).await {
                Ok(context) => context,
                Err(_) => result(&Outcomes::default(), Some(failed)),
            };
            call.page_again("process/task/batch.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}

async fn run(call: &Call, form: &Form, tasks: Vec<String>) -> Result<Outcomes> {
    let mut variables = variables(form.text("variables"))?;
    if !form.text("vote").is_empty() {
        variables.insert("vote".to_owned(), Json::from(form.text("vote")));
    }
    let words = form.text("words").to_owned();
    let command = form.once().to_owned();
    let batch = Batch { command, tasks, words, variables };
    let sentence = |error: &Error| call.sentence(error);
    let env = call.web.env.clone();
    batch::complete(&env, call.actor(), call.lang(), &batch, &sentence).await
}

/// `GET /task-hand-over`.
async fn leave(call: Call) -> Answer {
    call.page("process/task/leave.html", &leaving(&Form::default(), None, None))
}

fn leaving(form: &Form, moved: Option<usize>, failed: Option<String>) -> Json {
    let typed = |name: &str| form.text(name).to_owned();
    json!({ "moved": moved, "failed": failed, "typed": { "from": typed("from"), "to": typed("to"),
        "words": typed("words") } })
}

/// `POST /task-hand-over`: `from` is an account or login.
async fn left(call: Call, form: Form) -> Answer {
    let page = "process/task/leave.html";
    let mut ctx = call.write().await?;
    if let Some(moved) = command::begin(&mut ctx, form.once(), "process.hand_over_all").await? {
        return call.page(page, &leaving(&Form::default(), moved.parse().ok(), None));
    }
    let from = names(form.text("from")).into_iter().next().unwrap_or_default();
    let done = verbs::hand_over_all(&mut ctx, &from, form.text("to"), form.text("words")).await;
    match done {
        Ok(moved) => {
            command::finish(&mut ctx, form.once(), &moved.to_string()).await?;
            ctx.commit().await?;
            call.page(page, &leaving(&Form::default(), Some(moved), None))
        }
        Err(error) if told(&error) => {
            drop(ctx);
            let failed = why(&call, &error);
            call.page_again(page, &leaving(&form, None, Some(failed)))
        }
        Err(error) => Err(error.into()),
    }
}
