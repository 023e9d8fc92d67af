//! Handlers: parse, call one verb, present.

use super::act::{ACTS, perform};
use super::page::{self, Again, Revealed, ReviewView};
use crate::case;
use crate::tracking::clock_view;
use ::store::{Ctx, command};
use axum::extract::Path;
use kernel::{Error, Kind, Result};
use party::authority;
use process::task::asked::{self, Typed};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use webkit::{Access, Answer, Call, Form, Route, post};

/// The routes of the acts, each with its own permission.
pub(super) fn acts() -> Vec<Route> {
    // Paths are data of the program: a route keeps them for its whole life.
    let paths = [
        "/workbench/cases/{id}/take_over",
        "/workbench/cases/{id}/return_transfer",
        "/workbench/cases/{id}/claim",
        "/workbench/cases/{id}/accept",
        "/workbench/cases/{id}/decide",
        "/workbench/cases/{id}/issue",
        "/workbench/cases/{id}/resume",
        "/workbench/cases/{id}/ask_correction",
        "/workbench/cases/{id}/refuse_acceptance",
        "/workbench/cases/{id}/transfer",
        "/workbench/cases/{id}/suspend",
        "/workbench/cases/{id}/extend",
        "/workbench/cases/{id}/hand_over",
        "/workbench/cases/{id}/unclaim",
        "/workbench/cases/{id}/revoke",
        "/workbench/cases/{id}/reopen",
        "/workbench/cases/{id}/confirm_check",
        "/workbench/cases/{id}/uphold",
        "/workbench/cases/{id}/terminate",
    ];
    let routes = ACTS.iter().zip(paths).map(|(act, path)| {
        let name = act.name;
        let handler =
            move |call: Call, Path(id): Path<String>, form: Form| submit(name, call, id, form);
        let route = post(path, Access::Staff(act.permission), handler);
        if act.strong { route.strong() } else { route }
    });
    routes.collect()
}

/// `GET /workbench/cases/{id}`.
pub(super) async fn show(call: Call, Path(id): Path<String>) -> Answer {
    let material = call.query("material").and_then(|at| at.parse().ok());
    let mut view = view(&mut call.read(), &id, material, Again::default()).await?;
    view.begins = begins(&call, &view, None);
    call.page("service/review/case.html", &view)
}

/// What the procedure asks of who accepts, filled as the item has it or as it was typed.
fn begins(call: &Call, view: &ReviewView, typed: Option<&Typed<'_>>) -> Option<Json> {
    let choices = &view.case.choices;
    Some(asked::shown(call, choices.begins.as_ref()?, &choices.begins_with, typed))
}

async fn view(
    ctx: &mut Ctx,
    id: &str,
    material: Option<usize>,
    again: Again,
) -> Result<ReviewView> {
    let shown = case::show(ctx, id).await?;
    let pack = ctx.env.pack.clone();
    let clock = clock_view(&shown, pack.calendar()?, ctx.now)?;
    let may_hand = shown.allowed.iter().any(|act| act == "hand_over");
    let colleagues = if may_hand { case::colleagues(ctx).await? } else { Vec::new() };
    let mut drawing = None;
    if let Some(examination) = &shown.examination {
        let steps: Vec<&str> = examination.steps.iter().map(|step| step.name.as_str()).collect();
        let title = examination.name.get(ctx.lang).to_owned();
        drawing = case::drawing(ctx, id, &title, &steps.join("、")).await?;
    }
    let mut view = page::view(&pack, shown, clock, colleagues, material, again);
    view.drawing = drawing;
    Ok(view)
}

/// An act of the panel.
async fn submit(act: &'static str, call: Call, id: String, form: Form) -> Answer {
    let to = match act {
        // It is the other agency's again.
        "return_transfer" => format!("/workbench?whose=offered&notice={}", notice(act)),
        _ => format!("/workbench/cases/{id}?notice={}", notice(act)),
    };
    let mut ctx = call.write().await?;
    if command::begin(&mut ctx, form.once(), act).await?.is_some() {
        return call.see(&to);
    }
    match perform(&mut ctx, act, &id, &form).await {
        Ok(_) => {
            ctx.commit().await?;
            call.see(&to)
        }
        Err(error) if error.code == "case.stale" => {
            drop(ctx);
            stale(&call, &id, &error)
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            drop(ctx);
            let again = again(&call, act, &form, &error);
            let mut view = view(&mut call.read(), &id, None, again).await?;
            let begins_it = ["accept", "take_over"].contains(&act);
            let typed = begins_it.then(|| Typed::new(&call, &form, &error));
            view.begins = begins(&call, &view, typed.as_ref());
            call.page_again("service/review/case.html", &view)
        }
        Err(error) => Err(error.into()),
    }
}

/// What is reported after an act: sentence `notice.<key>`.
fn notice(act: &str) -> &'static str {
    match act {
        "accept" => "case.accepted",
        "refuse_acceptance" => "case.acceptance_refused",
        "ask_correction" => "case.correction_asked",
        "suspend" => "case.suspended",
        "resume" => "case.resumed",
        "extend" => "case.extended",
        "decide" => "case.decided",
        "issue" => "case.issued",
        "revoke" => "case.revoked",
        "reopen" => "case.reopened",
        "confirm_check" => "case.check_confirmed",
        "uphold" => "case.upheld",
        "terminate" => "case.terminated",
        "transfer" => "case.transferred",
        "take_over" => "case.taken_over",
        "return_transfer" => "case.transfer_returned",
        "claim" => "case.claimed",
        "unclaim" => "case.unclaimed",
        _ => "case.handed_over",
    }
}

/// The page is older than the case: 409, with the way to the case as it now is.
fn stale(call: &Call, id: &str, error: &Error) -> Answer {
    let context = serde_json::json!({ "id": id, "message": call.sentence(error) });
    let mut page = call.page("service/review/stale.html", &context)?;
    *page.status_mut() = axum::http::StatusCode::CONFLICT;
    Ok(page)
}

fn again(call: &Call, act: &str, form: &Form, error: &Error) -> Again {
    let mut ticked: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in form.pairs() {
        ticked.entry(name.to_owned()).or_default().push(value.to_owned());
    }
    let faults = match error.code {
        // The fields tell the rest, each beside itself.
        "process.answers" => vec![call.sentence(error)],
        _ => call.faults(error).into_iter().map(|fault| fault.message).collect(),
    };
    Again { act: act.to_owned(), values: form.values(), ticked, faults }
}

/// `POST /workbench/cases/{id}/reveal`: the page with one value whole; nothing of it is kept.
pub(super) async fn reveal(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    authority::demand(&ctx, case::READ)?;
    let field = form.text("field").to_owned();
    match super::reveal(&mut ctx, &id, &field, form.text("purpose")).await {
        Ok(value) => {
            ctx.commit().await?;
            let mut view = view(&mut call.read(), &id, None, Again::default()).await?;
            view.begins = begins(&call, &view, None);
            view.revealed = Some(Revealed { field, value });
            call.page("service/review/case.html", &view)
        }
        Err(error) if error.kind == Kind::Invalid => {
            drop(ctx);
            let again = again(&call, "reveal", &form, &error);
            let mut view = view(&mut call.read(), &id, None, again).await?;
            view.begins = begins(&call, &view, None);
            call.page_again("service/review/case.html", &view)
        }
        Err(error) => Err(error.into()),
    }
}
