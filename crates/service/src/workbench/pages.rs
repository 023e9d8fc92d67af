//! Handlers of the list and of taking and handing over: parse, call one verb each, present.

use super::page::{self, ListView, Query};
use crate::case::{self, HandOver};
use ::store::{Ctx, command};
use kernel::{Error, Result};
use party::batch::Batch;
use webkit::{Answer, Call, Form};

/// Cases taken or handed over at once.
const CHOSEN_MAX: usize = 50;

/// `GET /workbench`.
pub(super) async fn list(call: Call) -> Answer {
    call.page("service/workbench/list.html", &view(&call).await?)
}

async fn view(call: &Call) -> Result<ListView> {
    let query = Query::read(|name| call.query(name));
    let after = call.query("after").unwrap_or_default();
    let mut ctx = call.read();
    let list = case::work_list(&mut ctx, &query.filter(), &after).await?;
    let counts = case::work_counts(&mut ctx).await?;
    let colleagues =
        if call.may(case::TRANSFER) { case::colleagues(&mut ctx).await? } else { Vec::new() };
    let mut view = page::view(&ctx.env.pack, query, counts, list, colleagues);
    view.decides = call.may(case::DECIDE);
    Ok(view)
}

/// A chosen case: its id, the revision seen, its number as the list showed it.
pub(super) fn chosen(form: &Form) -> Vec<(String, Option<i64>, String)> {
    let one = |value: &str| {
        let mut parts = value.splitn(3, ':').map(str::to_owned);
        let id = parts.next().unwrap_or_default();
        let revision = parts.next().and_then(|text| text.parse().ok());
        (id, revision, parts.next().unwrap_or_default())
    };
    form.all("case").into_iter().take(CHOSEN_MAX).map(one).collect()
}

/// `POST /workbench/claim`: takes the chosen cases.
pub(super) async fn claim(call: Call, form: Form) -> Answer {
    each(&call, &form, "case.claimed", None).await
}

/// `POST /workbench/hand-over`: hands the chosen cases to a colleague.
pub(super) async fn hand_over(call: Call, form: Form) -> Answer {
    let body = HandOver { to: form.text("to").to_owned(), reason: form.text("reason").to_owned() };
    each(&call, &form, "case.handed_over", Some(body)).await
}

/// One case after the other, each in a transaction of its own and once.
async fn each(call: &Call, form: &Form, notice: &str, to: Option<HandOver>) -> Answer {
    let wanted = chosen(form);
    if wanted.is_empty() {
        return again(call, &Error::invalid("workbench.nothing_chosen")).await;
    }
    let sentence = |error: &Error| {
        call.faults(error).into_iter().next().map(|fault| fault.message).unwrap_or_default()
    };
    let (env, once) = (&call.web.env, form.once());
    let mut acts = Batch::begin(env, call.actor(), call.lang(), &sentence);
    for (id, revision, number) in wanted {
        let named = if number.is_empty() { id.clone() } else { number };
        let to = to.clone();
        acts.act(id.clone(), named, async |ctx| one(ctx, once, &id, revision, to).await).await?;
    }
    let ended = acts.end();
    if ended.done == ended.each.len() {
        return call.see(&format!("/workbench?tab=mine&notice={notice}"));
    }
    let mut view = view(call).await?;
    let failed = ended.each.into_iter().filter(|one| !one.done);
    (view.done, view.failed) = (ended.done, failed.map(|one| (one.name, one.message)).collect());
    call.page_again("service/workbench/list.html", &view)
}

/// The list again, with what is wrong with the choice.
pub(super) async fn again(call: &Call, error: &Error) -> Answer {
    let mut view = view(call).await?;
    view.failed.push((String::new(), call.sentence(error)));
    call.page_again("service/workbench/list.html", &view)
}

async fn one(
    ctx: &mut Ctx,
    once: &str,
    id: &str,
    revision: Option<i64>,
    to: Option<HandOver>,
) -> Result<()> {
    let command = format!("{once}.{id}");
    if command::begin(ctx, &command, "workbench.each").await?.is_some() {
        return Ok(());
    }
    match to {
        Some(body) => case::hand_over(ctx, id, revision, body).await,
        None => case::claim(ctx, id, revision).await,
    }
    .map(drop)
}
