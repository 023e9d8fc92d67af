//! Completing tasks of one step together, with one opinion under one confirmation.
//!
//! Invariants
//! - Every task is its own transaction ([`party::batch`]) and its own entry.
//! - The tasks are of one step and one form, so that one opinion can be meant for all.
//! - A repetition under the same command finds every task that was done, and answers the same.
//!
//! Must not know: HTTP, pages.

use super::verbs;
use crate::WORK;
use crate::instance::act::once;
use crate::instance::words;
use ::store::{Ctx, Env};
use flow::process::Variables;
use kernel::{Actor, Error, Kind, Lang, Result};
use party::authority;
use party::batch::Outcomes;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// Tasks of one batch: a page of a list.
pub const BATCH_MAX: usize = 50;

/// What to complete.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Batch {
    /// Id under which each task is completed once.
    pub command: String,
    /// Ids of the tasks.
    pub tasks: Vec<String>,
    /// The opinion, for all.
    pub words: String,
    /// What came of each.
    pub variables: Variables,
}

/// Tasks that may be completed together.
pub struct Checked {
    /// Name of their step.
    pub step: String,
    /// Whether it is voted on.
    pub voted: bool,
    /// Ids and titles; no title for one that may not be seen.
    pub titles: Vec<(String, String)>,
}

/// Refuses tasks that cannot be completed together. Errors: `denied`, `process.batch_size`,
/// `process.batch_mixed`.
pub async fn check(ctx: &mut Ctx, tasks: &[String]) -> Result<Checked> {
    authority::demand(ctx, WORK)?;
    if tasks.is_empty() || tasks.len() > BATCH_MAX {
        let error = Error::invalid("process.batch_size").arg("max", BATCH_MAX);
        let args = vec![("max", BATCH_MAX.to_string())];
        return Err(error.field_with("tasks", "process.batch_size", args));
    }
    let (mut step, mut voted, mut titles) = (None, false, Vec::new());
    for id in tasks {
        // What may not be seen is told by its own line, not by refusing all.
        let shown = match super::show(ctx, id).await {
            Ok(shown) => shown,
            Err(error) if matches!(error.kind, Kind::NotFound | Kind::Denied) => {
                titles.push((id.clone(), String::new()));
                continue;
            }
            Err(error) => return Err(error),
        };
        voted |= shown.tally.is_some();
        let task = shown.task;
        let own = (task.process, task.node, task.form);
        if step.get_or_insert_with(|| (own.clone(), task.name.clone())).0 != own {
            let error = Error::invalid("process.batch_mixed");
            return Err(error.field("tasks", "process.batch_mixed"));
        }
        titles.push((id.clone(), task.title));
    }
    let step = step.map(|(_, name)| name).unwrap_or_default();
    Ok(Checked { step, voted, titles })
}

/// Completes tasks one after the other; what became of each. Errors: those of [`check`];
/// `process.words`; a fault of the database, after which what was done stays done.
pub async fn complete(
    env: &Arc<Env>,
    actor: &Actor,
    lang: Lang,
    batch: &Batch,
    sentence: &(dyn Fn(&Error) -> String + Sync),
) -> Result<Outcomes> {
    words(&batch.words, "words", false)?;
    let Checked { titles, .. } =
        check(&mut Ctx::read(env, actor.clone(), lang), &batch.tasks).await?;
    let mut acts = party::batch::Batch::begin(env, actor, lang, sentence);
    for (task, title) in titles {
        acts.act(task.clone(), title, async |ctx| one(ctx, &task, batch).await).await?;
    }
    acts.confirmed("process.batch", "tasks", &batch.words).await
}

async fn one(ctx: &mut Ctx, task: &str, batch: &Batch) -> Result<()> {
    let key = match batch.command.as_str() {
        "" => String::new(),
        command => proof::digest::sm3_hex(format!("{command}\n{task}").as_bytes()),
    };
    let (words, variables) = (batch.words.clone(), batch.variables.clone());
    let verb = format!("process.task.complete:{task}");
    once(ctx, &key, &verb, async |ctx| verbs::complete(ctx, task, None, &words, variables).await)
        .await
        .map(|_| ())
}
