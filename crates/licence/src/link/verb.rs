//! The verbs of links.

use super::store::{self, Link};
use crate::register::{self, LicenceRow, check_purpose, shown, store as licences};
use crate::verify::{Outcome, chosen};
use crate::wallet;
use ::store::Ctx;
use kernel::time::DAY_US;
use kernel::{Error, Result, Timestamp};
use proof::status::SignedStatus;
use serde_json::json;

/// Most days a link holds.
pub(super) const DAYS_MAX: i64 = 30;
/// Most openings of a link.
pub(super) const OPENS_MAX: i64 = 20;
/// Most links of a licence that can be opened at a time.
const LINKS_MAX: i64 = 20;
/// Longest name of whom it is for, in characters.
const RECIPIENT_MAX: usize = 60;
/// Purpose under which addresses are sealed, so that their owner can see them again.
const TOKEN: &str = "licence.link.token";
/// Purpose of the blind index of addresses.
const INDEX: &str = "licence.link";

/// A link to be made.
#[derive(Clone, Debug, Default)]
pub struct NewLink {
    /// Ids of the fields it shows.
    pub fields: Vec<String>,
    /// For whom, in the holder's words.
    pub recipient: String,
    /// For how many days, 1 to 30.
    pub days: i64,
    /// How often it can be opened, 1 to 20.
    pub opens: i64,
}

/// Makes a link for chosen fields of a licence in force.
///
/// Errors: `not_found` for another person's licence, `licence.not_in_force`, `licence.fields_none`,
/// `licence.fields_unknown`, `licence.link_recipient`, `licence.link_days`, `licence.link_opens`,
/// `licence.link_many` when twenty can be opened already.
pub async fn make(ctx: &mut Ctx, licence_id: &str, new: &NewLink) -> Result<Link> {
    party::authority::demand(ctx, wallet::OWN)?;
    let opened = wallet::open(ctx, licence_id).await?;
    if !opened.row.in_force(ctx.now) {
        return Err(Error::conflict("licence.not_in_force"));
    }
    check(new)?;
    let known = shown::fields(&ctx.env.pack, &opened.row.type_id, &opened.fields());
    let fields: Vec<&str> = known
        .iter()
        .map(|field| field.id.as_str())
        .filter(|id| new.fields.iter().any(|field| field == id))
        .collect();
    if new.fields.iter().any(|field| !fields.contains(&field.as_str())) {
        return Err(Error::invalid("licence.fields_unknown"));
    }
    if fields.is_empty() {
        return Err(Error::invalid("licence.fields_none").field("field", "licence.fields_none"));
    }
    let at = ctx.env.clock.platform();
    if store::open_ones(ctx, licence_id, at).await? >= LINKS_MAX {
        return Err(Error::limited("licence.link_many"));
    }
    let token = ctx.random.secret();
    let vault = ctx.env.vault.clone();
    let link = Link {
        id: ctx.id(),
        token_sealed: vault.seal(TOKEN, token.as_bytes(), &mut ctx.random)?,
        licence_id: licence_id.to_owned(),
        person: ctx.actor.party.clone(),
        fields: json!(fields).to_string(),
        recipient: new.recipient.trim().to_owned(),
        created_us: ctx.now.0,
        expires_us: at.plus_us(new.days.saturating_mul(DAY_US)).0,
        opens_max: new.opens,
        opens: 0,
        revoked_us: 0,
    };
    store::insert(ctx, &link, &vault.index(INDEX, &token)).await?;
    let subject = format!("licence:{licence_id}");
    let body = json!({ "link": link.id, "fields": fields, "opens": link.opens_max });
    let id = link.id.as_str();
    party::audit::record_row(ctx, "licence.linked", &subject, body, "licence_link", id).await?;
    Ok(link)
}

fn check(new: &NewLink) -> Result<()> {
    let recipient = new.recipient.trim();
    let mut faults = Error::invalid("licence.link_recipient");
    if recipient.is_empty()
        || recipient.chars().count() > RECIPIENT_MAX
        || recipient.chars().any(webkit::form::forbidden)
    {
        faults = faults.field("recipient", "licence.link_recipient");
    }
    if !(1..=DAYS_MAX).contains(&new.days) {
        faults = faults.field("days", "licence.link_days");
    }
    if !(1..=OPENS_MAX).contains(&new.opens) {
        faults = faults.field("opens", "licence.link_opens");
    }
    faults.if_any_field()
}

/// Links of a licence of the actor's, newest first. Errors: `not_found`, also for others' licences.
pub async fn list(ctx: &mut Ctx, licence_id: &str) -> Result<Vec<Link>> {
    wallet::open(ctx, licence_id).await?;
    store::of_licence(ctx, licence_id).await
}

/// Takes a link back. Errors: `not_found`, also for others' links, `licence.link_ended` when it was
/// taken back already.
pub async fn take_back(ctx: &mut Ctx, id: &str) -> Result<Link> {
    party::authority::demand(ctx, wallet::OWN)?;
    let link = store::get(ctx, id).await?;
    wallet::open(ctx, &link.licence_id).await?;
    if !store::revoke(ctx, id).await? {
        return Err(Error::conflict("licence.link_ended"));
    }
    let subject = format!("licence:{}", link.licence_id);
    let body = json!({ "link": id });
    party::audit::record_row(ctx, "licence.unlinked", &subject, body, "licence_link", id).await?;
    store::get(ctx, id).await
}

/// Address of a link.
pub(super) fn address(ctx: &Ctx, link: &Link) -> Result<String> {
    let token = ctx.env.vault.open(TOKEN, &link.token_sealed).map_err(Error::internal)?;
    let token = String::from_utf8(token).map_err(Error::internal)?;
    Ok(format!("{}/shown/{token}", ctx.env.settings.base_url))
}

/// A link that can be opened, with its licence, for whoever has its address; nothing of it is shown.
/// Errors: `not_found`, `licence.link_over` when it can be opened no more.
pub async fn find(ctx: &mut Ctx, token: &str) -> Result<(Link, LicenceRow)> {
    let index = ctx.env.vault.index(INDEX, token);
    let link = store::by_token(ctx, &index).await?;
    if link.state(ctx.env.clock.platform()) != "open" {
        return Err(Error::conflict("licence.link_over"));
    }
    let row = licences::get(ctx, &link.licence_id).await?;
    Ok((link, row))
}

/// How a link is opened.
#[derive(Clone, Copy, Debug)]
pub struct Opening<'a> {
    /// The secret of its address.
    pub token: &'a str,
    /// 用证事由; the holder sees it.
    pub purpose: &'a str,
    /// True when the same form has opened it already: a repeated click sees the same again.
    pub again: bool,
}

/// Opens a link: counts it, records the use, and shows the chosen fields with what verification
/// finds. Errors: `not_found`, `licence.link_over`, `licence.purpose`.
pub async fn open(ctx: &mut Ctx, status: &SignedStatus, how: Opening<'_>) -> Result<Outcome> {
    let index = ctx.env.vault.index(INDEX, how.token);
    let link = store::by_token(ctx, &index).await?;
    let row = licences::get(ctx, &link.licence_id).await?;
    let fields = link.shown()?;
    if !how.again {
        check_purpose(how.purpose)?;
        let at: Timestamp = ctx.env.clock.platform();
        if !store::count_open(ctx, &link.id, at).await? {
            return Err(Error::conflict("licence.link_over"));
        }
        register::record_use(ctx, Some(&row), "link", "", how.purpose, &fields).await?;
    }
    let opened = licences::open(ctx, row).await?;
    chosen(ctx, status, &opened, &fields).await
}
