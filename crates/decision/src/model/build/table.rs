//! Decision tables, from columns, rules and cells.
//!
//! Invariants
//! - Every rule has a cell for every column, or there is a finding.
//! - Cells read their column by a name no author can write.

use super::logic::typed;
use super::{At, Builder, nothing};
use crate::feel::{Form, Program, condition, name};
use crate::limit::{COLUMNS_MAX, RULES_MAX};
use crate::model::table::{Column, Output, Policy, Rule, Table, Test, column_name};
use crate::model::types::{Constraint, ItemType, Shape};
use crate::model::xml::Element;
use dsntk_feel::{FeelType, Name};
use dsntk_feel_parser::AstNode;
use std::sync::Arc;

impl<'a> Builder<'a, '_> {
    /// Compiles a decision table.
    pub fn table(&mut self, element: &'a Element, at: &At) -> Program {
        let Some(policy) = self.policy(element, at) else { return nothing() };
        let inputs: Vec<&Element> = element.all("input").collect();
        let outputs: Vec<&Element> = element.all("output").collect();
        if inputs.len() + outputs.len() > COLUMNS_MAX {
            self.found("decision.limit_columns", element, at, COLUMNS_MAX);
            return nothing();
        }
        if let Some(beyond) = element.all("rule").nth(RULES_MAX) {
            self.found("decision.limit_rules", beyond, at, RULES_MAX);
            return nothing();
        }
        let columns: Vec<Column> = inputs.iter().map(|input| self.column(input, at)).collect();
        let outputs: Vec<Output> = outputs.iter().map(|output| self.output(output, at)).collect();
        let named = outputs.len() < 2 || outputs.iter().all(|output| output.name.is_some());
        if outputs.is_empty() || !named {
            self.found("decision.table_outputs", element, at, outputs.len());
            return nothing();
        }
        let notes = element.all("annotation");
        let notes = notes.map(|note| note.get("name").unwrap_or_default().to_owned()).collect();
        let mut rules = Vec::new();
        for (number, rule) in element.all("rule").enumerate() {
            rules.extend(self.rule(rule, number, (columns.len(), outputs.len()), at));
        }
        let (owner, line) = (at.owner.to_owned(), element.place.line);
        let table = Table { owner, line, policy, columns, outputs, notes, rules };
        let reads = table_reads(&table);
        let table = Arc::new(table);
        self.built.tables.push((at.node, table.clone()));
        Program::native(reads, move |scope| table.run(scope))
    }

    fn policy(&mut self, element: &Element, at: &At) -> Option<Policy> {
        let written = element.get("hitPolicy").unwrap_or("UNIQUE");
        let aggregation = element.get("aggregation");
        let policy = match (written, aggregation) {
            ("UNIQUE", _) => Policy::Unique,
            ("ANY", _) => Policy::Any,
            ("PRIORITY", _) => Policy::Priority,
            ("FIRST", _) => Policy::First,
            ("RULE ORDER", _) => Policy::RuleOrder,
            ("OUTPUT ORDER", _) => Policy::OutputOrder,
            ("COLLECT", None) => Policy::Collect,
            ("COLLECT", Some("SUM")) => Policy::Sum,
            ("COLLECT", Some("MIN")) => Policy::Min,
            ("COLLECT", Some("MAX")) => Policy::Max,
            ("COLLECT", Some("COUNT")) => Policy::Count,
            _ => {
                let detail = format!("{written} {}", aggregation.unwrap_or_default());
                self.found("decision.hit_policy", element, at, detail.trim());
                return None;
            }
        };
        Some(policy)
    }

    fn column(&mut self, element: &'a Element, at: &At) -> Column {
        let expression = element.child("inputExpression");
        let text = expression.and_then(|inner| inner.text_of("text")).unwrap_or_default();
        let label = element.get("label").unwrap_or(text).to_owned();
        let reference = expression.and_then(|inner| inner.get("typeRef"));
        let declared = self.type_of(reference, at.document, element);
        let node = self.text(Form::Expression, text, expression.unwrap_or(element), at);
        let found = node.as_ref().and_then(|node| kind_of(node, at));
        let kind = match (&declared.feel, found) {
            (FeelType::Any, Some(found)) => found,
            (_, Some(found)) if found.allowed.is_some() => found,
            _ => declared,
        };
        let allowed = self.constraint(element.child("inputValues"), element);
        let domain = kind.allowed.as_ref().map(|allowed| allowed.node.clone());
        let program = node.map_or_else(nothing, Program::new);
        Column { label, program, kind: kind.feel.clone(), allowed, domain }
    }

    fn output(&mut self, element: &'a Element, at: &At) -> Output {
        let allowed = self.constraint(element.child("outputValues"), element);
        let ranks = allowed.as_ref().map(|allowed| Program::new(allowed.node.clone()));
        let default = element.child("defaultOutputEntry").and_then(|entry| {
            let text = entry.text_of("text")?;
            Some(self.compiled(Form::Expression, text, entry, at))
        });
        let kind = self.type_of(element.get("typeRef"), at.document, element);
        Output { name: element.get("name").map(name), kind, allowed, ranks, default }
    }

    fn rule(
        &mut self,
        element: &'a Element,
        number: usize,
        (columns, outputs): (usize, usize),
        at: &At,
    ) -> Option<Rule> {
        let cells: Vec<&Element> = element.all("inputEntry").collect();
        let entries: Vec<&Element> = element.all("outputEntry").collect();
        if cells.len() != columns || entries.len() != outputs {
            self.found("decision.table_shape", element, at, number + 1);
            return None;
        }
        let cells = cells.into_iter().enumerate();
        let tests = cells.map(|(column, cell)| self.cell(cell, column, at)).collect();
        let outputs = entries.into_iter().map(|entry| {
            let text = entry.text_of("text").unwrap_or("null");
            let node = self.text(Form::Expression, text, entry, at).unwrap_or(AstNode::Null);
            let kind = self.type_of(entry.get("typeRef"), at.document, entry);
            (node.clone(), typed(Program::new(node), kind))
        });
        let outputs = outputs.collect();
        let note = |entry: &Element| entry.text_of("text").unwrap_or_default().to_owned();
        let notes = element.all("annotationEntry").map(note).collect();
        Some(Rule { tests, outputs, notes })
    }

    fn cell(&mut self, cell: &'a Element, column: usize, at: &At) -> Option<Test> {
        let text = cell.text_of("text").filter(|text| *text != "-")?;
        let node = self.text(Form::Tests, text, cell, at)?;
        let subject = column_name(column);
        let program = Program::new(condition(&AstNode::Name(subject.clone()), node.clone()));
        let plain = program.reads().all(|name| *name == subject);
        Some(Test { node, program, plain })
    }
}

/// The type of an expression that is an input, or a part of one.
fn kind_of(node: &AstNode, at: &At) -> Option<Arc<ItemType>> {
    match node {
        AstNode::Name(name) => at.kinds.get(name).cloned(),
        AstNode::Path(base, name) => {
            let AstNode::Name(name) = name.as_ref() else { return None };
            match &kind_of(base, at)?.shape {
                Shape::Fields(fields) => {
                    fields.iter().find(|(own, _)| own == name).map(|(_, kind)| kind.clone())
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// What a table reads from outside.
fn table_reads(table: &Table) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    let mut add = |program: &Program| names.extend(program.reads().cloned());
    table.columns.iter().for_each(|column| add(&column.program));
    for rule in &table.rules {
        rule.tests.iter().flatten().for_each(|test| add(&test.program));
        rule.outputs.iter().for_each(|(_, program)| add(program));
    }
    for output in &table.outputs {
        output.default.iter().for_each(&mut add);
    }
    let constraints = table.columns.iter().filter_map(|column| column.allowed.as_ref());
    constraints.for_each(|constraint: &Constraint| add(&constraint.program));
    names.retain(|name| name.as_str() != "?" && !name.as_str().starts_with('⧉'));
    names.sort();
    names.dedup();
    names
}
