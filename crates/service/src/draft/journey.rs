//! The path through a form: which pages and fields are shown, what each holds and where that comes
//! from. A pure function of definition, answers and what was looked up.
//!
//! Invariants: fields are judged in the order of the form, so a condition sees only what stands
//! before it; an answer to a field that is not shown does not count; a field filled from a registry
//! is never asked.

use super::model::Content;
use super::pick::{self, Picks};
use crate::guide::{Answers, walk};
use kernel::{Error, Lang, Result, Text, Timestamp};
use pack::Province;
use pack::one_thing::{Choice, Field, FieldKind, Form, OneThing, Page, Source};
use serde_json::Value as Json;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Where the value of a field comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Asked of the citizen.
    Asked,
    /// Asked, with what he gave before as a suggestion.
    Suggested,
    /// His account, checked at registration.
    Account,
    /// A registry: the lookup and its field.
    Lookup {
        /// Lookup.
        lookup: String,
        /// Field of its registry.
        field: String,
    },
}

impl Origin {
    /// True for a value that is confirmed, not typed.
    pub fn is_held(&self) -> bool {
        matches!(self, Origin::Account | Origin::Lookup { .. })
    }
}

/// A field shown.
#[derive(Clone, Debug)]
pub struct FieldState<'a> {
    /// Definition.
    pub field: &'a Field,
    /// Value now, if any.
    pub value: Option<Json>,
    /// Where it comes from.
    pub origin: Origin,
    /// What can be chosen: the field's own choices, or the records a lookup offers.
    pub choices: Cow<'a, [Choice]>,
}

/// A page shown.
#[derive(Clone, Debug)]
pub struct PageState<'a> {
    /// Definition.
    pub page: &'a Page,
    /// Its fields shown.
    pub fields: Vec<FieldState<'a>>,
    /// Nothing is missing on it.
    pub done: bool,
}

/// The whole path.
#[derive(Clone, Debug)]
pub struct Journey<'a> {
    /// The thing done once.
    pub one_thing: &'a OneThing,
    /// Items that apply and are wanted, in order.
    pub items: Vec<String>,
    /// Pages shown.
    pub pages: Vec<PageState<'a>>,
    /// Every fact known: `guide.*`, `form.*`, `applicant.*`, `<lookup>.*`.
    pub facts: BTreeMap<String, Json>,
}

impl<'a> Journey<'a> {
    /// Computes the path. `applicant` holds `applicant.*`; `files` counts files by field.
    /// Errors: `not_found` when the packs no longer have the one-thing.
    pub fn new(
        pack: &'a Province,
        one_thing: &str,
        content: &Content,
        applicant: &BTreeMap<String, Json>,
        files: &BTreeMap<String, usize>,
    ) -> Result<Journey<'a>> {
        let form = pack.form(one_thing).ok_or_else(Error::not_found)?;
        let (one_thing, items) = wanted(pack, one_thing, &content.guide, &content.left_out)?;
        let mut facts = applicant.clone();
        for (question, answer) in &content.guide {
            facts.insert(format!("guide.{question}"), Json::from(answer.as_str()));
        }
        for (lookup, held) in &content.held {
            for (field, value) in &held.fields {
                facts.insert(format!("{lookup}.{field}"), value.clone());
            }
        }
        let mut journey = Journey { one_thing, items, pages: Vec::new(), facts };
        let picks = pick::picks(pack, one_thing, content);
        journey.walk(form, content, files, &picks);
        Ok(journey)
    }

    fn walk(
        &mut self,
        form: &'a Form,
        content: &Content,
        files: &BTreeMap<String, usize>,
        picks: &Picks,
    ) {
        for page in &form.pages {
            if !self.holds(page.when.as_ref()) {
                continue;
            }
            let mut fields = Vec::new();
            for field in &page.fields {
                let wanted = field.items.is_empty()
                    || field.items.iter().any(|item| self.items.contains(item));
                if !wanted || !self.holds(field.when.as_ref()) || self.waits(field, picks) {
                    continue;
                }
                let mut state = self.field(field, content);
                if let Some(choices) = picks.choices.get(&field.id) {
                    state.choices = Cow::Owned(choices.clone());
                }
                if let Some(value) = &state.value {
                    self.facts.insert(format!("form.{}", field.id), value.clone());
                }
                fields.push(state);
            }
            if fields.is_empty() {
                continue;
            }
            let mut state = PageState { page, fields, done: false };
            state.done = state.is_done(content, files);
            self.pages.push(state);
        }
    }

    /// True for a field that picks where there is nothing to pick, and for one that is filled from
    /// a record not picked yet.
    fn waits(&self, field: &Field, picks: &Picks) -> bool {
        let picks_one = self.one_thing.picked_by(&field.id).is_some();
        let filled_from = |source: &Source| {
            source.value.split_once('.').is_some_and(|(lookup, _)| picks.waiting.contains(lookup))
        };
        (picks_one && !picks.choices.contains_key(&field.id))
            || field.prefill.iter().any(filled_from)
    }

    fn holds(&self, when: Option<&rules::When>) -> bool {
        when.is_none_or(|when| rules::eval(when, &|path| self.facts.get(path).cloned()))
    }

    /// The first source that applies and has a value.
    pub fn source<'s>(&self, sources: &'s [Source]) -> Option<(&'s str, Json)> {
        sources.iter().filter(|source| self.holds(source.when.as_ref())).find_map(|source| {
            let value = self.facts.get(&source.value).filter(|value| given(value))?;
            Some((source.value.as_str(), value.clone()))
        })
    }

    fn field(&self, field: &'a Field, content: &Content) -> FieldState<'a> {
        let answer = content.answers.get(&field.id).cloned();
        let choices = Cow::Borrowed(field.choices.as_slice());
        let state = |value, origin| FieldState { field, value, origin, choices };
        let Some((path, value)) = self.source(&field.prefill) else {
            return state(answer, Origin::Asked);
        };
        // A code the form has no word for cannot be shown, so it is asked for.
        let unknown = field.kind == FieldKind::Choice
            && !field.choices.iter().any(|choice| Some(choice.value.as_str()) == value.as_str());
        if unknown {
            return state(answer, Origin::Asked);
        }
        match path.split_once('.') {
            Some(("form" | "guide", _)) | Some(("applicant", "mobile")) => {
                state(answer.or(Some(value)), Origin::Suggested)
            }
            Some(("applicant", _)) => state(Some(value), Origin::Account),
            Some(_) if field.suggested => state(answer.or(Some(value)), Origin::Suggested),
            Some((lookup, name)) => {
                let origin = Origin::Lookup { lookup: lookup.to_owned(), field: name.to_owned() };
                state(Some(value), origin)
            }
            None => state(answer, Origin::Asked),
        }
    }

    /// A page shown.
    pub fn page(&self, id: &str) -> Option<&PageState<'a>> {
        self.pages.iter().find(|state| state.page.id == id)
    }

    /// A field shown, with its page.
    pub fn find(&self, field: &str) -> Option<(&PageState<'a>, &FieldState<'a>)> {
        self.pages.iter().find_map(|page| {
            let state = page.fields.iter().find(|state| state.field.id == field)?;
            Some((page, state))
        })
    }

    /// The first page with something missing.
    pub fn next(&self) -> Option<&PageState<'a>> {
        self.pages.iter().find(|page| !page.done)
    }

    /// True when all that is asked is answered.
    pub fn is_complete(&self) -> bool {
        self.pages.iter().all(|page| page.done)
    }

    /// Values of shown fields of a kind, in the order of the form.
    pub fn values(&self, kind: FieldKind) -> impl Iterator<Item = &str> {
        self.pages
            .iter()
            .flat_map(|page| &page.fields)
            .filter(move |state| state.field.kind == kind)
            .filter_map(|state| state.value.as_ref().and_then(Json::as_str))
    }
}

fn given(value: &Json) -> bool {
    !value.is_null() && value.as_str() != Some("")
}

/// The one-thing and the items wanted: those that apply, without the optional ones left out.
fn wanted<'a>(
    pack: &'a Province,
    one_thing: &str,
    guide: &Answers,
    left_out: &BTreeSet<String>,
) -> Result<(&'a OneThing, Vec<String>)> {
    let walk = walk(pack, one_thing, guide)?;
    let wanted = walk
        .items()
        .into_iter()
        .filter(|member| !(member.optional && left_out.contains(&member.item)));
    let items = wanted.map(|member| member.item.clone()).collect();
    Ok((walk.one_thing, items))
}

impl PageState<'_> {
    /// Fields a registry or the account filled.
    pub fn held(&self) -> impl Iterator<Item = &FieldState<'_>> {
        self.fields.iter().filter(|state| state.origin.is_held())
    }

    /// Digest of what the page shows from registries; empty when it shows nothing.
    pub fn print(&self) -> String {
        let mut text = String::new();
        for state in self.held() {
            let value = state.value.as_ref().map(Json::to_string).unwrap_or_default();
            text.push_str(&format!("{}={value}\n", state.field.id));
        }
        if text.is_empty() { text } else { proof::digest::sm3_hex(text.as_bytes()) }
    }

    fn is_done(&self, content: &Content, files: &BTreeMap<String, usize>) -> bool {
        let confirmed =
            content.confirmed.get(&self.page.id).filter(|one| one.print == self.print());
        let has_held = self.held().next().is_some();
        let told = |one: &super::model::Confirmation| {
            one.right || self.held().any(|state| content.disputes.contains_key(&state.field.id))
        };
        let only_held = self.fields.iter().all(|state| state.origin.is_held());
        (only_held || content.saved.contains(&self.page.id))
            && (!has_held || confirmed.is_some_and(told))
            && self.fields.iter().all(|state| !state.is_missing(content, files))
    }
}

impl FieldState<'_> {
    /// A value of the field in words; numbers of people masked.
    pub fn words(&self, pack: &Province, value: &Json, lang: Lang) -> String {
        let chosen = self.choices.iter().find(|choice| value.as_str() == Some(&*choice.value));
        chosen.map_or_else(
            || words(pack, self.field, value, lang),
            |choice| choice.label.get(lang).to_owned(),
        )
    }

    /// True when an answer is needed and there is none.
    pub fn is_missing(&self, content: &Content, files: &BTreeMap<String, usize>) -> bool {
        let answer = content.answers.get(&self.field.id);
        match (self.field.required && !self.origin.is_held(), self.field.kind) {
            (false, _) => false,
            (true, FieldKind::File) => files.get(&self.field.id).copied().unwrap_or(0) == 0,
            (true, FieldKind::Confirm) => answer != Some(&Json::Bool(true)),
            (true, _) => !answer.is_some_and(given),
        }
    }
}

/// A value in words, for panels and summaries; numbers of people masked.
pub fn words(pack: &Province, field: &Field, value: &Json, lang: Lang) -> String {
    let text = match value {
        Json::String(text) => text.clone(),
        Json::Null => String::new(),
        Json::Bool(true) => return Text::new("已确认", "Confirmed").get(lang).to_owned(),
        Json::Bool(false) => return Text::new("未确认", "Not confirmed").get(lang).to_owned(),
        other => other.to_string(),
    };
    use webkit::view::format;
    match field.kind {
        FieldKind::Choice => field
            .choices
            .iter()
            .find(|choice| choice.value == text)
            .map_or(text.clone(), |choice| choice.label.get(lang).to_owned()),
        FieldKind::Division => {
            pack.division(&text).map_or(text.clone(), |division| division.path())
        }
        FieldKind::CitizenNumber => format::mask_id(&text),
        FieldKind::BankCard => {
            kernel::identifier::BankCard::parse(&text).map_or(text.clone(), |card| card.masked())
        }
        FieldKind::Date => {
            format::When::parse(&text).map_or(text.clone(), |when| when.long_day(lang))
        }
        FieldKind::Moment => format::When::parse(&text)
            .map_or(text.clone(), |when| format!("{} {}", when.long_day(lang), when.time())),
        _ => text,
    }
}

/// The instant a value was seen at its source.
pub fn observed(content: &Content, origin: &Origin) -> Option<Timestamp> {
    match origin {
        Origin::Lookup { lookup, .. } => content.held.get(lookup).map(|held| held.observed),
        _ => None,
    }
}
