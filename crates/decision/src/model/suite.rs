//! Test cases in a file of their own, in the schema of the public conformance suite for DMN
//! (`testCases` of `http://www.omg.org/spec/DMN/20160719/testcase`): inputs and the results that
//! decisions, knowledge models or services must have.
//!
//! Invariants
//! - An input that a case does not tell is null; a case may also tell the result of a decision,
//!   which is then not made.
//! - An input of the wrong type makes the result null, as the suite has it. What cannot be asked,
//!   or was stopped, is no result and never passes.
//! - Numbers are compared to eight decimals, times as instants where they have zones.
//!
//! Must not know: files, how results are told.

use super::xml::{self, Element};
use super::{Asked, Logic, Model, Taken};
use crate::feel::{compared, decimal, duration_fits, metered, name, result};
use crate::limit::TESTS_MAX;
use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value;
use dsntk_feel::{FeelNumber, Name};
use dsntk_feel_temporal::{
    FeelDate, FeelDateTime, FeelDaysAndTimeDuration, FeelTime, FeelYearsAndMonthsDuration,
};
use flow::process::Finding;
use kernel::Error;
use serde::Serialize;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

/// Characters of a value that an outcome shows.
const SHOWN_MAX: usize = 400;

/// Test cases of a model.
pub struct Suite {
    /// The file of the model, as the cases name it; empty when they do not.
    pub model: String,
    cases: Vec<Case>,
}

struct Case {
    id: String,
    /// The knowledge model or service that is invoked, where it is not a decision.
    invoked: Option<String>,
    inputs: Result<FeelContext, String>,
    results: Vec<Expected>,
}

struct Expected {
    name: String,
    value: Result<Value, String>,
    line: u32,
}

/// A result of a test case, compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SuiteOutcome {
    /// Id of the case.
    pub case: String,
    /// What was asked.
    pub name: String,
    /// Line of the file.
    pub line: u32,
    /// True when the value is the expected one.
    pub passed: bool,
    /// The expected value, as FEEL writes it.
    pub expected: String,
    /// The value, or why there is none.
    pub actual: String,
}

impl Suite {
    /// Reads a file of test cases. Errors: it is none, or beyond a limit. A value that cannot be
    /// read fails its own case alone.
    pub fn read(document: &[u8]) -> Result<Suite, Finding> {
        let root = xml::parse(document)?;
        if !root.is("testCases") {
            return Err(root.finding("decision.not_tests").detail(&root.local));
        }
        let mut cases = Vec::new();
        for element in root.all("testCase") {
            if cases.len() >= TESTS_MAX {
                return Err(element.finding("decision.limit_tests").detail(TESTS_MAX));
            }
            cases.push(case(element, cases.len() + 1));
        }
        Ok(Suite { model: root.text_of("modelName").unwrap_or_default().to_owned(), cases })
    }

    /// Runs every case on a model: one outcome for each result.
    pub fn run(&self, model: &Model) -> Vec<SuiteOutcome> {
        let of = |case: &Case| case.results.iter().map(|one| outcome(model, case, one)).collect();
        self.cases.iter().flat_map(|case| -> Vec<_> { of(case) }).collect()
    }
}

fn case(element: &Element, number: usize) -> Case {
    let function = matches!(element.get("type"), Some("bkm" | "decisionService"));
    let mut inputs = Ok(FeelContext::default());
    for input in element.all("inputNode") {
        let read = value(input);
        if let Ok(context) = &mut inputs {
            match read {
                Ok(value) => put(context, input.get("name").unwrap_or_default(), value),
                Err(text) => inputs = Err(text),
            }
        }
    }
    let result = |node: &Element| Expected {
        name: node.get("name").unwrap_or_default().to_owned(),
        value: node.child("expected").map_or(Ok(Value::Null(None)), value),
        line: node.place.line,
    };
    Case {
        id: element.get("id").map_or_else(|| number.to_string(), str::to_owned),
        invoked: element.get("invocableName").filter(|_| function).map(str::to_owned),
        inputs,
        results: element.all("resultNode").map(result).collect(),
    }
}

/// Keeps an input under its name; one of an imported model stands in the contexts of the imports
/// that lead to it.
fn put(context: &mut FeelContext, written: &str, value: Value) {
    let way: Vec<Name> = written.split('.').map(name).collect();
    match &way[..] {
        [own] => context.set_entry(own, value),
        _ => context.create_entries(&way, value),
    }
}

/// A value of the schema. Errors: the text that is none.
fn value(element: &Element) -> Result<Value, String> {
    let absent = |inner: &Element| inner.instance("nil") == Some("true");
    if let Some(inner) = element.child("value").filter(|inner| !absent(inner)) {
        return scalar(inner);
    }
    if let Some(list) = element.child("list").filter(|inner| !absent(inner)) {
        return list.all("item").map(value).collect::<Result<_, _>>().map(Value::List);
    }
    let components: Vec<&Element> = element.all("component").collect();
    if components.is_empty() || absent(element) {
        return Ok(Value::Null(None));
    }
    let mut context = FeelContext::default();
    for component in components {
        if let Some((_, key)) = component.attributes.iter().find(|(key, _)| key == "name") {
            context.set_entry(&name(key), value(component)?);
        }
    }
    Ok(Value::Context(context))
}

fn scalar(element: &Element) -> Result<Value, String> {
    let text = element.text.trim();
    let kind = element.instance("type").unwrap_or("string");
    let kind = kind.split_once(':').map_or(kind, |(_, local)| local);
    let read = match kind {
        "boolean" => match text {
            "true" | "1" => Some(Value::Boolean(true)),
            "false" | "0" => Some(Value::Boolean(false)),
            _ => None,
        },
        "decimal" | "double" | "float" | "int" | "integer" | "long" => {
            decimal(text).ok().map(Value::Number)
        }
        "date" => FeelDate::from_str(text).ok().map(Value::Date),
        "time" => FeelTime::from_str(text).ok().map(Value::Time),
        "dateTime" => FeelDateTime::try_from(text).ok().map(Value::DateTime),
        "duration" | "dayTimeDuration" | "yearMonthDuration" => duration(text),
        _ => Some(Value::String(element.text.clone())),
    };
    read.ok_or_else(|| format!("{kind} {text}"))
}

fn duration(text: &str) -> Option<Value> {
    if !duration_fits(text) {
        return None;
    }
    let months = FeelYearsAndMonthsDuration::try_from(text).ok();
    let months = months.map(Value::YearsAndMonthsDuration);
    let days = || FeelDaysAndTimeDuration::try_from(text).ok().map(Value::DaysAndTimeDuration);
    months.or_else(days)
}

fn outcome(model: &Model, case: &Case, expected: &Expected) -> SuiteOutcome {
    let mut passed = false;
    let actual = match (&case.inputs, &expected.value) {
        (Ok(inputs), Ok(wanted)) => match ask(model, case, inputs, &expected.name) {
            Ok(value) => {
                passed = same(wanted, &value);
                value.to_string()
            }
            Err(error) => crate::message::english(&error),
        },
        (Err(text), _) | (_, Err(text)) => format!("not a value: {text}"),
    };
    let short = |text: String| text.chars().take(SHOWN_MAX).collect();
    let wanted = expected.value.as_ref().map(Value::to_string).unwrap_or_default();
    let (name, line) = (expected.name.clone(), expected.line);
    let (expected, actual) = (short(wanted), short(actual));
    SuiteOutcome { case: case.id.clone(), name, line, passed, expected, actual }
}

/// The value of what a case asks. Errors: it cannot be asked, or was stopped.
fn ask(model: &Model, case: &Case, inputs: &FeelContext, wanted: &str) -> Result<Value, Error> {
    let asked = model.asked(case.invoked.as_deref().unwrap_or(wanted))?;
    let given = |taken: &Taken| {
        let way =
            taken.way.iter().try_fold(inputs, |context, import| match context.get_entry(import) {
                Some(Value::Context(inner)) => Some(inner),
                _ => None,
            });
        let inner = way.and_then(|context| context.get_entry(&taken.name));
        let told = inner.or_else(|| inputs.get_entry(&taken.name));
        Some(Ok(told.cloned().unwrap_or(Value::Null(None))))
    };
    let value = metered(|| -> Result<Value, Error> {
        let values = asked.accept(&given)?;
        let (value, _) = asked.answer(values, asked.told(inputs), false);
        result(&value);
        Ok(value)
    })?;
    let value = match value {
        Err(error) if error.code == "decision.inputs" => {
            return Ok(Value::Null(Some(crate::message::english(&error))));
        }
        value => value?,
    };
    Ok(asked.part(value, wanted))
}

impl Asked {
    /// Results of decisions beneath this one that a case tells.
    fn told(&self, inputs: &FeelContext) -> BTreeMap<usize, Value> {
        let mut results = BTreeMap::new();
        let Logic::Decision(decision) = &self.logic else { return results };
        let mut rest: Vec<_> = decision.decisions.iter().map(|(_, below)| below).collect();
        let mut seen = BTreeSet::new();
        while let Some(below) = rest.pop() {
            if !seen.insert(below.node) {
                continue;
            }
            match inputs.get_entry(&below.name) {
                Some(value) => drop(results.insert(below.node, value.clone())),
                None => rest.extend(below.decisions.iter().map(|(_, below)| below)),
            }
        }
        results
    }

    /// Of a service, the result of the decision that is wanted, where it is not the service.
    fn part(&self, value: Value, wanted: &str) -> Value {
        let (Logic::Service(service), wanted) = (&self.logic, name(wanted)) else { return value };
        let gives = |wanted: &Name| service.outputs.iter().any(|output| output.name == *wanted);
        match &value {
            Value::Context(context) if gives(&wanted) && service.outputs.len() > 1 => {
                context.get_entry(&wanted).cloned().unwrap_or(Value::Null(None))
            }
            _ => value,
        }
    }
}

/// True when two values are the same to the suite.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Null(_), Value::Null(_)) => true,
        (Value::Number(a), Value::Number(b)) => (*a - *b).abs() < FeelNumber::new(1, 8),
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Context(a), Value::Context(b)) => {
            let entry = |(key, value): (&Name, &Value)| {
                b.get_entry(key).is_some_and(|other| same(value, other))
            };
            a.iter().count() == b.iter().count() && a.iter().all(entry)
        }
        _ => a == b || compared(a, b) == Some(Ordering::Equal),
    }
}
