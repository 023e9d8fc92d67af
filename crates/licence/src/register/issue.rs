//! Issuing a licence.

use super::model::{Event, Issue, Issued, LicenceRow};
use super::store::{self, New};
use super::{life, shown};
use crate::seal;
use ::store::Ctx;
use jiff::ToSpan;
use jiff::civil::Date;
use kernel::identifier::{CreditCode, LicenceId, QueryCode};
use kernel::{ActorKind, Error, Result, Timestamp};
use pack::licence::{Holder, LicenceState, LicenceType};
use pack::one_thing::FieldKind;
use proof::licence_token::sign_json;
use serde_json::{Map, Value as Json, json};

/// Field that holds the licence's own number; drawn here when the caller gives none.
pub(crate) const NUMBER: &str = "number";
/// Longest value of a field, in characters.
const VALUE_CHARS_MAX: usize = 400;
/// Origin of a licence taken in from a paper record.
const PAPER: &str = "paper";

/// How a licence comes about.
pub(crate) enum Begun<'a> {
    /// It was decided here.
    Decided,
    /// It is taken in from a paper record.
    Paper,
    /// It takes the place of another, with that one's identifier in its next version, or with a
    /// number of its own at another issuer.
    After(&'a LicenceRow, Option<LicenceId>),
}

/// Issues a licence: identifier, data signed by the agency's key, evidence and `licence.issued`,
/// all in the caller's transaction. The calling verb has decided that it is due; here the actor
/// must be the platform or an officer of the issuing agency.
///
/// Errors: `licence.type_unknown`, `licence.agency_unknown`, `licence.holder`, `licence.field`
/// with the fields at fault (`licence.field_unknown`, `licence.field_value`), `licence.valid_until`,
/// `licence.already_live` when the holder has a live one of a type that allows one only,
/// `licence.seal_suspended`, `denied`.
pub async fn issue(ctx: &mut Ctx, new: Issue) -> Result<Issued> {
    enter(ctx, new, Begun::Decided).await
}

/// As [`issue`], for each way in which a licence comes about.
pub(crate) async fn enter(ctx: &mut Ctx, mut new: Issue, begun: Begun<'_>) -> Result<Issued> {
    authorized(ctx, &new.agency_id)?;
    if new.holder_number.as_deref().unwrap_or("").is_empty() {
        let person = party::person::find(ctx, &new.holder_person).await?;
        new.holder_number = person.and_then(|person| person.number);
    }
    let pack = ctx.env.pack.clone();
    let kind =
        pack.licence_type(&new.type_id).ok_or_else(|| Error::invalid("licence.type_unknown"))?;
    let agency =
        pack.agency(&new.agency_id).ok_or_else(|| Error::invalid("licence.agency_unknown"))?;
    let mut fields = check_fields(kind, &new.fields)?;
    check_holder(kind, &new)?;
    let until = last_day(kind, new.valid_until, ctx.now)?;
    let live_key = (!kind.multiple_allowed).then(|| live_key(&new.type_id, &new.holder_person));
    if let Some(key) = &live_key {
        make_room(ctx, key).await?;
    }
    let identifier = match &begun {
        Begun::After(_, Some(next)) => next.clone(),
        _ => {
            let serial = store::next_serial(ctx, &format!("{}/{}", kind.id, agency.id)).await?;
            let serial = format!("{:04}{serial:08}", ctx.now.date().year());
            LicenceId::make(&kind.type_code, CreditCode::parse(&agency.credit_code)?, &serial, 1)?
        }
    };
    if kind.field(NUMBER).is_some() && !fields.contains_key(NUMBER) {
        fields.insert(NUMBER.to_owned(), Json::from(identifier.serial()));
    }
    let signer = seal::key::agency(ctx, &agency.id).await?;
    let valid_until_us = until.map(|day| Timestamp::start_of(day).plus_days(1).0);
    let mut body = json!({
        "licence_id": identifier.as_str(),
        "issuer_code": agency.credit_code,
        "issuer": { "id": agency.id, "name": agency.name },
        "type": { "id": kind.id, "version": kind.version, "code": kind.type_code, "name": kind.name },
        "holder": holder_of(kind, &new),
        "fields": fields,
        "issued_at": ctx.now.0,
        "valid_from": ctx.now.0,
        "valid_until": valid_until_us,
    });
    if let Begun::After(former, _) = &begun {
        body["former"] = Json::from(former.identifier.as_str());
    }
    let signed = sign_json("licence", &body, &signer.key, &signer.chain, ctx.now)?.to_bytes()?;
    let row = LicenceRow {
        id: ctx.id(),
        identifier: identifier.as_str().to_owned(),
        type_id: kind.id.clone(),
        type_version: i64::from(kind.version),
        agency: agency.id.clone(),
        key_id: signer.id.clone(),
        code: QueryCode::make(&mut ctx.random)?.as_str().to_owned(),
        holder: new.holder_person,
        state: LicenceState::Valid.code().to_owned(),
        state_us: ctx.now.0,
        state_reason: String::new(),
        case_id: new.case_id,
        item_id: new.item_id,
        issued_us: ctx.now.0,
        valid_until_us,
        revision: 1,
        former: match &begun {
            Begun::After(former, _) => Some(former.id.clone()),
            _ => None,
        },
        origin: matches!(begun, Begun::Paper).then(|| PAPER.to_owned()),
    };
    if !store::insert(ctx, New { row: &row, live_key, signed: &signed }).await? {
        return Err(already_live(kind));
    }
    seal::log_use(ctx, &signer, &proof::digest::sm3_hex(&signed), "issue", &row.id).await?;
    tell(ctx, kind, &row).await?;
    Ok(Issued { id: row.id, identifier: row.identifier })
}

/// Writes the first event, evidence, timer, job and message.
async fn tell(ctx: &mut Ctx, kind: &LicenceType, row: &LicenceRow) -> Result<()> {
    let event = Event {
        id: ctx.id(),
        at_us: ctx.now.0,
        account: ctx.actor.account.clone(),
        agency: row.agency.clone(),
        kind: "issued".to_owned(),
        before: String::new(),
        after: row.state.clone(),
        reason: String::new(),
        article: String::new(),
    };
    store::insert_event(ctx, &row.id, &event).await?;
    let particulars = json!({
        "identifier": row.identifier, "type": row.type_id, "agency": row.agency,
        "case": row.case_id, "item": row.item_id, "former": row.former, "origin": row.origin,
    });
    let subject = format!("licence:{}", row.id);
    party::audit::record_row(ctx, "licence.issued", &subject, particulars, "licence", &row.id)
        .await?;
    if let Some(until) = row.valid_until_us {
        let payload = json!({ "licence": row.id });
        ctx.schedule(life::LAPSE, &row.id, Timestamp(until), &payload).await?;
    }
    let payload = json!({ "licence": row.id, "type": row.type_id, "case": row.case_id });
    if kind.layout.is_some() {
        ctx.enqueue(super::sheet::NAME, &payload).await?;
    }
    life::message(ctx, "licence.issued", row).await?;
    ctx.emit("licence.issued", &payload).await
}

fn authorized(ctx: &Ctx, agency: &str) -> Result<()> {
    let ours = ctx.actor.kind == ActorKind::System || party::authority::same_agency(ctx, agency);
    if ours { Ok(()) } else { Err(Error::denied("denied").detail("licence of another agency")) }
}

/// Key under which one live licence of a type and holder stands.
pub(super) fn live_key(type_id: &str, holder: &str) -> String {
    format!("{type_id}/{holder}")
}

fn already_live(kind: &LicenceType) -> Error {
    Error::conflict("licence.already_live").arg("licence", &kind.name.zh)
}

/// A live licence past its last day makes room for the new one.
async fn make_room(ctx: &mut Ctx, key: &str) -> Result<()> {
    match store::live(ctx, key).await? {
        Some(old) if old.state_at(ctx.now) == "05" => super::lapse_in_force(ctx, &old).await,
        Some(old) => {
            let pack = ctx.env.pack.clone();
            let kind = pack.licence_type(&old.type_id).ok_or_else(Error::not_found)?;
            Err(already_live(kind))
        }
        None => Ok(()),
    }
}

fn last_day(kind: &LicenceType, asked: Option<Date>, now: Timestamp) -> Result<Option<Date>> {
    let by_type = kind.validity_years.and_then(|years| {
        let anniversary = now.date().checked_add(i32::from(years).years()).ok()?;
        anniversary.yesterday().ok()
    });
    match asked.or(by_type) {
        Some(day) if day < now.date() => Err(Error::invalid("licence.valid_until")),
        other => Ok(other),
    }
}

fn check_holder(kind: &LicenceType, new: &Issue) -> Result<()> {
    let named = !new.holder_person.is_empty() && !new.holder_name.trim().is_empty();
    let numbered = new.holder_number.as_deref().is_some_and(|number| !number.is_empty());
    let too_long = new.holder_name.chars().count() > VALUE_CHARS_MAX;
    if !named || too_long || (kind.holder != Holder::Newborn && !numbered) {
        return Err(Error::invalid("licence.holder"));
    }
    Ok(())
}

fn holder_of(kind: &LicenceType, new: &Issue) -> Json {
    // Codes of holder types as the national licence directory has them.
    let code = match kind.holder {
        Holder::Organisation => "001",
        Holder::Person | Holder::Newborn => "111",
    };
    match new.holder_number.as_deref().filter(|number| !number.is_empty()) {
        Some(number) => json!({ "kind": code, "name": new.holder_name, "number": number }),
        None => json!({ "name": new.holder_name }),
    }
}

/// The values that are not blank, checked against the type. Errors: `licence.field`.
fn check_fields(kind: &LicenceType, fields: &Json) -> Result<Map<String, Json>> {
    let given = fields.as_object().ok_or_else(|| Error::invalid("licence.field"))?;
    let mut faults = Error::invalid("licence.field");
    let mut kept = Map::new();
    for (id, value) in given {
        match kind.field(id) {
            None => faults = faults.field(id, "licence.field_unknown"),
            Some(_) if shown::is_blank(value) => {}
            Some(field) if fits(field.kind, value) => {
                kept.insert(id.clone(), value.clone());
            }
            Some(_) => faults = faults.field(id, "licence.field_value"),
        }
    }
    faults.if_any_field()?;
    if kept.is_empty() && !kind.fields.is_empty() {
        return Err(Error::invalid("licence.field"));
    }
    Ok(kept)
}

fn fits(kind: FieldKind, value: &Json) -> bool {
    let short = |text: &str| text.chars().count() <= VALUE_CHARS_MAX;
    match kind {
        FieldKind::Number => value.as_i64().is_some(),
        FieldKind::Confirm => value.is_boolean(),
        FieldKind::Date => value.as_str().is_some_and(|text| text.parse::<Date>().is_ok()),
        FieldKind::File => false,
        _ => value
            .as_str()
            .is_some_and(|text| short(text) && !text.chars().any(webkit::form::forbidden)),
    }
}
