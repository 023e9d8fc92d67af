//! A plan and what is told of it. Pure.

use crate::Moment;
use flow::process::Mapping;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Where a plan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The dry run goes on.
    Checking,
    /// The dry run has told what would come of it.
    Checked,
    /// Instances are being moved.
    Running,
    /// Stopped: by an officer, or because the first instances asked for have been moved.
    Paused,
    /// Every instance has been tried.
    Done,
}

impl Phase {
    /// The word for it, as stored and as named in sentences.
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Checking => "checking",
            Phase::Checked => "checked",
            Phase::Running => "running",
            Phase::Paused => "paused",
            Phase::Done => "done",
        }
    }

    /// Reads [`Phase::as_str`]; what is unknown is paused, where nothing happens by itself.
    pub(super) fn parse(text: &str) -> Phase {
        match text {
            "checking" => Phase::Checking,
            "checked" => Phase::Checked,
            "running" => Phase::Running,
            "done" => Phase::Done,
            _ => Phase::Paused,
        }
    }
}

/// What to do with a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Do the dry run again, or go on with it.
    Check,
    /// Move so many instances, then stop.
    Canary(i64),
    /// Move every instance; those refused before are tried again once all have been.
    Run,
    /// Stop after the instances in hand.
    Pause,
}

impl Order {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Order::Check => "check",
            Order::Canary(_) => "canary",
            Order::Run => "run",
            Order::Pause => "pause",
        }
    }

    /// Whether it can be given in a phase, after a complete dry run or before.
    pub fn fits(self, phase: Phase, checked: bool) -> bool {
        match self {
            Order::Pause => matches!(phase, Phase::Checking | Phase::Running),
            Order::Check => !matches!(phase, Phase::Checking | Phase::Running),
            Order::Canary(_) => checked && matches!(phase, Phase::Checked | Phase::Paused),
            Order::Run => checked && !matches!(phase, Phase::Checking | Phase::Running),
        }
    }
}

/// A plan to be made.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct New {
    /// What it is called.
    pub name: String,
    /// Version whose instances are moved.
    pub from: i64,
    /// Version they go to.
    pub to: i64,
    /// Ids of nodes of the old version to ids of the new one, where they differ.
    pub nodes: BTreeMap<String, String>,
    /// Ids of timers of the old version that start again.
    pub restart: BTreeSet<String>,
}

impl New {
    pub(super) fn mapping(&self) -> Mapping {
        Mapping { nodes: self.nodes.clone(), restart: self.restart.clone() }
    }
}

/// A plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Plan {
    /// Id.
    pub id: String,
    /// Process.
    pub process: String,
    /// Version whose instances are moved.
    pub from: i64,
    /// Version they go to.
    pub to: i64,
    /// What it is called.
    pub name: String,
    /// Where it is.
    pub phase: Phase,
    /// How many instances more before it stops; none for all.
    pub quota: Option<i64>,
    /// Running instances of the old version when the dry run began.
    pub total: i64,
    /// Of these looked at by the dry run.
    pub checked: i64,
    /// Of these that could be moved.
    pub movable: i64,
    /// When the dry run was complete.
    pub checked_at: Option<Moment>,
    /// Instances moved.
    pub moved: i64,
    /// Instances that would strand, and stayed.
    pub refused: i64,
    /// Instances that could not be read or written.
    pub failed: i64,
    /// When it was made.
    pub created: Option<Moment>,
    /// Who gave the last order.
    pub ordered_by: String,
    /// When it last went on.
    pub changed: Option<Moment>,
}

/// A page of plans.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PlanPage {
    /// Newest first.
    pub plans: Vec<Plan>,
    /// Cursor of the next page.
    pub next: Option<String>,
}

/// Why instances were refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Reason {
    /// Stable code.
    pub code: String,
    /// Node of the old version that it is about; may be empty.
    pub node: String,
    /// Node of the new version that it is about; may be empty.
    pub to: String,
    /// How many instances.
    pub instances: i64,
    /// Ids of some of them.
    pub samples: Vec<String>,
}

/// A plan with its mapping and what came of it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Report {
    /// The plan.
    pub plan: Plan,
    /// Ids of nodes of the old version to ids of the new one.
    pub nodes: BTreeMap<String, String>,
    /// Timers that start again.
    pub restart: BTreeSet<String>,
    /// Why the dry run refused instances.
    pub check: Vec<Reason>,
    /// Why instances were refused or failed when they should have been moved.
    pub run: Vec<Reason>,
}
