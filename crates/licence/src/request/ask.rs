//! What an agency asks holders for: registered, listed, closed.

use super::ASK;
use super::store::{self, Ask};
use crate::register::check_purpose;
use ::store::Ctx;
use kernel::{Error, Result};
use serde_json::json;

/// Longest citation of an article, in characters.
const BASIS_MAX: usize = 100;

/// What is to be registered.
#[derive(Clone, Debug, Default)]
pub struct NewAsk {
    /// Type of the licence.
    pub type_id: String,
    /// Ids of its fields.
    pub fields: Vec<String>,
    /// Why, in words the holder reads.
    pub purpose: String,
    /// Article of law.
    pub basis: String,
}

/// Registers what the actor's agency asks for. Permission `data.lookup`.
///
/// Errors: `denied`, `licence.type_unknown`, `licence.fields_none`, `licence.fields_unknown`,
/// `licence.purpose`, `licence.article`.
pub async fn register(ctx: &mut Ctx, new: &NewAsk) -> Result<Ask> {
    party::authority::demand(ctx, ASK)?;
    if ctx.actor.agency.is_empty() {
        return Err(Error::denied("denied"));
    }
    let pack = ctx.env.pack.clone();
    let unknown = || Error::invalid("licence.type_unknown").field("type", "licence.type_unknown");
    let kind = pack.licence_type(&new.type_id).ok_or_else(unknown)?;
    if new.fields.iter().any(|field| kind.field(field).is_none()) {
        return Err(Error::invalid("licence.fields_unknown"));
    }
    let wanted: Vec<&str> = kind
        .fields
        .iter()
        .map(|field| field.id.as_str())
        .filter(|id| new.fields.iter().any(|field| field == id))
        .collect();
    if wanted.is_empty() {
        return Err(Error::invalid("licence.fields_none").field("field", "licence.fields_none"));
    }
    check_purpose(&new.purpose)?;
    let basis = new.basis.trim();
    if basis.is_empty()
        || basis.chars().count() > BASIS_MAX
        || basis.chars().any(webkit::form::forbidden)
    {
        return Err(Error::invalid("licence.article").field("basis", "licence.article"));
    }
    let ask = Ask {
        id: ctx.id(),
        agency: ctx.actor.agency.clone(),
        type_id: new.type_id.clone(),
        fields: json!(wanted).to_string(),
        purpose: new.purpose.trim().to_owned(),
        basis: basis.to_owned(),
        state: "active".to_owned(),
        created_us: ctx.now.0,
        created_by: ctx.actor.account.clone(),
    };
    store::insert_ask(ctx, &ask).await?;
    let subject = format!("licence_ask:{}", ask.id);
    let body = json!({ "type": ask.type_id, "fields": wanted, "purpose": ask.purpose });
    let id = ask.id.as_str();
    party::audit::record_row(ctx, "licence.ask_registered", &subject, body, "licence_ask", id)
        .await?;
    Ok(ask)
}

/// Asks of the actor's agency, newest first. Permission `data.lookup`.
pub async fn asks(ctx: &mut Ctx) -> Result<Vec<Ask>> {
    party::authority::demand(ctx, ASK)?;
    let agency = ctx.actor.agency.clone();
    store::asks(ctx, &agency).await
}

/// An ask of the actor's agency. Errors: `denied`, `not_found`, also for another agency's.
pub async fn find(ctx: &mut Ctx, id: &str) -> Result<Ask> {
    party::authority::demand(ctx, ASK)?;
    let ask = store::ask(ctx, id).await?;
    if ctx.actor.agency.is_empty() || ctx.actor.agency != ask.agency {
        return Err(Error::not_found());
    }
    Ok(ask)
}

/// Closes an ask: nobody is asked by it any more. Errors: as [`find`], `licence.ask_closed`.
pub async fn close(ctx: &mut Ctx, id: &str) -> Result<()> {
    find(ctx, id).await?;
    if !store::close(ctx, id).await? {
        return Err(Error::conflict("licence.ask_closed"));
    }
    let subject = format!("licence_ask:{id}");
    party::audit::record_row(ctx, "licence.ask_closed", &subject, json!({}), "licence_ask", id)
        .await
        .map(drop)
}
