//! Looking up instead of asking: each lookup of the one-thing as soon as its value is known.
//!
//! Invariants: under the draft's grant, for the items wanted; a lookup is made once for a value;
//! one that is refused or finds nothing leaves its fields to be asked.

use super::draft::Opened;
use super::journey::Journey;
use super::model::Held;
use ::store::Ctx;
use kernel::{Kind, Result, Text};
use pack::one_thing::Lookup;
use serde_json::Value as Json;
use std::sync::Arc;

/// Makes every lookup whose value is known and has not been sought yet; true when one was made.
pub(super) async fn gather(ctx: &mut Ctx, opened: &mut Opened) -> Result<bool> {
    let pack = ctx.env.pack.clone();
    let mut made = false;
    // A later lookup may use what an earlier one found, and a field what a lookup found.
    let rounds = pack.one_thing(&opened.draft.one_thing).map_or(0, |one| one.lookups.len());
    for _ in 0..rounds {
        let due = due(&opened.journey(&pack)?, opened);
        if due.is_empty() {
            break;
        }
        for (lookup, value, items) in due {
            let held = one(ctx, opened, &lookup, &value, &items).await?;
            opened.draft.content.held.insert(lookup.id.clone(), held);
            made = true;
        }
        forget_answers(opened, &pack)?;
    }
    Ok(made)
}

/// Lookups to make now: lookup, value, items wanted.
fn due(journey: &Journey<'_>, opened: &Opened) -> Vec<(Lookup, String, Vec<String>)> {
    let fact = |path: &str| journey.facts.get(path).cloned();
    journey
        .one_thing
        .lookups
        .iter()
        .filter(|lookup| lookup.items.iter().any(|item| journey.items.contains(item)))
        .filter(|lookup| lookup.when.as_ref().is_none_or(|when| rules::eval(when, &fact)))
        .filter_map(|lookup| {
            let (_, value) = journey.source(&lookup.from)?;
            let value = value.as_str()?.to_owned();
            let known =
                opened.draft.content.held.get(&lookup.id).is_some_and(|held| held.sought == value);
            (!known).then(|| (lookup.clone(), value, journey.items.clone()))
        })
        .collect()
}

/// Makes one lookup under the draft's grant. Errors: `internal`, `unavailable`; what is not admitted
/// is told in the answer.
pub(super) async fn one(
    ctx: &mut Ctx,
    opened: &Opened,
    lookup: &Lookup,
    value: &str,
    items: &[String],
) -> Result<Held> {
    let draft = &opened.draft;
    let values = [value.to_owned()];
    data::grant::open(ctx, &draft.id, &draft.one_thing, items, &values).await?;
    let mut held = Held {
        sought: value.to_owned(),
        found: false,
        record: String::new(),
        fields: Default::default(),
        source: Text::default(),
        observed: ctx.now,
        taken: ctx.now,
        receipt: String::new(),
        refused: String::new(),
    };
    match data::lookup::fetch(ctx, lookup, value, &draft.id, data::lookup::PORTAL).await {
        Ok(Some(found)) => {
            held.found = true;
            held.fields = found.fields.into_iter().filter(|(_, value)| !value.is_null()).collect();
            held.record = found.record_id;
            held.source = found.source;
            held.observed = found.observed;
            held.receipt = found.receipt;
        }
        Ok(None) => {}
        Err(error) if matches!(error.kind, Kind::Internal | Kind::Unavailable) => {
            return Err(error);
        }
        Err(error) => held.refused = error.code.to_owned(),
    }
    Ok(held)
}

/// What a registry now fills is no longer the citizen's answer.
fn forget_answers(opened: &mut Opened, pack: &Arc<pack::Province>) -> Result<()> {
    let filled: Vec<String> = opened
        .journey(pack)?
        .pages
        .iter()
        .flat_map(|page| page.held().map(|state| state.field.id.clone()).collect::<Vec<_>>())
        .collect();
    opened.draft.content.answers.retain(|field, _: &mut Json| !filled.contains(field));
    Ok(())
}
