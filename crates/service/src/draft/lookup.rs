//! Looking up instead of asking: each lookup of the one-thing as soon as its value is known.
//!
//! Invariants: under the draft's grant, for the items wanted; a lookup is made once for a value;
//! one that is refused or finds nothing leaves its fields to be asked; of somebody else than the
//! applicant nothing is looked up, nor kept, unless a record or an authorisation names him
//! ([`super::reach`]).

use super::draft::Opened;
use super::journey::Journey;
use super::model::Held;
use super::{pick, reach};
use ::store::Ctx;
use data::lookup::{Found, Outcome};
use kernel::{Kind, Result, Text};
use pack::one_thing::Lookup;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Makes every lookup whose value is known, within reach and not sought yet; true when one was
/// made or forgotten.
pub(super) async fn gather(ctx: &mut Ctx, opened: &mut Opened) -> Result<bool> {
    let pack = ctx.env.pack.clone();
    let mut changed = false;
    // A later lookup may use what an earlier one found, and a field what a lookup found.
    let rounds = pack.one_thing(&opened.draft.one_thing).map_or(0, |one| one.lookups.len());
    // As many rounds to forget what is out of reach, each time with what hangs on it.
    for _ in 0..=rounds.saturating_mul(2) {
        let (sought, items) = {
            let journey = opened.journey(&pack)?;
            (sought(&journey), journey.items.clone())
        };
        let (reached, mut news) = within_reach(ctx, opened, sought).await?;
        // What was forgotten may be what another value came from.
        if !news {
            for Sought { lookup, value, .. } in reached {
                let content = &opened.draft.content;
                let picked = pick::picked(&lookup, content);
                let held = content.held.get(&lookup.id);
                if held.is_none_or(|held| held.sought != value || held.picked != picked) {
                    let held = one(ctx, opened, &lookup, &value, &items).await?;
                    forget_pick(opened, &lookup, &held);
                    opened.draft.content.held.insert(lookup.id.clone(), held);
                    news = true;
                }
            }
        }
        if !news {
            break;
        }
        changed = true;
        forget_answers(opened, &pack)?;
    }
    Ok(changed)
}

/// A pick that is not offered any more, such as of another mother's child, is none.
fn forget_pick(opened: &mut Opened, lookup: &Lookup, held: &Held) {
    if let Some(pick) = lookup.pick.as_ref().filter(|_| held.picked.is_empty()) {
        opened.draft.content.answers.remove(&pick.field);
    }
}

/// The lookups that may be made; what the draft holds of others is forgotten, such as of another
/// number, or under an authorisation that ended. True when anything was.
async fn within_reach(
    ctx: &mut Ctx,
    opened: &mut Opened,
    sought: Vec<Sought>,
) -> Result<(Vec<Sought>, bool)> {
    let mut reached = Vec::new();
    for one in sought {
        let named = one.recorded && !one.lookup.own;
        if named || reach::reaches(ctx, opened, &one.value).await? {
            reached.push(one);
        }
    }
    let held = &mut opened.draft.content.held;
    let known = held.len();
    held.retain(|id, _| reached.iter().any(|one| one.lookup.id == *id));
    let forgotten = held.len() != known;
    Ok((reached, forgotten))
}

/// A lookup that applies and the value it seeks by.
struct Sought {
    lookup: Lookup,
    value: String,
    /// The value comes from the applicant's account or a record, not from what he typed.
    recorded: bool,
}

fn sought(journey: &Journey<'_>) -> Vec<Sought> {
    let fact = |path: &str| journey.facts.get(path).cloned();
    journey
        .one_thing
        .lookups
        .iter()
        .filter(|lookup| lookup.items.iter().any(|item| journey.items.contains(item)))
        .filter(|lookup| lookup.when.as_ref().is_none_or(|when| rules::eval(when, &fact)))
        .filter_map(|lookup| {
            let (path, value) = journey.source(&lookup.from)?;
            let recorded = reach::recorded(journey, path);
            Some(Sought { lookup: lookup.clone(), value: value.as_str()?.to_owned(), recorded })
        })
        .collect()
}

/// True when the page asks what a registry would fill, were the person typed within reach.
pub(super) fn withheld(opened: &Opened, journey: &Journey<'_>, page: &str) -> bool {
    let own = reach::own_number(opened);
    let held = &opened.draft.content.held;
    let out: Vec<Lookup> = sought(journey)
        .into_iter()
        .filter(|one| !one.recorded || one.lookup.own)
        .filter(|one| one.value != own && !held.contains_key(&one.lookup.id))
        .map(|one| one.lookup)
        .collect();
    let asks = |field: &pack::one_thing::Field| {
        let mut sources = field.prefill.iter().filter_map(|one| one.value.split_once('.'));
        sources.any(|(id, _)| out.iter().any(|lookup| lookup.id == id))
    };
    let page = journey.page(page);
    page.is_some_and(|page| {
        page.fields.iter().any(|state| !state.origin.is_held() && asks(state.field))
    })
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
    data::grant::open_for(ctx, &draft.person, &draft.id, &draft.one_thing, items, &values).await?;
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
        offered: Default::default(),
        picked: pick::picked(lookup, &draft.content).to_owned(),
    };
    if let Some(former) = draft.content.held.get(&lookup.id).filter(|one| one.sought == value) {
        held.offered = former.offered.clone();
    }
    if held.picked == pick::OTHER && !held.offered.is_empty() {
        return Ok(held);
    }
    let portal = data::lookup::PORTAL;
    match data::lookup::seek(ctx, lookup, value, &held.picked, &draft.id, portal).await {
        Ok(Outcome::One(found)) => {
            held.found = true;
            held.fields = found.fields.into_iter().filter(|(_, value)| !value.is_null()).collect();
            held.record = found.record_id;
            held.source = found.source;
            held.observed = found.observed;
            held.receipt = found.receipt;
        }
        Ok(Outcome::Several(several)) => {
            held.picked.clear();
            held.offered = offered(&ctx.env.pack, lookup, several);
        }
        Ok(Outcome::Nothing) => held.offered.clear(),
        Err(error) if matches!(error.kind, Kind::Internal | Kind::Unavailable) => {
            return Err(error);
        }
        Err(error) => held.refused = error.code.to_owned(),
    }
    Ok(held)
}

/// What may be picked, by the identifier of each record.
fn offered(
    pack: &pack::Province,
    lookup: &Lookup,
    several: Vec<Found>,
) -> BTreeMap<String, BTreeMap<String, Json>> {
    let identifier = pack.registry(&lookup.registry).map_or("", |one| one.identifier.as_str());
    let by_identifier = |found: Found| {
        let id = found.fields.get(identifier)?.as_str()?.to_owned();
        Some((id, found.fields))
    };
    several.into_iter().filter_map(by_identifier).collect()
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
