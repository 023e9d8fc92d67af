//! Pages of papers to be sealed.

use super::model::{Paper, PaperDraft, SEALS_MAX};
use super::{KEEP, choices, get, list, prepare, verbs};
use crate::faults::{errors, is_told, told};
use crate::register::shown;
use crate::seal::record;
use axum::extract::Path;
use kernel::{Result, Timestamp};
use serde_json::{Value as Json, json};
use webkit::{Answer, Call, Form};

/// `GET /papers?before=`.
pub(super) async fn index(call: Call) -> Answer {
    let before = call.query("before").unwrap_or_default();
    let (rows, next) = list(&mut call.read(), &before).await?;
    let rows: Vec<Json> = rows.iter().map(|row| shown_row(&call, row)).collect();
    let context = json!({ "papers": rows, "next": next, "may_draft": call.may(KEEP) });
    call.page("licence/paper/list.html", &context)
}

/// `GET /papers/new`.
pub(super) async fn form(call: Call) -> Answer {
    let context = form_context(&call, None, &[]).await?;
    call.page("licence/paper/new.html", &context)
}

async fn form_context(call: &Call, typed: Option<&Form>, faults: &[Json]) -> Result<Json> {
    let kept = choices(&mut call.read()).await?;
    let pack = &call.web.env.pack;
    let choices: Vec<Json> = kept
        .iter()
        .map(|one| {
            let agency = shown::agency_name(pack, &one.agency).get(call.lang()).to_owned();
            json!({ "value": one.id, "text": format!("{agency} {}", one.name) })
        })
        .collect();
    let own: Vec<&Json> = choices
        .iter()
        .zip(&kept)
        .filter(|(_, one)| one.agency == call.actor().agency)
        .map(|(choice, _)| choice)
        .collect();
    let values = typed.map(Form::values).unwrap_or_default();
    let places: Vec<Json> = (1..=SEALS_MAX)
        .map(|place| {
            let name = format!("seal_{place}");
            let value = values.get(&name).cloned().unwrap_or_default();
            json!({ "name": name, "place": place, "value": value })
        })
        .collect();
    Ok(json!({ "own": own, "choices": choices, "places": places, "values": values,
        "faults": faults, "errors": errors(faults) }))
}

/// `POST /papers`.
pub(super) async fn draft(call: Call, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    if let Some(made) = ::store::command::begin(&mut ctx, form.once(), "paper.draft").await? {
        return call.see(&format!("/papers/{made}"));
    }
    let text = |name: &str| form.text(name).to_owned();
    let seals = (1..=SEALS_MAX)
        .map(|place| text(&format!("seal_{place}")))
        .filter(|seal| !seal.is_empty())
        .collect();
    let (number, title) = (text("number"), text("title"));
    let (addressee, body) = (text("addressee"), text("body"));
    let new = PaperDraft { number, title, addressee, body, seals };
    match super::draft(&mut ctx, new).await {
        Ok(row) => {
            ::store::command::finish(&mut ctx, form.once(), &row.id).await?;
            ctx.commit().await?;
            call.see(&format!("/papers/{}?notice=licence.paper_drafted", row.id))
        }
        Err(error) if is_told(&error) => {
            drop(ctx);
            let context = form_context(&call, Some(&form), &told(&call, &error)).await?;
            call.page_again("licence/paper/new.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /papers/{id}`.
pub(super) async fn show(call: Call, Path(id): Path<String>) -> Answer {
    let context = context(&call, &id, "", &[]).await?;
    call.page("licence/paper/show.html", &context)
}

/// `GET /papers/{id}/paper.pdf`.
pub(super) async fn file(call: Call, Path(id): Path<String>) -> Answer {
    let file = super::file(&mut call.read(), &id).await?;
    call.file("application/pdf", "paper.pdf", file)
}

/// `POST /papers/{id}/answer`.
pub(super) async fn answer(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let (revision, reason) = (form.number("revision").unwrap_or(0), form.text("reason"));
    let prepared = match form.text("act") {
        "agree" if !reason.is_empty() => prepare(&call.web.env, call.actor(), &id).await,
        _ => Ok(None),
    };
    let mut ctx = call.write().await?;
    if ::store::command::begin(&mut ctx, form.once(), "paper.answer").await?.is_some() {
        return call.see(&format!("/papers/{id}"));
    }
    let done = match (form.text("act"), prepared) {
        ("agree", Ok(drawn)) => super::agree(&mut ctx, &id, revision, reason, drawn).await,
        ("agree", Err(error)) => Err(error),
        ("withdraw", _) => super::withdraw(&mut ctx, &id, revision, reason).await,
        _ => super::refuse(&mut ctx, &id, revision, reason).await,
    };
    match done {
        Ok(row) => {
            ctx.commit().await?;
            call.see(&format!("/papers/{id}?notice=licence.paper_{}", row.state))
        }
        Err(error) if is_told(&error) => {
            drop(ctx);
            let context = context(&call, &id, reason, &told(&call, &error)).await?;
            call.page_again("licence/paper/show.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}

async fn context(call: &Call, id: &str, reason: &str, faults: &[Json]) -> Result<Json> {
    let mut ctx = call.read();
    let (row, turns) = get(&mut ctx, id).await?;
    let mut shown_turns = Vec::with_capacity(turns.len());
    let mut may_answer = false;
    let mut reached = row.state != "open";
    for turn in &turns {
        let record = record::by_id(&mut ctx, &turn.record).await?;
        let name = record.title(&shown::agency_name(&call.web.env.pack, &record.agency));
        let now = !reached && turn.state == "waiting";
        if now {
            reached = true;
            may_answer = verbs::keeps(&mut ctx, turn).await?;
        }
        shown_turns.push(json!({ "name": name, "state": turn.state, "now": now,
            "keeper": if turn.keeper_name.is_empty() { &record.keeper_name } else { &turn.keeper_name },
            "at": (turn.at_us != 0).then_some(Timestamp(turn.at_us)), "reason": turn.reason }));
    }
    let paragraphs: Vec<&str> = row.body.lines().filter(|line| !line.trim().is_empty()).collect();
    Ok(json!({
        "paper": shown_row(call, &row), "paragraphs": paragraphs, "turns": shown_turns,
        "may_answer": may_answer,
        "may_withdraw": row.state == "open" && row.made_by == ctx.actor.account && call.may(KEEP),
        "reason": reason, "faults": faults, "errors": errors(faults),
    }))
}

fn shown_row(call: &Call, row: &Paper) -> Json {
    json!({
        "id": row.id, "agency": shown::agency_name(&call.web.env.pack, &row.agency),
        "number": row.number, "title": row.title, "addressee": row.addressee,
        "digest": row.digest, "state": row.state, "by": row.made_name,
        "at": Timestamp(row.made_us), "revision": row.revision,
    })
}
