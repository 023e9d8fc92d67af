//! Types of a model, from item definitions.
//!
//! Invariant: a type is built once; one that contains itself is a finding.

use super::{At, Builder};
use crate::feel::{Form, Program, Scope, condition, parse, parts_mut, snippet};
use crate::limit::TYPE_PARTS_MAX;
use crate::model::graph::Graph;
use crate::model::types::{Constraint, ItemType, Shape, simple};
use crate::model::xml::Element;
use dsntk_feel::FeelType;
use dsntk_feel_parser::AstNode;
use flow::process::Finding;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A type by document and name.
type Key<'a> = (usize, &'a str);

/// Types known so far.
pub struct Types<'a> {
    elements: BTreeMap<Key<'a>, &'a Element>,
    built: BTreeMap<Key<'a>, Arc<ItemType>>,
    /// Types being built, outermost first.
    open: Vec<Key<'a>>,
}

impl<'a> Types<'a> {
    /// The item definitions of all documents.
    pub fn new(graph: &Graph<'a>) -> Types<'a> {
        let mut elements = BTreeMap::new();
        for (at, document) in graph.documents.iter().enumerate() {
            for element in document.root.all("itemDefinition") {
                elements.insert((at, element.get("name").unwrap_or_default()), element);
            }
        }
        Types { elements, built: BTreeMap::new(), open: Vec::new() }
    }
}

impl<'a> Builder<'a, '_> {
    /// Builds every type, so that what is wrong with an unused one is told too.
    pub fn all_types(&mut self) {
        let keys: Vec<Key<'a>> = self.types.elements.keys().copied().collect();
        for key in keys {
            self.item_type(key);
        }
    }

    /// The type a reference names; a finding when there is none.
    pub fn type_of(
        &mut self,
        reference: Option<&str>,
        document: usize,
        element: &Element,
    ) -> Arc<ItemType> {
        let any = || Arc::new(ItemType::simple(FeelType::Any));
        let Some(reference) = reference.map(str::trim).filter(|text| !text.is_empty()) else {
            return any();
        };
        let plain = reference.strip_prefix("feel:").unwrap_or(reference);
        if let Some(found) = self.find(plain, document) {
            return self.item_type(found).unwrap_or_else(any);
        }
        if let Some(feel) = simple(plain) {
            return Arc::new(ItemType::simple(feel));
        }
        // Some editors write the prefix of the document's own namespace before its types.
        let bare = plain.split_once(':').and_then(|(_, bare)| self.find(bare, document));
        if let Some(found) = bare {
            return self.item_type(found).unwrap_or_else(any);
        }
        self.findings.push(element.finding("decision.type_unknown").detail(reference));
        any()
    }

    fn find(&self, name: &str, document: usize) -> Option<Key<'a>> {
        let key = |at: usize, name: &str| {
            let found = self.types.elements.range((at, "")..(at + 1, ""));
            found.map(|(key, _)| *key).find(|(_, own)| *own == name)
        };
        let together = self.graph.together(document);
        let imports = together.iter().filter_map(|at| self.graph.documents.get(*at));
        let mut imports = imports.flat_map(|document| &document.imports);
        let imported = || {
            imports.find_map(|(import, at)| {
                let inner = name.strip_prefix(import.as_ref()?.as_str())?.strip_prefix('.')?;
                key(*at, inner)
            })
        };
        together.iter().find_map(|at| key(*at, name)).or_else(imported)
    }

    fn item_type(&mut self, key: Key<'a>) -> Option<Arc<ItemType>> {
        if let Some(built) = self.types.built.get(&key) {
            return Some(built.clone());
        }
        let element = *self.types.elements.get(&key)?;
        if self.types.open.contains(&key) {
            self.findings.push(element.finding("decision.type_cycle").detail(key.1));
            return None;
        }
        self.types.open.push(key);
        let built = Arc::new(self.definition(element, key.0));
        self.types.open.pop();
        self.types.built.insert(key, built.clone());
        Some(built)
    }

    fn definition(&mut self, element: &'a Element, document: usize) -> ItemType {
        // A component is known by its type; its name is that of a place.
        let component = element.is("itemComponent");
        let reference = element.text_of("typeRef").filter(|_| component);
        let name = reference.or(element.get("name")).unwrap_or_default().to_owned();
        let components: Vec<&Element> = element.all("itemComponent").collect();
        let mut kind = if let Some(function) = element.child("functionItem") {
            let parameter = |parameter: &Element| {
                let key = crate::feel::name(parameter.get("name").unwrap_or_default());
                (key, self.type_of(parameter.get("typeRef"), document, parameter))
            };
            let parameters: Vec<_> = function.all("parameters").map(parameter).collect();
            let result = self.type_of(function.get("outputTypeRef"), document, function);
            let inner = parameters.iter().map(|(_, kind)| kind).chain([&result]);
            let Some(parts) = self.parts(inner, element) else {
                return ItemType::simple(FeelType::Any);
            };
            let types = parameters.iter().map(|(_, kind)| kind.feel.clone()).collect();
            let feel = FeelType::Function(types, Box::new(result.feel.clone()));
            let (shape, allowed, constraint) = (Shape::Function(parameters, result), None, None);
            ItemType { name: name.clone(), shape, feel, allowed, constraint, parts }
        } else if components.is_empty() {
            let base = self.type_of(element.text_of("typeRef"), document, element);
            let (shape, feel) = (base.shape.clone(), base.feel.clone());
            let (allowed, constraint) = (base.allowed.clone(), base.constraint.clone());
            ItemType { name: name.clone(), shape, feel, allowed, constraint, parts: base.parts }
        } else {
            let field = |component: &&'a Element| {
                let field = crate::feel::name(component.get("name").unwrap_or_default());
                (field, Arc::new(self.definition(component, document)))
            };
            let fields: Vec<_> = components.iter().map(field).collect();
            let inner = fields.iter().map(|(_, kind)| kind);
            let Some(parts) = self.parts(inner, element) else {
                return ItemType::simple(FeelType::Any);
            };
            let types = fields.iter().map(|(name, kind)| (name.clone(), kind.feel.clone()));
            let feel = FeelType::Context(types.collect());
            let (shape, allowed, constraint) = (Shape::Fields(fields), None, None);
            ItemType { name: name.clone(), shape, feel, allowed, constraint, parts }
        };
        if let Some(allowed) = self.constraint(element.child("allowedValues"), element) {
            kind.allowed = Some(Arc::new(allowed));
        }
        let constraint = self.constraint(element.child("typeConstraint"), element).map(Arc::new);
        let parts = kind.parts;
        if element.get("isCollection") == Some("true") {
            let feel = FeelType::List(Box::new(kind.feel.clone()));
            let (shape, parts) = (Shape::List(Arc::new(kind)), parts + 1);
            let name = if component { format!("list<{name}>") } else { name };
            return ItemType { name, shape, feel, allowed: None, constraint, parts };
        }
        kind.constraint = constraint.or(kind.constraint);
        kind
    }

    /// Types that a type of these parts is written out of; a finding when there are too many, as
    /// when each of many types holds the one before it twice.
    fn parts<'t>(
        &mut self,
        inner: impl Iterator<Item = &'t Arc<ItemType>>,
        element: &Element,
    ) -> Option<usize> {
        let parts = 1 + inner.map(|kind| kind.parts).sum::<usize>();
        if parts > TYPE_PARTS_MAX {
            self.findings.push(element.finding("decision.limit_type").detail(TYPE_PARTS_MAX));
        }
        (parts <= TYPE_PARTS_MAX).then_some(parts)
    }

    /// Tests in an element, of a value that is `?`.
    pub fn constraint(&mut self, tests: Option<&Element>, near: &Element) -> Option<Constraint> {
        let tests = tests?;
        let text = tests.text_of("text")?;
        match parse(Form::Tests, text, &Scope::closed()) {
            Ok(node) => {
                let subject = AstNode::Name("?".into());
                let program = Program::new(condition(&subject, node.clone()));
                Some(Constraint { text: text.to_owned(), node, program })
            }
            Err(error) => {
                let detail = error.args.first().map(|(_, detail)| detail.clone());
                let finding = Finding::new(error.code, near.label(), tests.place);
                self.findings.push(finding.detail(detail.unwrap_or_else(|| snippet(text))));
                // What cannot be read allows nothing.
                let node = AstNode::Boolean(false);
                let program = Program::new(node.clone());
                Some(Constraint { text: text.to_owned(), node, program })
            }
        }
    }

    /// Puts the types of the model in the place of their names. A parameter whose type has tests
    /// is tested before the body of its function.
    pub fn named_types(&mut self, node: &mut AstNode, element: &Element, at: &At) {
        if let AstNode::FunctionDefinition(parameters, body) = node
            && let AstNode::FunctionBody(body, false) = body.as_mut()
        {
            for parameter in parts_mut(parameters) {
                let AstNode::FormalParameter(name, kind) = parameter else { continue };
                let (AstNode::ParameterName(name), Some(kind)) =
                    (name.as_ref(), self.named_type(kind, element, at))
                else {
                    continue;
                };
                if let Some(allowed) = &kind.allowed {
                    let subject = AstNode::Name(name.clone());
                    let test = Box::new(condition(&subject, allowed.node.clone()));
                    let inner = Box::new(std::mem::replace(body.as_mut(), AstNode::Null));
                    **body = AstNode::If(test, inner, Box::new(AstNode::Null));
                }
            }
        }
        if let Some(kind) = self.named_type(node, element, at) {
            *node = AstNode::FeelType(kind.feel.clone());
            return;
        }
        for part in parts_mut(node) {
            self.named_types(part, element, at);
        }
    }

    /// The type a node names.
    fn named_type(&mut self, node: &AstNode, near: &Element, at: &At) -> Option<Arc<ItemType>> {
        let AstNode::QualifiedName(segments) = node else { return None };
        let text = |segment: &AstNode| match segment {
            AstNode::QualifiedNameSegment(name) => name.to_string(),
            _ => String::new(),
        };
        let name = segments.iter().map(text).collect::<Vec<_>>().join(".");
        Some(self.type_of(Some(&name), at.document, near))
    }
}
