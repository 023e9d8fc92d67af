//! The REST interface of what offices do beside single tasks: consultations, standing in, batches.

use super::batch::{self, Batch};
use super::{Consultation, ConsultationPage, StandIn};
use crate::WORK;
use crate::instance::Done;
use crate::instance::act::once;
use axum::extract::Path;
use flow::process::TurnAt;
use kernel::{Error, Result, Timestamp};
use party::batch::Outcomes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webkit::{Access, Answer, Body, Call, Route, get, post};

/// An answer to a question, or that it is taken back.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct WordsBody {
    /// Id under which the act is done once.
    command: String,
    /// The answer.
    words: String,
}

/// An absence.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct AbsenceBody {
    /// Account or login of the colleague who stands in.
    deputy: String,
    /// First day.
    from: String,
    /// Last day.
    until: String,
    /// Why.
    reason: String,
    /// Whether the colleague takes what is offered to the caller's posts too.
    posts: bool,
}

/// Absences.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct StandIns {
    /// Newest first.
    stand_ins: Vec<StandIn>,
}

pub(super) fn routes() -> Vec<Route> {
    let work = Access::Staff(WORK);
    vec![
        get("/api/v1/process-consultations", work, consultations)
            .doc("Lists questions put to the caller, newest first; ?closed=1 for those closed; ?after=.")
            .asks(&["closed", "after"])
            .gives::<ConsultationPage>(),
        get("/api/v1/process-consultations/{id}", work, consultation)
            .doc("Gives a question the caller asked or is asked.")
            .gives::<Consultation>(),
        post("/api/v1/process-consultations/{id}/answer", work, answer)
            .doc("Answers a question put to the caller, once.")
            .takes::<WordsBody>()
            .gives::<Done>(),
        post("/api/v1/process-consultations/{id}/withdrawal", work, take_back)
            .doc("Takes back a question the caller asked.")
            .takes::<WordsBody>()
            .gives::<Done>(),
        get("/api/v1/process-stand-ins", work, stand_ins)
            .doc("Lists the caller's absences, and those in which he stands in.")
            .gives::<StandIns>(),
        post("/api/v1/process-stand-ins", work, begin)
            .doc("Names a colleague who stands in for the caller while he is absent.")
            .takes::<AbsenceBody>()
            .gives::<StandIn>(),
        post("/api/v1/process-stand-ins/{id}/end", work, end)
            .doc("Ends one of the caller's absences before its time."),
        post("/api/v1/process-instances/{id}/copy/read", work, mark_read)
            .doc("Marks the caller's copy of an instance as read."),
        post("/api/v1/process-instances/{id}/copy/unread", work, mark_unread)
            .doc("Marks the caller's copy of an instance as not read."),
        post("/api/v1/task-batches", work, complete)
            .strong()
            .doc("Completes tasks of one step with one opinion, each by itself; tells per task.")
            .takes::<Batch>()
            .gives::<Outcomes>(),
    ]
}

/// Where a signer comes. Errors: `process.place`.
pub(super) fn place(word: &str, next: bool) -> Result<TurnAt> {
    match word {
        "" if next => Ok(TurnAt::Next),
        "" | "last" => Ok(TurnAt::Last),
        "before" => Ok(TurnAt::Before),
        "next" => Ok(TurnAt::Next),
        _ => Err(Error::invalid("process.place").field("place", "process.place")),
    }
}

async fn consultations(call: Call) -> Answer {
    let open = call.query("closed").as_deref() != Some("1");
    let after = call.query("after").unwrap_or_default();
    call.json(&super::consultations(&mut call.read(), open, &after).await?)
}

async fn consultation(call: Call, Path(id): Path<String>) -> Answer {
    call.json(&super::consultation(&mut call.read(), &id).await?)
}

async fn answer(call: Call, Path(id): Path<String>, Body(body): Body<WordsBody>) -> Answer {
    let mut ctx = call.write().await?;
    let verb = format!("process.consult.answer:{id}");
    let run = async |ctx: &mut store::Ctx| super::answer(ctx, &id, &body.words).await;
    let done = once(&mut ctx, &body.command, &verb, run).await?;
    ctx.commit().await?;
    call.json(&done)
}

async fn take_back(call: Call, Path(id): Path<String>, Body(body): Body<WordsBody>) -> Answer {
    let mut ctx = call.write().await?;
    let verb = format!("process.consult.take_back:{id}");
    let run = async |ctx: &mut store::Ctx| super::take_back(ctx, &id).await;
    let done = once(&mut ctx, &body.command, &verb, run).await?;
    ctx.commit().await?;
    call.json(&done)
}

async fn stand_ins(call: Call) -> Answer {
    call.json(&StandIns { stand_ins: super::stand_ins(&mut call.read()).await? })
}

async fn begin(call: Call, Body(body): Body<AbsenceBody>) -> Answer {
    let mut ctx = call.write().await?;
    let (from, until) = period(&body.from, &body.until)?;
    let begun =
        super::stand_in_begin(&mut ctx, &body.deputy, from, until, &body.reason, body.posts)
            .await?;
    ctx.commit().await?;
    call.json_with(axum::http::StatusCode::CREATED, &begun)
}

/// From the beginning of the first day to the end of the last. Errors: `process.day` with the
/// fields at fault.
pub(super) fn period(from: &str, until: &str) -> Result<(Timestamp, Timestamp)> {
    let day = |text: &str, field: &'static str| {
        let wrong = || Error::invalid("process.day").field(field, "process.day");
        text.trim().parse().map(Timestamp::start_of).map_err(|_| wrong())
    };
    Ok((day(from, "from")?, day(until, "until")?.plus_days(1)))
}

async fn end(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.write().await?;
    super::stand_in_end(&mut ctx, &id).await?;
    ctx.commit().await?;
    call.json(&serde_json::json!({}))
}

async fn mark_read(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.write().await?;
    super::read(&mut ctx, &id).await?;
    ctx.commit().await?;
    call.json(&serde_json::json!({}))
}

async fn mark_unread(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.write().await?;
    super::mark_unread(&mut ctx, &id).await?;
    ctx.commit().await?;
    call.json(&serde_json::json!({}))
}

async fn complete(call: Call, Body(body): Body<Batch>) -> Answer {
    let sentence = |error: &Error| call.sentence(error);
    let env = call.web.env.clone();
    let done = batch::complete(&env, call.actor(), call.lang(), &body, &sentence).await?;
    call.json(&done)
}
