//! An account as read from its row, and the actor it makes.

use crate::person;
use kernel::{Actor, ActorKind, Error, Result};
use proof::vault::Vault;
use sea_orm::FromQueryResult;

/// What kind of account this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountKind {
    /// A citizen's.
    Citizen,
    /// An officer's, for his post.
    Officer,
    /// A program's that acts for an agency, by client credentials.
    Service,
}

impl AccountKind {
    /// As stored.
    pub fn name(self) -> &'static str {
        match self {
            AccountKind::Citizen => "citizen",
            AccountKind::Officer => "officer",
            AccountKind::Service => "service",
        }
    }

    pub(super) fn parse(name: &str) -> Result<AccountKind> {
        match name {
            "citizen" => Ok(AccountKind::Citizen),
            "officer" => Ok(AccountKind::Officer),
            "service" => Ok(AccountKind::Service),
            other => Err(Error::internal(format!("account kind {other}"))),
        }
    }
}

/// An account without its secrets.
#[derive(Clone, Debug)]
pub struct Account {
    /// Id.
    pub id: String,
    /// Person behind it.
    pub person: String,
    /// Kind.
    pub kind: AccountKind,
    /// Login.
    pub login: String,
    /// Role ids.
    pub roles: Vec<String>,
    /// Agency id; empty for a citizen.
    pub agency: String,
    /// Division of the agency or of residence.
    pub division: String,
    /// True when a second factor is enrolled.
    pub has_totp: bool,
    /// True when it can no longer be used.
    pub closed: bool,
}

/// An account's row.
#[derive(Clone, FromQueryResult)]
pub(crate) struct Row {
    pub id: String,
    pub person_id: String,
    pub kind: String,
    pub login: String,
    pub password: String,
    pub roles: String,
    pub agency: String,
    pub division: String,
    pub totp_sealed: Option<Vec<u8>>,
    pub totp_pending_sealed: Option<Vec<u8>>,
    pub totp_step: i64,
    pub closed_us: i64,
    pub initial_us: i64,
}

impl Row {
    /// The account without its secrets.
    pub(crate) fn account(&self) -> Result<Account> {
        Ok(Account {
            id: self.id.clone(),
            person: self.person_id.clone(),
            kind: AccountKind::parse(&self.kind)?,
            login: self.login.clone(),
            roles: serde_json::from_str(&self.roles).map_err(Error::internal)?,
            agency: self.agency.clone(),
            division: self.division.clone(),
            has_totp: self.totp_sealed.is_some(),
            closed: self.closed_us != 0,
        })
    }
}

/// What the actor is made of: one row of account, person and unread messages.
#[derive(FromQueryResult)]
pub(crate) struct ActorRow {
    pub account_id: String,
    pub person_id: String,
    pub kind: String,
    pub roles: String,
    pub agency: String,
    pub division: String,
    pub name_sealed: Vec<u8>,
    pub unread: i64,
}

impl ActorRow {
    /// The actor with the standing he came with.
    pub(crate) fn actor(&self, vault: &Vault, session: &str, assurance: i64) -> Result<Actor> {
        let kind = match AccountKind::parse(&self.kind)? {
            AccountKind::Citizen => ActorKind::Citizen,
            AccountKind::Officer | AccountKind::Service => ActorKind::Officer,
        };
        Ok(Actor {
            kind,
            account: self.account_id.clone(),
            party: self.person_id.clone(),
            name: person::open_name(vault, &self.name_sealed)?,
            roles: serde_json::from_str(&self.roles).map_err(Error::internal)?,
            agency: self.agency.clone(),
            division: self.division.clone(),
            session: session.to_owned(),
            assurance: u8::try_from(assurance.clamp(0, 2)).unwrap_or(0),
        })
    }
}

/// The actor an account makes with the given assurance, without a session: simulations, imports
/// and tests. Errors: `not_found`.
pub async fn actor_of(ctx: &mut store::Ctx, account: &str, assurance: u8) -> Result<Actor> {
    let row = super::store::actor_row(ctx, account).await?.ok_or_else(Error::not_found)?;
    row.actor(&ctx.env.vault, "", i64::from(assurance))
}
