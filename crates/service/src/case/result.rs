//! The result of a grant: the licence is filled from facts, issued and delivered, and the case
//! closed, in the transaction of the decision.
//!
//! Invariants: a grant that waits for a promised material is not delivered; a citizen number drawn
//! for a newborn is nobody else's. Must not know: how a licence is signed or drawn.

use super::act::Acting;
use super::entry;
use super::store;
use super::supply::{self, Facts, Held};
use crate::bill;
use ::store::Ctx;
use flow::case::{Command, Phase};
use jiff::civil::Date;
use kernel::identifier::CitizenNumber;
use kernel::{Error, Result, Text};
use licence::Issue;
use pack::licence::{Holder, LicenceType};
use pack::one_thing::FieldKind;
use party::person::{self, NewPerson};
use rules::Fact;
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;

/// Numbers tried for a newborn before giving up; a division has 999 a day.
const DRAWS_MAX: u16 = 499;
/// By what a fee is charged whose own basis the item does not name.
const CHARGED: &str = "《中华人民共和国行政许可法》第五十九条";

/// Who holds a licence.
struct Owner {
    person: String,
    name: String,
    number: Option<String>,
}

/// Delivers a grant when nothing is outstanding and what must be paid first is paid; true when it did. `known` are the facts of the
/// family where they have been read already.
pub(super) async fn deliver(
    ctx: &mut Ctx,
    acting: &mut Acting,
    known: Option<Facts>,
) -> Result<bool> {
    let state = &acting.case.state;
    // What it rests on was revoked: the head says first whether it stands.
    let waits = !state.outstanding().is_empty() || state.basis_lost.is_some();
    if state.phase != Phase::Granted || waits {
        return Ok(false);
    }
    if !paid(ctx, acting).await? {
        return Ok(false);
    }
    let mut facts = match known {
        Some(facts) => facts,
        None => supply::facts(ctx, acting.case.root_id()).await?,
    };
    let mut printed = Map::new();
    if let Some(kind) = acting.item.result.licence.clone() {
        let (identifier, fields) = issue(ctx, acting, &kind, &mut facts).await?;
        acting.apply(ctx, &Command::Issue { licence: identifier })?;
        printed = fields;
    }
    entry::enter(ctx, acting, &facts, &printed).await?;
    acting.apply(ctx, &Command::Complete)?;
    Ok(true)
}

/// Whether nothing that must be paid first holds the delivery. Until it is paid the time to deliver
/// stands still: the days in which the applicant has not paid are not the agency's.
pub(super) async fn paid(ctx: &mut Ctx, acting: &mut Acting) -> Result<bool> {
    let paid = bill::settled(ctx, &acting.case, &acting.item).await?;
    match (paid, acting.case.state.awaits_payment()) {
        (true, true) => acting.apply(ctx, &Command::SettlePayment)?,
        (false, false) => {
            let charged = acting.item.fees.iter().filter(|fee| fee.before_issue);
            let (mut names, mut articles) = (Vec::new(), BTreeSet::new());
            for fee in charged {
                names.push(fee.name.zh.clone());
                articles.extend(fee.basis.as_ref().map(|basis| basis.citation().zh));
            }
            if articles.is_empty() {
                articles.insert(CHARGED.to_owned());
            }
            let cause = format!("待缴{}", names.join("、"));
            let article = articles.into_iter().collect::<Vec<_>>().join("、");
            acting.apply(ctx, &Command::AwaitPayment { cause, article })?;
        }
        _ => {}
    }
    Ok(paid)
}

/// Issues the licence of the item; its identifier, and what is printed on it.
async fn issue(
    ctx: &mut Ctx,
    acting: &mut Acting,
    kind: &str,
    facts: &mut Facts,
) -> Result<(String, Map<String, Json>)> {
    let pack = ctx.env.pack.clone();
    let kind = pack
        .licence_type(kind)
        .ok_or_else(|| Error::internal(format!("no licence type {kind}")))?;
    let mut fields = Map::new();
    for field in &kind.fields {
        let Some(from) = &field.from else { continue };
        let value = match from.split_once('.') {
            Some(("issued", what)) => drawn(ctx, acting, kind, what, facts).await?,
            Some(("case", what)) => of_case(ctx, acting, what),
            _ => facts.get(from).and_then(|held| held.fact.value.clone()),
        };
        if let Some(value) = value.and_then(|value| fit(field.kind, value)) {
            fields.insert(field.id.clone(), value);
        }
    }
    let owner = owner(ctx, acting, kind, &fields).await?;
    guard(ctx, acting, kind, &fields).await?;
    // The name a newborn's licence gives is the child's, whatever was first applied for.
    let newborn = kind.holder == Holder::Newborn && !acting.case.child.is_empty();
    let issued = licence::issue(
        ctx,
        Issue {
            type_id: kind.id.clone(),
            holder_person: owner.person,
            holder_number: owner.number,
            holder_name: owner.name,
            agency_id: acting.case.agency.clone(),
            fields: Json::Object(fields.clone()),
            case_id: acting.case.id.clone(),
            item_id: acting.case.item.clone(),
            valid_until: None,
        },
    )
    .await?;
    if newborn {
        let evidence = format!("licence:{}", issued.id);
        person::rename(ctx, &acting.case.child, &acting.case.names.child, &evidence).await?;
    }
    acting.case.licence_id = issued.id;
    Ok((issued.identifier, fields))
}

/// A value in the shape its kind is printed in.
pub(super) fn fit(kind: FieldKind, value: Json) -> Option<Json> {
    match (kind, value) {
        (_, Json::Null) => None,
        (FieldKind::Number, Json::String(text)) => text.trim().parse::<i64>().ok().map(Json::from),
        (FieldKind::Number | FieldKind::Confirm, value) => Some(value),
        (_, Json::Number(number)) => Some(Json::String(number.to_string())),
        (FieldKind::Date, Json::String(text)) => {
            let day: String = text.chars().take(10).collect();
            day.parse::<Date>().ok().map(|_| Json::String(day))
        }
        (_, value) => Some(value),
    }
}

/// What the case says of itself.
pub(super) fn of_case(ctx: &Ctx, acting: &Acting, what: &str) -> Option<Json> {
    let case = &acting.case;
    let text = match what {
        "number" => case.number.clone(),
        "division" => case.division.clone(),
        "agency" => ctx.env.pack.agency(&case.agency)?.name.zh,
        "item" => acting.item.name.zh.clone(),
        "decided_on" => ctx.now.date().to_string(),
        "applicant" => case.names.applicant.clone(),
        _ => return None,
    };
    Some(Json::String(text))
}

/// What is given at issue: a running number of the type at the agency, the day, a citizen number.
async fn drawn(
    ctx: &mut Ctx,
    acting: &mut Acting,
    kind: &LicenceType,
    what: &str,
    facts: &mut Facts,
) -> Result<Option<Json>> {
    let year = i32::from(ctx.now.date().year());
    Ok(match what {
        "number" => {
            let division = acting.case.agency.rsplit('-').next().unwrap_or_default().to_owned();
            let key = format!("number/{}/{}", kind.id, acting.case.agency);
            let number = store::next_numbers(ctx, &key, year, 1).await?;
            Some(Json::String(format!("{division}{year:04}{number:06}")))
        }
        "date" => Some(Json::String(ctx.now.date().to_string())),
        "citizen_number" => Some(Json::String(citizen_number(ctx, acting, facts).await?)),
        _ => None,
    })
}

/// The child's citizen number: the one it has, or a new one by GB 11643, entered with the person.
async fn citizen_number(ctx: &mut Ctx, acting: &mut Acting, facts: &mut Facts) -> Result<String> {
    let child = person::get(ctx, &acting.case.child).await?;
    if let Some(number) = child.number {
        return Ok(number);
    }
    let text = |path: &str| {
        let value = facts.get(path).and_then(|held| held.fact.value.as_ref());
        value.and_then(Json::as_str).map(str::to_owned)
    };
    let division = text("form.household_division").or_else(|| text("household.division"));
    let division = division.unwrap_or_else(|| acting.case.division.clone());
    let division: String = division.chars().take(6).collect();
    let born = text("birth.born_on").or_else(|| text("form.born_at")).and_then(|text| {
        let day: String = text.chars().take(10).collect();
        day.parse::<Date>().ok()
    });
    let born = child.birth_date.or(born).ok_or_else(|| Error::conflict("case.no_birth_date"))?;
    let male =
        text("form.child_sex").or_else(|| text("birth.child_sex")).is_some_and(|sex| sex == "male");
    let key = format!("citizen/{division}/{born}/{}", u8::from(male));
    for _ in 0..DRAWS_MAX {
        let drawn = store::next_numbers(ctx, &key, 0, 1).await?;
        let sequence = u16::try_from(drawn * 2 - i64::from(male)).unwrap_or(u16::MAX);
        let number = CitizenNumber::make(&division, born, sequence)?.as_str().to_owned();
        if person::by_number(ctx, &number).await?.is_some() {
            continue;
        }
        person::set_number(ctx, &child.id, &number).await?;
        acting.case.names.child_number.clone_from(&number);
        let fact = Fact {
            value: Some(Json::String(number.clone())),
            source: Text::new("户口登记", "Household registration"),
            at: ctx.now,
        };
        let held = Held { fact, receipt: String::new() };
        let new = Facts::from([("child.citizen_number".to_owned(), held)]);
        let (root, names) = (acting.case.root_id().to_owned(), acting.case.names.clone());
        supply::put_facts(ctx, &root, &new).await?;
        acting.wrote(supply::FACTS_KEPT);
        store::set_family_names(ctx, &root, &acting.case.id, &names).await?;
        facts.extend(new);
        return Ok(number);
    }
    Err(Error::conflict("case.no_number_left"))
}

/// Whose licence it is: the child's for a newborn's licence and where the number printed is the
/// child's; else of the person whose number is printed.
async fn owner(
    ctx: &mut Ctx,
    acting: &Acting,
    kind: &LicenceType,
    fields: &Map<String, Json>,
) -> Result<Owner> {
    let (case, names) = (&acting.case, &acting.case.names);
    let child = |number: Option<String>| Owner {
        person: case.child.clone(),
        name: names.child.clone(),
        number,
    };
    let printed = |of: FieldKind| {
        let field = kind.fields.iter().find(|field| field.kind == of)?;
        fields.get(&field.id)?.as_str().map(str::to_owned)
    };
    let known = Some(names.child_number.clone()).filter(|number| !number.is_empty());
    if kind.holder == Holder::Newborn && !case.child.is_empty() {
        return Ok(child(known));
    }
    let number =
        printed(FieldKind::CitizenNumber).unwrap_or_else(|| names.applicant_number.clone());
    if known.as_ref() == Some(&number) && !case.child.is_empty() {
        return Ok(child(known));
    }
    if number == names.applicant_number {
        let (person, name) = (case.applicant.clone(), names.applicant.clone());
        return Ok(Owner { person, name, number: Some(number) });
    }
    let name = printed(FieldKind::Name).unwrap_or_default();
    let division = case.division.clone();
    let new = NewPerson { name, number: Some(number.clone()), birth_date: None, division };
    let person = person::ensure(ctx, new).await?;
    Ok(Owner { person: person.id, name: person.name, number: Some(number) })
}

/// A newborn's licence that names its parents records them as its guardians, so that they may keep
/// and show what the child holds.
async fn guard(
    ctx: &mut Ctx,
    acting: &Acting,
    kind: &LicenceType,
    fields: &Map<String, Json>,
) -> Result<()> {
    let child = &acting.case.child;
    if kind.holder != Holder::Newborn || child.is_empty() {
        return Ok(());
    }
    for field in kind.fields.iter().filter(|field| field.kind == FieldKind::CitizenNumber) {
        let Some(number) = fields.get(&field.id).and_then(Json::as_str) else { continue };
        let Some(parent) = person::by_number(ctx, number).await? else { continue };
        if !party::delegation::guardian_of(ctx, child, &parent.id).await? {
            let evidence = format!("case:{}", acting.case.id);
            party::delegation::record_guardian(ctx, child, &parent.id, &evidence).await?;
        }
    }
    Ok(())
}
