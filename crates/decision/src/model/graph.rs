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
use crate::limit::{IMPORTED_MAX, NODES_MAX};
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

/// A document, once for each way of names by which it is imported: two importers of one document
/// may tell its inputs differently.
pub struct Document<'a> {
    /// Its root.
    pub root: &'a Element,
    /// Its namespace.
    pub namespace: &'a str,
    /// Names of the imports that lead to it, from the model's own.
    pub way: Vec<Name>,
    /// The document that imports it.
    importer: Option<usize>,
    /// Imports: name, index of the document; none for a name that was empty.
    pub imports: Vec<(Option<Name>, usize)>,
}

/// All documents of a model that its own leads to.
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

/// Reads the documents, the model's own first. Never fails: what is wrong is in the findings.
pub fn read<'a>(roots: &'a [Element], findings: &mut Vec<Finding>) -> Graph<'a> {
    for root in roots.iter().filter(|root| !root.is("definitions")) {
        findings.push(root.finding("decision.not_dmn").detail(&root.local));
    }
    let own = roots.first().map(|root| Document::of(root, Vec::new(), None));
    let mut graph =
        Graph { documents: own.into_iter().collect(), nodes: Vec::new(), order: Vec::new() };
    graph.imports(roots, findings);
    let imported: Vec<&'a Element> = graph.documents.iter().map(|one| one.root).collect();
    for (at, root) in imported.into_iter().enumerate() {
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

impl<'a> Document<'a> {
    fn of(root: &'a Element, way: Vec<Name>, importer: Option<usize>) -> Document<'a> {
        let namespace = root.get("namespace").unwrap_or_default();
        Document { root, namespace, way, importer, imports: Vec::new() }
    }
}

impl<'a> Graph<'a> {
    /// Follows the imports of every document, and theirs.
    fn imports(&mut self, roots: &'a [Element], findings: &mut Vec<Finding>) {
        let mut at = 0;
        while let Some(document) = self.documents.get(at) {
            let (root, own, way) = (document.root, document.namespace, document.way.clone());
            let mut imports = Vec::new();
            for import in root.all("import") {
                let wanted = import.get("namespace").unwrap_or_default();
                let is = |root: &&Element| root.get("namespace").unwrap_or_default() == wanted;
                let Some(found) = roots.iter().find(is).filter(|_| wanted != own) else {
                    findings.push(import.finding("decision.import_missing").detail(wanted));
                    continue;
                };
                let named = import.get("name").map(name);
                let way: Vec<Name> = way.iter().cloned().chain(named.clone()).collect();
                let known = self.importer(at, wanted).or_else(|| {
                    let same = |one: &Document| one.namespace == wanted && one.way == way;
                    self.documents.iter().position(same)
                });
                if known.is_none() && self.documents.len() >= IMPORTED_MAX {
                    findings.push(import.finding("decision.limit_imports").detail(IMPORTED_MAX));
                    return;
                }
                let to = known.unwrap_or_else(|| {
                    self.documents.push(Document::of(found, way, Some(at)));
                    self.documents.len() - 1
                });
                imports.push((named, to));
            }
            if let Some(document) = self.documents.get_mut(at) {
                document.imports = imports;
            }
            at += 1;
        }
    }

    /// The document of a namespace among those that led to one.
    fn importer(&self, at: usize, namespace: &str) -> Option<usize> {
        let above = |at: &usize| self.documents.get(*at).and_then(|one| one.importer);
        std::iter::successors(above(&at), above)
            .find(|at| self.documents.get(*at).is_some_and(|one| one.namespace == namespace))
    }

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
        let together = self.together(document);
        let (of, import) = if namespace.is_empty() || same(namespace, home.namespace) {
            (together, None)
        } else {
            let named =
                |at: usize| self.documents.get(at).is_some_and(|to| same(to.namespace, namespace));
            let known = together.iter().filter_map(|at| self.documents.get(*at));
            let mut imports = known.flat_map(|document| &document.imports);
            imports.find(|(_, at)| named(*at)).map(|(import, at)| (vec![*at], import.clone()))?
        };
        let node = |of: &usize| {
            let is = |node: &Node| node.document == *of && node.element.get("id") == Some(id);
            self.nodes.iter().position(is)
        };
        let found = of.iter().find_map(node)?;
        let own = if import.is_none() { self.of_its_name(found, document) } else { None };
        Some((own.unwrap_or(found), import))
    }

    /// What a document that was imported without a name shares with its importers: of nodes with one
    /// name, the importer's is meant.
    fn of_its_name(&self, node: usize, document: usize) -> Option<usize> {
        let unnamed = |at: &usize| {
            let (document, importer) =
                (self.documents.get(*at)?, self.documents.get(*at)?.importer?);
            let above = self.documents.get(importer)?;
            (above.way == document.way).then_some(importer)
        };
        let first = std::iter::successors(Some(document), unnamed).last()?;
        let wanted = self.nodes.get(node).filter(|node| node.document != first)?;
        self.together(first).into_iter().find_map(|at| {
            let is = |node: &Node| node.document == at && node.variable == wanted.variable;
            self.nodes.iter().position(is)
        })
    }

    /// A document and those it imports without a name, itself or through one another: what they
    /// define is known in it as its own.
    pub fn together(&self, document: usize) -> Vec<usize> {
        let (mut documents, mut at) = (vec![document], 0);
        while let Some(document) = documents.get(at).and_then(|of| self.documents.get(*of)) {
            at += 1;
            for (_, to) in document.imports.iter().filter(|(name, _)| name.is_none()) {
                if !documents.contains(to) {
                    documents.push(*to);
                }
            }
        }
        documents
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
