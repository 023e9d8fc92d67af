//! Of whom a draft may look anything up while it is one.
//!
//! Invariants: the applicant himself, by the number of his account; whoever a record held of him
//! names (the other spouse of his marriage), but for what is that person's own matter alone; a child
//! of whom he is the recorded guardian; whoever authorised him in this matter. A number that is only typed reaches nobody: what officers need to
//! know of that person they look up under the case's purpose, and it does not come back here.

use super::draft::Opened;
use super::journey::{FieldState, Journey, Origin};
use ::store::Ctx;
use kernel::Result;
use kernel::identifier::{BankCard, CitizenNumber};
use pack::one_thing::FieldKind;
use serde_json::Value as Json;

/// True when the value at the path is the account's or a record's, not typed.
pub(super) fn recorded(journey: &Journey<'_>, path: &str) -> bool {
    match path.split_once('.') {
        Some(("form", field)) => {
            journey.find(field).is_some_and(|(_, state)| state.origin.is_held())
        }
        Some(("guide", _)) | None => false,
        Some(_) => true,
    }
}

/// Citizen number of the applicant, empty when he has none.
pub(super) fn own_number(opened: &Opened) -> &str {
    opened.applicant.get("applicant.citizen_number").and_then(Json::as_str).unwrap_or("")
}

/// True when what was typed may be looked up: the applicant's own number, or that of somebody who
/// authorised him or whose guardian he is.
pub(super) async fn reaches(ctx: &mut Ctx, opened: &Opened, value: &str) -> Result<bool> {
    if !value.is_empty() && value == own_number(opened) {
        return Ok(true);
    }
    let Ok(number) = CitizenNumber::parse(value) else { return Ok(false) };
    let Some(person) = party::person::by_number(ctx, number.as_str()).await? else {
        return Ok(false);
    };
    let draft = &opened.draft;
    party::delegation::holds(ctx, &person.id, &draft.person, &draft.one_thing).await
}

/// A value of a field as its reader is told it: an account of somebody else is masked.
pub(super) fn told(opened: &Opened, state: &FieldState<'_>, value: &Json) -> Json {
    let Origin::Lookup { lookup, .. } = &state.origin else { return value.clone() };
    let sought = opened.draft.content.held.get(lookup).map_or("", |held| held.sought.as_str());
    let own = sought == own_number(opened) && !opened.by_agent;
    if state.field.kind != FieldKind::BankCard || own {
        return value.clone();
    }
    let card = value.as_str().and_then(|text| BankCard::parse(text).ok());
    Json::from(card.map_or_else(|| "****".to_owned(), |card| card.masked()))
}
