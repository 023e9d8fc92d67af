//! Walks a procedure through an example: who does what in which order, and where it ends. On the
//! engine alone, with real expressions and decisions; nothing is stored.
//!
//! How the steps of an example are taken:
//! - it begins at the start event without trigger, with the answers of the form `start`, and with what
//!   every case tells its procedure, which no form asks and no officer types; where there is none, its first step is the message or timer that begins it;
//! - a step concerns the first token that waits so, in the order the instances began; of a task
//!   done by several, each step does one turn;
//! - what a step sets passes the form of its task, as an officer's answers do;
//! - decisions are made at once; a service is done by a step `job`, with what it sets as result, or
//!   fails by a step `job` with `error`, as it does for an error the diagram handles;
//! - time stands still but for a step `timer`, which takes it to when that timer is due;
//! - messages and signals thrown reach whoever waits for them in the example;
//! - the ends reached are those of the procedure and its sub-processes, not of those it calls.
//!
//! Invariant: the same bundle and example give the same outcome. Must not know: databases, files.

mod run;

use crate::bundle::{Bundle, Files, prove};
use flow::process::{Finding, State};
use kernel::{Error, Timestamp};
use pack::Province;
use pack::procedure::{Walk, WalkStep};
use run::Walker;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// When every example begins: 2026-09-15 10:00 in China, a Tuesday.
pub const BEGINS: Timestamp = Timestamp(1_789_437_600_000_000);

/// Walks a process of a bundle through an example; where it then stands. `others` are bundles of
/// the processes it may call; working days are those of its province. Errors: the first step that cannot be taken, or what the example
/// says of the end that is not so.
pub fn run(
    bundle: &Bundle,
    others: &[Bundle],
    pack: &Province,
    process: &str,
    walk: &Walk,
) -> Result<State, Finding> {
    let others: Vec<&Bundle> = others.iter().collect();
    run_among(bundle, &others, pack, process, walk)
}

/// As [`run`], among bundles that are shared.
pub(crate) fn run_among(
    bundle: &Bundle,
    others: &[&Bundle],
    pack: &Province,
    process: &str,
    walk: &Walk,
) -> Result<State, Finding> {
    let told = |rule, detail: String| {
        Finding::new(rule, walk.id.as_str(), Default::default()).detail(detail)
    };
    let mut walker = Walker::new(bundle, others, pack, BEGINS);
    let refused = |at: usize, walker: &Walker, error: Error| {
        let detail = format!("{at}: {error} {}", walker.waits().join(" "));
        told("process.example_step", detail).path(walker.path())
    };
    let mut steps = walk.steps.iter().enumerate();
    let started = match walker.starts_plainly(process) {
        true => walker.begin(process, walk.start.clone()),
        false => match steps.next() {
            Some((_, first)) => walker.begin_by(process, walk.start.clone(), first),
            None => Err(Error::invalid("process.start_unknown")),
        },
    };
    started.map_err(|error| refused(0, &walker, error))?;
    for (at, step) in steps {
        take(&mut walker, step).map_err(|error| refused(at + 1, &walker, error))?;
    }
    let (state, ends) = walker.outcome();
    if ends != walk.ends {
        let detail = format!("{} ≠ {}", ends.join(" "), walk.ends.join(" "));
        return Err(told("process.example_ends", detail).path(walker.path()));
    }
    if !state.status.is_final() {
        let detail = walker.waits().join(" ");
        return Err(told("process.example_open", detail).path(walker.path()));
    }
    for (name, wanted) in &walk.leaves {
        let left = state.variables.get(name).unwrap_or(&Json::Null);
        if !is_same(left, wanted) {
            let detail = format!("{name}: {left} ≠ {wanted}");
            return Err(told("process.example_leaves", detail).path(walker.path()));
        }
    }
    Ok(state)
}

/// Takes one step of an example.
fn take(walker: &mut Walker, step: &WalkStep) -> kernel::Result<()> {
    let set = step.set.clone();
    match step {
        WalkStep { job, error, .. } if job.is_empty() && !error.is_empty() => {
            Err(Error::invalid("process.example_error"))
        }
        WalkStep { task, .. } if !task.is_empty() => walker.complete(task, set),
        WalkStep { timer, .. } if !timer.is_empty() => walker.fire(timer),
        WalkStep { message, correlation, .. } if !message.is_empty() => {
            walker.deliver(message, correlation, set)
        }
        WalkStep { signal, .. } if !signal.is_empty() => walker.signal(signal, set),
        WalkStep { job, error, .. } if !job.is_empty() && !error.is_empty() => {
            walker.fail(job, error)
        }
        WalkStep { job, .. } if !job.is_empty() => walker.work(job, set),
        WalkStep { activity, .. } if !activity.is_empty() => walker.start_activity(activity),
        WalkStep { finish, .. } if !finish.is_empty() => walker.finish(finish),
        _ => Err(Error::invalid("process.example_empty")),
    }
}

/// Whether two values are the same; numbers are compared as numbers.
fn is_same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
        }
        (Json::Object(a), Json::Object(b)) => {
            let same =
                |(key, value): (&String, &Json)| b.get(key).is_some_and(|b| is_same(value, b));
            a.len() == b.len() && a.iter().all(same)
        }
        _ => a == b,
    }
}

/// Proves every procedure of the packs and walks its examples; what is wrong, by procedure.
pub fn check(pack: &Province) -> BTreeMap<String, Vec<Finding>> {
    let known = |id: &str| pack.procedure(id).is_some();
    let (mut bundles, mut wrong) = (Vec::new(), BTreeMap::new());
    for drawn in pack.procedures() {
        let id = drawn.procedure.id.clone();
        let proved = match Files::drawn(&drawn) {
            Ok(files) => prove(&files, pack, &known),
            Err(error) => Err(vec![Finding::new(error.code, id.clone(), Default::default())]),
        };
        match proved {
            Ok(bundle) if bundle.definition(&id).is_none() => {
                let finding = Finding::new("process.pack_id", id.clone(), Default::default());
                wrong.insert(id.clone(), vec![finding.detail(id)]);
            }
            Ok(bundle) => bundles.push(bundle),
            Err(findings) => {
                wrong.insert(id, findings);
            }
        }
    }
    for drawn in pack.procedures() {
        let id = drawn.procedure.id.as_str();
        let Some(bundle) = bundles.iter().find(|bundle| bundle.definition(id).is_some()) else {
            continue;
        };
        let examples = drawn.procedure.examples.iter();
        let failed = examples.filter_map(|walk| run(bundle, &bundles, pack, id, walk).err());
        let failed: Vec<Finding> = failed.collect();
        if !failed.is_empty() {
            wrong.insert(id.to_owned(), failed);
        }
    }
    wrong
}
