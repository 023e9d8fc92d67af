//! From the elements of a model to what runs: each is compiled once, after what it needs, against
//! the names and types it declares.
//!
//! Invariants
//! - What is wrong is a finding at its place; compiling goes on, so that all faults are told.
//! - A name that no requirement declares is a finding, so nothing is read from elsewhere.
//!
//! Must not know: how an analysis or a test reads what was built.

mod logic;
mod table;
mod types;

use super::graph::{Graph, Kind, Need, Node, Role};
use super::run::{Decision, Input, Knowledge, Service, Slot};
use super::table::Table;
use super::types::{ItemType, Shape};
use super::xml::Element;
use crate::feel::{Form, Program, Scope, parse, snippet};
use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value;
use dsntk_feel::{FeelType, Name};
use dsntk_feel_parser::AstNode;
use flow::process::Finding;
use std::collections::BTreeMap;
use std::sync::Arc;
use types::Types;

/// What was built, by node.
#[derive(Default)]
pub struct Built {
    /// Input data.
    pub inputs: BTreeMap<usize, Arc<Input>>,
    /// Decisions.
    pub decisions: BTreeMap<usize, Arc<Decision>>,
    /// Business knowledge models.
    pub knowledge: BTreeMap<usize, Arc<Knowledge>>,
    /// Decision services.
    pub services: BTreeMap<usize, Arc<Service>>,
    /// Decision tables with the node each belongs to, in order.
    pub tables: Vec<(usize, Arc<Table>)>,
}

struct Builder<'a, 'f> {
    graph: &'a Graph<'a>,
    types: Types<'a>,
    findings: &'f mut Vec<Finding>,
    built: Built,
}

/// Where logic stands: whose it is, and what it may name.
struct At<'a> {
    node: usize,
    document: usize,
    /// Name of the decision or knowledge model.
    owner: &'a str,
    /// The element that findings name when the one at fault has no id.
    element: &'a Element,
    scope: Scope,
    /// Types of names, for the analysis of tables.
    kinds: BTreeMap<Name, Arc<ItemType>>,
}

impl At<'_> {
    fn declare(&mut self, name: &Name, kind: &Arc<ItemType>) {
        self.scope.declare(name.clone(), kind.feel.clone());
        self.kinds.insert(name.clone(), kind.clone());
    }

    /// The same place with more names.
    fn inner(&self) -> At<'_> {
        At {
            node: self.node,
            document: self.document,
            owner: self.owner,
            element: self.element,
            scope: self.scope.clone(),
            kinds: self.kinds.clone(),
        }
    }
}

/// Builds everything in the order of the graph. What is wrong is in the findings.
pub fn build<'a>(graph: &'a Graph<'a>, findings: &mut Vec<Finding>) -> Built {
    let types = Types::new(graph);
    let mut builder = Builder { graph, types, findings, built: Built::default() };
    builder.all_types();
    for at in &graph.order {
        if let Some(node) = graph.nodes.get(*at) {
            builder.node(*at, node);
        }
    }
    builder.built
}

impl<'a> Builder<'a, '_> {
    fn node(&mut self, at: usize, node: &'a Node<'a>) {
        match node.kind {
            Kind::Input => self.input(at, node),
            Kind::Decision => self.decision(at, node),
            Kind::Knowledge => self.knowledge(at, node),
            Kind::Service => self.service(at, node),
        }
    }

    fn input(&mut self, at: usize, node: &Node<'a>) {
        let kind = self.type_of(node.type_ref, node.document, node.element);
        let (name, label) = (node.variable.clone(), node.name.clone());
        self.built.inputs.insert(at, Arc::new(Input { node: at, name, label, kind }));
    }

    fn place(&self, at: usize, node: &'a Node<'a>) -> At<'a> {
        At {
            node: at,
            document: node.document,
            owner: &node.name,
            element: node.element,
            scope: Scope::closed(),
            kinds: BTreeMap::new(),
        }
    }

    fn decision(&mut self, at: usize, node: &'a Node<'a>) {
        let kind = self.type_of(node.type_ref, node.document, node.element);
        let mut place = self.place(at, node);
        let functions = self.functions(node, &mut place.scope);
        let (mut inputs, mut decisions) = (Vec::new(), Vec::new());
        for need in &node.needs {
            let Some(to) = self.graph.nodes.get(need.to) else { continue };
            let slot = Slot { import: need.import.clone(), name: to.variable.clone() };
            let of = match need.role {
                Role::Input => {
                    let found = self.built.inputs.get(&need.to).cloned();
                    found.map(|input| {
                        inputs.push((slot, input.clone()));
                        input.kind.clone()
                    })
                }
                Role::Decision => {
                    let found = self.built.decisions.get(&need.to).cloned();
                    found.map(|decision| {
                        decisions.push((slot, decision.clone()));
                        decision.kind.clone()
                    })
                }
                _ => None,
            };
            if let Some(of) = of {
                declare(&mut place, need, &to.variable, &of);
            }
        }
        let logic = match expression_of(node.element) {
            Some(element) => self.expression(element, &place),
            None => nothing(),
        };
        let decision = Decision {
            node: at,
            id: node.element.label().to_owned(),
            label: node.name.clone(),
            name: node.variable.clone(),
            kind,
            inputs,
            decisions,
            functions,
            logic,
        };
        self.built.decisions.insert(at, Arc::new(decision));
    }

    fn knowledge(&mut self, at: usize, node: &'a Node<'a>) {
        let kind = self.type_of(node.type_ref, node.document, node.element);
        let mut place = self.place(at, node);
        let functions = self.functions(node, &mut place.scope);
        place.scope.declare(node.variable.clone(), FeelType::Any);
        let logic = node.element.child("encapsulatedLogic");
        let (mut parameters, mut body) = (Vec::new(), nothing());
        if let Some(logic) = logic {
            self.language(logic, &place);
            parameters = self.parameters(logic, &mut place);
        }
        match logic.and_then(expression_of) {
            Some(element) => body = self.expression(element, &place),
            None => self.findings.push(node.element.finding("decision.logic_missing")),
        }
        let own = body.reads().any(|name| *name == node.variable).then(|| node.variable.clone());
        // The variable of a knowledge model, or else its logic, has the type of the function, or of
        // its result.
        let declared = logic.and_then(|logic| logic.get("typeRef"));
        let kind = match kind.feel {
            FeelType::Any => self.type_of(declared, node.document, node.element),
            _ => kind,
        };
        let result = kind.result();
        let knowledge = Knowledge { own, parameters, functions, body, result };
        self.built.knowledge.insert(at, Arc::new(knowledge));
    }

    fn service(&mut self, at: usize, node: &Node<'a>) {
        let kind = self.type_of(node.type_ref, node.document, node.element);
        let of = |role| node.needs.iter().filter(move |need| need.role == role);
        let decisions = |role| {
            of(role).filter_map(|need| self.built.decisions.get(&need.to).cloned()).collect()
        };
        let inputs = of(Role::Input);
        let inputs = inputs.filter_map(|need| self.built.inputs.get(&need.to).cloned()).collect();
        let outputs: Vec<Arc<Decision>> = decisions(Role::Output);
        let given = decisions(Role::Decision);
        if outputs.is_empty() {
            self.findings.push(node.element.finding("decision.service_empty"));
        }
        let declared = match &kind.shape {
            Shape::Function(parameters, _) => parameters.clone(),
            _ => Vec::new(),
        };
        let result = kind.result();
        let service = Service { inputs, given, outputs, declared, result };
        self.built.services.insert(at, Arc::new(service));
    }

    /// The functions a node requires, declared in its scope.
    fn functions(&mut self, node: &Node<'a>, scope: &mut Scope) -> FeelContext {
        let mut context = FeelContext::default();
        for need in node.needs.iter().filter(|need| need.role == Role::Knowledge) {
            let Some(to) = self.graph.nodes.get(need.to) else { continue };
            let value =
                match (self.built.knowledge.get(&need.to), self.built.services.get(&need.to)) {
                    (Some(knowledge), _) => knowledge.value(),
                    (_, Some(service)) => service.value(),
                    _ => Value::Null(None),
                };
            let slot = Slot { import: need.import.clone(), name: to.variable.clone() };
            slot.put(&mut context, value);
            match &need.import {
                Some(import) => scope.declare_in(import, to.variable.clone(), FeelType::Any),
                None => scope.declare(to.variable.clone(), FeelType::Any),
            }
        }
        context
    }

    /// Parses a text of the model; what is wrong with it is a finding.
    fn text(&mut self, form: Form, text: &str, element: &Element, at: &At) -> Option<AstNode> {
        match parse(form, text, &at.scope) {
            Ok(mut node) => {
                self.named_types(&mut node, element, at);
                Some(node)
            }
            Err(error) => {
                let detail = error.args.first().map(|(_, detail)| detail.clone());
                let label = element.get("id").unwrap_or(at.element.label());
                let finding = Finding::new(error.code, label, element.place);
                self.findings.push(finding.detail(detail.unwrap_or_else(|| snippet(text))));
                None
            }
        }
    }

    /// Compiles a text.
    fn compiled(&mut self, form: Form, text: &str, element: &Element, at: &At) -> Program {
        self.text(form, text, element, at).map_or_else(nothing, Program::new)
    }

    fn found(&mut self, rule: &'static str, element: &Element, at: &At, detail: impl ToString) {
        let label = element.get("id").unwrap_or(at.element.label());
        let finding = Finding::new(rule, label, element.place);
        self.findings.push(finding.detail(detail.to_string()));
    }
}

fn declare(place: &mut At, need: &Need, name: &Name, kind: &Arc<ItemType>) {
    match &need.import {
        Some(import) => place.scope.declare_in(import, name.clone(), kind.feel.clone()),
        None => place.declare(name, kind),
    }
}

/// A program for what could not be built.
fn nothing() -> Program {
    Program::native(Vec::new(), |_| Value::Null(None))
}

/// Elements that are expressions.
const EXPRESSIONS: &[&str] = &[
    "literalExpression",
    "decisionTable",
    "context",
    "invocation",
    "functionDefinition",
    "list",
    "relation",
    "conditional",
    "filter",
    "for",
    "every",
    "some",
];

/// Whether a decision has logic of its own. One that has none is made by people.
pub fn has_logic(element: &Element) -> bool {
    expression_of(element).is_some()
}

/// The expression in an element.
fn expression_of(element: &Element) -> Option<&Element> {
    expressions_of(element).next()
}

/// All expressions directly in an element.
fn expressions_of(element: &Element) -> impl Iterator<Item = &Element> {
    let is = |element: &&Element| EXPRESSIONS.iter().any(|local| element.is(local));
    element.children.iter().filter(is)
}
