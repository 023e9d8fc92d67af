//! Where a case is. Made by `evolve` alone; kept as JSON beside the case's row.
//!
//! Invariant: whatever was kept can be read: new fields have defaults, none is renamed.

use kernel::Timestamp;
use kernel::calendar::{Clock, Limit};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Version of the JSON of [`State`].
pub const STATE_VERSION: u16 = 1;

/// The phase of a case.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// For items it depends on (待启动).
    #[default]
    Waiting,
    /// Received, not yet accepted (已提交).
    Submitted,
    /// Sent back to be mended, once (补正).
    Correcting,
    /// Accepted: the time to decide runs (审查).
    Accepted,
    /// In a special procedure (特别程序).
    Suspended,
    /// Granted, licence not yet delivered (准予).
    Granted,
    /// Refused (不予许可).
    Refused,
    /// Not accepted, or acceptance revoked (不予受理).
    NotAccepted,
    /// Licence delivered (已送达).
    Issued,
    /// Closed with its result (办结).
    Completed,
    /// Withdrawn by the applicant (撤回).
    Withdrawn,
    /// Not mended in time (逾期未补正).
    Lapsed,
    /// Ended since an item it depended on failed (终止).
    Terminated,
    /// Granted, then revoked (撤销).
    Revoked,
}

impl Phase {
    /// Every phase in the order of the table.
    pub const ALL: [Phase; 14] = [
        Phase::Waiting,
        Phase::Submitted,
        Phase::Correcting,
        Phase::Accepted,
        Phase::Suspended,
        Phase::Granted,
        Phase::Issued,
        Phase::Completed,
        Phase::Refused,
        Phase::NotAccepted,
        Phase::Withdrawn,
        Phase::Lapsed,
        Phase::Terminated,
        Phase::Revoked,
    ];

    /// The name as JSON and the projections write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Waiting => "waiting",
            Phase::Submitted => "submitted",
            Phase::Correcting => "correcting",
            Phase::Accepted => "accepted",
            Phase::Suspended => "suspended",
            Phase::Granted => "granted",
            Phase::Refused => "refused",
            Phase::NotAccepted => "not_accepted",
            Phase::Issued => "issued",
            Phase::Completed => "completed",
            Phase::Withdrawn => "withdrawn",
            Phase::Lapsed => "lapsed",
            Phase::Terminated => "terminated",
            Phase::Revoked => "revoked",
        }
    }

    /// The phase of that name.
    pub fn parse(name: &str) -> Option<Phase> {
        Phase::ALL.into_iter().find(|phase| phase.as_str() == name)
    }

    /// True when nothing more is to be done: only a revocation can follow completion.
    pub fn is_final(self) -> bool {
        self == Phase::Completed || self.is_failure()
    }

    /// True when the result exists, which unlocks the items that depend on this one.
    pub fn is_success(self) -> bool {
        matches!(self, Phase::Issued | Phase::Completed)
    }

    /// True when there will be no result.
    pub fn is_failure(self) -> bool {
        matches!(
            self,
            Phase::Refused
                | Phase::NotAccepted
                | Phase::Withdrawn
                | Phase::Lapsed
                | Phase::Terminated
                | Phase::Revoked
        )
    }

    /// True while there is a grant, delivered or not.
    pub fn is_granted(self) -> bool {
        matches!(self, Phase::Granted | Phase::Issued | Phase::Completed)
    }

    /// True when the decision has been made, either way.
    pub fn is_decided(self) -> bool {
        matches!(
            self,
            Phase::Granted | Phase::Refused | Phase::Issued | Phase::Completed | Phase::Revoked
        )
    }
}

/// The clocks of a case. `None` until started; a stopped clock stays, as evidence.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Clocks {
    /// Time to accept.
    pub acceptance: Option<Clock>,
    /// Time for the applicant to mend.
    pub correction: Option<Clock>,
    /// Time to decide, promised.
    pub promised: Option<Clock>,
    /// Time to decide, by law.
    pub statutory: Option<Clock>,
    /// Time for the applicant to supply tolerated materials.
    pub tolerance: Option<Clock>,
    /// Time the special procedure under way may take, when the law limits it.
    pub procedure: Option<Clock>,
    /// Time to deliver the licence.
    pub delivery: Option<Clock>,
    /// Time to check what was promised, and to revoke the grant where it was not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<Clock>,
    /// Time to say whether a grant stands that came into question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<Clock>,
    /// Time the agency to which it is handed has to answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer: Option<Clock>,
}

/// The one correction of a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Correction {
    /// Names of the fields to mend.
    pub fields: Vec<String>,
    /// Ids of the materials to supply.
    pub materials: Vec<String>,
    /// What is wrong and how to mend it.
    pub note: String,
    /// When it was asked.
    pub asked: Timestamp,
    /// When it was supplied.
    pub supplied: Option<Timestamp>,
}

/// Materials that follow later.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tolerated {
    /// Id of each material, and when it was supplied.
    pub materials: BTreeMap<String, Option<Timestamp>>,
    /// The applicant's written promise.
    pub promise: String,
}

impl Tolerated {
    /// Ids of the materials still missing.
    pub fn outstanding(&self) -> Vec<&str> {
        let missing = self.materials.iter().filter(|(_, supplied)| supplied.is_none());
        missing.map(|(material, _)| material.as_str()).collect()
    }
}

/// A special procedure, under way or ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Suspension {
    /// Id of the procedure.
    pub procedure: String,
    /// Number of the notice to the applicant.
    pub document: String,
    /// The article applied.
    pub article: String,
    /// The time needed, as told.
    pub needed: String,
    /// When it started.
    pub from: Timestamp,
    /// When it ended; `None` while under way.
    pub until: Option<Timestamp>,
    /// What it found.
    pub result: String,
}

/// The one extension of a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Extension {
    /// By how much.
    pub amount: Limit,
    /// Why.
    pub reason: String,
    /// The article applied.
    pub article: String,
}

/// The procedure by which a case is examined.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Procedure {
    /// Id of its instance.
    pub instance: String,
    /// Id of the procedure.
    pub process: String,
    /// The version it began with.
    pub version: i64,
    /// How it ended; `None` while the examination goes on.
    pub ended: Option<Proposal>,
}

/// What an examination came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// When the case was told.
    pub at: Timestamp,
    /// Id of the end reached; empty when it ended otherwise than by one.
    pub end: String,
    /// What is proposed; `None` when that is left to who decides.
    pub granted: Option<bool>,
    /// The last opinion given.
    pub opinion: String,
}

/// The later check of what the applicant promised: a matter of its own, begun by the grant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Id of the instance that checks.
    pub instance: String,
    /// Id of the procedure.
    pub process: String,
    /// The version it began with.
    pub version: i64,
    /// What it found; `None` while it goes on.
    pub ended: Option<Checked>,
}

/// What a later check found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checked {
    /// When the case was told.
    pub at: Timestamp,
    /// Id of the end reached; empty when it ended otherwise than by one.
    pub end: String,
    /// Whether the promise was kept; `None` when that was left open.
    pub kept: Option<bool>,
    /// The last opinion given.
    pub opinion: String,
    /// The head who confirmed the grant, where the check left it open; empty for nobody.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub confirmed_by: String,
}

/// An end that did not last: what it was, and why the case was opened again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reopening {
    /// When.
    pub at: Timestamp,
    /// Account of who opened it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// The article applied.
    pub article: String,
    /// How it had ended.
    pub was: Phase,
    /// The decision that fell.
    pub decided: Option<Decided>,
    /// The promised clock as it had stopped.
    pub promised: Option<Clock>,
    /// The statutory clock as it had stopped.
    pub statutory: Option<Clock>,
    /// The extension that had been granted.
    pub extension: Option<Extension>,
    /// The procedure that had examined it.
    pub procedure: Option<Procedure>,
}

/// A handing of the case to the agency that has the power to decide it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transfer {
    /// When.
    pub at: Timestamp,
    /// Account of who handed it over.
    pub by: String,
    /// Id of the agency that handed it over.
    pub from: String,
    /// Id of the agency it was handed to.
    pub to: String,
    /// Why.
    pub reason: String,
    /// The article applied.
    pub article: String,
    /// When it was answered, or overtaken by the end of the case; `None` while it is open.
    pub until: Option<Timestamp>,
    /// The other agency has it.
    pub taken: bool,
    /// The procedure by which the former agency had examined it.
    pub procedure: Option<Procedure>,
}

/// A grant on which this one rests was revoked, and nobody has said yet what follows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BasisLost {
    /// The item whose grant it was.
    pub item: String,
    /// When.
    pub at: Timestamp,
}

/// The decision of a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decided {
    /// Granted or refused.
    pub granted: bool,
    /// True when a machine decided.
    pub automatic: bool,
    /// When.
    pub at: Timestamp,
    /// Account of who decided.
    pub by: String,
}

/// A line of the opinions on the case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opinion {
    /// When.
    pub at: Timestamp,
    /// Account of whose it is.
    pub by: String,
    /// Name of the command it came with.
    pub step: String,
    /// The opinion, reason or result.
    pub text: String,
}

/// The whole state of a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// Version of this JSON.
    pub version: u16,
    /// Where the case is.
    pub phase: Phase,
    /// Number of events so far: two writers of one revision conflict.
    pub revision: u64,
    /// Instant of the last event.
    pub at: Option<Timestamp>,
    /// Version of the calendar the case has pinned.
    pub calendar_version: String,
    /// When the complete application was received: by release, or by correction.
    pub received: Option<Timestamp>,
    /// From when acceptance counts.
    pub accepted: Option<Timestamp>,
    /// Clocks.
    pub clocks: Clocks,
    /// The correction asked; it can be asked once.
    pub correction: Option<Correction>,
    /// Tolerated materials.
    pub tolerated: Option<Tolerated>,
    /// Special procedures in order; the last may be under way.
    pub suspensions: Vec<Suspension>,
    /// The extension; there can be one.
    pub extension: Option<Extension>,
    /// The procedure that examines it, where its item names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub procedure: Option<Procedure>,
    /// The decision.
    pub decided: Option<Decided>,
    /// The later check, where something was granted on a promise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<Check>,
    /// A grant on which this one rests was revoked, until the head says what follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis_lost: Option<BasisLost>,
    /// When the head last let the grant stand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upheld: Option<Timestamp>,
    /// Ends that did not last, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reopenings: Vec<Reopening>,
    /// The article under which the head ended it; empty where it ended otherwise.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub terminated: String,
    /// Handings to other agencies, in order; the last may be open.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub transfers: Vec<Transfer>,
    /// Identifier of the licence delivered.
    pub licence: String,
    /// Account of the officer in charge; empty when nobody has claimed the case.
    pub assignee: String,
    /// True when the applicant asked that a person decide.
    pub human_review_requested: bool,
    /// Paths of facts that are in dispute at their source.
    pub disputed: BTreeSet<String>,
    /// Facts their source has corrected since the case began, and when last.
    pub corrected: BTreeMap<String, Timestamp>,
    /// Opinions in order.
    pub opinions: Vec<Opinion>,
}

impl Default for State {
    fn default() -> State {
        State {
            version: STATE_VERSION,
            phase: Phase::default(),
            revision: 0,
            at: None,
            calendar_version: String::new(),
            received: None,
            accepted: None,
            clocks: Clocks::default(),
            correction: None,
            tolerated: None,
            suspensions: Vec::new(),
            extension: None,
            procedure: None,
            decided: None,
            check: None,
            basis_lost: None,
            upheld: None,
            reopenings: Vec::new(),
            terminated: String::new(),
            transfers: Vec::new(),
            licence: String::new(),
            assignee: String::new(),
            human_review_requested: false,
            disputed: BTreeSet::new(),
            corrected: BTreeMap::new(),
            opinions: Vec::new(),
        }
    }
}

impl State {
    /// The procedure that examines the case and has not come to its end.
    pub fn examined_by(&self) -> Option<&Procedure> {
        self.procedure.as_ref().filter(|procedure| procedure.ended.is_none())
    }

    /// True for a grant on which the head has to say whether it stands: what it rests on was revoked,
    /// or the applicant asked that a person look at what a machine decided.
    pub fn is_questioned(&self) -> bool {
        let by_machine = self.decided.as_ref().is_some_and(|decided| decided.automatic);
        self.basis_lost.is_some()
            || (self.human_review_requested && by_machine && self.upheld.is_none())
    }

    /// The later check that has not come to its end.
    pub fn checked_by(&self) -> Option<&Check> {
        self.check.as_ref().filter(|check| check.ended.is_none())
    }

    /// True after a later check that came to its end and left open whether the promise was kept.
    pub fn found_nothing(&self) -> bool {
        let ended = self.check.as_ref().and_then(|check| check.ended.as_ref());
        ended.is_some_and(|ended| ended.kept.is_none())
    }

    /// The handing to another agency that has not been answered.
    pub fn transferring(&self) -> Option<&Transfer> {
        self.transfers.last().filter(|transfer| transfer.until.is_none())
    }

    /// True while the time to deliver stands still for what must be paid first.
    pub fn awaits_payment(&self) -> bool {
        self.phase == Phase::Granted && self.clocks.delivery.as_ref().is_some_and(Clock::is_paused)
    }

    /// Ids of tolerated materials still missing.
    pub fn outstanding(&self) -> Vec<&str> {
        self.tolerated.as_ref().map(Tolerated::outstanding).unwrap_or_default()
    }
}
