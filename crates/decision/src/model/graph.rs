//! The elements of a model and what each requires: read from the documents, references resolved,
//! put in an order in which everything comes after what it needs.
//!
//! Invariants
//! - An element that is not of the closed subset, a reference that leads nowhere and a circle are
//!   findings.
//! - The order holds every node once when there are no findings.
//!
//! Must not know: logic, types.

use super::xml::{Element, Space};
use crate::feel::{is_name, name};
use crate::limit::NODES_MAX;
use dsntk_feel::Name;
use flow::process::Finding;
use std::collections::BTreeMap;

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Input data.
    Input,
    /// A decision.
    Decision,
    /// A business knowledge model.
    Knowledge,
    /// A decision service.
    Service,
}

/// What a node is needed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Input data of a decision or service.
    Input,
    /// A decision whose result is read; of a service, one that is given.
    Decision,
    /// A function.
    Knowledge,
    /// A decision whose result a service gives.
    Output,
    /// A decision a service keeps inside.
    Inside,
}

/// A requirement.
#[derive(Clone, Debug)]
pub struct Need {
    /// Index of the node.
    pub to: usize,
    /// What it is needed as.
    pub role: Role,
    /// The name of the import it comes from.
    pub import: Option<Name>,
}

/// An element of the model.
pub struct Node<'a> {
    /// What it is.
    pub kind: Kind,
    /// Where it is written.
    pub element: &'a Element,
    /// Index of its document.
    pub document: usize,
    /// Its name as written.
    pub name: String,
    /// Its name as FEEL writes it.
    pub variable: Name,
    /// The type of its variable.
    pub type_ref: Option<&'a str>,
    /// What it requires.
    pub needs: Vec<Need>,
}

/// A document.
pub struct Document<'a> {
    /// Its root.
    pub root: &'a Element,
    /// Its namespace.
    pub namespace: &'a str,
    /// Imports: name, index of the document; none for a name that was empty.
    pub imports: Vec<(Option<Name>, usize)>,
}

/// All documents of a model.
pub struct Graph<'a> {
    /// The model's own first.
    pub documents: Vec<Document<'a>>,
    /// Nodes of all documents.
    pub nodes: Vec<Node<'a>>,
    /// Indices of nodes, each after what it needs.
    pub order: Vec<usize>,
}

/// Elements that say nothing of how a decision is made.
const SILENT: &[&str] = &[
    "description",
    "extensionElements",
    "import",
    "itemDefinition",
    "knowledgeSource",
    "association",
    "textAnnotation",
    "group",
    "elementCollection",
    "performanceIndicator",
    "organizationUnit",
    "organisationalUnit",
    "businessContextElement",
];

/// Reads the documents. Never fails: what is wrong is in the findings.
pub fn read<'a>(roots: &'a [Element], findings: &mut Vec<Finding>) -> Graph<'a> {
    let mut documents = Vec::new();
    for root in roots {
        if !root.is("definitions") {
            findings.push(root.finding("decision.not_dmn").detail(&root.local));
        }
        let namespace = root.get("namespace").unwrap_or_default();
        documents.push(Document { root, namespace, imports: Vec::new() });
    }
    for at in 0..documents.len() {
        let imports = imports(&documents, at, findings);
        if let Some(document) = documents.get_mut(at) {
            document.imports = imports;
        }
    }
    let mut graph = Graph { documents, nodes: Vec::new(), order: Vec::new() };
    for (at, root) in roots.iter().enumerate() {
        graph.gather(root, at, findings);
    }
    if let Some(beyond) = graph.nodes.get(NODES_MAX) {
        findings.push(beyond.element.finding("decision.limit_nodes").detail(NODES_MAX));
        return graph;
    }
    graph.duplicates(findings);
    graph.requirements(findings);
    graph.arrange(findings);
    graph
}

fn imports(
    documents: &[Document],
    at: usize,
    findings: &mut Vec<Finding>,
) -> Vec<(Option<Name>, usize)> {
    let mut imports = Vec::new();
    for import in documents.get(at).into_iter().flat_map(|document| document.root.all("import")) {
        let namespace = import.get("namespace").unwrap_or_default();
        let found = documents.iter().position(|document| document.namespace == namespace);
        match found.filter(|found| *found != at) {
            Some(found) => imports.push((import.get("name").map(name), found)),
            None => findings.push(import.finding("decision.import_missing").detail(namespace)),
        }
    }
    imports
}

impl<'a> Graph<'a> {
    fn gather(&mut self, root: &'a Element, document: usize, findings: &mut Vec<Finding>) {
        for element in root.children.iter().filter(|element| element.space == Space::Dmn) {
            let kind = match element.local.as_str() {
                "inputData" => Kind::Input,
                "decision" => Kind::Decision,
                "businessKnowledgeModel" => Kind::Knowledge,
                "decisionService" => Kind::Service,
                silent if SILENT.contains(&silent) => continue,
                "DMNDI" => continue,
                other => {
                    let finding = element.finding("decision.element_unsupported");
                    findings.push(finding.detail(other));
                    continue;
                }
            };
            let variable = element.child("variable");
            let written = element.get("name").unwrap_or_default();
            let named = variable.and_then(|variable| variable.get("name")).unwrap_or(written);
            if !is_name(written) || !is_name(named) {
                findings.push(element.finding("decision.name_wrong").detail(written));
            }
            self.nodes.push(Node {
                kind,
                element,
                document,
                name: written.to_owned(),
                variable: name(named),
                type_ref: variable.and_then(|variable| variable.get("typeRef")),
                needs: Vec::new(),
            });
        }
    }

    fn duplicates(&self, findings: &mut Vec<Finding>) {
        let (mut ids, mut names) = (BTreeMap::new(), BTreeMap::new());
        for node in &self.nodes {
            let id = node.element.get("id");
            if let Some(id) = id
                && ids.insert((node.document, id), ()).is_some()
            {
                findings.push(node.element.finding("decision.id_duplicate").detail(id));
            }
            if names.insert((node.document, node.variable.clone()), ()).is_some() {
                findings.push(node.element.finding("decision.name_duplicate").detail(&node.name));
            }
        }
    }

    /// The node an href of a document names, with the import it comes by.
    fn resolve(&self, href: &str, document: usize) -> Option<(usize, Option<Name>)> {
        let (namespace, id) = href.split_once('#')?;
        let home = self.documents.get(document)?;
        let same = |a: &str, b: &str| a.trim_end_matches('/') == b.trim_end_matches('/');
        let (of, import) = if namespace.is_empty() || same(namespace, home.namespace) {
            (document, None)
        } else {
            let of = |at: usize| self.documents.get(at).map(|document| document.namespace);
            let named = |at: usize| of(at).is_some_and(|of| same(of, namespace));
            let mut found = home.imports.iter().filter(|(_, at)| named(*at));
            found.next().map(|(import, at)| (*at, import.clone()))?
        };
        let node = |node: &Node| {
            node.document == of && node.element.get("id").is_some_and(|own| own == id)
        };
        self.nodes.iter().position(node).map(|node| (node, import))
    }

    fn requirements(&mut self, findings: &mut Vec<Finding>) {
        for at in 0..self.nodes.len() {
            let Some(node) = self.nodes.get(at) else { continue };
            let mut needs = Vec::new();
            for (reference, role) in references(node) {
                let href = reference.get("href").unwrap_or_default();
                let found = self.resolve(href, node.document);
                let fits = |to: usize| self.nodes.get(to).is_some_and(|node| fits(role, node.kind));
                match found.filter(|(to, _)| fits(*to)) {
                    Some((to, import)) => needs.push(Need { to, role, import }),
                    None => {
                        let rule = "decision.reference";
                        let finding = Finding::new(rule, node.element.label(), reference.place);
                        findings.push(finding.detail(href));
                    }
                }
            }
            if let Some(node) = self.nodes.get_mut(at) {
                node.needs = needs;
            }
        }
    }

    /// Fills the order, or finds a circle.
    fn arrange(&mut self, findings: &mut Vec<Finding>) {
        /// A node on the way down, with how many of its needs have been followed.
        struct Step(usize, usize);
        let mut state = vec![0_u8; self.nodes.len()];
        for start in 0..self.nodes.len() {
            if state.get(start) != Some(&0) {
                continue;
            }
            let mut way = vec![Step(start, 0)];
            while let Some(Step(at, followed)) = way.last_mut() {
                let (at, next) = (*at, *followed);
                *followed += 1;
                if let Some(state) = state.get_mut(at) {
                    *state = 1;
                }
                let Some(node) = self.nodes.get(at) else { break };
                let needs: Vec<usize> = node.needs.iter().map(|need| need.to).collect();
                let Some(to) = needs.get(next).copied() else {
                    if let Some(state) = state.get_mut(at) {
                        *state = 2;
                    }
                    self.order.push(at);
                    way.pop();
                    continue;
                };
                match state.get(to) {
                    Some(0) => way.push(Step(to, 0)),
                    // A knowledge model may call itself.
                    Some(1) if to == at && node.kind == Kind::Knowledge => {}
                    Some(1) => {
                        let from = way.iter().position(|step| step.0 == to).unwrap_or_default();
                        let circle = way.iter().skip(from).map(|step| step.0).chain([to]);
                        let named = |at: usize| self.nodes.get(at).map(|node| node.name.clone());
                        let path: Vec<String> = circle.filter_map(named).collect();
                        let finding = node.element.finding("decision.cycle");
                        findings.push(finding.detail(path.join(" → ")).path(path));
                        return;
                    }
                    _ => {}
                }
            }
        }
    }
}

/// The elements that name what a node requires.
fn references<'a>(node: &Node<'a>) -> Vec<(&'a Element, Role)> {
    let element = node.element;
    let mut found = Vec::new();
    for requirement in &element.children {
        let Some(first) = requirement.children.first() else {
            let role = match requirement.local.as_str() {
                "outputDecision" => Role::Output,
                "encapsulatedDecision" => Role::Inside,
                "inputDecision" => Role::Decision,
                "inputData" => Role::Input,
                _ => continue,
            };
            if node.kind == Kind::Service && requirement.space == Space::Dmn {
                found.push((requirement, role));
            }
            continue;
        };
        if requirement.is("informationRequirement") {
            found.extend(requirement.all("requiredInput").map(|to| (to, Role::Input)));
            found.extend(requirement.all("requiredDecision").map(|to| (to, Role::Decision)));
        } else if requirement.is("knowledgeRequirement") && first.space == Space::Dmn {
            found.extend(requirement.all("requiredKnowledge").map(|to| (to, Role::Knowledge)));
        }
    }
    found
}

fn fits(role: Role, kind: Kind) -> bool {
    match role {
        Role::Input => kind == Kind::Input,
        Role::Decision | Role::Output | Role::Inside => kind == Kind::Decision,
        Role::Knowledge => matches!(kind, Kind::Knowledge | Kind::Service),
    }
}
