//! Pages of the board: read, call one verb, present.

use super::anomaly::Irregularity;
use super::model::Wanted;
use super::monitor::{self, Beneath};
use super::present;
use crate::notice::{self, Urge};
use axum::extract::Path;
use kernel::{Error, Kind};
use serde_json::json;
use service::case::SUPERVISE;
use service::figures::Group;
use std::collections::BTreeMap;
use webkit::{Access, Answer, Call, Form, Route, get, post};

pub(super) fn routes() -> Vec<Route> {
    let access = Access::Staff(SUPERVISE);
    vec![
        get("/supervision", access, board),
        get("/supervision/cases", access, cases),
        get("/supervision/cases/{id}", access, case),
        post("/supervision/cases/{id}/urge", Access::Staff(notice::URGE), urge),
        get("/supervision/anomalies", access, anomalies),
    ]
}

/// What the query string asks for, cut to a sane length.
pub(super) fn wanted(call: &Call) -> Wanted {
    let text = |name: &str| {
        let value = call.query(name).unwrap_or_default();
        value.trim().chars().take(80).collect::<String>()
    };
    let by = match text("by").as_str() {
        "agency" => Group::Agency,
        "item" => Group::Item,
        _ => Group::Division,
    };
    Wanted { division: text("division"), agency: text("agency"), item: text("item"), by }
}

/// `GET /supervision?division=&agency=&item=&by=`.
async fn board(call: Call) -> Answer {
    let wanted = wanted(&call);
    let mut ctx = call.read();
    let overview = monitor::overview(&mut ctx, &wanted).await?;
    let filter = notice::Filter { division: wanted.division.clone(), ..notice::Filter::default() };
    let (page, counts) = notice::list(&mut ctx, &filter).await?;
    let irregular = monitor::anomalies(&mut ctx, &wanted, None, "").await?;
    call.page(
        "supervise/monitor/board.html",
        &present::board(&call, &wanted, &overview, &page, &counts, &irregular),
    )
}

/// `GET /supervision/cases?beneath=lamp-red&…&after=`.
async fn cases(call: Call) -> Answer {
    let wanted = wanted(&call);
    let name = call.query("beneath").unwrap_or_default();
    let beneath = Beneath::parse(&name).ok_or_else(Error::not_found)?;
    let after = call.query("after").unwrap_or_default();
    let mut ctx = call.read();
    let rows = monitor::cases(&mut ctx, &wanted, beneath, &after).await?;
    call.page("supervise/monitor/cases.html", &present::cases(&call, &ctx, &wanted, &name, &rows))
}

/// `GET /supervision/cases/{id}`.
async fn case(call: Call, Path(id): Path<String>) -> Answer {
    let context = case_context(&call, &id, "", &BTreeMap::new()).await?;
    call.page("supervise/monitor/case.html", &context)
}

async fn case_context(
    call: &Call,
    id: &str,
    reason: &str,
    errors: &BTreeMap<String, String>,
) -> kernel::Result<serde_json::Value> {
    let mut ctx = call.read();
    let case = monitor::case(&mut ctx, id).await?;
    let mut context = present::case(call, &case);
    context["reason"] = json!(reason);
    context["errors"] = json!(errors);
    Ok(context)
}

/// `POST /supervision/cases/{id}/urge`: `reason`.
async fn urge(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    let body = Urge { reason: form.text("reason").to_owned() };
    if let Some(done) = store::command::begin(&mut ctx, form.once(), "supervise.urge").await? {
        return call.see(&format!("/supervision/notices/{done}?notice=supervise.opened"));
    }
    match notice::urge(&mut ctx, &id, &body).await {
        Ok(opened) => {
            store::command::finish(&mut ctx, form.once(), &opened.row.id).await?;
            ctx.commit().await?;
            call.see(&format!("/supervision/notices/{}?notice=supervise.opened", opened.row.id))
        }
        Err(error) if error.kind == Kind::Invalid => {
            drop(ctx);
            let errors = present::errors(&call.faults(&error));
            let context = case_context(&call, &id, &body.reason, &errors).await?;
            call.page_again("supervise/monitor/case.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /supervision/anomalies?kind=&division=&agency=&after=`.
async fn anomalies(call: Call) -> Answer {
    let wanted = wanted(&call);
    let kind = call.query("kind").as_deref().and_then(Irregularity::parse);
    let after = call.query("after").unwrap_or_default();
    let mut ctx = call.read();
    let page = monitor::anomalies(&mut ctx, &wanted, kind, &after).await?;
    call.page("supervise/monitor/anomalies.html", &present::anomalies(&call, &wanted, kind, &page))
}
