//! What an item looks up for its case: what its rule needs and is missing or too old, and what the
//! draft could not look up since the applicant had only typed by whom.
//!
//! Invariants: under the grant of the case, on behalf of the agency that handles it, so that the
//! person sees the read; what comes of a number that was only typed is the agency's to know and not
//! the applicant's ([`super::access::hidden`]); what cannot be looked up stays missing.

use super::model::Case;
use super::supply::{self, Facts, Held};
use ::store::Ctx;
use kernel::{Kind, Result, Timestamp};
use pack::Province;
use pack::one_thing::Lookup;
use rules::{Condition, Fact, Rule};
use serde_json::Value as Json;

/// A value by which a lookup seeks, and the fact it is.
pub(super) struct Subject<'a> {
    pub(super) path: &'a str,
    pub(super) value: String,
}

/// The value by which a lookup seeks, of the first source that applies.
pub(super) fn subject<'a>(lookup: &'a Lookup, facts: &Facts) -> Option<Subject<'a>> {
    let answer = |path: &str| facts.get(path).and_then(|held| held.fact.value.clone());
    if lookup.when.as_ref().is_some_and(|when| !rules::eval(when, &answer)) {
        return None;
    }
    lookup
        .from
        .iter()
        .filter(|source| source.when.as_ref().is_none_or(|when| rules::eval(when, &answer)))
        .find_map(|source| {
            let value = answer(&source.value)?.as_str()?.to_owned();
            Some(Subject { path: &source.value, value })
        })
}

/// Lookups of the item of a case.
fn of_item<'a>(pack: &'a Province, case: &'a Case) -> impl Iterator<Item = &'a Lookup> {
    let all = pack.one_thing(&case.one_thing).into_iter().flat_map(|one| &one.lookups);
    all.filter(|lookup| lookup.items.contains(&case.item))
}

/// True when the item of a case looks anything up.
pub(super) fn seeks(pack: &Province, case: &Case) -> bool {
    of_item(pack, case).next().is_some()
}

/// Looks up what the item has not looked up yet, and again what its rule, where it decides, finds
/// missing or too old; true when it wrote facts.
pub(super) async fn freshen(
    ctx: &mut Ctx,
    case: &Case,
    rule: Option<&Rule>,
    facts: &mut Facts,
) -> Result<bool> {
    let pack = ctx.env.pack.clone();
    let one_thing = pack.one_thing(&case.one_thing);
    let mut wrote = false;
    // In their order: a later lookup may use what an earlier one found.
    for lookup in one_thing.into_iter().flat_map(|one| &one.lookups) {
        let needed = rule.is_some_and(|rule| needs(rule, lookup, facts, ctx.now));
        let new = lookup.items.contains(&case.item) && !is_made(lookup, facts);
        if (needed || new)
            && let Some(read) = look_up(ctx, case, lookup, facts).await?
        {
            facts.extend(read);
            wrote = true;
        }
    }
    Ok(wrote)
}

/// True when the case has anything of the lookup, were it that nothing was found.
fn is_made(lookup: &Lookup, facts: &Facts) -> bool {
    facts.keys().any(|path| is_of(path, lookup))
}

/// True for a fact of the lookup.
pub(super) fn is_of(path: &str, lookup: &Lookup) -> bool {
    path.split_once('.').is_some_and(|(id, _)| id == lookup.id)
}

/// True when the rule needs a fact of the lookup that is missing or older than a condition allows.
fn needs(rule: &Rule, lookup: &Lookup, facts: &Facts, now: Timestamp) -> bool {
    let known = |path: &str| facts.get(path).and_then(|held| held.fact.value.clone());
    let lacks = |condition: &Condition| {
        let hours = condition.max_age_hours.map(i64::from);
        let fresh = |held: &Held| {
            hours.is_none_or(|hours| now.since(held.fact.at) <= hours * kernel::time::HOUR_US)
        };
        let mut paths = condition.paths().filter(|path| is_of(path, lookup));
        paths.any(|path| !facts.get(path).is_some_and(fresh))
    };
    let mut asked = rule.conditions.iter().filter(|condition| condition.applies(&known));
    asked.any(lacks)
}

/// Makes one lookup for a case and keeps what it found as facts; none when nothing says by which
/// value to seek, or it is not admitted, over its quota or out of its term: what is missing then
/// goes to a person.
pub(super) async fn look_up(
    ctx: &mut Ctx,
    case: &Case,
    lookup: &Lookup,
    facts: &Facts,
) -> Result<Option<Facts>> {
    let pack = ctx.env.pack.clone();
    let Some(subject) = subject(lookup, facts) else { return Ok(None) };
    let Some(contract) = pack.contract(&lookup.contract) else { return Ok(None) };
    let (root, one_thing, items) =
        (case.root_id().to_owned(), case.one_thing.clone(), [case.item.clone()]);
    let values = [subject.value];
    match data::grant::open(ctx, &root, &one_thing, &items, &values).await {
        // The whole had ended once, and its grant with it; or it names as many values as one may.
        Err(error) if matches!(error.code, "grant.closed" | "grant.size") => return Ok(None),
        other => other?,
    }
    let registry = pack.registry(&lookup.registry);
    // The matter keeps to the record it was begun with, however many the key finds by now.
    let identifier = registry.map(|one| format!("{}.{}", lookup.id, one.identifier));
    let known = identifier.and_then(|path| facts.get(&path)?.fact.value.clone());
    let picked = known.as_ref().and_then(Json::as_str).unwrap_or("");
    let sought = data::lookup::seek(ctx, lookup, &values[0], picked, &root, &case.agency);
    let found = match sought.await {
        Ok(data::lookup::Outcome::One(found)) => Some(*found),
        // Nobody said which one is meant: a person sees to it.
        Ok(_) => None,
        Err(error) if matches!(error.kind, Kind::Internal | Kind::Unavailable) => {
            return Err(error);
        }
        Err(_) => return Ok(None),
    };
    let name = registry.map(|registry| registry.name.clone()).unwrap_or_default();
    let mut read = Facts::new();
    for field in &contract.fields {
        let (value, source, at, receipt) = match &found {
            Some(found) => (
                found.fields.get(field).cloned().filter(|value| !value.is_null()),
                found.source.clone(),
                found.observed,
                found.receipt.clone(),
            ),
            None => (None, name.clone(), ctx.now, String::new()),
        };
        let held = Held { fact: Fact { value, source, at }, receipt };
        read.insert(format!("{}.{field}", lookup.id), held);
    }
    supply::put_facts(ctx, &root, &read).await?;
    Ok(Some(read))
}

/// The facts that no longer hold when fields of the form say something else: what was looked up by
/// them, and by what that had found.
pub(super) fn outdated(
    pack: &Province,
    case: &Case,
    fields: &[&str],
    facts: &Facts,
) -> Vec<String> {
    let mut gone: Vec<&Lookup> = Vec::new();
    for lookup in pack.one_thing(&case.one_thing).into_iter().flat_map(|one| &one.lookups) {
        let by = |path: &str| match path.split_once('.') {
            Some(("form", field)) => fields.contains(&field),
            Some((head, _)) => gone.iter().any(|one| one.id == head),
            None => false,
        };
        if lookup.from.iter().any(|from| by(&from.value)) {
            gone.push(lookup);
        }
    }
    let of_gone = |path: &&String| gone.iter().any(|lookup| is_of(path, lookup));
    facts.keys().filter(of_gone).cloned().collect()
}
