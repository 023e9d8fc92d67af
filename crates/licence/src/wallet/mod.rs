//! The wallet: a person's licences and those of his minor children, their sheets, who used them,
//! and showing chosen fields to somebody once.
//!
//! Invariants: a citizen opens his own licences and those of whom he is guardian of; every other
//! licence is not found for him, and his asking is recorded; a presentation shows the fields that
//! were chosen and nothing else, once, within five minutes by the visitors' own watches.
//! Must not know: what a verifier does with what he saw.

mod api;
mod linked;
mod linked_pages;
mod pages;
pub(crate) mod present;
pub(crate) mod store;

pub use api::{PresentationView, WalletView};
pub use linked::{Chain, Difference, Linked, linked};
pub use present::{LIFE_S, Presented, find as presentation, present};

use crate::register::store as licences;
use crate::register::{LicenceRow, Opened, shown};
use ::store::Ctx;
use kernel::{ActorKind, Error, Result, Text, Timestamp};
use serde_json::json;
use webkit::{Access, Call, Module, get, post};

/// Permission of one's own wallet.
pub const OWN: &str = "wallet.own";

/// A licence as a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Id in the register.
    pub id: String,
    /// Identifier by GB/T 36904.
    pub identifier: String,
    /// Licence type.
    pub type_id: String,
    /// Its name.
    pub name: Text,
    /// Issuing agency's name.
    pub issuer: Text,
    /// Two-digit state at the context's instant.
    pub state: String,
    /// When issued.
    pub issued: Timestamp,
    /// From when to when it holds, in words.
    pub validity: Text,
}

/// The licences of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Person.
    pub person: String,
    /// His name.
    pub name: String,
    /// His cards, newest first.
    pub cards: Vec<Card>,
}

/// A person's licences, newest first. Errors: `not_found` unless the actor is that person, his
/// guardian, or the platform.
pub async fn list(ctx: &mut Ctx, person: &str) -> Result<Vec<Card>> {
    if !may_open(ctx, person).await? {
        return Err(Error::not_found());
    }
    let pack = ctx.env.pack.clone();
    let now = ctx.now;
    let card = |row: LicenceRow| Card {
        name: shown::type_name(&pack, &row.type_id),
        issuer: shown::agency_name(&pack, &row.agency),
        state: row.state_at(now).to_owned(),
        issued: Timestamp(row.issued_us),
        validity: shown::validity(&row),
        id: row.id,
        identifier: row.identifier,
        type_id: row.type_id,
    };
    Ok(licences::of_holder(ctx, person).await?.into_iter().map(card).collect())
}

/// The actor's own licences, then those of each child he is guardian of. Errors: `denied`,
/// `account.unproven`.
pub async fn all(ctx: &mut Ctx) -> Result<Vec<Holding>> {
    party::authority::demand(ctx, OWN)?;
    party::account::demand_proven(ctx).await?;
    let own = ctx.actor.party.clone();
    let mut holdings = vec![holding(ctx, own).await?];
    for child in children(ctx).await? {
        holdings.push(holding(ctx, child).await?);
    }
    Ok(holdings)
}

async fn holding(ctx: &mut Ctx, person: String) -> Result<Holding> {
    let name = party::person::find(ctx, &person).await?.map(|person| person.name);
    let cards = list(ctx, &person).await?;
    Ok(Holding { name: name.unwrap_or_default(), cards, person })
}

/// Persons the actor is guardian of now.
async fn children(ctx: &mut Ctx) -> Result<Vec<String>> {
    let now = ctx.now;
    let held = party::delegation::list(ctx).await?.held;
    let mut children: Vec<String> = held
        .into_iter()
        .filter(|one| one.basis == party::delegation::Basis::Guardian)
        .filter(|one| one.covers(party::delegation::SCOPE_ALL, now))
        .map(|one| one.principal)
        .collect();
    children.sort();
    children.dedup();
    Ok(children)
}

/// True when the actor may open the licences of this person: his own, those of a child he is
/// guardian of, or any for the platform.
pub(crate) async fn may_open(ctx: &mut Ctx, person: &str) -> Result<bool> {
    match ctx.actor.kind {
        ActorKind::System => Ok(true),
        ActorKind::Citizen => {
            let own = ctx.actor.party.clone();
            if own.is_empty() {
                return Ok(false);
            }
            Ok(own == person || party::delegation::guardian_of(ctx, person, &own).await?)
        }
        ActorKind::Officer | ActorKind::Anonymous => Ok(false),
    }
}

/// A licence opened for its holder or his guardian. Errors: `not_found`, also for others'.
pub async fn open(ctx: &mut Ctx, id: &str) -> Result<Opened> {
    let row = licences::get(ctx, id).await?;
    if !may_open(ctx, &row.holder).await? {
        return Err(Error::not_found());
    }
    licences::open(ctx, row).await
}

/// Records that somebody asked for a licence that is not his; the error itself is what he sees.
pub(crate) async fn refused(call: &Call, id: &str, error: Error) -> Error {
    if error.kind != kernel::Kind::NotFound {
        return error;
    }
    match record_refusal(call, id).await {
        Ok(()) => error,
        Err(fault) => fault,
    }
}

async fn record_refusal(call: &Call, id: &str) -> Result<()> {
    let mut ctx = call.write().await?;
    if licences::find(&mut ctx, id).await?.is_none() {
        return Ok(());
    }
    let subject = format!("licence:{id}");
    let body = json!({ "path": call.path });
    party::audit::record(&mut ctx, "licence.refused", &subject, body).await?;
    ctx.commit().await
}

pub(crate) fn module() -> Module {
    Module {
        name: "licence.wallet",
        routes: vec![
            get("/wallet", Access::Citizen, pages::list),
            get("/wallet/linked", Access::Citizen, linked_pages::show),
            get("/wallet/uses", Access::Citizen, pages::uses),
            get("/wallet/{id}", Access::Citizen, pages::show),
            get("/wallet/{id}/card", Access::Citizen, pages::card),
            get("/wallet/{id}/licence.pdf", Access::Citizen, pages::file),
            get("/wallet/{id}/licence.ofd", Access::Citizen, pages::ofd),
            get("/wallet/{id}/present", Access::Citizen, pages::choose),
            post("/wallet/{id}/present", Access::Citizen, pages::present),
            get("/wallet/{id}/presentations/{presentation}", Access::Citizen, pages::presented),
            get("/api/v1/wallet", Access::Citizen, api::list)
                .doc("Lists the caller's licences and those of his minor children.")
                .gives::<WalletView>(),
            get("/api/v1/wallet/linked", Access::Citizen, linked_pages::list)
                .doc("Lists the caller's licences by trust anchor, with where they differ from it.")
                .gives::<linked_pages::LinkChainList>(),
            post("/api/v1/licences/{id}/presentations", Access::Citizen, api::present)
                .doc(
                    "Makes a one-time code that shows chosen fields of a licence for five minutes.",
                )
                .takes::<api::Choice>()
                .gives::<PresentationView>(),
        ],
        ..Module::default()
    }
}
