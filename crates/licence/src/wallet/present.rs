//! Showing chosen fields of a licence to somebody, once.

use super::store::{self, New};
use crate::register::shown;
use ::store::Ctx;
use kernel::identifier::QueryCode;
use kernel::time::SECOND_US;
use kernel::{Error, Result, Timestamp};
use serde_json::json;

/// How long a code holds, in seconds on the visitors' own watches.
pub const LIFE_S: i64 = 300;
/// Purpose under which codes are sealed, so that their owner can see them again.
const CODE: &str = "licence.presentation.code";
/// Purpose of the blind index of codes.
pub(crate) const INDEX: &str = "licence.presentation";

/// A presentation as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presented {
    /// Id.
    pub id: String,
    /// Licence.
    pub licence_id: String,
    /// The code, ten characters; told to the verifier by the holder.
    pub code: String,
    /// Ids of the fields it shows.
    pub fields: Vec<String>,
    /// Until when it holds, on the visitors' own watches.
    pub expires: Timestamp,
    /// True when it has been used.
    pub used: bool,
    /// True when it is over without having been used.
    pub expired: bool,
}

/// Makes a one-time code for chosen fields of a licence in force.
///
/// Errors: `not_found` for another person's licence, `licence.not_in_force`,
/// `licence.fields_none` when nothing is chosen, `licence.fields_unknown` for a field the licence
/// does not have.
pub async fn present(ctx: &mut Ctx, licence_id: &str, fields: &[String]) -> Result<Presented> {
    party::authority::demand(ctx, super::OWN)?;
    let opened = super::open(ctx, licence_id).await?;
    if !opened.row.in_force(ctx.now) {
        return Err(Error::conflict("licence.not_in_force"));
    }
    let pack = ctx.env.pack.clone();
    let known = shown::fields(&pack, &opened.row.type_id, &opened.fields());
    let chosen: Vec<String> = known
        .iter()
        .filter(|field| fields.contains(&field.id))
        .map(|field| field.id.clone())
        .collect();
    if fields.iter().any(|field| !chosen.contains(field)) {
        return Err(Error::invalid("licence.fields_unknown"));
    }
    if chosen.is_empty() {
        return Err(Error::invalid("licence.fields_none").field("field", "licence.fields_none"));
    }
    let code = QueryCode::make(&mut ctx.random)?.as_str().to_owned();
    let vault = ctx.env.vault.clone();
    let expires = ctx.env.clock.platform().plus_us(LIFE_S * SECOND_US);
    let id = ctx.id();
    let person = ctx.actor.party.clone();
    let new = New {
        id: &id,
        code_index: vault.index(INDEX, &code),
        code_sealed: vault.seal(CODE, code.as_bytes(), &mut ctx.random)?,
        licence_id,
        person: &person,
        fields: json!(chosen).to_string(),
        expires,
    };
    store::insert(ctx, new).await?;
    let subject = format!("licence:{licence_id}");
    let body = json!({ "presentation": id, "fields": chosen });
    party::audit::record(ctx, "licence.presented", &subject, body).await?;
    Ok(Presented {
        id,
        licence_id: licence_id.to_owned(),
        code,
        fields: chosen,
        expires,
        used: false,
        expired: false,
    })
}

/// One of the actor's presentations of a licence. Errors: `not_found`, also for others'.
pub async fn find(ctx: &mut Ctx, licence_id: &str, id: &str) -> Result<Presented> {
    let row = store::find(ctx, id).await?;
    if row.licence_id != licence_id || row.person != ctx.actor.party {
        return Err(Error::not_found());
    }
    let code = ctx.env.vault.open(CODE, &row.code_sealed).map_err(Error::internal)?;
    let over = ctx.env.clock.platform().0 >= row.expires_us;
    Ok(Presented {
        id: row.id,
        licence_id: row.licence_id,
        code: String::from_utf8(code).map_err(Error::internal)?,
        fields: crate::register::field_ids(&row.fields)?,
        expires: Timestamp(row.expires_us),
        used: row.used_us != 0,
        expired: row.used_us == 0 && over,
    })
}
