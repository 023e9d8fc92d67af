//! Who acts: the person, officer, client program or the platform itself behind a verb.

use serde::{Deserialize, Serialize};

/// What kind of actor calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// Nobody has signed in.
    #[default]
    Anonymous,
    /// A natural person acting for himself or, by delegation, for another.
    Citizen,
    /// A member of an agency's staff, acting in a post.
    Officer,
    /// The platform: timers, automatic decisions, imports.
    System,
}

/// Who acts and with what standing. Made by sign-in, never by a handler.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// What kind of actor this is.
    pub kind: ActorKind,
    /// Account id; empty for nobody, the job's name for the platform.
    pub account: String,
    /// Party id of the natural person behind the account.
    pub party: String,
    /// Name as shown in opinions and logs.
    pub name: String,
    /// Roles of the standard role list, e.g. `citizen`, `reviewer`, `leader`.
    pub roles: Vec<String>,
    /// Agency id of the officer's post; empty for citizens.
    pub agency: String,
    /// Division code of the officer's agency, or of the citizen's residence.
    pub division: String,
    /// Session or token id through which the actor came.
    pub session: String,
    /// How surely we know who acts: 0 nobody, 1 password, 2 password and a second factor.
    pub assurance: u8,
}

impl Actor {
    /// Nobody.
    pub fn anonymous() -> Actor {
        Actor::default()
    }

    /// The platform itself, named by the job that acts.
    pub fn system(name: &str) -> Actor {
        Actor {
            kind: ActorKind::System,
            account: name.to_owned(),
            name: name.to_owned(),
            roles: vec!["system".to_owned()],
            assurance: 2,
            ..Actor::default()
        }
    }

    /// True when the actor holds the role.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|held| held == role)
    }

    /// True for a signed-in citizen.
    pub fn is_citizen(&self) -> bool {
        self.kind == ActorKind::Citizen
    }

    /// True for a signed-in officer.
    pub fn is_officer(&self) -> bool {
        self.kind == ActorKind::Officer
    }
}
