//! The wallet over REST.

use super::{Card, Holding, OWN, present::Presented};
use crate::register::state_name;
use axum::extract::Path;
use kernel::{Lang, identifier::QueryCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webkit::{Answer, Body, Call};

/// A licence as a card.
#[derive(Serialize, JsonSchema)]
pub struct CardView {
    /// Id in the register.
    pub id: String,
    /// Identifier by GB/T 36904.
    pub identifier: String,
    /// Licence type.
    pub type_id: String,
    /// Its name.
    pub name: String,
    /// Issuing agency.
    pub issuer: String,
    /// Two-digit state.
    pub state: String,
    /// Its name.
    pub state_name: String,
    /// When issued, RFC 3339.
    pub issued_at: String,
}

/// The licences of one person.
#[derive(Serialize, JsonSchema)]
pub struct HoldingView {
    /// Person.
    pub person: String,
    /// True for the caller himself.
    pub own: bool,
    /// Newest first.
    pub licences: Vec<CardView>,
}

/// The caller's wallet.
#[derive(Serialize, JsonSchema)]
pub struct WalletView {
    /// The caller first, then his minor children.
    pub holders: Vec<HoldingView>,
}

/// Which fields to show.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Ids of fields of the licence.
    pub fields: Vec<String>,
}

/// A one-time code.
#[derive(Serialize, JsonSchema)]
pub struct PresentationView {
    /// Id.
    pub id: String,
    /// Ten characters in two groups.
    pub code: String,
    /// Where a verifier enters it.
    pub url: String,
    /// Ids of the fields it shows.
    pub fields: Vec<String>,
    /// Until when it holds, RFC 3339.
    pub expires_at: String,
}

/// `GET /api/v1/wallet`.
pub(super) async fn list(call: Call) -> Answer {
    let mut ctx = call.read();
    party::authority::demand(&ctx, OWN)?;
    let own = ctx.actor.party.clone();
    let holdings = super::all(&mut ctx).await?;
    let view = |holding: Holding| HoldingView {
        own: holding.person == own,
        licences: holding.cards.into_iter().map(|card| card_view(card, call.lang())).collect(),
        person: holding.person,
    };
    call.json(&WalletView { holders: holdings.into_iter().map(view).collect() })
}

/// `POST /api/v1/licences/{id}/presentations`.
pub(super) async fn present(
    call: Call,
    Path(id): Path<String>,
    Body(choice): Body<Choice>,
) -> Answer {
    let mut ctx = call.write().await?;
    match super::present(&mut ctx, &id, &choice.fields).await {
        Ok(presented) => {
            ctx.commit().await?;
            call.json(&view(&call, presented))
        }
        Err(error) => {
            drop(ctx);
            Err(super::refused(&call, &id, error).await.into())
        }
    }
}

fn view(call: &Call, presented: Presented) -> PresentationView {
    PresentationView {
        url: link(call, &presented.code),
        code: grouped(&presented.code),
        id: presented.id,
        fields: presented.fields,
        expires_at: presented.expires.rfc3339(),
    }
}

/// Address that a presentation's QR code leads to.
pub(super) fn link(call: &Call, code: &str) -> String {
    crate::register::verify_link(&call.web.env, code)
}

/// A code in two groups.
pub(super) fn grouped(code: &str) -> String {
    QueryCode::parse(code).map(|code| code.grouped()).unwrap_or_default()
}

fn card_view(card: Card, lang: Lang) -> CardView {
    CardView {
        name: card.name.get(lang).to_owned(),
        issuer: card.issuer.get(lang).to_owned(),
        state_name: state_name(&card.state).get(lang).to_owned(),
        issued_at: card.issued.rfc3339(),
        id: card.id,
        identifier: card.identifier,
        type_id: card.type_id,
        state: card.state,
    }
}
