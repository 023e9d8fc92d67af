//! Somebody present whom the platform does not know yet: his number and name are checked with the
//! registry that has them, and he is then a person here.
//!
//! Invariants: he is looked up only after he has signed, for what he applies for, under the share
//! contract by which that would look him up anyway; the reading is recorded where he sees it,
//! whatever it found; what the registry says is compared and not told.
//! Must not know: pages.

use super::Shown;
use crate::guide::walk;
use ::store::Ctx;
use data::lookup::{Found, PORTAL, fetch};
use kernel::identifier::{CitizenNumber, PersonName};
use kernel::{Error, Kind, Result};
use pack::one_thing::{FieldKind, Lookup};
use pack::{Province, Registry};
use party::person::{self, NewPerson};
use serde_json::json;
use std::collections::BTreeMap;

/// What he signed for.
pub(super) struct Signed<'a> {
    /// What is applied for.
    pub(super) one_thing: &'a str,
    /// The guide's answers.
    pub(super) guide: &'a BTreeMap<String, String>,
    /// Who saw the signature.
    pub(super) witness: &'a str,
}

/// Makes the citizen present known when the registry has his number under his name; the id his
/// draft is to have, under whose grant he was looked up. Empty when he is known already, when the
/// registry does not agree, and where nothing of what he applies for may look him up.
/// Errors: `denied`; at the number those of [`fetch`].
pub(super) async fn make_known(ctx: &mut Ctx, shown: &Shown, signed: Signed<'_>) -> Result<String> {
    party::authority::demand(ctx, crate::case::ASSIST)?;
    let number = CitizenNumber::parse(&shown.number);
    // What is wrong with them is told where he is identified.
    let (Ok(number), Ok(name)) = (number, PersonName::parse(&shown.name)) else {
        return Ok(String::new());
    };
    if person::by_number(ctx, number.as_str()).await?.is_some() {
        return Ok(String::new());
    }
    let pack = ctx.env.pack.clone();
    let walked = walk(&pack, signed.one_thing, signed.guide)?;
    let items: Vec<String> = walked.items().iter().map(|member| member.item.clone()).collect();
    let Some((lookup, registry)) = lookup_of(&pack, signed.one_thing, &items) else {
        return Ok(String::new());
    };
    let draft = ctx.id();
    let value = number.as_str().to_owned();
    data::grant::open(ctx, &draft, signed.one_thing, &items, std::slice::from_ref(&value)).await?;
    let found = fetch(ctx, lookup, &value, &draft, PORTAL).await.map_err(at_number)?;
    let agrees = found.as_ref().is_some_and(|found| names(registry, found) == Some(name.as_str()));
    let body = json!({ "one_thing": signed.one_thing, "lookup": lookup.id, "agrees": agrees,
        "contract": lookup.contract, "witness": signed.witness });
    party::audit::record(ctx, "desk.looked_up", &format!("draft:{draft}"), body).await?;
    let Some(found) = found.filter(|_| agrees) else {
        data::grant::close(ctx, &draft).await?;
        return Ok(String::new());
    };
    let new = NewPerson {
        name: name.as_str().to_owned(),
        number: Some(value),
        birth_date: Some(number.birth_date()),
        division: division(registry, &found).unwrap_or_else(|| number.division().to_owned()),
    };
    person::ensure(ctx, new).await?;
    Ok(draft)
}

/// The lookup that finds a person by citizen number and gives his name, for one of the items.
fn lookup_of<'a>(
    pack: &'a Province,
    one_thing: &str,
    items: &[String],
) -> Option<(&'a Lookup, &'a Registry)> {
    pack.one_thing(one_thing)?.lookups.iter().find_map(|lookup| {
        let registry = pack.registry(&lookup.registry)?;
        let contract = pack.contract(&lookup.contract)?;
        let of = |kind: FieldKind| {
            let field = registry.fields.iter().find(|field| field.kind == kind)?;
            contract.fields.contains(&field.id).then_some(&field.id)
        };
        of(FieldKind::Name)?;
        let fits = of(FieldKind::CitizenNumber) == Some(&registry.identifier)
            && lookup.matches == [registry.identifier.clone()]
            && lookup.items.iter().any(|item| items.contains(item));
        fits.then_some((lookup, registry))
    })
}

/// The name in what was found.
fn names<'a>(registry: &Registry, found: &'a Found) -> Option<&'a str> {
    let field = registry.fields.iter().find(|field| field.kind == FieldKind::Name)?;
    found.fields.get(&field.id)?.as_str()
}

/// Where he lives, the last division in what was found.
fn division(registry: &Registry, found: &Found) -> Option<String> {
    let mut fields = registry.fields.iter().rev().filter(|one| one.kind == FieldKind::Division);
    fields.find_map(|one| Some(found.fields.get(&one.id)?.as_str()?.to_owned()))
}

fn at_number(error: Error) -> Error {
    match error.kind {
        Kind::Internal | Kind::Unavailable => error,
        _ => Error::invalid("form.fields_wrong").field_with("number", error.code, error.args),
    }
}
