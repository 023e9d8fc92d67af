//! Test cases that a definition carries: what a decision must be for some inputs.
//!
//! Written in `extensionElements` of a decision, service or knowledge model:
//!
//! ```xml
//! <yipan:test xmlns:yipan="urn:yipan:decision:1" name="…">
//!   <yipan:input name="…">JSON</yipan:input>
//!   <yipan:expect>JSON</yipan:expect>
//! </yipan:test>
//! ```
//!
//! Invariants
//! - A test that cannot be read, or tells an input the decision does not take, is a finding.
//! - Numbers are compared as numbers, everything else as it is written.
//!
//! Must not know: how a decision is made.

use super::Model;
use super::graph::{Graph, Node};
use super::xml::Element;
use crate::feel::{decimal, digits, name};
use crate::limit::TESTS_MAX;
use flow::process::{Finding, Place};
use kernel::Error;
use serde::Serialize;
use serde_json::{Map, Value as Json};

/// A test case.
pub struct TestCase {
    /// Id of what is asked.
    decision: String,
    name: String,
    inputs: Map<String, Json>,
    expected: Json,
    place: Place,
}

/// A test case that was run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TestOutcome {
    /// Id of what was asked.
    pub decision: String,
    /// Name of the test.
    pub name: String,
    /// Line of the document.
    pub line: u32,
    /// True when the decision is what the test expects.
    pub passed: bool,
    /// What the test expects.
    pub expected: Json,
    /// What the decision is; null when it was not made.
    pub actual: Json,
    /// Why it was not made: code and arguments.
    pub error: Option<String>,
}

/// The test cases of a model. What cannot be read is in the findings.
pub fn read(graph: &Graph, findings: &mut Vec<Finding>) -> Vec<TestCase> {
    let mut tests = Vec::new();
    for node in graph.nodes.iter().filter(|node| node.document == 0) {
        let extensions = node.element.all("extensionElements");
        for element in extensions.flat_map(|extension| extension.own("test")) {
            if tests.len() >= TESTS_MAX {
                findings.push(element.finding("decision.limit_tests").detail(TESTS_MAX));
                return tests;
            }
            match test(element, node) {
                Ok(test) => tests.push(test),
                Err(finding) => findings.push(finding),
            }
        }
    }
    tests
}

fn test(element: &Element, node: &Node) -> Result<TestCase, Finding> {
    let name = element.get("name").unwrap_or_default().to_owned();
    let wrong = |at: &Element, detail: String| {
        Finding::new("decision.test_wrong", node.element.label(), at.place).detail(detail)
    };
    let json = |at: &Element| {
        let read = serde_json::from_str::<Json>(&at.text);
        read.map_err(|error| wrong(at, format!("{name}: {error}")))
    };
    let mut inputs = Map::new();
    for input in element.own("input") {
        let key = input.get("name").unwrap_or_default();
        inputs.insert(key.to_owned(), json(input)?);
    }
    let mut expects = element.own("expect");
    let (Some(expect), None) = (expects.next(), expects.next()) else {
        return Err(wrong(element, format!("{name}: expect")));
    };
    let expected = json(expect)?;
    let (decision, place) = (node.element.label().to_owned(), element.place);
    Ok(TestCase { decision, name, inputs, expected, place })
}

impl Model {
    /// Tests that tell what is not taken, or do not tell what is.
    pub(super) fn check_tests(&self, findings: &mut Vec<Finding>) {
        for test in &self.tests {
            let Ok(asked) = self.asked(&test.decision) else { continue };
            let takes = |key: &String| {
                asked
                    .takes
                    .iter()
                    .any(|taken| taken.name == name(key) || taken.way.first() == Some(&name(key)))
            };
            if let Some(unknown) = test.inputs.keys().find(|key| !takes(key)) {
                let finding = Finding::new("decision.test_wrong", &test.decision, test.place);
                findings.push(finding.detail(format!("{}: {unknown}", test.name)));
            }
        }
    }
}

impl TestCase {
    /// Runs the test.
    pub fn run(&self, model: &Model) -> TestOutcome {
        let made = model.value(&self.decision, &self.inputs);
        let passed = made.as_ref().is_ok_and(|actual| is_same(actual, &self.expected));
        let error = made.as_ref().err().map(Error::to_string);
        TestOutcome {
            decision: self.decision.clone(),
            name: self.name.clone(),
            line: self.place.line,
            passed,
            expected: self.expected.clone(),
            actual: made.unwrap_or(Json::Null),
            error,
        }
    }
}

/// True when two values are the same; a number may be written in several ways.
fn is_same(a: &Json, b: &Json) -> bool {
    let number = |json: &Json| match json {
        Json::Number(number) => decimal(&number.to_string()).ok(),
        Json::String(text) => decimal(text).ok().filter(|number| digits(*number) == *text),
        _ => None,
    };
    match (a, b) {
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
        }
        (Json::Object(a), Json::Object(b)) => {
            let same = |(key, value): (&String, &Json)| {
                b.get(key).is_some_and(|other| is_same(value, other))
            };
            a.len() == b.len() && a.iter().all(same)
        }
        (Json::Number(_), _) | (_, Json::Number(_)) => match (number(a), number(b)) {
            (Some(a), Some(b)) => a == b,
            _ => false,
        },
        _ => a == b,
    }
}
