//! Pages of tasks: the work lists, and one task with everything that can be done with it.

use super::api::{ActBody, run};
use super::asked::{self, Typed};
use super::list::{ListKind, Shown};
use crate::WORK;
use crate::instance::act::once;
use crate::instance::timeline;
use axum::extract::Path;
use flow::process::Variables;
use kernel::{Error, Kind, Result};
use serde_json::{Value as Json, json};
use webkit::{Access, Answer, Call, Form, Route, get, post};

/// Variables written in one form.
const VARIABLES_MAX: usize = 100;

pub(super) fn routes() -> Vec<Route> {
    let work = Access::Staff(WORK);
    vec![
        get("/tasks", work, list),
        get("/tasks/{id}", work, show),
        post("/tasks/{id}/{act}", work, act),
    ]
}

/// `GET /tasks?list=&after=`.
async fn list(call: Call) -> Answer {
    let kind = call.query("list").unwrap_or_else(|| "to_do".to_owned());
    let after = call.query("after").unwrap_or_default();
    let mut ctx = call.read();
    let counts = super::counts(&mut ctx).await?;
    let mut tabs: Vec<Json> = ListKind::ALL
        .into_iter()
        .map(|one| {
            let count = match one {
                ListKind::ToDo => Some(counts.to_do),
                ListKind::InHand => Some(counts.in_hand),
                ListKind::Delegated => Some(counts.delegated),
                ListKind::StandIn => Some(counts.stand_in),
                ListKind::Done | ListKind::Suspended => None,
            };
            tab(&call, one.as_str(), &kind, count)
        })
        .collect();
    tabs.push(tab(&call, "copies", &kind, Some(counts.unread)));
    tabs.push(tab(&call, "read", &kind, None));
    tabs.push(tab(&call, "asked", &kind, Some(counts.asked)));
    tabs.push(tab(&call, "answered", &kind, None));
    if kind == "asked" || kind == "answered" {
        let page = super::consultations(&mut ctx, kind == "asked", &after).await?;
        let next = page.next.map(|next| next_href(&kind, &next));
        let context = json!({ "tabs": tabs, "consultations": page.consultations, "next": next });
        return call.page("process/task/consultations.html", &context);
    }
    if kind == "copies" || kind == "read" {
        let page = super::copies(&mut ctx, kind == "copies", &after).await?;
        let next = page.next.map(|next| next_href(&kind, &next));
        let context = json!({ "tabs": tabs, "copies": page.copies, "next": next });
        return call.page("process/task/copies.html", &context);
    }
    let wanted = ListKind::parse(&kind).ok_or_else(Error::not_found)?;
    let page = super::list(&mut ctx, wanted, &after).await?;
    let next = page.next.map(|next| next_href(&kind, &next));
    let batch = matches!(wanted, ListKind::ToDo | ListKind::InHand | ListKind::StandIn);
    let context = json!({ "tabs": tabs, "kind": kind, "tasks": page.tasks, "next": next,
        "batch": batch, "manages": call.may(crate::MANAGE) });
    call.page("process/task/list.html", &context)
}

fn next_href(kind: &str, next: &str) -> String {
    format!("/tasks?list={kind}&after={}", webkit::form::encode(next))
}

fn tab(call: &Call, name: &str, current: &str, count: Option<i64>) -> Json {
    let mut tab = json!({ "text": call.t(&format!("process.task.list.{name}")),
        "href": format!("/tasks?list={name}"), "current": name == current });
    if let Some(count) = count {
        tab["count"] = json!(count);
    }
    tab
}

/// `GET /tasks/{id}`.
async fn show(call: Call, Path(id): Path<String>) -> Answer {
    call.page("process/task/show.html", &context(&call, &id, None).await?)
}

/// A form shown again: which act, what was typed, why.
struct Again<'a> {
    act: &'a str,
    form: &'a Form,
    error: String,
    typed: Typed<'a>,
}

async fn context(call: &Call, id: &str, again: Option<Again<'_>>) -> Result<Json> {
    let mut ctx = call.read();
    let shown = super::show(&mut ctx, id).await?;
    let lines = timeline(&mut ctx, &shown.task.instance).await?;
    let mut forms: Vec<Json> = Vec::new();
    for act in shown.acts.iter().filter(|act| !is_plain(act)) {
        forms.push(form(call, act, &shown, again.as_ref()));
    }
    let plain: Vec<&&str> = shown.acts.iter().filter(|act| is_plain(act)).collect();
    let failed = again.map(|again| again.error);
    Ok(json!({
        "task": shown.task, "matter": shown.matter, "revision": shown.revision, "after": shown.after,
        "variables": rows(&shown.variables), "plain": plain, "forms": forms, "failed": failed,
        "log": crate::instance::log(call, &lines),
        "signers": shown.signers, "tally": shown.tally, "consultations": shown.consultations,
        "stands_for": shown.stands_for,
    }))
}

/// Acts that are one button.
fn is_plain(act: &str) -> bool {
    matches!(act, "claim" | "release" | "finish_activities")
}

/// What a form asks: words, an officer, a step, variables.
fn form(call: &Call, act: &str, shown: &Shown, again: Option<&Again<'_>>) -> Json {
    let mine = again.filter(|again| again.act == act);
    let typed = |name: &str| mine.map(|again| again.form.text(name)).unwrap_or_default().to_owned();
    let choice = |list: &[(String, String)]| -> Vec<Json> {
        list.iter().map(|(value, text)| json!({ "value": value, "text": text })).collect()
    };
    let steps = match act {
        "send_back" => choice(&shown.steps),
        "jump" => choice(&shown.jumps),
        "remove_signer" => choice(&shown.removable),
        "start_activity" => choice(&shown.activities),
        _ => Vec::new(),
    };
    let fields = shown
        .form
        .as_ref()
        .filter(|_| act == "complete")
        .map(|form| asked::shown(call, form, &shown.variables, mine.map(|again| &again.typed)));
    json!({
        "act": act,
        "fields": fields,
        "title": call.t(&format!("process.act.{act}")),
        "words": act != "start_activity",
        "words_label": call.t(match act {
            "complete" | "give_back" => "process.form.opinion",
            "consult" => "process.form.question",
            _ => "process.form.reason",
        }),
        "officer": matches!(act, "hand_over" | "delegate" | "add_signer" | "consult"),
        "officer_label": call.t(match act {
            "consult" => "process.form.asked",
            _ => "process.form.officer",
        }),
        "steps": steps,
        "steps_label": call.t(match act {
            "remove_signer" => "process.form.signer",
            _ => "process.form.step",
        }),
        "places": match act {
            "add_signer" => PLACES.map(|one| {
                json!({ "value": one, "text": call.t(&format!("process.place.{one}")) })
            }).to_vec(),
            _ => Vec::new(),
        },
        "votes": match (act, &shown.tally) {
            ("complete", Some(_)) => votes(call),
            _ => Vec::new(),
        },
        "weighted": act == "add_signer" && shown.tally.is_some(),
        "next": match act {
            "send_back" => call.t("process.form.again"),
            _ => String::new(),
        },
        "variables": act == "complete" && shown.form.is_none(),
        "typed": { "words": typed("words"), "to": typed("to"), "variables": typed("variables") },
        "error": mine.map(|again| again.error.clone()),
        "open": act == "complete" || act == "give_back" || mine.is_some(),
    })
}

/// Where a signer may be added.
const PLACES: [&str; 3] = ["last", "next", "before"];

/// The votes as a page offers them.
pub(super) fn votes(call: &Call) -> Vec<Json> {
    let vote = |one: &str| json!({ "value": one, "text": call.t(&format!("process.vote.{one}")) });
    super::VOTES.into_iter().map(vote).collect()
}

/// Variables by name as a page shows them.
pub(crate) fn rows(variables: &Variables) -> Vec<Json> {
    let text = |value: &Json| match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    variables.iter().map(|(name, value)| json!({ "term": name, "value": text(value) })).collect()
}

/// Reads lines of `name=value`; a value that is JSON is taken as such, anything else as text.
/// Errors: `process.variables` naming the line.
pub(crate) fn variables(text: &str) -> Result<Variables> {
    let mut out = Variables::new();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    for (at, line) in lines.enumerate() {
        let wrong = || {
            let args = vec![("line", (at + 1).to_string())];
            Error::invalid("process.variables").arg("line", at + 1).field_with(
                "variables",
                "process.variables",
                args,
            )
        };
        let (name, value) = line.split_once(['=', '＝']).ok_or_else(wrong)?;
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() || out.len() >= VARIABLES_MAX {
            return Err(wrong());
        }
        let value = serde_json::from_str(value).unwrap_or_else(|_| Json::from(value));
        out.insert(name.to_owned(), value);
    }
    Ok(out)
}

/// `POST /tasks/{id}/{act}`.
async fn act(call: Call, Path((id, name)): Path<(String, String)>, form: Form) -> Answer {
    match done(&call, &id, &name, &form).await {
        Ok(()) => {
            let mut ctx = call.read();
            // Whoever handed it away may no longer see it.
            let seen = super::show(&mut ctx, &id).await.is_ok();
            let to = if seen { format!("/tasks/{id}") } else { "/tasks".to_owned() };
            call.see(&format!("{to}?notice=process.{name}"))
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            let typed = Typed::new(&call, &form, &error);
            let told = match error.code {
                "process.answers" => Some(call.sentence(&error)),
                _ => call.faults(&error).into_iter().next().map(|fault| fault.message),
            };
            let again = Again { act: &name, form: &form, error: told.unwrap_or_default(), typed };
            call.page_again("process/task/show.html", &context(&call, &id, Some(again)).await?)
        }
        Err(error) => Err(error.into()),
    }
}

async fn done(call: &Call, id: &str, name: &str, form: &Form) -> Result<()> {
    let weight = match form.text("weight") {
        "" => None,
        text => Some(text.parse().map_err(|_| {
            let max = super::WEIGHT_MAX;
            Error::invalid("process.weight").arg("signer", form.text("to")).arg("max", max)
        })?),
    };
    let asked = match name {
        "complete" => super::show(&mut call.read(), id).await?.form,
        _ => None,
    };
    let mut variables = match asked {
        Some(asked) => asked::read(&asked, form),
        None => variables(form.text("variables"))?,
    };
    if !form.text("vote").is_empty() {
        variables.insert("vote".to_owned(), Json::from(form.text("vote")));
    }
    let body = ActBody {
        place: form.text("place").to_owned(),
        weight,
        revision: form.number("revision"),
        command: form.once().to_owned(),
        words: form.text("words").to_owned(),
        to: form.text("to").to_owned(),
        next: form.ticked("next"),
        variables,
    };
    let mut ctx = call.write().await?;
    let verb = format!("process.task.{name}:{id}");
    once(&mut ctx, &body.command, &verb, async |ctx| run(ctx, id, name, &body).await).await?;
    ctx.commit().await
}
