//! How an item is applied for alone: what it asks and looks up, and the one-thing of one item that is
//! made of it.
//!
//! Invariants: everything of it is said by the item's own definition, which a case pins; what is made
//! of it has the item's id, and is drafted, handed in and followed like any other one-thing.
//! Must not know: how a page looks.

use crate::check::Findings;
use crate::definition::{Day, Definition};
use crate::item::Item;
use crate::one_thing::{
    Example, Examples, Expected, Form, Guide, Lookup, Member, OneThing, Page, Question, Stop,
};
use crate::province::{Pinned, Province};
use kernel::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `application` of an item: its form, as that of a one-thing, whose fields and lookups are all its
/// own and name no items.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// Who may apply.
    pub eligibility: Text,
    /// Minutes the form takes.
    pub minutes: u16,
    /// What the applicant agrees to before anything is looked up.
    pub consent: Text,
    /// Questions asked before the form, at most six.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<Question>,
    /// Answers after which it cannot go on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stops: Vec<Stop>,
    /// What is looked up instead of asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lookups: Vec<Lookup>,
    /// Pages of the form; a file, or a statement that promises, names the material within the item.
    pub pages: Vec<Page>,
    /// The day on which the examples happen.
    pub today: Day,
    /// Worked examples.
    pub examples: Vec<Example>,
}

/// What is made of an item and its application.
struct Whole {
    one_thing: OneThing,
    guide: Guide,
    form: Form,
    examples: Examples,
}

/// Adds the one-thing of every item that is applied for alone, pinned under the item's file.
pub(crate) fn derive(province: &mut Province, findings: &mut Findings) {
    let alone: Vec<Item> =
        province.items.values().filter(|item| item.application.is_some()).cloned().collect();
    for item in alone {
        let file = province.pinned("item", &item.id).map(|pinned| pinned.file.clone());
        let file = file.unwrap_or_default();
        if province.one_things.contains_key(&item.id) {
            let zh = "一件事与单独申请的事项同名，请改名";
            let en = "a one-thing has the id of an item that is applied for alone: rename it";
            findings.error(&file, "id", "def.duplicate", zh, en);
            continue;
        }
        let Some(whole) = whole(&item) else { continue };
        match (whole.one_thing.digest(), serde_json::to_value(&whole.one_thing)) {
            (Ok(digest), Ok(value)) => province.pinned.push(Pinned {
                kind: OneThing::KIND,
                id: item.id.clone(),
                version: item.version,
                digest,
                file,
                value,
            }),
            (Err(error), _) => findings.error(
                &file,
                "application",
                "file.yaml",
                error.to_string(),
                error.to_string(),
            ),
            (_, Err(error)) => findings.error(
                &file,
                "application",
                "file.yaml",
                error.to_string(),
                error.to_string(),
            ),
        }
        province.one_things.insert(item.id.clone(), whole.one_thing);
        province.guides.insert(item.id.clone(), whole.guide);
        province.forms.insert(item.id.clone(), whole.form);
        province.examples.insert(item.id.clone(), whole.examples);
    }
}

fn whole(item: &Item) -> Option<Whole> {
    let application = item.application.as_ref()?;
    let (id, version, effective_from) = (item.id.clone(), item.version, item.effective_from);
    let basis = || item.basis.clone();
    let own = |items: &mut Vec<String>| {
        if items.is_empty() {
            items.push(item.id.clone());
        }
    };
    let mut lookups = application.lookups.clone();
    lookups.iter_mut().for_each(|lookup| own(&mut lookup.items));
    let mut pages = application.pages.clone();
    for field in pages.iter_mut().flat_map(|page| &mut page.fields) {
        own(&mut field.items);
        field.material = field.material.take().map(|material| within(&item.id, material));
    }
    let mut examples = application.examples.clone();
    examples.iter_mut().for_each(|example| completed(example, item));
    let member =
        Member { item: id.clone(), after: Vec::new(), when: None, optional: false, whose: None };
    Some(Whole {
        one_thing: OneThing {
            id: id.clone(),
            version,
            effective_from,
            basis: basis(),
            name: item.name.clone(),
            summary: item.summary.clone(),
            eligibility: application.eligibility.clone(),
            lead_agency: item.agency.clone(),
            promised: item.limits.promised,
            minutes: application.minutes,
            members: vec![member],
            lookups,
            consent: application.consent.clone(),
        },
        guide: Guide {
            id: id.clone(),
            version,
            effective_from,
            basis: basis(),
            questions: application.questions.clone(),
            stops: application.stops.clone(),
            faq: item.faq.clone(),
        },
        form: Form { id: id.clone(), version, effective_from, basis: basis(), pages },
        examples: Examples {
            id,
            version,
            effective_from,
            basis: basis(),
            today: application.today,
            examples,
        },
    })
}

/// A material's name in the whole: `<item>.<material>`.
fn within(item: &str, material: String) -> String {
    if material.contains('.') { material } else { format!("{item}.{material}") }
}

/// What need not be said of the one item: that it applies, and that without a rule a person decides.
fn completed(example: &mut Example, item: &Item) {
    if example.stopped {
        return;
    }
    if example.items.is_empty() {
        example.items.push(item.id.clone());
    }
    if example.expected.is_empty() && item.rule.is_none() {
        example.expected.insert(item.id.clone(), Expected::Referred);
    }
}
