//! Answers to a form, accepted: what the form asks, checked here, and officers who are there.
//!
//! Must not know: HTTP, pages.

use super::offer::found;
use crate::bundle::form;
use crate::instance::act::Acting;
use ::store::Ctx;
use flow::process::{Id, Variables};
use kernel::{Error, Result};
use pack::procedure::{TaskFieldKind, TaskForm};
use serde_json::Value as Json;

/// The name a vote is given by.
const VOTE: &str = "vote";

/// The answers to a task as variables: those its form asks, or all where it has none. Errors:
/// `process.answers` with a field for each fault.
pub(super) async fn of_task(
    ctx: &mut Ctx,
    acting: &Acting,
    task: Id,
    mut answers: Variables,
) -> Result<Variables> {
    let token = acting.standing.state.token(task);
    let node = token.and_then(|token| acting.definition().ok()?.node(token.node));
    let Some(node) = node else { return Ok(answers) };
    let Some(asked) = acting.bundle().form_of(node).cloned() else { return Ok(answers) };
    // A vote is asked beside the form, of every step that is voted on.
    let voted = acting.extra(&node.id).is_some_and(|extra| extra.vote.is_some());
    let beside = voted && asked.fields.iter().all(|field| field.id != VOTE);
    let vote = if beside { answers.remove(VOTE) } else { None };
    let mut accepted = accepted(ctx, &asked, &answers).await?;
    accepted.extend(vote.map(|vote| (VOTE.to_owned(), vote)));
    Ok(accepted)
}

/// The answers to a form as variables; officers by their accounts. Errors: `process.answers` with
/// a field for each fault.
pub(crate) async fn accepted(
    ctx: &mut Ctx,
    asked: &TaskForm,
    answers: &Variables,
) -> Result<Variables> {
    let mut accepted = form::accept(asked, answers)?;
    let mut error = Error::invalid("process.answers");
    for field in asked.fields.iter().filter(|field| field.kind == TaskFieldKind::Officers) {
        let Some(named) = accepted.get(&field.id).and_then(Json::as_array).cloned() else {
            continue;
        };
        let mut accounts: Vec<Json> = Vec::with_capacity(named.len());
        for name in named.iter().filter_map(Json::as_str) {
            match found(ctx, name).await? {
                Some((who, _)) => {
                    let account = Json::from(who.account);
                    if !accounts.contains(&account) {
                        accounts.push(account);
                    }
                }
                None => {
                    let args = vec![("name", name.to_owned())];
                    error = error.field_with(field.id.clone(), "process.answer_officer", args);
                }
            }
        }
        accepted.insert(field.id.clone(), Json::Array(accounts));
    }
    let count = error.fields.len();
    error.arg("count", count).if_any_field()?;
    Ok(accepted)
}
