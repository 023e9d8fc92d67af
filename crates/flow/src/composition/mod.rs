//! Items composed into one thing done once (一件事): which depend on which, what may start, what a
//! failure stops, and when the whole will be done as promised.
//!
//! Invariants: a [`Plan`] has no cycle, no dangling dependency and no repeated item, or it cannot
//! be made; its items keep the order of the pack.
//! Must not know: cases, where progress is stored, what an item is about.

mod schedule;

pub use schedule::{Schedule, Slot, Status, schedule, status};

use kernel::calendar::Limit;
use kernel::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Items one plan may have.
pub const ITEMS_MAX: usize = 100;

/// Whether an item belongs to every application.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// Always.
    #[default]
    Required,
    /// When the applicant chooses it.
    Optional,
}

/// An item of a one-thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Id of the service item.
    pub id: String,
    /// Ids of the items whose results it needs.
    #[serde(default)]
    pub after: Vec<String>,
    /// Whether it may be left out.
    #[serde(default)]
    pub need: Need,
    /// Promised time, counted from the end of the items before it.
    pub promised: Limit,
}

/// A sound composition of items.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// In the order of the pack.
    items: Vec<Item>,
    /// Indices of `items`, each after those it depends on, otherwise in the order of the pack.
    order: Vec<usize>,
    /// Indices of the items each item depends on.
    after: Vec<Vec<usize>>,
}

impl Plan {
    /// Makes a plan of the items. Errors (`Invalid`): `composition.empty`, `.too_many` (arg
    /// `max`), `.duplicate` (arg `item`), `.dangling` (args `item`, `after`), `.cycle` (arg
    /// `path`, `a → b → a`).
    pub fn new(items: Vec<Item>) -> Result<Plan> {
        if items.is_empty() {
            return Err(Error::invalid("composition.empty"));
        }
        if items.len() > ITEMS_MAX {
            return Err(Error::invalid("composition.too_many").arg("max", ITEMS_MAX));
        }
        let mut index = BTreeMap::new();
        for (at, item) in items.iter().enumerate() {
            if index.insert(item.id.as_str(), at).is_some() {
                return Err(Error::invalid("composition.duplicate").arg("item", &item.id));
            }
        }
        let mut after = Vec::with_capacity(items.len());
        for item in &items {
            let mut before = BTreeSet::new();
            for id in &item.after {
                before.insert(*index.get(id.as_str()).ok_or_else(|| {
                    Error::invalid("composition.dangling").arg("item", &item.id).arg("after", id)
                })?);
            }
            after.push(before.into_iter().collect());
        }
        let order = sort(&after).map_err(|cycle| {
            let path: Vec<&str> = cycle.iter().map(|&at| items[at].id.as_str()).collect();
            Error::invalid("composition.cycle").arg("path", path.join(" → "))
        })?;
        Ok(Plan { items, order, after })
    }

    /// The items, in the order of the pack.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The plan of the chosen items alone. What an item needed of one not chosen it needs of what
    /// that one depended on: its result is held already, or not needed.
    /// Errors (`Invalid`): `composition.unknown`, `.required_missing` (arg `item`), `.empty`.
    pub fn choose(&self, chosen: &BTreeSet<String>) -> Result<Plan> {
        for id in chosen {
            if !self.items.iter().any(|item| item.id == *id) {
                return Err(Error::invalid("composition.unknown").arg("item", id));
            }
        }
        let needed = |item: &&Item| item.need == Need::Required && !chosen.contains(&item.id);
        if let Some(item) = self.items.iter().find(needed) {
            return Err(Error::invalid("composition.required_missing").arg("item", &item.id));
        }
        // In dependency order, so that what a left-out item passes on is known already.
        let mut passed: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); self.items.len()];
        for &at in &self.order {
            passed[at] = (self.after[at].iter())
                .flat_map(|&before| {
                    if chosen.contains(&self.items[before].id) {
                        BTreeSet::from([before])
                    } else {
                        passed[before].clone()
                    }
                })
                .collect();
        }
        let kept = self.items.iter().enumerate().filter(|(_, item)| chosen.contains(&item.id));
        Plan::new(
            kept.map(|(at, item)| Item {
                after: passed[at].iter().map(|&before| self.items[before].id.clone()).collect(),
                ..item.clone()
            })
            .collect(),
        )
    }

    /// Items neither done nor failed whose dependencies are all done, in the order of the pack:
    /// those that may start, and those under way.
    pub fn ready(&self, done: &BTreeSet<String>, failed: &BTreeSet<String>) -> Vec<&str> {
        self.pick(|at, item| {
            !done.contains(&item.id)
                && !failed.contains(&item.id)
                && self.after[at].iter().all(|&before| done.contains(&self.items[before].id))
        })
    }

    /// Items that depend on this one directly, in the order of the pack.
    pub fn resting_on(&self, item: &str) -> Vec<&str> {
        self.pick(|at, _| self.after[at].iter().any(|&before| self.items[before].id == item))
    }

    /// Items that can no longer start, since one they depend on, near or far, has failed. The
    /// failed themselves are not among them, nor is an item that was done before.
    pub fn blocked_by_failure(
        &self,
        done: &BTreeSet<String>,
        failed: &BTreeSet<String>,
    ) -> Vec<&str> {
        let mut dead = vec![false; self.items.len()];
        for &at in &self.order {
            let id = &self.items[at].id;
            let cut = self.after[at].iter().any(|&before| dead[before]);
            dead[at] = failed.contains(id) || (cut && !done.contains(id));
        }
        self.pick(|at, item| dead[at] && !failed.contains(&item.id))
    }

    /// Groups of items that may run side by side, each group after the one before it: the lanes of
    /// a drawing.
    pub fn lanes(&self) -> Vec<Vec<&str>> {
        let mut level = vec![0; self.items.len()];
        for &at in &self.order {
            level[at] = self.after[at].iter().map(|&before| level[before] + 1).max().unwrap_or(0);
        }
        let deepest = level.iter().copied().max().unwrap_or(0);
        (0..=deepest).map(|lane| self.pick(|at, _| level[at] == lane)).collect()
    }

    fn pick(&self, wanted: impl Fn(usize, &Item) -> bool) -> Vec<&str> {
        let items = self.items.iter().enumerate().filter(|(at, item)| wanted(*at, item));
        items.map(|(_, item)| item.id.as_str()).collect()
    }
}

/// Each index after those it depends on, the lowest first; or a cycle, its first index repeated at
/// the end.
fn sort(after: &[Vec<usize>]) -> std::result::Result<Vec<usize>, Vec<usize>> {
    let mut order = Vec::with_capacity(after.len());
    let mut placed = vec![false; after.len()];
    while order.len() < after.len() {
        let free = (0..after.len())
            .find(|&at| !placed[at] && after[at].iter().all(|&before| placed[before]));
        match free {
            Some(at) => {
                placed[at] = true;
                order.push(at);
            }
            None => return Err(cycle(after, &placed)),
        }
    }
    Ok(order)
}

/// A cycle among the indices not placed, each of which depends on another of them.
fn cycle(after: &[Vec<usize>], placed: &[bool]) -> Vec<usize> {
    let mut path: Vec<usize> = placed.iter().position(|done| !done).into_iter().collect();
    while let Some(&last) = path.last() {
        let Some(&next) = after[last].iter().find(|&&before| !placed[before]) else { break };
        let seen = path.iter().position(|&at| at == next);
        path.push(next);
        if let Some(from) = seen {
            return path.split_off(from);
        }
    }
    path
}
