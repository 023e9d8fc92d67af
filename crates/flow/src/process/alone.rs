//! An instance alone in memory, from its start to its end: every task is completed as soon as it is
//! offered, in the order of the offers.
//!
//! Invariant: what the engine does is all that happens; it ends, or is stopped after
//! [`COMMANDS_MAX`] commands.
//!
//! Must not know: timers, messages, jobs: an instance that waits for one of them stands still here.

use super::command::{Command, Effect, Env};
use super::engine::step;
use super::evaluate::Variables;
use super::model::Definition;
use super::state::{Id, State, Status};
use kernel::{Error, Result};

/// Commands of one run.
pub const COMMANDS_MAX: u32 = 10_000;

/// Runs a new instance; the state at its end. `answers` gives what a step is completed with, by the
/// id of its node. Errors: those of [`step`](super::step); `process.endless`; `internal` when it
/// waits for something other than a task.
pub fn run_alone(
    definition: &Definition,
    instance: &str,
    env: &Env,
    answers: &dyn Fn(&str) -> Variables,
) -> Result<State> {
    let (instance, start) = (instance.to_owned(), None);
    let begin = Command::Start { instance, start, variables: Variables::new() };
    let (mut state, _, mut effects) = step(definition, &State::default(), &begin, env)?;
    let (mut offered, mut commands) = (Vec::new(), 0);
    offer(&effects, answers, &mut offered);
    while state.status == Status::Active {
        let waiting = std::mem::take(&mut offered);
        if waiting.is_empty() {
            return Err(Error::internal("the instance stands still"));
        }
        for (task, variables) in waiting {
            commands += 1;
            if commands > COMMANDS_MAX {
                return Err(Error::limited("process.endless").arg("max", COMMANDS_MAX));
            }
            // Another task's end may have taken this one back.
            if state.token(task).is_none() {
                continue;
            }
            let done = Command::CompleteTask { task, variables };
            (state, _, effects) = step(definition, &state, &done, env)?;
            offer(&effects, answers, &mut offered);
        }
    }
    Ok(state)
}

fn offer(
    effects: &[Effect],
    answers: &dyn Fn(&str) -> Variables,
    offered: &mut Vec<(Id, Variables)>,
) {
    for effect in effects {
        if let Effect::OfferTask { task, node, .. } = effect {
            offered.push((*task, answers(node)));
        }
    }
}
