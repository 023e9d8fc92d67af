//! Pages of notices, for supervisors and for the heads who answer.

use super::api::filter;
use super::model::{Answer as Answered, Closure, Kind, NoticeRow, Shown};
use super::notice;
use super::statistics::{self, Line};
use super::{ANSWER, SUPERVISE};
use crate::monitor::present::errors;
use axum::extract::Path;
use kernel::{Error, Kind as Fault, Result};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use store::{Ctx, command};
use webkit::{Access, Answer, Call, Form, Route, get, post};

/// Where the supervisor's notices are.
const WATCHED: &str = "/supervision/notices";
/// Where the agency's notices are.
const RECEIVED: &str = "/work/notices";

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/supervision/notices", Access::Staff(SUPERVISE), watched),
        get("/supervision/notices/{id}", Access::Staff(SUPERVISE), watched_one),
        post("/supervision/notices/{id}/closure", Access::Staff(SUPERVISE), close),
        get("/supervision/statistics", Access::Staff(SUPERVISE), figures),
        get("/work/notices", Access::Staff(ANSWER), received),
        get("/work/notices/{id}", Access::Staff(ANSWER), received_one),
        post("/work/notices/{id}/acknowledgement", Access::Staff(ANSWER), acknowledge),
        post("/work/notices/{id}/answer", Access::Staff(ANSWER), answer),
    ]
}

/// The lamp of a notice with what is left of its time.
fn lamp(call: &Call, row: &NoticeRow) -> (String, String) {
    let (unit, n) = match (row.lamp.as_str(), row.hours_left) {
        ("paused" | "done", _) => {
            let text = call.t(&format!("supervise.notice.phase.{}", row.phase.as_str()));
            return (crate::monitor::present::shown_lamp(&row.lamp).to_owned(), text);
        }
        (_, hours) if hours <= -48 => ("over_days", hours.saturating_neg() / 24),
        (_, hours) if hours < 0 => ("over_hours", hours.saturating_neg()),
        (_, hours) if hours >= 48 => ("left_days", hours / 24),
        (_, hours) => ("left_hours", hours),
    };
    let args = [("n", n.to_string())];
    (row.lamp.clone(), call.web.views.text(call.lang(), &format!("webkit.lamp.{unit}"), &args))
}

/// A notice as a ticket of `ui.tickets`.
pub(crate) fn ticket(call: &Call, row: &NoticeRow, base: &str) -> Json {
    let lang = call.lang();
    let (colour, text) = lamp(call, row);
    let kind = call.t(&format!("supervise.notice.kind.{}", row.kind.as_str()));
    json!({
        "lamp": colour,
        "lamp_text": text,
        "href": format!("{base}/{}", row.id),
        "title": format!("{kind} · {}", row.item.name.get(lang)),
        "state": call.t(&format!("supervise.notice.phase.{}", row.phase.as_str())),
        "note": format!("{} · {}", row.number, row.agency.name.get(lang)),
    })
}

async fn watched(call: Call) -> Answer {
    listed(call, false).await
}

async fn received(call: Call) -> Answer {
    listed(call, true).await
}

/// `GET /supervision/notices`, `GET /work/notices`: `?state=closed&kind=&agency=&division=&after=`.
async fn listed(call: Call, received: bool) -> Answer {
    let base = if received { RECEIVED } else { WATCHED };
    let filter = filter(&call, received);
    let mut ctx = call.read();
    let (page, counts) = notice::list(&mut ctx, &filter).await?;
    let kind = filter.kind.map(Kind::as_str).unwrap_or_default();
    let state = if filter.closed { "closed" } else { "" };
    let href = |state: &str, kind: &str, after: &str| {
        let asked = [
            ("state", state),
            ("kind", kind),
            ("division", &filter.division),
            ("agency", &filter.agency),
            ("after", after),
        ];
        let pairs: Vec<String> = asked
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", webkit::form::encode(value)))
            .collect();
        format!("{base}?{}", pairs.join("&"))
    };
    let tabs: Vec<Json> = ["", "closed"]
        .into_iter()
        .map(|one| {
            let key = if one.is_empty() { "live" } else { one };
            json!({ "text": call.t(&format!("supervise.notice.tab.{key}")), "current": one == state,
                "href": href(one, kind, "") })
        })
        .collect();
    let kinds: Vec<Json> = ["yellow", "red", "urge"]
        .into_iter()
        .map(|one| json!({ "value": one, "text": call.t(&format!("supervise.notice.kind.{one}")) }))
        .collect();
    let context = json!({
        "base": base,
        "received": received,
        "tabs": tabs,
        "kinds": kinds,
        "kind": kind,
        "state": state,
        "counts": counts,
        "tickets": page.notices.iter().map(|row| ticket(&call, row, base)).collect::<Vec<_>>(),
        "next": page.next.as_deref().map(|after| href(state, kind, after)),
    });
    call.page("supervise/notice/list.html", &context)
}

async fn watched_one(call: Call, Path(id): Path<String>) -> Answer {
    let context = one(&call, &id, false, json!({}), &BTreeMap::new()).await?;
    call.page("supervise/notice/show.html", &context)
}

async fn received_one(call: Call, Path(id): Path<String>) -> Answer {
    let context = one(&call, &id, true, json!({}), &BTreeMap::new()).await?;
    call.page("supervise/notice/show.html", &context)
}

/// Context of one notice; `typed` are the values of a form shown again.
async fn one(
    call: &Call,
    id: &str,
    received: bool,
    typed: Json,
    errors: &BTreeMap<String, String>,
) -> Result<Json> {
    let mut ctx = call.read();
    let shown = notice::find(&mut ctx, id).await?;
    let base = if received { RECEIVED } else { WATCHED };
    let mut context = present(call, &shown);
    context["base"] = json!(base);
    context["received"] = json!(received);
    context["errors"] = json!(errors);
    let value = |name: &str| typed[name].as_str().unwrap_or_default().to_owned();
    context["typed"] = json!({ "explanation": value("explanation"), "mend": value("mend"),
        "mend_by": value("mend_by"), "note": value("note") });
    let case = if received { "/workbench/cases" } else { "/supervision/cases" };
    context["case_href"] = json!(format!("{case}/{}", shown.row.case_id));
    Ok(context)
}

fn present(call: &Call, shown: &Shown) -> Json {
    let lang = call.lang();
    let row = &shown.row;
    let (colour, text) = lamp(call, row);
    let kind = call.t(&format!("supervise.notice.kind.{}", row.kind.as_str()));
    let by =
        |name: &str| if name.is_empty() { call.t("supervise.platform") } else { name.to_owned() };
    let mut acts = vec![json!({ "at": row.opened, "text": call.t("supervise.notice.act.opened"),
        "note": by(&shown.opened_by) })];
    let mut act = |at: Option<service::case::Moment>, key: &str, note: String| {
        acts.extend(at.map(|at| json!({ "at": at, "text": call.t(&format!("supervise.notice.act.{key}")), "note": note })));
    };
    act(shown.acknowledged, "acknowledged", shown.acknowledged_by.clone());
    act(shown.answered, "answered", shown.answered_by.clone());
    act(shown.closed, "closed", by(&shown.closed_by));
    let passed = |same: &Option<super::model::Same>| {
        let one = |same: &super::model::Same| json!({ "number": same.number, "agency": same.agency.name.get(lang) });
        same.as_ref().map(one)
    };
    let timer = (!row.timer.is_empty()).then(|| call.t(&format!("supervise.timer.{}", row.timer)));
    json!({
        "id": row.id,
        "number": row.number,
        "revision": row.revision,
        "title": format!("{kind} · {}", row.item.name.get(lang)),
        "kind": kind,
        "kind_tag": match row.kind { Kind::Yellow => "warn", Kind::Red => "bad", Kind::Urge => "info" },
        "red": row.kind == Kind::Red,
        "phase": call.t(&format!("supervise.notice.phase.{}", row.phase.as_str())),
        "lamp": { "lamp": colour, "text": text },
        "case_number": row.case_number,
        "agency": row.agency.name.get(lang),
        "place": shown.place.get(lang),
        "timer": timer,
        "due": shown.due,
        "reason": shown.reason,
        "answer_due": row.answer_due,
        "explanation": shown.explanation,
        "mend": shown.mend,
        "mend_by": shown.mend_by,
        "returned": shown.returned,
        "return_note": shown.return_note,
        "close_note": shown.close_note,
        "settled": shown.closed.is_some() && shown.closed_by.is_empty(),
        "passed_from": passed(&shown.passed_from),
        "passed_to": passed(&shown.passed_to),
        "acts": acts,
        "allowed": {
            "acknowledge": shown.allowed.contains(&"acknowledge"),
            "answer": shown.allowed.contains(&"answer"),
            "close": shown.allowed.contains(&"close"),
        },
    })
}

/// Ends an act of a form: recorded once, then shown.
async fn finish(call: &Call, mut ctx: Ctx, form: &Form, to: String) -> Answer {
    command::finish(&mut ctx, form.once(), "done").await?;
    ctx.commit().await?;
    call.see(&to)
}

/// A form at fault is shown again with what was typed; any other fault leaves.
async fn again(call: &Call, id: &str, received: bool, form: &Form, error: Error) -> Answer {
    if error.kind != Fault::Invalid {
        return Err(error.into());
    }
    let errors = errors(&call.faults(&error));
    let context = one(call, id, received, json!(form.values()), &errors).await?;
    call.page_again("supervise/notice/show.html", &context)
}

/// `POST /work/notices/{id}/acknowledgement`: `revision`.
async fn acknowledge(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let to = format!("{RECEIVED}/{id}?notice=supervise.acknowledged");
    let mut ctx = call.write().await?;
    if command::begin(&mut ctx, form.once(), "supervise.acknowledge").await?.is_some() {
        return call.see(&to);
    }
    notice::acknowledge(&mut ctx, &id, form.number("revision")).await?;
    finish(&call, ctx, &form, to).await
}

/// `POST /work/notices/{id}/answer`: `revision`, `explanation`, `mend`, `mend_by`.
async fn answer(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let to = format!("{RECEIVED}/{id}?notice=supervise.answered");
    let mut ctx = call.write().await?;
    if command::begin(&mut ctx, form.once(), "supervise.answer").await?.is_some() {
        return call.see(&to);
    }
    let body = Answered {
        explanation: form.text("explanation").to_owned(),
        mend: form.text("mend").to_owned(),
        mend_by: form.text("mend_by").to_owned(),
    };
    match notice::answer(&mut ctx, &id, form.number("revision"), &body).await {
        Ok(_) => finish(&call, ctx, &form, to).await,
        Err(error) => {
            drop(ctx);
            again(&call, &id, true, &form, error).await
        }
    }
}

/// `POST /supervision/notices/{id}/closure`: `revision`, `act` (`close` or `return`), `note`.
async fn close(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let satisfied = form.text("act") == "close";
    let key = if satisfied { "closed" } else { "returned" };
    let to = format!("{WATCHED}/{id}?notice=supervise.{key}");
    let mut ctx = call.write().await?;
    if command::begin(&mut ctx, form.once(), "supervise.close").await?.is_some() {
        return call.see(&to);
    }
    let body = Closure { satisfied, note: form.text("note").to_owned() };
    match notice::close(&mut ctx, &id, form.number("revision"), &body).await {
        Ok(_) => finish(&call, ctx, &form, to).await,
        Err(error) => {
            drop(ctx);
            again(&call, &id, false, &form, error).await
        }
    }
}

/// `GET /supervision/statistics?division=`.
async fn figures(call: Call) -> Answer {
    let mut ctx = call.read();
    let division = call.query("division").unwrap_or_default();
    let statistics = statistics::statistics(&mut ctx, &division).await?;
    let row = |line: &Line, name: &str| {
        json!({ "agency": name, "yellow": line.yellow, "red": line.red, "urge": line.urge,
            "answered": line.answered, "late": line.answered_late, "returned": line.returned,
            "closed": line.closed, "settled": line.settled })
    };
    let mut rows: Vec<Json> = statistics
        .agencies
        .iter()
        .take(200)
        .map(|line| row(line, line.agency.name.get(call.lang())))
        .collect();
    if !rows.is_empty() {
        rows.push(row(&statistics.total, &call.t("supervise.total")));
    }
    let context = json!({ "rows": rows, "from": statistics.from, "until": statistics.until });
    call.page("supervise/notice/statistics.html", &context)
}
