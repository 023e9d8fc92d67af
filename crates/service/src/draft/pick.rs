//! Which of several records an application is about, such as of twins: what the lookup offered and
//! what the citizen picked.
//!
//! Invariants: pure; a pick counts while what it picks is offered; until one is made nothing is
//! shown of what the lookup fills. Must not know: how records are looked up.

use super::model::{Content, Held};
use kernel::{Lang, Text};
use pack::Province;
use pack::one_thing::{Choice, Lookup, OneThing};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// Answer for a record that is not among those offered.
pub(super) const OTHER: &str = "other";

/// What there is to pick.
#[derive(Default)]
pub(super) struct Picks {
    /// What is offered, by the field of the form that asks.
    pub(super) choices: BTreeMap<String, Vec<Choice>>,
    /// Lookups of which nothing is picked yet.
    pub(super) waiting: BTreeSet<String>,
}

/// What a draft's lookups offer.
pub(super) fn picks(pack: &Province, one_thing: &OneThing, content: &Content) -> Picks {
    let mut picks = Picks::default();
    for lookup in &one_thing.lookups {
        let (Some(pick), Some(held)) = (&lookup.pick, content.held.get(&lookup.id)) else {
            continue;
        };
        if held.offered.is_empty() {
            continue;
        }
        let choices = choices(pack, lookup, held);
        let picked = picked(lookup, content);
        if !choices.iter().any(|choice| choice.value == picked) {
            picks.waiting.insert(lookup.id.clone());
        }
        picks.choices.insert(pick.field.clone(), choices);
    }
    picks
}

/// What the citizen picked of a lookup; empty when nothing.
pub(super) fn picked<'a>(lookup: &Lookup, content: &'a Content) -> &'a str {
    let answer = lookup.pick.as_ref().and_then(|pick| content.answers.get(&pick.field));
    answer.and_then(Json::as_str).unwrap_or("")
}

/// The records by what tells them apart, and that it is none of them.
fn choices(pack: &Province, lookup: &Lookup, held: &Held) -> Vec<Choice> {
    let told_by = lookup.pick.as_ref().map_or(&[][..], |pick| &pick.told_by);
    let registry = pack.registry(&lookup.registry);
    let told = |record: &BTreeMap<String, Json>, lang: Lang| {
        let words = told_by.iter().filter_map(|id| {
            let field = registry?.field(id)?;
            let value = record.get(id).filter(|value| !value.is_null())?;
            let text = data::registry::display(pack, field, value, lang);
            // A number says nothing without its name.
            let named = field.kind == pack::one_thing::FieldKind::Number;
            Some(if named { format!("{} {text}", field.name.get(lang)) } else { text })
        });
        words.collect::<Vec<_>>().join(if lang == Lang::Zh { "，" } else { ", " })
    };
    let mut choices: Vec<Choice> = held
        .offered
        .iter()
        .map(|(id, record)| Choice {
            value: id.clone(),
            label: Text::new(told(record, Lang::Zh), told(record, Lang::En)),
            hint: None,
        })
        .collect();
    choices.push(Choice {
        value: OTHER.to_owned(),
        label: Text::new("都不是（医院还没有登记）", "None of these (not recorded yet)"),
        hint: None,
    });
    choices
}
