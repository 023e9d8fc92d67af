//! Cases over REST. An act is a noun under its case, in the [`Act`] envelope. What the applicant
//! supplies later (corrections, promised materials) is taken by `tracking`.

use super::body::{
    Acceptance, Confirmation, CorrectionNotice, Decision, Extension, HandOver, RefusalOfAcceptance,
    Reopening, Resumption, Revocation, Suspension, TakeOver, Termination, Transfer, TransferReturn,
    Withdrawal,
};
use super::envelope::Act;
use super::model::{Done, Lamp};
use super::shown::{Happened, Shown};
use super::shown_list::{LampCounts, Rows, Tracked};
use super::stand_in::{Colleague, StandIn};
use super::together::Grants;
use super::verbs::{ACCEPT, DECIDE, EXTEND, READ, REVOKE, SUSPEND, TRANSFER};
use super::{
    Filter, Whose, confirmation, document, list, stand_in, termination, together, track, transfer,
    verbs, view,
};
use axum::extract::Path;
use axum::http::HeaderMap;
use flow::case::Phase;
use kernel::{Error, Result, Timestamp};
use party::batch::Outcomes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use webkit::{Access, Answer, Body, Call, Route, get, post};

/// An act that needs nothing.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// A deputy for an absence.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewStandIn {
    /// Account or login of the deputy.
    deputy: String,
    /// First day, `2026-09-01`.
    from: String,
    /// Last day.
    until: String,
    /// Why.
    #[serde(default)]
    reason: String,
}

/// History of a case.
#[derive(Serialize, JsonSchema)]
struct Timeline {
    /// Oldest first.
    events: Vec<Happened>,
    /// Every entry is chained to the one before, and their fold is the state.
    whole: bool,
}

/// A work list with its counts.
#[derive(Serialize, JsonSchema)]
struct WorkList {
    counts: LampCounts,
    #[serde(flatten)]
    page: Rows,
}

/// `POST /api/v1/cases/{id}/NOUN`: reads the envelope, calls the verb once, answers [`Done`].
macro_rules! act {
    ($name:ident, $verb:literal, $body:ty, |$ctx:ident, $id:ident, $revision:ident, $with:ident| $call:expr) => {
        async fn $name(
            call: Call,
            headers: HeaderMap,
            Path(id): Path<String>,
            Body(sent): Body<Json>,
        ) -> Answer {
            let act: Act<$body> = Act::read(&headers, sent)?;
            let (once, $revision, $with) = act.open($verb, &id);
            let mut ctx = call.write().await?;
            if let Some(answer) = once.begin(&mut ctx).await? {
                return call.json(&answer);
            }
            let done: Done = {
                let ($ctx, $id) = (&mut ctx, id.as_str());
                $call.await?
            };
            once.finish(&mut ctx, &done).await?;
            ctx.commit().await?;
            call.json(&done)
        }
    };
}

act!(accept, "case.accept", Acceptance, |ctx, id, seen, with| verbs::accept(ctx, id, seen, with));
act!(refuse_acceptance, "case.refuse_acceptance", RefusalOfAcceptance, |ctx, id, seen, with| {
    verbs::refuse_acceptance(ctx, id, seen, with)
});
act!(ask_correction, "case.ask_correction", CorrectionNotice, |ctx, id, seen, with| {
    verbs::ask_correction(ctx, id, seen, with)
});
act!(suspend, "case.suspend", Suspension, |ctx, id, seen, with| verbs::suspend(
    ctx, id, seen, with
));
act!(resume, "case.resume", Resumption, |ctx, id, seen, with| verbs::resume(ctx, id, seen, with));
act!(extend, "case.extend", Extension, |ctx, id, seen, with| verbs::extend(ctx, id, seen, with));
act!(decide, "case.decide", Decision, |ctx, id, seen, with| verbs::decide(ctx, id, seen, with));
act!(issue, "case.issue", Nothing, |ctx, id, seen, _with| verbs::issue(ctx, id, seen));
act!(withdraw, "case.withdraw", Withdrawal, |ctx, id, seen, with| verbs::withdraw(
    ctx, id, seen, with
));
act!(revoke, "case.revoke", Revocation, |ctx, id, seen, with| verbs::revoke(ctx, id, seen, with));
act!(reopen, "case.reopen", Reopening, |ctx, id, seen, with| verbs::reopen(ctx, id, seen, with));
act!(terminate, "case.terminate", Termination, |ctx, id, seen, with| {
    termination::terminate(ctx, id, seen, with)
});
act!(hand_to, "case.transfer", Transfer, |ctx, id, seen, with| {
    transfer::transfer(ctx, id, seen, with)
});
act!(take_over, "case.take_over", TakeOver, |ctx, id, seen, with| {
    transfer::take_over(ctx, id, seen, with)
});
act!(return_transfer, "case.return_transfer", TransferReturn, |ctx, id, seen, with| {
    transfer::return_transfer(ctx, id, seen, with)
});
act!(confirm_check, "case.confirm_check", Confirmation, |ctx, id, seen, with| {
    confirmation::confirm_check(ctx, id, seen, with)
});
act!(uphold, "case.uphold", Confirmation, |ctx, id, seen, with| {
    confirmation::uphold(ctx, id, seen, with)
});
act!(human_review, "case.human_review", Nothing, |ctx, id, seen, _with| {
    verbs::request_human_review(ctx, id, seen)
});
act!(claim, "case.claim", Nothing, |ctx, id, seen, _with| verbs::claim(ctx, id, seen));
act!(unclaim, "case.unclaim", Nothing, |ctx, id, seen, _with| verbs::unclaim(ctx, id, seen));
act!(hand_over, "case.hand_over", HandOver, |ctx, id, seen, with| verbs::hand_over(
    ctx, id, seen, with
));

pub(super) fn routes() -> Vec<Route> {
    let mut routes = reading();
    routes.extend(acting());
    routes
}

fn reading() -> Vec<Route> {
    vec![
        get("/api/v1/cases", Access::SignedIn, mine)
            .doc("Lists the caller's own applications, newest first; with whose=entrusted those of people who authorised him.")
            .asks(&["whose", "after"])
            .gives::<Rows>(),
        get("/api/v1/cases/{id}", Access::SignedIn, show)
            .doc("Shows a case as the caller may see it.")
            .gives::<Shown>(),
        get("/api/v1/cases/{id}/timeline", Access::SignedIn, timeline)
            .doc("Shows what happened to a case, oldest first.")
            .gives::<Timeline>(),
        get("/api/v1/cases/{id}/documents/{document}", Access::SignedIn, read_document)
            .doc("Gives a sealed document of a case as PDF.")
            .sends("application/pdf"),
        get("/api/v1/cases/{id}/files/{file}", Access::SignedIn, read_file)
            .doc("Gives a file of a case's materials.")
            .sends("*/*"),
        get("/api/v1/tracking", Access::Anyone, tracking)
            .doc("Shows the phases of a case to whoever has its number and query code.")
            .asks(&["number", "query_code"])
            .gives::<Tracked>(),
        get("/api/v1/work-list", Access::Staff(READ), work_list)
            .doc("Lists the cases of the caller's agency, the most urgent first, with counts by lamp.")
            .asks(&["whose", "phase", "item", "lamp", "text", "after"])
            .gives::<WorkList>(),
        get("/api/v1/colleagues", Access::Staff(READ), colleagues)
            .doc("Lists the officers to whom the caller may hand a case.")
            .gives::<Vec<Colleague>>(),
        get("/api/v1/stand-ins", Access::Staff(READ), stand_ins)
            .doc("Lists the caller's stand-ins, given and received.")
            .gives::<Vec<StandIn>>(),
        post("/api/v1/stand-ins", Access::Staff(TRANSFER), stand_in_begin)
            .doc("Names a deputy for the caller's absence.")
            .takes::<NewStandIn>()
            .gives::<StandIn>(),
        post("/api/v1/stand-ins/{id}/end", Access::Staff(TRANSFER), stand_in_end)
            .doc("Ends one of the caller's stand-ins."),
        post("/api/v1/grants-together", Access::Staff(DECIDE), grant_together)
            .strong()
            .doc("Grants cases of one item with one opinion, each by itself; tells per case.")
            .takes::<Grants>()
            .gives::<Outcomes>(),
    ]
}

fn acting() -> Vec<Route> {
    vec![
        post("/api/v1/cases/{id}/acceptance", Access::Staff(ACCEPT), accept)
            .doc("Accepts an application.")
            .takes::<Act<Acceptance>>(),
        post("/api/v1/cases/{id}/refusal-of-acceptance", Access::Staff(ACCEPT), refuse_acceptance)
            .doc("Refuses to accept an application, with reasons and remedies.")
            .takes::<Act<RefusalOfAcceptance>>(),
        post("/api/v1/cases/{id}/correction-notice", Access::Staff(ACCEPT), ask_correction)
            .doc("Asks the applicant, once, for everything to be mended.")
            .takes::<Act<CorrectionNotice>>(),
        post("/api/v1/cases/{id}/suspension", Access::Staff(SUSPEND), suspend)
            .doc("Starts a special procedure: the clock stops.")
            .takes::<Act<Suspension>>(),
        post("/api/v1/cases/{id}/resumption", Access::Staff(SUSPEND), resume)
            .doc("Ends the special procedure: the clock goes on.")
            .takes::<Act<Resumption>>(),
        post("/api/v1/cases/{id}/extension", Access::Staff(EXTEND), extend)
            .doc("Extends the time to decide, once.")
            .takes::<Act<Extension>>(),
        post("/api/v1/cases/{id}/decision", Access::Staff(DECIDE), decide)
            .strong()
            .doc("Decides a case; a grant is delivered at once.")
            .takes::<Act<Decision>>(),
        post("/api/v1/cases/{id}/delivery", Access::Staff(DECIDE), issue)
            .strong()
            .doc("Delivers a grant that has not been delivered yet.")
            .takes::<Act<Nothing>>(),
        post("/api/v1/cases/{id}/withdrawal", Access::SignedIn, withdraw)
            .doc("Withdraws an application, or one item of it, before the decision.")
            .takes::<Act<Withdrawal>>(),
        post("/api/v1/cases/{id}/revocation", Access::Staff(REVOKE), revoke)
            .strong()
            .doc("Revokes a grant and its licence.")
            .takes::<Act<Revocation>>(),
        post("/api/v1/cases/{id}/reopening", Access::Staff(EXTEND), reopen)
            .strong()
            .doc("Opens again what was refused, withdrawn, lapsed or ended by mistake.")
            .takes::<Act<Reopening>>(),
        post("/api/v1/cases/{id}/termination", Access::Staff(EXTEND), terminate)
            .strong()
            .doc("Ends a case that can no longer be decided.")
            .takes::<Act<Termination>>(),
        post("/api/v1/cases/{id}/transfer", Access::Staff(ACCEPT), hand_to)
            .doc("Hands a case to the agency that has the power to decide it; its clocks run on.")
            .takes::<Act<Transfer>>(),
        post("/api/v1/cases/{id}/take-over", Access::Staff(ACCEPT), take_over)
            .doc("Takes over a case that another agency has handed over.")
            .takes::<Act<TakeOver>>(),
        post("/api/v1/cases/{id}/transfer-return", Access::Staff(ACCEPT), return_transfer)
            .doc("Gives back a case that another agency has handed over.")
            .takes::<Act<TransferReturn>>(),
        post("/api/v1/cases/{id}/check-confirmation", Access::Staff(REVOKE), confirm_check)
            .strong()
            .doc("Confirms by hand what was granted on a promise, after a later check without a finding.")
            .takes::<Act<Confirmation>>(),
        post("/api/v1/cases/{id}/upholding", Access::Staff(REVOKE), uphold)
            .strong()
            .doc("Upholds a grant though another on which it rests was revoked.")
            .takes::<Act<Confirmation>>(),
        post("/api/v1/cases/{id}/human-review", Access::SignedIn, human_review)
            .doc("Asks that a person decide.")
            .takes::<Act<Nothing>>(),
        post("/api/v1/cases/{id}/claim", Access::Staff(TRANSFER), claim)
            .doc("Takes a case.")
            .takes::<Act<Nothing>>(),
        post("/api/v1/cases/{id}/return", Access::Staff(TRANSFER), unclaim)
            .doc("Gives a case back to the list.")
            .takes::<Act<Nothing>>(),
        post("/api/v1/cases/{id}/hand-over", Access::Staff(TRANSFER), hand_over)
            .doc("Gives a case to another officer of the agency.")
            .takes::<Act<HandOver>>(),
    ]
    .into_iter()
    .map(Route::gives::<Done>)
    .collect()
}

async fn mine(call: Call) -> Answer {
    let after = call.query("after").unwrap_or_default();
    let mut ctx = call.read();
    let rows = match call.query("whose").as_deref() {
        None | Some("mine") => list::mine(&mut ctx, &after).await?,
        Some("entrusted") => list::entrusted(&mut ctx, &after).await?,
        Some(_) => {
            return Err(Error::invalid("case.filter").field("whose", "case.filter").into());
        }
    };
    call.json(&rows)
}

async fn show(call: Call, Path(id): Path<String>) -> Answer {
    call.json(&view::show(&mut call.read(), &id).await?)
}

async fn timeline(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.read();
    let events = view::show(&mut ctx, &id).await?.timeline;
    let whole = super::history::verify(&mut ctx, &id).await?;
    call.json(&Timeline { events, whole })
}

async fn read_document(call: Call, Path((id, of)): Path<(String, String)>) -> Answer {
    let found = document::document(&mut call.read(), &id, &of).await?;
    call.file(&found.media_type, &found.name, found.content)
}

async fn read_file(call: Call, Path((id, of)): Path<(String, String)>) -> Answer {
    let found = document::file(&mut call.read(), &id, &of).await?;
    call.file(&found.media_type, &found.name, found.content)
}

async fn tracking(call: Call) -> Answer {
    let text = |name: &str| call.query(name).unwrap_or_default();
    let (number, code) = (text("number"), text("query_code"));
    call.json(&track::track(&mut call.read(), &number, &code).await?)
}

/// The filter of a query string. Errors: `case.filter` for an unknown value.
fn filter(call: &Call) -> Result<Filter> {
    let text = |name: &str| call.query(name).unwrap_or_default();
    let unknown = |field: &'static str| Error::invalid("case.filter").field(field, "case.filter");
    Ok(Filter {
        whose: match text("whose").as_str() {
            "" | "all" => Whose::All,
            "mine" => Whose::Mine,
            "unclaimed" => Whose::Unclaimed,
            "offered" => Whose::Offered,
            _ => return Err(unknown("whose")),
        },
        phase: match text("phase").as_str() {
            "" => None,
            name => Some(Phase::parse(name).ok_or_else(|| unknown("phase"))?),
        },
        item: text("item"),
        lamp: match text("lamp").as_str() {
            "" => None,
            name => Some(Lamp::parse(name).ok_or_else(|| unknown("lamp"))?),
        },
        text: text("text"),
    })
}

async fn work_list(call: Call) -> Answer {
    let mut ctx = call.read();
    let after = call.query("after").unwrap_or_default();
    let page = list::work_list(&mut ctx, &filter(&call)?, &after).await?;
    let counts = list::work_counts(&mut ctx).await?;
    call.json(&WorkList { counts, page })
}

async fn grant_together(call: Call, Body(body): Body<Grants>) -> Answer {
    let sentence = |error: &Error| call.sentence(error);
    let (env, actor) = (call.web.env.clone(), call.actor());
    call.json(&together::grant_together(&env, actor, call.lang(), &body, &sentence).await?)
}

async fn colleagues(call: Call) -> Answer {
    call.json(&stand_in::colleagues(&mut call.read()).await?)
}

async fn stand_ins(call: Call) -> Answer {
    call.json(&stand_in::stand_ins(&mut call.read()).await?)
}

/// Midnight at which a day begins. Errors: `case.stand_in_period`.
fn day(text: &str, field: &'static str) -> Result<Timestamp> {
    let wrong = || Error::invalid("case.stand_in_period").field(field, "case.stand_in_period");
    text.parse::<jiff::civil::Date>().map(Timestamp::start_of).map_err(|_| wrong())
}

async fn stand_in_begin(call: Call, Body(new): Body<NewStandIn>) -> Answer {
    let (from, until) = (day(&new.from, "from")?, day(&new.until, "until")?.plus_days(1));
    let mut ctx = call.write().await?;
    let begun = stand_in::stand_in_begin(&mut ctx, &new.deputy, from, until, &new.reason).await?;
    ctx.commit().await?;
    call.json(&begun)
}

async fn stand_in_end(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.write().await?;
    stand_in::stand_in_end(&mut ctx, &id).await?;
    ctx.commit().await?;
    call.json(&serde_json::json!({ "id": id }))
}
