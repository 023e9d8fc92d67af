//! The sheet of a made-up licence, as the real one is typeset.

use crate::register::{LicenceRow, Opened, sheet};
use ::store::Env;
use jiff::civil::Date;
use kernel::identifier::{CreditCode, LicenceId};
use kernel::{Error, Result, Text, Timestamp};
use pack::Agency;
use pack::definition::Level;
use pack::licence::LicenceType;
use serde_json::json;
use std::sync::Arc;

/// The day on which specimens are issued.
const DAY: Date = Date::constant(2026, 1, 5);
/// Seal code of no agency.
const SEAL_CODE: &str = "0000000000000";

/// A type's sheet filled with made-up contents from a seed. Errors: `not_found`,
/// `licence.no_sheet`, those of typesetting.
pub async fn render(env: &Arc<Env>, type_id: &str, seed: u64) -> Result<Vec<u8>> {
    let pack = env.pack.clone();
    let kind = pack.licence_type(type_id).ok_or_else(Error::not_found)?;
    let layout = kind.layout.as_deref().ok_or_else(|| Error::conflict("licence.no_sheet"))?;
    let source = pack
        .layout(layout)
        .map(str::to_owned)
        .ok_or_else(|| Error::invalid("licence.layout_unknown").arg("layout", layout))?;
    let agency = issuer(env, kind).ok_or_else(Error::not_found)?;
    let opened = made_up(env, kind, &agency, seed)?;
    let mut data = sheet::data_of(env, &opened, &agency);
    data["demo"] = json!(Text::new("样证", "SPECIMEN"));
    let typeset = env.typeset.clone();
    let link = format!("{}/licence-types/{type_id}", env.settings.base_url);
    let (name, qr) = (agency.name.zh, typeset.qr_svg(&link)?);
    let work = move || {
        let seal = typeset.seal_svg(&name, SEAL_CODE)?;
        typeset.render(&source, &data, &[("qr.svg", qr), ("seal.svg", seal)])
    };
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

/// The agency of the issuing kind in the province's first county, or above it.
pub(crate) fn issuer(env: &Env, kind: &LicenceType) -> Option<Agency> {
    let top = env.pack.divisions().root()?;
    let county = top.children().next()?.children().next()?;
    env.pack.competent(&kind.issuer, Level::County, county)
}

/// A licence of the type with made-up contents, as the register would have it.
pub(crate) fn made_up(env: &Env, kind: &LicenceType, agency: &Agency, seed: u64) -> Result<Opened> {
    let made = pack::specimen::make(&env.pack, kind, seed);
    let issuer = CreditCode::parse(&agency.credit_code)?;
    let identifier = LicenceId::make(&kind.type_code, issuer, "202600000000", 1)?;
    let issued = Timestamp::start_of(DAY);
    let years = kind.validity_years.map(i16::from);
    let until = years.and_then(|years| Date::new(DAY.year() + years, DAY.month(), DAY.day()).ok());
    let row = LicenceRow {
        id: String::new(),
        identifier: identifier.as_str().to_owned(),
        type_id: kind.id.clone(),
        type_version: i64::from(kind.version),
        agency: agency.id.clone(),
        key_id: String::new(),
        code: String::new(),
        holder: String::new(),
        state: "01".to_owned(),
        state_us: issued.0,
        state_reason: String::new(),
        case_id: String::new(),
        item_id: String::new(),
        issued_us: issued.0,
        valid_until_us: until.map(|day| Timestamp::start_of(day).0),
        revision: 1,
        former: None,
        origin: None,
    };
    let body = json!({
        "holder": { "name": made.holder_name, "number": made.holder_number },
        "fields": made.values,
    });
    Ok(Opened { row, signed: Vec::new(), body })
}
