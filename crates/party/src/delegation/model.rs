//! A delegation and its states.

use kernel::{Error, Result, Timestamp};

/// Scope of everything a citizen can do online.
pub const SCOPE_ALL: &str = "all";

/// On what a delegation rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The principal's own will.
    Agent,
    /// The law: a parent for a minor child, with the register's evidence.
    Guardian,
    /// The other parent's authorisation for a matter of their child.
    Parent,
}

impl Basis {
    /// As stored and in sentence keys.
    pub fn name(self) -> &'static str {
        match self {
            Basis::Agent => "agent",
            Basis::Guardian => "guardian",
            Basis::Parent => "parent",
        }
    }

    pub(super) fn parse(name: &str) -> Result<Basis> {
        match name {
            "agent" => Ok(Basis::Agent),
            "guardian" => Ok(Basis::Guardian),
            "parent" => Ok(Basis::Parent),
            other => Err(Error::internal(format!("delegation basis {other}"))),
        }
    }
}

/// Where a delegation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Waits for the principal.
    Asked,
    /// Holds within its period.
    Granted,
    /// The principal said no.
    Declined,
    /// Withdrawn.
    Revoked,
}

impl Status {
    /// As stored and in sentence keys.
    pub fn name(self) -> &'static str {
        match self {
            Status::Asked => "asked",
            Status::Granted => "granted",
            Status::Declined => "declined",
            Status::Revoked => "revoked",
        }
    }

    pub(super) fn parse(name: &str) -> Result<Status> {
        match name {
            "asked" => Ok(Status::Asked),
            "granted" => Ok(Status::Granted),
            "declined" => Ok(Status::Declined),
            "revoked" => Ok(Status::Revoked),
            other => Err(Error::internal(format!("delegation status {other}"))),
        }
    }
}

/// One person's power to act for another.
#[derive(Clone, Debug)]
pub struct Delegation {
    /// Id.
    pub id: String,
    /// For whom; empty when the request named nobody whom it could reach.
    pub principal: String,
    /// Who may act.
    pub agent: String,
    /// On what it rests.
    pub basis: Basis,
    /// For what: a one-thing's id, or [`SCOPE_ALL`].
    pub scope: String,
    /// Where it stands.
    pub status: Status,
    /// What proves it, for a guardian: the register's record.
    pub evidence: String,
    /// What it is about, e.g. `draft:ID`; empty for a standing one.
    pub reference: String,
    /// When it was asked for or recorded.
    pub asked: Timestamp,
    /// From when it holds.
    pub from: Timestamp,
    /// Until when it holds.
    pub until: Timestamp,
    /// The agent may apply in the principal's place too, not only follow what he applied for.
    pub may_apply: bool,
    /// The name the agent asked by, masked: all he is shown of the principal until that one grants.
    pub named: String,
}

impl Delegation {
    /// True when it holds at the instant for the scope.
    pub fn covers(&self, scope: &str, at: Timestamp) -> bool {
        self.status == Status::Granted
            && self.from <= at
            && at < self.until
            && (self.scope == SCOPE_ALL || self.scope == scope)
    }

    /// True when its agent may at the instant apply for something of the scope in the principal's
    /// place: by his will that says so, or as a child's guardian. The other parent's authorisation
    /// is for the one matter.
    pub fn lets_apply(&self, scope: &str, at: Timestamp) -> bool {
        let power = match self.basis {
            Basis::Agent => self.may_apply,
            Basis::Guardian => true,
            Basis::Parent => false,
        };
        power && self.covers(scope, at)
    }

    /// The state after the principal's answer. Errors: `delegation.answered` when it no longer
    /// waits for one.
    pub(super) fn answered(&self, grant: bool) -> Result<Status> {
        match (self.status, grant) {
            (Status::Asked, true) => Ok(Status::Granted),
            (Status::Asked, false) => Ok(Status::Declined),
            _ => Err(Error::conflict("delegation.answered")),
        }
    }

    /// Where it stands as one side is told: to who asked, what was declined waits like what never
    /// reached anybody, until it lapses.
    pub fn told(&self, reader: &str) -> Status {
        match self.status {
            Status::Declined if self.principal != reader => Status::Asked,
            status => status,
        }
    }

    /// The state after withdrawal by one side. Errors: `delegation.law` for a guardian, whose power
    /// is not his to put down nor the child's to take; `delegation.ended` when nothing is left to end.
    pub(super) fn withdrawn(&self, by: &str) -> Result<Status> {
        match (self.basis, self.told(by)) {
            (Basis::Guardian, _) => Err(Error::conflict("delegation.law")),
            (_, Status::Asked | Status::Granted) => Ok(Status::Revoked),
            _ => Err(Error::conflict("delegation.ended")),
        }
    }
}
