//! The verb: permit, read histories, play, compare.
//!
//! Must not know: HTTP, pages.

use super::deeds::{self, Told, reason};
use crate::bundle::{self, Bundle, decide};
use crate::instance::history;
use crate::instance::model::Entry;
use crate::instance::store as instances;
use crate::{Moment, definition, evaluate};
use ::store::{Ctx, vals};
use flow::process::{self, Definition, Env, Id, Kind, Replayed, State, Status, Task};
use kernel::{Error, Result, Timestamp};
use pack::Province;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Instances played at once.
pub(super) const INSTANCES_MAX: usize = 200;
/// Entries of the history of one that is played.
const ENTRIES_MAX: usize = 1_000;
/// Names told of what differs.
const NAMES_MAX: usize = 20;

/// What to play.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// Version the instances ran.
    pub from: i64,
    /// Version they are played on.
    pub to: i64,
    /// How many, the ones that ended last.
    pub number: usize,
}

/// Whether an instance would have differed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The same path, end and data.
    Same,
    /// It would stand still: something asked was never answered.
    Waits,
    /// Another end.
    End,
    /// Other steps, or in another order.
    Path,
    /// Other data.
    Variables,
    /// Its history cannot be played.
    NotComparable,
}

impl Outcome {
    /// The word for it, as named in sentences.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Same => "same",
            Outcome::Waits => "waits",
            Outcome::End => "end",
            Outcome::Path => "path",
            Outcome::Variables => "variables",
            Outcome::NotComparable => "not_comparable",
        }
    }
}

/// An instance played again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Played {
    /// Instance.
    pub instance: String,
    /// What it is called.
    pub title: String,
    /// When it ended.
    pub ended: Option<Moment>,
    /// Whether it would have differed.
    pub outcome: Outcome,
    /// Steps or variables in which it differs, or nodes at which it would wait.
    pub names: Vec<String>,
    /// Why it cannot be compared; empty when it can.
    pub reason: String,
}

/// What came of playing instances again.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Report {
    /// Process.
    pub process: String,
    /// Version they ran.
    pub from: i64,
    /// Version they were played on.
    pub to: i64,
    /// How many would have been the same.
    pub same: usize,
    /// How many would have differed.
    pub differ: usize,
    /// How many cannot be compared.
    pub not_comparable: usize,
    /// Of these, how many for which reason: `migrated`, `called`, `place`, `long` or `unlike`.
    pub reasons: BTreeMap<String, usize>,
    /// Each, the one that ended last first.
    pub instances: Vec<Played>,
}

/// Plays the instances of a version that ended last on another version. Errors: `denied`,
/// `not_found`, `process.owned`; `process.replay_number`.
pub async fn run(ctx: &mut Ctx, process: &str, ask: &Ask) -> Result<Report> {
    let agency = definition::changed_for(ctx, process, ask.from).await?;
    definition::changed_for(ctx, process, ask.to).await?;
    if !(1..=INSTANCES_MAX).contains(&ask.number) {
        let args = vec![("max", INSTANCES_MAX.to_string())];
        let fault = Error::invalid("process.replay_number").arg("max", INSTANCES_MAX);
        return Err(fault.field_with("number", "process.replay_number", args));
    }
    let old = definition::bundle_of(ctx, process, ask.from).await?;
    let old = definition::bundle(ctx, &old).await?;
    let new = definition::bundle_of(ctx, process, ask.to).await?;
    let new = definition::bundle(ctx, &new).await?;
    let (Some(old), Some(new)) = (Side::of(&old, process), Side::of(&new, process)) else {
        return Err(Error::not_found());
    };
    let sql = "SELECT id FROM process_instance WHERE process = $1 AND version = $2
         AND ended_us > 0 AND ($3 = '' OR agency = $3) ORDER BY ended_us DESC, id DESC LIMIT $4";
    let ids: Vec<String> = ctx.column(sql, vals![process, ask.from, agency, ask.number]).await?;
    let (process, from, to) = (process.to_owned(), ask.from, ask.to);
    let (same, differ, not_comparable) = Default::default();
    let (reasons, instances) = Default::default();
    let mut report = Report { process, from, to, same, differ, not_comparable, reasons, instances };
    for id in ids {
        let played = one(ctx, &id, &old, &new).await?;
        match played.outcome {
            Outcome::Same => report.same += 1,
            Outcome::NotComparable => {
                report.not_comparable += 1;
                *report.reasons.entry(played.reason.clone()).or_default() += 1;
            }
            _ => report.differ += 1,
        }
        report.instances.push(played);
    }
    Ok(report)
}

/// A version that is played.
struct Side<'a> {
    bundle: &'a Bundle,
    definition: &'a Definition,
}

impl<'a> Side<'a> {
    fn of(bundle: &'a Bundle, process: &str) -> Option<Side<'a>> {
        bundle.definition(process).map(|definition| Side { bundle, definition })
    }

    /// Plays deeds, making the decisions as this version draws them.
    fn play(&self, pack: &Province, told: &Told) -> Replayed {
        let working = &evaluate::Days(pack);
        let env = Env { now: Timestamp(0), evaluate: evaluate::evaluator(), working };
        let decide = |state: &State, job: Id, now: Timestamp| {
            let node = self.definition.node(state.token(job)?.node)?;
            let Kind::Task(Task::Decision { decision, result }) = &node.kind else { return None };
            let (asked, seen) = ((job, node.id.as_str()), decide::seen(state, job));
            let made = bundle::make(self.bundle, asked, decision, result, &seen, now);
            made.ok().map(|made| made.results)
        };
        process::replay(self.definition, &told.deeds, &env, &decide)
    }
}

async fn one(ctx: &mut Ctx, id: &str, old: &Side<'_>, new: &Side<'_>) -> Result<Played> {
    let row = instances::get(ctx, id).await?;
    let told = match entries(ctx, id).await? {
        Some(entries) => deeds::read(old.definition, &entries),
        None => Err(reason::LONG),
    };
    let compared = told.and_then(|told| compare(&ctx.env.pack, &told, old, new));
    let (outcome, names, reason) = match compared {
        Ok((outcome, names)) => (outcome, names, ""),
        Err(reason) => (Outcome::NotComparable, Vec::new(), reason),
    };
    let (title, ended) = (row.title(ctx)?, Moment::of(row.ended_us));
    Ok(Played { instance: row.id, title, ended, outcome, names, reason: reason.to_owned() })
}

/// The whole history; none when it is too long to be played.
async fn entries(ctx: &mut Ctx, id: &str) -> Result<Option<Vec<Entry>>> {
    let mut entries = Vec::new();
    loop {
        let page = history::list(ctx, id, entries.len() as i64).await?;
        if page.is_empty() {
            return Ok(Some(entries));
        }
        for stored in page {
            entries.push(stored.open(ctx)?.0);
        }
        if entries.len() > ENTRIES_MAX {
            return Ok(None);
        }
    }
}

fn compare(
    pack: &Province,
    told: &Told,
    old: &Side,
    new: &Side,
) -> std::result::Result<(Outcome, Vec<String>), &'static str> {
    let before = old.play(pack, told);
    let faithful = before.path == told.path
        && before.status == told.status
        && before.variables == told.variables
        && before.left.is_empty()
        && before.refused.is_none();
    if !faithful {
        return Err(reason::UNLIKE);
    }
    let (outcome, names) = differ(&before, &new.play(pack, told));
    let names: BTreeSet<String> = names.into_iter().collect();
    Ok((outcome, names.into_iter().take(NAMES_MAX).collect()))
}

fn differ(before: &Replayed, after: &Replayed) -> (Outcome, Vec<String>) {
    if after.status == Status::Active || after.status == Status::New {
        return (Outcome::Waits, after.waits.clone());
    }
    if after.status != before.status {
        return (Outcome::End, others(&before.path, &after.path));
    }
    if after.path != before.path {
        return (Outcome::Path, others(&before.path, &after.path));
    }
    let names = before.variables.keys().chain(after.variables.keys());
    let names = names.filter(|name| before.variables.get(*name) != after.variables.get(*name));
    let names: Vec<String> = names.cloned().collect();
    if names.is_empty() { (Outcome::Same, names) } else { (Outcome::Variables, names) }
}

/// Steps of one path and not of the other.
fn others(one: &[String], other: &[String]) -> Vec<String> {
    let missing = one.iter().filter(|step| !other.contains(step));
    let added = other.iter().filter(|step| !one.contains(step));
    missing.chain(added).cloned().collect()
}
