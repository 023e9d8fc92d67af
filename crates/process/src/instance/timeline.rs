//! The history of an instance as told: who did what when, with the words written.
//!
//! Must not know: pages.

use super::history;
use super::instance::seen;
use super::model::{Act, Entry};
use super::store::Row;
use crate::bundle::Ruling;
use crate::{Moment, definition};
use ::store::Ctx;
use flow::process::{Definition, Event, Id, NodeIx};
use kernel::Result;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Entries told at once.
const TOLD: usize = 200;

/// An entry as told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Line {
    /// Its sequence.
    pub sequence: i64,
    /// When.
    pub at: Option<Moment>,
    /// By whom.
    pub by: String,
    /// For whom he stood in; empty for himself.
    pub on_behalf: String,
    /// What, as a word of the language files.
    pub kind: &'static str,
    /// The step it was done with.
    pub step: String,
    /// To whom or what.
    pub to: String,
    /// Opinion, reason or note.
    pub words: String,
    /// Digest of the entry, chained to the one before.
    pub digest: String,
    /// Decisions that were made on the way, with their reasons.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rulings: Vec<Ruling>,
}

/// The newest entries of an instance the actor may see, oldest first. Errors: `not_found`.
pub async fn timeline(ctx: &mut Ctx, id: &str) -> Result<Vec<Line>> {
    let (row, _) = seen(ctx, id).await?;
    lines(ctx, &row).await
}

/// The newest entries of an instance, oldest first, for whoever may be told of it.
pub(super) async fn lines(ctx: &mut Ctx, row: &Row) -> Result<Vec<Line>> {
    let id = row.id.as_str();
    let mut stored = history::newest(ctx, id, i64::MAX, TOLD).await?;
    stored.reverse();
    let mut lines = Vec::with_capacity(stored.len());
    let mut nodes: BTreeMap<Id, String> = BTreeMap::new();
    let mut entries = Vec::with_capacity(stored.len());
    for one in stored {
        let (entry, _) = one.open(ctx)?;
        entries.push((one.sequence, one.digest, entry));
    }
    // What happened before a migration is told by the version of that time.
    let moved = entries.iter().find_map(|(_, _, entry)| match entry.act {
        Act::Migrated { from, .. } => Some(from),
        _ => None,
    });
    let mut bundle = match moved {
        Some(from) => definition::bundle_of(ctx, &row.process, from).await?,
        None => row.bundle.clone(),
    };
    let mut drawn = definition::bundle(ctx, &bundle).await?;
    for (sequence, digest, entry) in entries {
        if let Act::Migrated { to, .. } = entry.act {
            bundle = definition::bundle_of(ctx, &row.process, to).await?;
            drawn = definition::bundle(ctx, &bundle).await?;
        }
        let definition = drawn.definition(&row.process);
        lines.push(line(sequence, digest, &entry, &nodes, definition));
        follow(&entry, definition, &mut nodes);
    }
    Ok(lines)
}

/// Where tokens are after an entry, by name.
fn follow(entry: &Entry, definition: Option<&Definition>, nodes: &mut BTreeMap<Id, String>) {
    let mut put = |id: Id, node: NodeIx| {
        if let Some(node) = definition.and_then(|definition| definition.node(node)) {
            let name = if node.name.is_empty() { &node.id } else { &node.name };
            nodes.insert(id, name.clone());
        }
    };
    for change in &entry.changes {
        match change {
            Event::TokenMade(token) => put(token.id, token.node),
            Event::TokenMoved { id, node, .. } => put(*id, *node),
            Event::Migrated { tokens, .. } => {
                tokens.iter().for_each(|(id, node, _)| put(*id, *node));
            }
            _ => {}
        }
    }
}

fn named(definition: Option<&Definition>, id: &str) -> String {
    let node = definition.and_then(|one| one.find(id).and_then(|ix| one.node(ix)));
    match node {
        Some(node) if !node.name.is_empty() => node.name.clone(),
        _ => id.to_owned(),
    }
}

fn line(
    sequence: i64,
    digest: String,
    entry: &Entry,
    nodes: &BTreeMap<Id, String>,
    definition: Option<&Definition>,
) -> Line {
    let step = entry.act.task().and_then(|task| nodes.get(&task).cloned()).unwrap_or_default();
    let to = match &entry.act {
        Act::HandedOver { to, .. } | Act::Delegated { to, .. } => to.name.clone(),
        Act::SentBack { to, .. } | Act::Jumped { to, .. } | Act::Recalled { node: to, .. } => {
            named(definition, to)
        }
        Act::ActivityStarted { activity, .. } => named(definition, activity),
        Act::Copied { to, .. } => {
            to.iter().map(|who| who.name.as_str()).collect::<Vec<_>>().join("、")
        }
        Act::SignerAdded { signer, .. } | Act::SignerRemoved { signer, .. } => signer.clone(),
        Act::Consulted { to, .. } => {
            to.iter().map(|who| who.name.as_str()).collect::<Vec<_>>().join("、")
        }
        Act::QuestionDropped { to, .. } => to.name.clone(),
        Act::Reactivated { node, .. } | Act::Deemed { node, .. } => named(definition, node),
        Act::Corrected { node, names, .. } => {
            format!("{} · {}", named(definition, node), names.join("、"))
        }
        Act::Extended { node, amount, due, basis, .. } => {
            let last = due.plus_us(-1).date();
            format!("{} · +{amount} · {last} · {basis}", named(definition, node))
        }
        Act::MessageDelivered { name, from: Some(from), .. } => {
            format!("{name} · {} · {}", from.who.name, from.agency)
        }
        Act::MessageDelivered { name, .. } | Act::SignalReceived { name } => name.clone(),
        Act::JobFailed { code, .. } => code.clone(),
        Act::Migrated { from, to, .. } => format!("{from} → {to}"),
        _ => String::new(),
    };
    Line {
        sequence,
        at: Moment::of(entry.at.0),
        by: entry.by.name.clone(),
        on_behalf: entry.on_behalf.as_ref().map(|who| who.name.clone()).unwrap_or_default(),
        kind: entry.act.kind(),
        step,
        to,
        words: entry.act.words().to_owned(),
        digest,
        rulings: entry.rulings.clone(),
    }
}
