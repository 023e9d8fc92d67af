//! Pages of bills: parse, call one verb, present.

use super::model::{Bill, BillDay, BillPage, How, Statement};
use super::{READ, RECORD, REVERSE};
use ::store::{Ctx, command};
use axum::extract::Path;
use kernel::{Error, Kind, Result};
use serde::Serialize;
use std::collections::BTreeMap;
use webkit::{Access, Answer, Call, Form, Route, get, post};

pub(super) fn routes() -> Vec<Route> {
    let (read, record_) = (Access::Staff(READ), Access::Staff(RECORD));
    vec![
        get("/cases/{id}/bills", Access::SignedIn, of_case),
        get("/bills", read, list),
        get("/bills/day", read, day),
        post("/bills/statements", record_, statement).upload(),
        get("/bills/{id}", read, show),
        post("/bills/{id}/payment", record_, record),
        post("/bills/{id}/reversal", Access::Staff(REVERSE), reverse).strong(),
    ]
}

/// `service/bill/case.html`.
#[derive(Debug, Serialize)]
pub(super) struct CaseView {
    pub(super) id: String,
    pub(super) back: String,
    pub(super) bills: Vec<Bill>,
}

/// `service/bill/list.html`.
#[derive(Debug, Serialize)]
pub(super) struct ListView {
    pub(super) page: BillPage,
    pub(super) state: String,
    pub(super) records: bool,
    /// What became of a statement just sent.
    pub(super) statement: Option<Statement>,
    pub(super) error: String,
}

/// `service/bill/show.html`.
#[derive(Debug, Serialize)]
pub(super) struct ShowView {
    pub(super) bill: Bill,
    pub(super) error: String,
    pub(super) values: BTreeMap<String, String>,
}

/// `service/bill/day.html`.
#[derive(Debug, Serialize)]
pub(super) struct DayView {
    pub(super) day: BillDay,
}

/// The view bears a name of its own: `page` is the shell's.
fn named(view: &impl Serialize) -> serde_json::Value {
    serde_json::json!({ "view": view })
}

async fn of_case(call: Call, Path(id): Path<String>) -> Answer {
    let bills = super::of_case(&mut call.read(), &id).await?;
    let back = match call.actor().is_officer() {
        true => format!("/workbench/cases/{id}"),
        false => format!("/cases/{id}"),
    };
    call.page("service/bill/case.html", &CaseView { id, back, bills })
}

async fn list_view(call: &Call, statement: Option<Statement>, error: String) -> Result<ListView> {
    let (state, after) =
        (call.query("state").unwrap_or_default(), call.query("after").unwrap_or_default());
    let page = super::list(&mut call.read(), &state, &after).await?;
    Ok(ListView { page, state, records: call.may(RECORD), statement, error })
}

async fn list(call: Call) -> Answer {
    let view = list_view(&call, None, String::new()).await?;
    call.page("service/bill/list.html", &named(&view))
}

/// Shows at once what became of every line.
async fn statement(call: Call, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    let file = form.file("file").map(|file| file.content.as_slice()).unwrap_or_default();
    match super::take(&mut ctx, file).await {
        Ok(taken) => {
            ctx.commit().await?;
            let view = list_view(&call, Some(taken), String::new()).await?;
            call.page("service/bill/list.html", &named(&view))
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            drop(ctx);
            let view = list_view(&call, None, call.sentence(&error)).await?;
            call.page_again("service/bill/list.html", &named(&view))
        }
        Err(error) => Err(error.into()),
    }
}

async fn day(call: Call) -> Answer {
    let asked = call.query("day").unwrap_or_default();
    let day = super::day(&mut call.read(), &asked).await?;
    call.page("service/bill/day.html", &DayView { day })
}

async fn show(call: Call, Path(id): Path<String>) -> Answer {
    let bill = super::get(&mut call.read(), &id).await?;
    let view = ShowView { bill, error: String::new(), values: BTreeMap::new() };
    call.page("service/bill/show.html", &view)
}

async fn record(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    if command::begin(&mut ctx, form.once(), "bill.record").await?.is_some() {
        return call.see(&format!("/bills/{id}"));
    }
    let revision = form.number("revision").unwrap_or(0);
    let done = match How::parse(form.text("how")) {
        Some(how) => super::record(&mut ctx, &id, revision, how, form.text("reference")).await,
        None => Err(Error::invalid("bill.words").field("how", "bill.words")),
    };
    after(&call, ctx, &id, &form, "bill.paid", done).await
}

async fn reverse(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    if command::begin(&mut ctx, form.once(), "bill.reverse").await?.is_some() {
        return call.see(&format!("/bills/{id}"));
    }
    let revision = form.number("revision").unwrap_or(0);
    let done = super::reverse(&mut ctx, &id, revision, form.text("reason")).await;
    after(&call, ctx, &id, &form, "bill.reversed", done).await
}

/// The bill as it now stands, or its forms again with what is wrong.
async fn after(
    call: &Call,
    ctx: Ctx,
    id: &str,
    form: &Form,
    notice: &'static str,
    done: Result<Bill>,
) -> Answer {
    match done {
        Ok(_) => {
            ctx.commit().await?;
            call.see(&format!("/bills/{id}?notice={notice}"))
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            drop(ctx);
            let bill = super::get(&mut call.read(), id).await?;
            let view = ShowView { bill, error: call.sentence(&error), values: form.values() };
            call.page_again("service/bill/show.html", &view)
        }
        Err(error) => Err(error.into()),
    }
}
