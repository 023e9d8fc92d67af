//! Runs the worked examples: the guide's answers must give the items, the rules the decisions, that
//! each example says.

use super::Findings;
use crate::definition::Day;
use crate::one_thing::{Example, Expected, FieldKind, Form, Guide, OneThing, Source};
use crate::province::Province;
use kernel::{Text, Timestamp};
use rules::{Fact, Outcome};
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) fn check(province: &Province, findings: &mut Findings) {
    for one_thing in province.matters() {
        let id = &one_thing.id;
        let (Some(guide), Some(form), Some(examples)) =
            (province.guide(id), province.form(id), province.examples(id))
        else {
            continue;
        };
        let file = province.pinned("examples", id).or_else(|| province.pinned("item", id));
        let file = file.map_or("", |pinned| pinned.file.as_str());
        for example in &examples.examples {
            let run = Run { province, one_thing, guide, form, example, today: examples.today };
            for (path, zh, en) in run.differences() {
                findings.error(file, format!("{}.{path}", example.id), "example.differs", zh, en);
            }
        }
    }
}

struct Run<'a> {
    province: &'a Province,
    one_thing: &'a OneThing,
    guide: &'a Guide,
    form: &'a Form,
    example: &'a Example,
    today: Day,
}

type Difference = (String, String, String);

impl Run<'_> {
    fn differences(&self) -> Vec<Difference> {
        let mut out = self.unknown_answers();
        let answers: BTreeMap<String, Value> = self
            .example
            .guide
            .iter()
            .map(|(id, value)| (format!("guide.{id}"), Value::String(value.clone())))
            .collect();
        let answer = |path: &str| answers.get(path).cloned();
        let stopped = self.guide.stops.iter().any(|stop| rules::eval(&stop.when, &answer));
        if stopped != self.example.stopped {
            out.push(difference("stopped", self.example.stopped, stopped));
        }
        if stopped {
            return out;
        }
        let items: Vec<&str> =
            self.one_thing.items_for(&answer).iter().map(|member| member.item.as_str()).collect();
        if items != self.example.items {
            out.push(difference("items", self.example.items.join(", "), items.join(", ")));
            return out;
        }
        let mut facts = self.facts(answers);
        out.extend(self.unanswered(&facts));
        for id in items {
            let Some(item) = self.province.item(id) else { continue };
            let decision = item.rule.as_ref().map(|rule| rules::evaluate(rule, &facts, self.now()));
            let granted =
                decision.as_ref().is_some_and(|decision| decision.outcome == Outcome::Grant);
            let expected = self.example.expected.get(id).copied();
            let found = if granted { Expected::Granted } else { Expected::Referred };
            if expected != Some(found) {
                let unmet: Vec<&str> = decision
                    .iter()
                    .flat_map(|decision| &decision.explanation)
                    .filter(|one| !matches!(one.result, rules::Verdict::Met))
                    .map(|one| one.condition.as_str())
                    .collect();
                out.push(difference(
                    &format!("expected.{id}"),
                    format!("{expected:?}"),
                    format!("{found:?} {}", unmet.join(", ")),
                ));
            }
            self.issue(id, &mut facts);
        }
        out
    }

    /// Answers to questions the guide does not ask, and values it does not offer.
    fn unknown_answers(&self) -> Vec<Difference> {
        let mut out = Vec::new();
        for (id, value) in &self.example.guide {
            let question = self.guide.questions.iter().find(|question| question.id == *id);
            if !question.is_some_and(|question| {
                question.choices.iter().any(|choice| choice.value == *value)
            }) {
                out.push(difference(&format!("guide.{id}"), value, "—"));
            }
        }
        for id in self.example.answers.keys().filter(|id| self.form.field(id).is_none()) {
            out.push(difference(&format!("answers.{id}"), id, "—"));
        }
        out
    }

    /// Required fields that are shown and neither filled nor answered, and choices not offered.
    /// Files are left out: an example has none to send.
    fn unanswered(&self, facts: &BTreeMap<String, Fact>) -> Vec<Difference> {
        let answer = |path: &str| facts.get(path).and_then(|fact| fact.value.clone());
        let shown = |when: &Option<rules::When>| {
            when.as_ref().is_none_or(|when| rules::eval(when, &answer))
        };
        let mut out = Vec::new();
        for page in self.form.pages.iter().filter(|page| shown(&page.when)) {
            let fields = page.fields.iter().filter(|field| shown(&field.when));
            // What a lookup holds here is one record: there is nothing to pick.
            for field in fields.filter(|field| field.kind != FieldKind::File && !field.picks()) {
                let value = answer(&format!("form.{}", field.id));
                let offered = |value: &Value| {
                    field.choices.is_empty()
                        || field.choices.iter().any(|choice| value.as_str() == Some(&choice.value))
                };
                if value.as_ref().map_or(field.required, |value| !offered(value)) {
                    let found = value.map_or_else(|| "—".to_owned(), |value| value.to_string());
                    out.push(difference(&format!("answers.{}", field.id), &field.label.en, found));
                }
            }
        }
        out
    }

    /// Facts of the case: answers, what lookups find, and what the form is filled with.
    fn facts(&self, answers: BTreeMap<String, Value>) -> BTreeMap<String, Fact> {
        let mut values: BTreeMap<String, Option<Value>> =
            answers.into_iter().map(|(path, value)| (path, Some(value))).collect();
        values.insert("case.today".into(), Some(self.today.to_string().into()));
        values.insert("case.applied_on".into(), Some(self.today.to_string().into()));
        values.extend(
            self.example
                .held
                .iter()
                .filter(|(path, _)| path.starts_with("applicant."))
                .map(|(path, value)| (path.clone(), Some(value.clone()))),
        );
        values.extend(
            self.example
                .answers
                .iter()
                .map(|(id, value)| (format!("form.{id}"), Some(value.clone()))),
        );
        // A lookup is asked in turn; the form takes what is found so far, and feeds the next one.
        for lookup in &self.one_thing.lookups {
            self.prefill(&mut values);
            let answer = |path: &str| values.get(path).cloned().flatten();
            let asked = lookup.when.as_ref().is_none_or(|when| rules::eval(when, &answer));
            // What depends on a licence is asked once that is issued; here its key is not needed.
            let by_licence = lookup.from.iter().any(|source| source.value.starts_with("licence."));
            let keyed = by_licence
                || chosen(&lookup.from, &answer).is_some_and(|path| answer(path).is_some());
            if !asked || !keyed {
                continue;
            }
            let fields = self
                .province
                .contract(&lookup.contract)
                .map(|contract| contract.fields.as_slice())
                .unwrap_or_default();
            for field in fields {
                let path = format!("{}.{field}", lookup.id);
                let value = self.example.held.get(&path).cloned();
                values.insert(path, value);
            }
        }
        self.prefill(&mut values);
        values.into_iter().map(|(path, value)| (path, self.fact(value))).collect()
    }

    fn prefill(&self, values: &mut BTreeMap<String, Option<Value>>) {
        for field in self.form.fields() {
            let path = format!("form.{}", field.id);
            if values.contains_key(&path) {
                continue;
            }
            let answer = |path: &str| values.get(path).cloned().flatten();
            let value = field
                .prefill
                .iter()
                .filter(|source| source.when.as_ref().is_none_or(|when| rules::eval(when, &answer)))
                .find_map(|source| answer(&source.value));
            if let Some(value) = value {
                values.insert(path, Some(value));
            }
        }
    }

    /// The licence of an item, as later items see it.
    fn issue(&self, item: &str, facts: &mut BTreeMap<String, Fact>) {
        let licence = self.province.item(item).and_then(|item| item.result.licence.as_deref());
        let Some(licence) = licence.and_then(|id| self.province.licence_type(id)) else { return };
        facts
            .insert(format!("licence.{}.identifier", licence.id), self.fact(Some("issued".into())));
        for field in &licence.fields {
            let from = field.from.as_deref().unwrap_or("");
            let value = if from.starts_with("issued.") {
                Some(Value::from("issued"))
            } else {
                facts.get(from).and_then(|fact| fact.value.clone())
            };
            facts.insert(format!("licence.{}.{}", licence.id, field.id), self.fact(value));
        }
    }

    fn fact(&self, value: Option<Value>) -> Fact {
        Fact { value, source: Text::new("实例", "example"), at: self.now() }
    }

    fn now(&self) -> Timestamp {
        Timestamp::start_of(self.today.0).plus_hours(10)
    }
}

/// The first source that applies.
fn chosen<'a>(sources: &'a [Source], answer: &dyn Fn(&str) -> Option<Value>) -> Option<&'a str> {
    sources
        .iter()
        .find(|source| source.when.as_ref().is_none_or(|when| rules::eval(when, answer)))
        .map(|source| source.value.as_str())
}

fn difference(path: &str, said: impl ToString, found: impl ToString) -> Difference {
    let (said, found) = (said.to_string(), found.to_string());
    (
        path.to_owned(),
        format!("实例写的是 {said}，实际是 {found}"),
        format!("the example says {said}, the definitions give {found}"),
    )
}
