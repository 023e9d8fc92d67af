//! What the page shows, put together from [`Shown`]: pure.

use super::act::{ACTS, reasons_for};
use super::source::{self, HeldView, SourceView};
use crate::case::{Colleague, Shown};
use crate::tracking::ClockView;
use kernel::Text;
use pack::Province;
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// A form of the panel.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ActView {
    /// Name of the command.
    pub(super) name: &'static str,
    /// Coded reasons to tick: id and sentence.
    pub(super) reasons: Vec<(String, Text)>,
    /// Shown open.
    pub(super) open: bool,
}

/// A form shown again: the act, what was typed, and why.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Again {
    /// Act; empty for none.
    pub(super) act: String,
    /// Single fields as typed.
    pub(super) values: BTreeMap<String, String>,
    /// Boxes that were ticked, by field.
    pub(super) ticked: BTreeMap<String, Vec<String>>,
    /// Sentences of what is wrong.
    pub(super) faults: Vec<String>,
}

/// A masked value that has just been shown.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Revealed {
    /// Field.
    pub(super) field: String,
    /// Its value.
    pub(super) value: String,
}

/// `service/review/case.html`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ReviewView {
    /// The case as the officer may see it.
    pub(super) case: Shown,
    /// Its clock; absent while none runs.
    pub(super) clock: Option<ClockView>,
    /// Forms, in order.
    pub(super) acts: Vec<ActView>,
    /// To whom the case may be handed.
    pub(super) colleagues: Vec<Colleague>,
    /// Articles joined, to begin a form with.
    pub(super) article: String,
    /// The form that failed.
    pub(super) again: Again,
    /// A value just shown.
    pub(super) revealed: Option<Revealed>,
    /// Purposes for which a value may be shown.
    pub(super) purposes: [&'static str; 3],
    /// The data by source, beside the form.
    pub(super) sources: Vec<SourceView>,
    /// Values that differ between form and source.
    pub(super) differences: usize,
    /// The drawing of the procedure that examines it.
    pub(super) drawing: Option<String>,
    /// The material in the viewer, from 1; 0 when there is none.
    pub(super) material: usize,
    /// What its sources hold.
    pub(super) held: Vec<HeldView>,
    /// What the procedure asks of who accepts, as its fields are shown.
    pub(super) begins: Option<Json>,
}

/// Puts the page together.
pub(super) fn view(
    pack: &Province,
    case: Shown,
    clock: Option<ClockView>,
    colleagues: Vec<Colleague>,
    material: Option<usize>,
    again: Again,
) -> ReviewView {
    let allowed = |name: &str| case.allowed.iter().any(|act| act == name);
    let mut acts: Vec<ActView> = ACTS
        .iter()
        .filter(|act| allowed(act.name))
        .map(|act| ActView {
            name: act.name,
            reasons: reasons_for(act.name)
                .map(|kind| {
                    pack.reasons(kind)
                        .map(|reason| (reason.id.clone(), reason.text.clone()))
                        .collect()
                })
                .unwrap_or_default(),
            open: act.name == again.act,
        })
        .collect();
    if let Some(first) = acts.first_mut().filter(|_| again.act.is_empty()) {
        first.open = true;
    }
    let sources = source::sources(pack, &case);
    let material = opened(&case, material);
    ReviewView {
        differences: sources.iter().map(|source| source.differences).sum(),
        sources,
        held: match material.checked_sub(1).and_then(|at| case.materials.get(at)) {
            Some(material) => source::held(pack, &case, material),
            None => Vec::new(),
        },
        material,
        article: case.choices.articles.first().cloned().unwrap_or_default(),
        clock,
        acts,
        colleagues,
        again,
        revealed: None,
        drawing: None,
        begins: None,
        purposes: super::PURPOSES,
        case,
    }
}

/// The material to open, from 1: the one asked for, else the first of which something differs or
/// is missing, else the first.
fn opened(case: &Shown, asked: Option<usize>) -> usize {
    let count = case.materials.len();
    let at_fault = case.materials.iter().position(|material| {
        material.how == "missing" || material.checks.iter().any(|check| check.state == "diff")
    });
    let first = at_fault.map_or(count.min(1), |at| at + 1);
    asked.filter(|asked| (1..=count).contains(asked)).unwrap_or(first)
}
