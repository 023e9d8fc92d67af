//! The verb: permit, read histories, play, compare.
//!
//! Must not know: HTTP, pages.

use super::deeds::{self, Told};
use crate::instance::history;
use crate::instance::model::Entry;
use crate::instance::store as instances;
use crate::{Moment, definition, evaluate};
use ::store::{Ctx, vals};
use flow::process::{self, Definition, Replayed, Status};
use kernel::{Error, Result};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;

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
    let (Some(old), Some(new)) = (old.definition(process), new.definition(process)) else {
        return Err(Error::not_found());
    };
    let sql = "SELECT id FROM process_instance WHERE process = $1 AND version = $2
         AND ended_us > 0 AND ($3 = '' OR agency = $3) ORDER BY ended_us DESC, id DESC LIMIT $4";
    let ids: Vec<String> = ctx.column(sql, vals![process, ask.from, agency, ask.number]).await?;
    let (process, from, to) = (process.to_owned(), ask.from, ask.to);
    let mut report =
        Report { process, from, to, same: 0, differ: 0, not_comparable: 0, instances: Vec::new() };
    for id in ids {
        let played = one(ctx, &id, old, new).await?;
        match played.outcome {
            Outcome::Same => report.same += 1,
            Outcome::NotComparable => report.not_comparable += 1,
            _ => report.differ += 1,
        }
        report.instances.push(played);
    }
    Ok(report)
}

async fn one(ctx: &mut Ctx, id: &str, old: &Definition, new: &Definition) -> Result<Played> {
    let row = instances::get(ctx, id).await?;
    let told = match entries(ctx, id).await? {
        Some(entries) => deeds::read(old, &entries),
        None => None,
    };
    let (outcome, names) = match told {
        Some(told) => compare(&told, old, new),
        None => (Outcome::NotComparable, Vec::new()),
    };
    let (title, ended) = (row.title(ctx)?, Moment::of(row.ended_us));
    Ok(Played { instance: row.id, title, ended, outcome, names })
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

fn compare(told: &Told, old: &Definition, new: &Definition) -> (Outcome, Vec<String>) {
    let play = |definition| process::replay(definition, &told.deeds, evaluate::evaluator());
    let before = play(old);
    let faithful = before.path == told.path
        && before.status == told.status
        && before.variables == told.variables
        && before.left.is_empty()
        && before.refused.is_none();
    if !faithful {
        return (Outcome::NotComparable, Vec::new());
    }
    let (outcome, names) = differ(&before, &play(new));
    let names: BTreeSet<String> = names.into_iter().collect();
    (outcome, names.into_iter().take(NAMES_MAX).collect())
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
