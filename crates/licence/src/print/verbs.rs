//! The verbs of blanks and prints: permit, load, check, write, record.

use super::model::{BLANKS_MAX, COUNT_MAX, Consignment, Count, Print, Serial, Stock, words};
use super::store;
use crate::register::{self, ISSUE, LicenceRow, READ, of_agency};
use ::store::{Ctx, Env};
use jiff::civil::Date;
use kernel::{Error, Result, Text, Timestamp};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Receives blanks: as many as `number`, beginning with a serial. Permission `licence.issue` and a
/// second factor. Errors: `denied`, `sign_in.second_factor`, `licence.type_unknown`,
/// `licence.blank_serial`, `licence.blank_number`, `licence.blank_source`, `licence.blank_overlap`.
pub async fn receive(
    ctx: &mut Ctx,
    type_id: &str,
    first: &str,
    number: i64,
    source: &str,
) -> Result<()> {
    let agency = clerk(ctx)?;
    kind(ctx, &agency, type_id)?;
    let serial = Serial::parse(first)?;
    let (first, room) = (serial.number(), serial.end() - serial.number() + 1);
    if !(1..=BLANKS_MAX.min(room)).contains(&number) {
        return Err(Error::invalid("licence.blank_number").field("number", "licence.blank_number"));
    }
    let source = words(source, "reason", "licence.blank_source", true)?;
    let (series, last) = (serial.series(type_id), first + number - 1);
    store::hold_series(ctx, &series).await?;
    if store::overlaps(ctx, &series, first, last).await? {
        return Err(Error::conflict("licence.blank_overlap"));
    }
    let new = Consignment {
        id: ctx.id(),
        agency,
        type_id: type_id.to_owned(),
        series,
        first,
        last,
        source,
        at_us: ctx.now.0,
        account: ctx.actor.account.clone(),
        name: ctx.actor.name.clone(),
    };
    store::insert(ctx, &new).await?;
    let body = json!({ "type": type_id, "first": serial.to_string(),
        "last": serial.with(last).to_string() });
    record(ctx, "licence.blanks_received", type_id, body, &[("licence_blank", &new.id)]).await
}

/// Prints a licence on a blank. A licence that has a print already is printed again with a reason, and
/// that print is void. Permission `licence.issue` and a second factor. Errors: `denied`,
/// `sign_in.second_factor`, `not_found` for another agency's, `licence.print_ended` for one not in
/// force, `licence.blank_serial`, `licence.blank_unknown`, `licence.blank_used`,
/// `licence.print_reason`.
pub async fn print(ctx: &mut Ctx, licence: &str, serial: &str, reason: &str) -> Result<Print> {
    let agency = clerk(ctx)?;
    // Of two prints at once the second sees the first.
    ctx.lock("licence", licence).await?;
    let row = of_agency(ctx, licence).await?.row;
    if !row.in_force(ctx.now) {
        return Err(Error::conflict("licence.print_ended"));
    }
    let before = store::of_licence(ctx, licence).await?;
    let former = before.iter().find(|one| one.state == "stands");
    let reason = words(reason, "reason", "licence.print_reason", former.is_some())?;
    let mut rows = Vec::new();
    if let Some(former) = former {
        store::end(ctx, &former.id, &reason).await?;
        rows.push(("licence_print", former.id.as_str()));
    }
    let place = before.first().map_or(0, |one| one.place) + 1;
    let made = used(ctx, agency, &row.type_id, serial, (licence, place, &reason)).await?;
    rows.push(("licence_print", &made.id));
    let body = json!({ "licence": licence, "serial": made.serial, "place": place,
        "voided": former.map(|one| &one.serial), "reason": reason });
    record(ctx, "licence.printed", licence, body, &rows).await?;
    Ok(made)
}

/// Enters a blank as spoiled: misprinted, torn, lost. Permission `licence.issue` and a second factor.
/// Errors: as [`print`].
pub async fn spoil(ctx: &mut Ctx, type_id: &str, serial: &str, reason: &str) -> Result<Print> {
    let agency = clerk(ctx)?;
    kind(ctx, &agency, type_id)?;
    let reason = words(reason, "reason", "licence.print_reason", true)?;
    let made = used(ctx, agency, type_id, serial, ("", 0, &reason)).await?;
    let body = json!({ "type": type_id, "serial": made.serial, "reason": reason });
    record(ctx, "licence.blank_spoiled", type_id, body, &[("licence_print", &made.id)]).await?;
    Ok(made)
}

/// Uses a blank of the agency's.
async fn used(
    ctx: &mut Ctx,
    agency: String,
    type_id: &str,
    serial: &str,
    (licence, place, reason): (&str, i64, &str),
) -> Result<Print> {
    let serial = Serial::parse(serial)?;
    if !store::received(ctx, &agency, &serial.series(type_id), serial.number()).await? {
        return Err(
            Error::invalid("licence.blank_unknown").field("serial", "licence.blank_unknown")
        );
    }
    let new = Print {
        id: ctx.id(),
        agency,
        type_id: type_id.to_owned(),
        serial: serial.to_string(),
        licence: licence.to_owned(),
        place,
        state: if licence.is_empty() { "spoiled" } else { "stands" }.to_owned(),
        reason: reason.to_owned(),
        at_us: ctx.now.0,
        account: ctx.actor.account.clone(),
        name: ctx.actor.name.clone(),
        ended_us: 0,
        ended_name: String::new(),
        ended_reason: String::new(),
    };
    match store::insert_print(ctx, &new).await? {
        true => Ok(new),
        false => Err(Error::conflict("licence.blank_used").field("serial", "licence.blank_used")),
    }
}

/// Enters how many blanks of a type are left by hand. Permission `licence.issue` and a second factor.
/// Errors: `denied`, `sign_in.second_factor`, `licence.type_unknown`, `licence.blank_number`,
/// `licence.count_reason` for a difference without a reason.
pub async fn count(ctx: &mut Ctx, type_id: &str, counted: i64, reason: &str) -> Result<Count> {
    let agency = clerk(ctx)?;
    kind(ctx, &agency, type_id)?;
    if !(0..=COUNT_MAX).contains(&counted) {
        return Err(Error::invalid("licence.blank_number").field("number", "licence.blank_number"));
    }
    let stock = stocks_of(ctx, &agency).await?.into_iter().find(|one| one.type_id == type_id);
    let expected = stock.map_or(0, |stock| stock.left());
    let reason = words(reason, "reason", "licence.count_reason", counted != expected)?;
    let new = Count {
        id: ctx.id(),
        type_id: type_id.to_owned(),
        counted,
        expected,
        reason,
        at_us: ctx.now.0,
        name: ctx.actor.name.clone(),
    };
    store::insert_count(ctx, &agency, &new).await?;
    let body = json!({ "type": type_id, "counted": counted, "expected": expected });
    record(ctx, "licence.blanks_counted", type_id, body, &[("licence_blank_count", &new.id)])
        .await?;
    Ok(new)
}

/// What the actor's agency has of each type's blanks, and the last that it used. Permission
/// `licence.read`. Errors: `denied`.
pub async fn stocks(ctx: &mut Ctx) -> Result<(Vec<Stock>, Vec<Print>)> {
    party::authority::demand(ctx, READ)?;
    let agency = ctx.actor.agency.clone();
    Ok((stocks_of(ctx, &agency).await?, store::of_agency(ctx, &agency).await?))
}

async fn stocks_of(ctx: &mut Ctx, agency: &str) -> Result<Vec<Stock>> {
    let mut found: BTreeMap<String, Stock> = BTreeMap::new();
    for sum in store::sums(ctx, agency).await? {
        let stock = found.entry(sum.type_id.clone()).or_default();
        stock.type_id = sum.type_id;
        match sum.what.as_str() {
            "received" => stock.received = sum.n,
            "stands" => stock.standing = sum.n,
            "void" => stock.void = sum.n,
            _ => stock.spoiled = sum.n,
        }
    }
    let mut out = Vec::with_capacity(found.len());
    for mut stock in found.into_values() {
        stock.count = store::last_count(ctx, agency, &stock.type_id).await?;
        out.push(stock);
    }
    Ok(out)
}

/// The prints of a licence of the actor's agency, newest first. Permission `licence.read`. Errors:
/// `denied`, `not_found` for another agency's.
pub async fn of_licence(ctx: &mut Ctx, licence: &str) -> Result<(LicenceRow, Vec<Print>)> {
    let row = of_agency(ctx, licence).await?.row;
    let prints = store::of_licence(ctx, licence).await?;
    Ok((row, prints))
}

/// The sheet to be printed on the blank that stands, so that nothing is printed on a blank that is not
/// accounted for. Errors: `denied`, `not_found`, `licence.not_printed`, those of typesetting.
pub async fn sheet(ctx: Ctx, env: &Arc<Env>, licence: &str) -> Result<Vec<u8>> {
    let mut ctx = ctx;
    party::authority::demand(&ctx, ISSUE)?;
    let (row, prints) = of_licence(&mut ctx, licence).await?;
    let stands = row.in_force(ctx.now) && prints.iter().any(|one| one.state == "stands");
    drop(ctx);
    match stands {
        true => register::sheet_file(env, licence).await,
        false => Err(Error::conflict("licence.not_printed")),
    }
}

/// Whether a serial is that of the print of this licence that stands, or stood at the end of a day,
/// and in what words. The licence itself is another matter.
pub(crate) async fn standing(
    ctx: &mut Ctx,
    row: &LicenceRow,
    serial: &str,
    day: Option<Date>,
) -> Result<(bool, Text)> {
    let serial = Serial::parse(serial)?.to_string();
    let found = store::by_serial(ctx, &row.type_id, &serial).await?;
    let until = day.map_or(i64::MAX, |day| Timestamp::start_of(day).plus_days(1).0);
    let found = found.filter(|one| one.licence == row.id && one.at_us < until);
    Ok(match found {
        Some(one) if one.ended_us == 0 || one.ended_us >= until => (
            true,
            match day {
                None => Text::new(
                    format!("空白证件 {serial} 上的纸质证照是本证照现行的一份。"),
                    format!(
                        "The paper on blank {serial} is the print of this licence that stands."
                    ),
                ),
                Some(_) => Text::new(
                    format!("空白证件 {serial} 上的纸质证照是本证照当日有效的一份。"),
                    format!(
                        "The paper on blank {serial} was the print of this licence that stood."
                    ),
                ),
            },
        ),
        Some(one) => {
            let when = register::shown::date(Timestamp(one.ended_us).date());
            (
                false,
                Text::new(
                    format!("空白证件 {serial} 上的纸质证照已于{}作废，另行印制。", when.zh),
                    format!(
                        "The paper on blank {serial} is void since {}; it was printed again.",
                        when.en
                    ),
                ),
            )
        }
        None => (
            false,
            Text::new(
                format!("本证照没有印制在空白证件 {serial} 上。"),
                format!("This licence was not printed on blank {serial}."),
            ),
        ),
    })
}

/// The agency of who may print. Errors: `denied`, `sign_in.second_factor`.
fn clerk(ctx: &Ctx) -> Result<String> {
    party::authority::demand(ctx, ISSUE)?;
    match (ctx.actor.assurance, ctx.actor.agency.as_str()) {
        (..2, _) => Err(Error::unauthenticated("sign_in.second_factor")),
        (_, "") => Err(Error::denied("denied")),
        (_, agency) => Ok(agency.to_owned()),
    }
}

/// Errors: `licence.type_unknown`, also for a type the agency does not issue.
fn kind(ctx: &Ctx, agency: &str, type_id: &str) -> Result<()> {
    let pack = &ctx.env.pack;
    let issuer = pack.licence_type(type_id).map(|kind| &kind.issuer);
    let known = pack.agency(agency).is_some_and(|agency| issuer == Some(&agency.kind));
    let code = "licence.type_unknown";
    known.then_some(()).ok_or_else(|| Error::invalid(code).field("type_id", code))
}

async fn record(
    ctx: &mut Ctx,
    word: &str,
    subject: &str,
    body: Json,
    rows: &[(&'static str, &str)],
) -> Result<()> {
    let subject = format!("licence:{subject}");
    party::audit::record_rows(ctx, word, &subject, body, rows).await.map(drop)
}
