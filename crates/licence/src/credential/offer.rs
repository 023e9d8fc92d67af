//! The holder's offer and its redemption: a code that one wallet turns into an access token, with a
//! number that the holder types in by hand.

use super::store::{self, NewOffer, OfferRow};
use crate::register::Opened;
use crate::wallet;
use ::store::Ctx;
use kernel::time::{DAY_US, SECOND_US};
use kernel::{Error, Result, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// How long an offer holds, in seconds on the visitors' own watches.
pub(super) const LIFE_S: i64 = 600;
/// How long the token it is turned into holds.
pub(super) const TOKEN_LIFE_S: i64 = 600;
/// Digits of the number.
pub(super) const PIN_DIGITS: usize = 6;
/// Wrong numbers after which an offer closes.
const FAILURES_MAX: i64 = 5;
/// Offers of one person in a day.
const OFFERS_MAX: i64 = 20;
/// Purpose under which code and number are sealed, so that their owner can see them again.
const SEALED: &str = "licence.credential.offer";
/// Purposes of the blind indexes of codes and tokens.
const CODE: &str = "licence.credential.code";
pub(super) const TOKEN: &str = "licence.credential.token";
/// The grant, by its registered name.
pub(super) const GRANT: &str = "urn:ietf:params:oauth:grant-type:pre-authorized_code";

/// What became of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferState {
    /// Waits for a wallet.
    Open,
    /// A wallet has begun.
    Redeemed,
    /// The credential was given.
    Issued,
    /// Over, or closed after wrong numbers.
    Closed,
}

impl OfferState {
    /// As pages name it.
    pub fn as_str(self) -> &'static str {
        match self {
            OfferState::Open => "open",
            OfferState::Redeemed => "redeemed",
            OfferState::Issued => "issued",
            OfferState::Closed => "closed",
        }
    }
}

/// An offer as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Id.
    pub id: String,
    /// Licence.
    pub licence_id: String,
    /// What the other wallet scans or opens.
    pub uri: String,
    /// The number to be typed in there.
    pub pin: String,
    /// Until when it holds, on the visitors' own watches.
    pub expires: Timestamp,
    /// What became of it.
    pub state: OfferState,
}

/// What came of redeeming a code. A refusal is committed too: wrong numbers count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redeemed {
    /// The access token.
    Given(String),
    /// Why not: `licence.credential_code` or `licence.credential_pin`.
    Refused(&'static str),
}

/// Offers a licence in force to a wallet that is not ours.
///
/// Errors: `not_found` for another person's licence, `licence.not_in_force`,
/// `licence.type_unknown`, `licence.credential_offers` after twenty in a day.
pub async fn offer(ctx: &mut Ctx, licence_id: &str) -> Result<Offer> {
    let Entered { opened, id, code, pin, expires } = enter(ctx, licence_id, "").await?;
    let uri = uri(&ctx.env.settings.base_url, &opened.row.type_id, &code);
    let licence_id = licence_id.to_owned();
    Ok(Offer { id, licence_id, uri, pin, expires, state: OfferState::Open })
}

/// An offer that was entered.
pub(super) struct Entered {
    pub(super) opened: Opened,
    pub(super) id: String,
    code: String,
    pin: String,
    expires: Timestamp,
}

/// Enters an offer of a licence of the actor's. Errors: as [`offer`].
pub(super) async fn enter(ctx: &mut Ctx, licence_id: &str, client: &str) -> Result<Entered> {
    party::authority::demand(ctx, wallet::OWN)?;
    let opened = wallet::open(ctx, licence_id).await?;
    if !opened.row.in_force(ctx.now) {
        return Err(Error::conflict("licence.not_in_force"));
    }
    if ctx.env.pack.licence_type(&opened.row.type_id).is_none() {
        return Err(Error::conflict("licence.type_unknown"));
    }
    let (now, person) = (ctx.env.clock.platform(), ctx.actor.party.clone());
    if store::offers_since(ctx, &person, now.plus_us(-DAY_US)).await? >= OFFERS_MAX {
        return Err(Error::limited("licence.credential_offers"));
    }
    let code = ctx.random.secret();
    let pin = format!("{:0width$}", ctx.random.below(1_000_000), width = PIN_DIGITS);
    let vault = ctx.env.vault.clone();
    let secret = Secret { code: code.clone(), pin: pin.clone() };
    let held = serde_json::to_string(&secret).map_err(Error::internal)?;
    let (id, expires) = (ctx.id(), now.plus_us(LIFE_S * SECOND_US));
    let new = NewOffer {
        id: &id,
        licence_id,
        person: &person,
        client,
        code_index: vault.index(CODE, &code),
        sealed: vault.seal(SEALED, held.as_bytes(), &mut ctx.random)?,
        created: now,
        expires,
    };
    store::insert_offer(ctx, new).await?;
    let subject = format!("licence:{licence_id}");
    let body = json!({ "offer": id, "client": client });
    party::audit::record(ctx, "licence.credential_offered", &subject, body).await?;
    Ok(Entered { opened, id, code, pin, expires })
}

/// One of the actor's offers of a licence. Errors: `not_found`, also for others'.
pub async fn find(ctx: &mut Ctx, licence_id: &str, id: &str) -> Result<Offer> {
    let row = store::offer(ctx, id).await?;
    if row.licence_id != licence_id || row.person != ctx.actor.party {
        return Err(Error::not_found());
    }
    let licence = crate::register::store::get(ctx, licence_id).await?;
    let (code, pin) = unsealed(ctx, &row)?;
    let state = match row.state.as_str() {
        "issued" => OfferState::Issued,
        "redeemed" => OfferState::Redeemed,
        _ if is_open(ctx, &row) => OfferState::Open,
        _ => OfferState::Closed,
    };
    Ok(Offer {
        uri: uri(&ctx.env.settings.base_url, &licence.type_id, &code),
        expires: Timestamp(row.expires_us),
        id: row.id,
        licence_id: row.licence_id,
        pin,
        state,
    })
}

/// Turns a code and its number into an access token, once; it is bound to a key, named by its
/// thumbprint, unless that is empty.
pub async fn redeem(ctx: &mut Ctx, code: &str, pin: &str, key: &str) -> Result<Redeemed> {
    let index = ctx.env.vault.index(CODE, code);
    let unknown = Ok(Redeemed::Refused("licence.credential_code"));
    let Some(found) = store::offer_by_code(ctx, &index).await? else { return unknown };
    // Those who guess at once are counted one after another.
    ctx.lock("credential_offer", &found.id).await?;
    let row = store::offer(ctx, &found.id).await?;
    if !is_open(ctx, &row) {
        return unknown;
    }
    if unsealed(ctx, &row)?.1 != pin {
        store::failed(ctx, &row.id).await?;
        let subject = format!("licence:{}", row.licence_id);
        let body = json!({ "offer": row.id });
        party::audit::record(ctx, "licence.credential_pin", &subject, body).await?;
        return Ok(Redeemed::Refused("licence.credential_pin"));
    }
    let token = ctx.random.secret();
    let index = ctx.env.vault.index(TOKEN, &token);
    let until = ctx.env.clock.platform().plus_us(TOKEN_LIFE_S * SECOND_US);
    match store::set_token(ctx, &row.id, &index, key, until).await? {
        true => Ok(Redeemed::Given(token)),
        false => unknown,
    }
}

fn is_open(ctx: &Ctx, row: &OfferRow) -> bool {
    let in_time = ctx.env.clock.platform().0 < row.expires_us;
    row.state == "open" && row.failures < FAILURES_MAX && in_time
}

/// What is sealed of an offer.
#[derive(Serialize, Deserialize)]
struct Secret {
    code: String,
    pin: String,
}

fn unsealed(ctx: &Ctx, row: &OfferRow) -> Result<(String, String)> {
    let held = ctx.env.vault.open(SEALED, &row.sealed).map_err(Error::internal)?;
    let Secret { code, pin } = serde_json::from_slice(&held).map_err(Error::internal)?;
    Ok((code, pin))
}

/// What the other wallet scans or opens (OpenID4VCI 1.0 §4.1).
fn uri(base: &str, configuration: &str, code: &str) -> String {
    let offer = json!({
        "credential_issuer": base,
        "credential_configuration_ids": [configuration],
        "grants": { GRANT: {
            "pre-authorized_code": code,
            "tx_code": { "input_mode": "numeric", "length": PIN_DIGITS },
        } },
    });
    let offer = webkit::form::encode(&offer.to_string());
    format!("openid-credential-offer://?credential_offer={offer}")
}
