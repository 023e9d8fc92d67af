//! One thing done once (一件事): items bound together, the guide that says which apply, the form
//! that asks nothing twice, the lookups that fill it, and worked examples that prove it.
//!
//! Invariants: dependencies of items are a tree or a lattice, never a cycle; the guide has at most
//! six questions; a form field that a lookup can fill is filled, not asked.
//! Must not know: how a registry is reached, how a page looks.

use crate::definition::{Basis, Day, definition, is_false};
use kernel::Text;
use kernel::calendar::Limit;
use rules::When;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Questions a guide may ask.
pub const QUESTIONS_MAX: usize = 6;

/// An item within the one-thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Item id.
    pub item: String,
    /// Items whose licence must exist before this one starts.
    pub after: Vec<String>,
    /// Over the guide's answers: applies only then; always when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    /// May the applicant leave it out.
    #[serde(default, skip_serializing_if = "is_false")]
    pub optional: bool,
    /// Fact that holds the citizen number of the person whose own matter it is, such as a benefit:
    /// another applies for it with that person's authorisation alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whose: Option<String>,
}

/// A lookup of a registry for the case: which record, under which contract, for which items.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    /// Id; facts and prefills are named `<id>.<field>`.
    pub id: String,
    /// What it is for the citizen: "孩子的出生医学登记".
    pub name: Text,
    /// Registry id.
    pub registry: String,
    /// Share contract that admits it.
    pub contract: String,
    /// Keys of the registry, any of which must equal …
    pub matches: Vec<String>,
    /// … the first of these values that applies.
    pub from: Vec<Source>,
    /// Only when this holds over guide and form answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    /// Items that need it; of an item applied for alone, that one.
    #[serde(default)]
    pub items: Vec<String>,
    /// What it tells is the sought person's own matter, such as benefits and accounts: while the
    /// form is filled in, nobody else is told it without that person's authorisation, even where a
    /// record names the two together.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own: bool,
    /// How the record meant is told from others the key finds, such as of twins; without it the
    /// newest is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pick: Option<Pick>,
}

/// Which of several records is meant: the citizen says, once, and the matter keeps to that one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pick {
    /// Field of the form that asks, a choice without choices of its own.
    pub field: String,
    /// Field of the registry that is empty while the record still waits for this matter: others are
    /// not offered.
    pub open: String,
    /// Fields of the registry by which he tells one from another.
    pub told_by: Vec<String>,
}

/// A value by its fact path: `applicant.<field>`, `form.<field>`, `<lookup>.<field>` or
/// `licence.<type>.<field>`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Path of the fact.
    pub value: String,
    /// Taken only when this holds over answers and what was looked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
}

/// `one-things/<id>/one-thing.yaml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneThing {
    /// Stable id, the folder's name.
    pub id: String,
    /// Version, from 1.
    pub version: u32,
    /// First day in force.
    pub effective_from: Day,
    /// Legal basis.
    pub basis: Vec<Basis>,
    /// Name: 新生儿出生一件事.
    pub name: Text,
    /// What it does, in a sentence.
    pub summary: Text,
    /// Who may apply.
    pub eligibility: Text,
    /// Agency kind that leads.
    pub lead_agency: String,
    /// The whole's promised time, from acceptance.
    pub promised: Limit,
    /// Minutes the form takes.
    pub minutes: u16,
    /// Its items in the order shown.
    pub members: Vec<Member>,
    /// Its lookups.
    pub lookups: Vec<Lookup>,
    /// Whose consent each lookup of another adult needs: shown on the consent page.
    pub consent: Text,
}

definition!(OneThing, "one_thing");

impl OneThing {
    /// The lookup whose record a field of the form picks.
    pub fn picked_by(&self, field: &str) -> Option<&Lookup> {
        self.lookups.iter().find(|one| one.pick.as_ref().is_some_and(|pick| pick.field == field))
    }

    /// A lookup by its id.
    pub fn lookup(&self, id: &str) -> Option<&Lookup> {
        self.lookups.iter().find(|lookup| lookup.id == id)
    }

    /// The items that apply to the guide's answers, in order; optional ones included.
    /// `answer` is asked for `guide.<question>`.
    pub fn items_for(&self, answer: &dyn Fn(&str) -> Option<Value>) -> Vec<&Member> {
        let applies =
            |member: &&Member| member.when.as_ref().is_none_or(|when| rules::eval(when, answer));
        self.members.iter().filter(applies).collect()
    }
}

/// A choice of a question or field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Stored value.
    pub value: String,
    /// Shown.
    pub label: Text,
    /// A line below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Text>,
}

/// A question of the guide, on its own page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Id; answers are read as `guide.<id>`.
    pub id: String,
    /// The question.
    pub text: Text,
    /// Help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Text>,
    /// Its answers; one is chosen.
    pub choices: Vec<Choice>,
    /// Asked only when this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
}

/// An answer after which the one-thing cannot go on, with what to do instead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    /// Holds over the guide's answers.
    pub when: When,
    /// Why not, and the way to go.
    pub text: Text,
}

/// `one-things/<id>/guide.yaml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Guide {
    /// Same id as the one-thing.
    pub id: String,
    /// Version, from 1.
    pub version: u32,
    /// First day in force.
    pub effective_from: Day,
    /// Legal basis.
    pub basis: Vec<Basis>,
    /// At most six.
    pub questions: Vec<Question>,
    /// Answers that end the guide.
    pub stops: Vec<Stop>,
    /// Questions and answers on the whole.
    pub faq: Vec<crate::item::Faq>,
}

definition!(Guide, "guide");

/// Kind of a form field, with how it is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// One line.
    Text,
    /// A whole number.
    Number,
    /// A civil day.
    Date,
    /// A point in time of a day, to the minute.
    Moment,
    /// One of the choices.
    Choice,
    /// GB 11643 citizen number.
    CitizenNumber,
    /// Mainland mobile number.
    Mobile,
    /// Bank card number with its check digit.
    BankCard,
    /// A person's name.
    Name,
    /// A division chosen level by level.
    Division,
    /// Street and house below the division.
    Address,
    /// Files for a material.
    File,
    /// A statement to be ticked.
    Confirm,
}

/// The sex a citizen number tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// A woman.
    Female,
    /// A man.
    Male,
}

/// A field of the form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Id, unique in the form; facts read it as `form.<id>`.
    pub id: String,
    /// Label.
    pub label: Text,
    /// Help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Text>,
    /// Kind.
    pub kind: FieldKind,
    /// Must be answered when shown.
    pub required: bool,
    /// Shown only when this holds over `guide.*` and `form.*`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    /// Most characters (text, name, address).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length_max: Option<u16>,
    /// Least number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// Greatest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// Whose number it must be, for a citizen number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
    /// Choices, for a choice field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// Filled from the first of these that applies; the citizen confirms or objects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefill: Vec<Source>,
    /// What it is filled from only suggests an answer, which the citizen may change.
    #[serde(default, skip_serializing_if = "is_false")]
    pub suggested: bool,
    /// `<item>.<material>` that a file carries, or that a statement ticked promises.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub material: Option<String>,
    /// Items that need it; of an item applied for alone, that one.
    #[serde(default)]
    pub items: Vec<String>,
    /// Sensitivity, 1 (general) to 4 (most sensitive): masking and encryption follow it.
    pub grade: u8,
}

/// A page of the form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// Id, unique in the form.
    pub id: String,
    /// Heading, a question where it can be.
    pub title: Text,
    /// Help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Text>,
    /// Shown only when this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    /// Its fields.
    pub fields: Vec<Field>,
}

/// `one-things/<id>/form.yaml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// Same id as the one-thing.
    pub id: String,
    /// Version, from 1.
    pub version: u32,
    /// First day in force.
    pub effective_from: Day,
    /// Legal basis.
    pub basis: Vec<Basis>,
    /// Its pages in order.
    pub pages: Vec<Page>,
}

definition!(Form, "form");

impl Form {
    /// Every field in order.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.pages.iter().flat_map(|page| &page.fields)
    }

    /// A field by its id.
    pub fn field(&self, id: &str) -> Option<&Field> {
        self.fields().find(|field| field.id == id)
    }
}

/// How an example's item should end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// The rule grants at once.
    Granted,
    /// The rule refers to a person.
    Referred,
}

/// A worked example: who, what is held and answered, what follows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// Id, unique in the file.
    pub id: String,
    /// The story.
    pub name: Text,
    /// The guide's answers by question.
    #[serde(default)]
    pub guide: BTreeMap<String, String>,
    /// What the lookups find: `<lookup>.<field>` to value; absent lookups find nothing.
    #[serde(default)]
    pub held: BTreeMap<String, Value>,
    /// What the citizen answers beyond what is prefilled, by field.
    pub answers: BTreeMap<String, Value>,
    /// Items that apply, in order.
    #[serde(default)]
    pub items: Vec<String>,
    /// How each item's rule decides, when all earlier items were granted.
    #[serde(default)]
    pub expected: BTreeMap<String, Expected>,
    /// The stop's text in Chinese when the guide must end.
    #[serde(default, skip_serializing_if = "is_false")]
    pub stopped: bool,
}

/// `one-things/<id>/examples.yaml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Examples {
    /// Same id as the one-thing.
    pub id: String,
    /// Version, from 1.
    pub version: u32,
    /// First day in force.
    pub effective_from: Day,
    /// Legal basis.
    pub basis: Vec<Basis>,
    /// The day on which the examples happen; ages are counted to it.
    pub today: Day,
    /// The examples.
    pub examples: Vec<Example>,
}

impl Field {
    /// True for a field that picks a record: its choices are what a lookup finds.
    pub fn picks(&self) -> bool {
        self.kind == FieldKind::Choice && self.choices.is_empty()
    }
}

definition!(Examples, "examples");
