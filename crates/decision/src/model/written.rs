//! Decision tables as they are written: the texts of columns and rules, for sheets, pages and
//! comparisons.
//!
//! Invariants
//! - It says what the document says, also of one that cannot be deployed yet.
//! - Rules and columns are bounded as in a model.
//!
//! Must not know: what a text means.

use super::xml::{self, Element};
use crate::limit::{COLUMNS_MAX, RULES_MAX};
use flow::process::Finding;
use serde::Serialize;

/// A decision, service or knowledge model as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Written {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// What its author says of it.
    pub description: String,
    /// Its logic where that is not a table, as text; empty for a table.
    pub text: String,
    /// Its table.
    pub table: Option<WrittenTable>,
}

/// A table as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WrittenTable {
    /// Hit policy and aggregation, as in the document.
    pub policy: String,
    /// Input columns.
    pub inputs: Vec<String>,
    /// Output columns.
    pub outputs: Vec<String>,
    /// Annotation columns.
    pub notes: Vec<String>,
    /// Rules in order.
    pub rules: Vec<WrittenRule>,
}

/// A rule as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WrittenRule {
    /// Its id; empty when it has none.
    pub id: String,
    /// Tests by input column.
    pub tests: Vec<String>,
    /// Outputs by output column.
    pub outputs: Vec<String>,
    /// Annotations by annotation column.
    pub notes: Vec<String>,
}

/// Decisions and knowledge models of a document in its order. Errors: it cannot be read.
pub fn written(document: &[u8]) -> Result<Vec<Written>, Finding> {
    let root = xml::parse(document)?;
    let asked = |one: &&Element| one.is("decision") || one.is("businessKnowledgeModel");
    Ok(root.children.iter().filter(asked).map(one).collect())
}

fn one(element: &Element) -> Written {
    let logic = element.child("encapsulatedLogic").unwrap_or(element);
    let table = logic.child("decisionTable").map(table);
    let literal = logic.child("literalExpression").and_then(|one| one.text_of("text"));
    Written {
        id: element.label().to_owned(),
        name: element.get("name").unwrap_or_else(|| element.label()).to_owned(),
        description: element.text_of("description").unwrap_or_default().to_owned(),
        text: literal.unwrap_or_default().to_owned(),
        table,
    }
}

fn table(element: &Element) -> WrittenTable {
    let policy = element.get("hitPolicy").unwrap_or("UNIQUE");
    let input = |one: &Element| {
        let expression = one.child("inputExpression").and_then(|inner| inner.text_of("text"));
        one.get("label").or(expression).unwrap_or_default().to_owned()
    };
    let output =
        |one: &Element| one.get("label").or(one.get("name")).unwrap_or_default().to_owned();
    let note = |one: &Element| one.get("name").unwrap_or_default().to_owned();
    WrittenTable {
        policy: [Some(policy), element.get("aggregation")]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" "),
        inputs: element.all("input").take(COLUMNS_MAX).map(input).collect(),
        outputs: element.all("output").take(COLUMNS_MAX).map(output).collect(),
        notes: element.all("annotation").take(COLUMNS_MAX).map(note).collect(),
        rules: element.all("rule").take(RULES_MAX).map(rule).collect(),
    }
}

fn rule(element: &Element) -> WrittenRule {
    let texts = |local: &'static str| {
        let text = |one: &Element| one.text_of("text").unwrap_or_default().to_owned();
        element.all(local).take(COLUMNS_MAX).map(text).collect()
    };
    WrittenRule {
        id: element.get("id").unwrap_or_default().to_owned(),
        tests: texts("inputEntry"),
        outputs: texts("outputEntry"),
        notes: texts("annotationEntry"),
    }
}
