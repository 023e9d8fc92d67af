//! Pages of trials: a draft run on paper, answer by answer.

use super::Answer;
use crate::diagram::{self, Meta};
use crate::{READ, task};
use axum::extract::Path;
use flow::process::{Variables, refusal};
use kernel::Error;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use webkit::{Access, Answer as Reply, Call, Form, Route, get, post};

pub(super) fn routes() -> Vec<Route> {
    let read = Access::Staff(READ);
    vec![
        get("/process-drafts/{id}/trial", read, trial),
        post("/process-drafts/{id}/trial", read, tried),
    ]
}

/// `GET /process-drafts/{id}/trial`.
async fn trial(call: Call, Path(id): Path<String>) -> Reply {
    on_paper(&call, &id, &Form::default(), Vec::new()).await
}

/// `POST /process-drafts/{id}/trial`: one answer more, or one fewer.
async fn tried(call: Call, Path(id): Path<String>, form: Form) -> Reply {
    let mut answers: Vec<Answer> = serde_json::from_str(form.text("answers"))
        .map_err(|_| Error::invalid("process.trial_choice").arg("n", 1))?;
    if form.ticked("back") {
        answers.pop();
    } else if !form.text("number").is_empty() {
        let (number, activity) =
            form.text("number").split_once(':').unwrap_or((form.text("number"), ""));
        let number = number.parse().unwrap_or_default();
        let activity = activity.to_owned();
        match task::variables(form.text("variables")) {
            Ok(variables) => answers.push(Answer { number, activity, variables }),
            Err(error) => {
                let told = call.faults(&error).into_iter().map(|one| one.message).collect();
                return shown_trial(&call, &id, &form, answers, told).await;
            }
        }
    }
    on_paper(&call, &id, &form, answers).await
}

async fn on_paper(call: &Call, id: &str, form: &Form, answers: Vec<Answer>) -> Reply {
    shown_trial(call, id, form, answers, Vec::new()).await
}

async fn shown_trial(
    call: &Call,
    id: &str,
    form: &Form,
    mut answers: Vec<Answer>,
    mut told: Vec<String>,
) -> Reply {
    let mut ctx = call.read();
    let (draft, files) = super::find(&mut ctx, id).await?;
    let bundle = match super::check(&mut ctx, &files).await? {
        Ok(bundle) => bundle,
        Err(findings) => return Err(refusal(&findings).into()),
    };
    let definition = bundle.definitions.first().ok_or_else(Error::not_found)?;
    let first: Variables = task::variables(form.text("first"))?;
    let trial = match super::run(
        definition,
        Some(&bundle),
        &ctx.env.pack,
        ctx.now,
        first.clone(),
        &answers,
    ) {
        Ok(trial) => trial,
        Err(error) => {
            // The last answer could not be carried out: it is told, and the trial stands before it.
            told.extend(call.faults(&error).into_iter().map(|one| one.message));
            answers.pop();
            super::run(definition, Some(&bundle), &ctx.env.pack, ctx.now, first, &answers)?
        }
    };
    let mut marks: BTreeMap<String, usize> = BTreeMap::new();
    for place in &trial.places {
        *marks.entry(place.clone()).or_default() += 1;
    }
    let text = call.t("process.trial.drawing");
    let meta = Meta { id: "drawing", title: &draft.name, text: &text };
    let drawing = diagram::svg(&bundle.document, meta, &marks);
    let choices: Vec<Json> = trial.choices.iter().map(|one| choice(call, one)).collect();
    let passed: Vec<String> = trial.passed.iter().map(|id| named(definition, id)).collect();
    let context = json!({
        "draft": draft, "drawing": drawing, "choices": choices, "passed": passed,
        "variables": task::rows(&trial.variables), "told": told,
        "phase": call.t(&format!("process.phase.{}", trial.phase)),
        "answers": serde_json::to_string(&answers).map_err(Error::internal)?,
        "answered": answers.len(), "first": form.text("first"),
    });
    call.page("process/modeller/trial.html", &context)
}

fn choice(call: &Call, one: &super::Choice) -> Json {
    let value = match one.kind {
        "activity" => format!("{}:{}", one.number, one.node),
        _ => one.number.to_string(),
    };
    let word = call.t(&format!("process.choice.{}", one.kind));
    let note = if one.about.is_empty() { word } else { format!("{word}: {}", one.about) };
    json!({ "value": value, "text": one.name, "note": note })
}

fn named(definition: &flow::process::Definition, id: &str) -> String {
    match definition.find(id).and_then(|ix| definition.node(ix)) {
        Some(node) if !node.name.is_empty() => node.name.clone(),
        _ => id.to_owned(),
    }
}
