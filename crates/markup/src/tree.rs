//! The tree of a document.

use crate::{Place, Vocabulary};

/// A document.
#[derive(Clone, Debug, PartialEq)]
pub struct Document<S> {
    /// Comments and instructions before the root.
    pub before: Vec<Node<S>>,
    /// The root.
    pub root: Element<S>,
    /// Comments and instructions after the root.
    pub after: Vec<Node<S>>,
}

/// What an element holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Node<S> {
    /// An element.
    Element(Element<S>),
    /// Text, entities resolved.
    Text(String),
    /// Text written without escapes.
    Verbatim(String),
    /// A comment.
    Comment(String),
    /// A processing instruction.
    Instruction(String),
}

/// An attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute<S> {
    /// Name with its prefix.
    pub name: String,
    /// Vocabulary; an attribute without prefix is foreign to all and read by its bare name.
    pub space: S,
    /// Value, entities resolved.
    pub value: String,
}

/// An element.
#[derive(Clone, Debug, PartialEq)]
pub struct Element<S> {
    /// Name with its prefix.
    pub name: String,
    /// Vocabulary.
    pub space: S,
    /// Attributes as written, declarations of namespaces among them.
    pub attributes: Vec<Attribute<S>>,
    /// Content in order.
    pub children: Vec<Node<S>>,
    /// Where its tag begins.
    pub place: Place,
}

impl<S: Vocabulary> Element<S> {
    /// Name without prefix.
    pub fn local(&self) -> &str {
        self.name.rsplit(':').next().unwrap_or_default()
    }

    /// True for the standard's element of that name.
    pub fn is(&self, local: &str) -> bool {
        self.space == S::MAIN && self.local() == local
    }

    /// Value of an attribute without prefix.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.attributes.iter().filter(|attribute| attribute.name == name);
        found.next().map(|attribute| attribute.value.as_str())
    }

    /// Value of one of the platform's attributes.
    pub fn own(&self, name: &str) -> Option<&str> {
        let own = |attribute: &&Attribute<S>| {
            attribute.space == S::OWN && attribute.name.rsplit(':').next() == Some(name)
        };
        self.attributes.iter().find(own).map(|attribute| attribute.value.as_str())
    }

    /// Child elements in order.
    pub fn elements(&self) -> impl Iterator<Item = &Element<S>> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            _ => None,
        })
    }

    /// The first child of the standard with that name.
    pub fn child(&self, local: &str) -> Option<&Element<S>> {
        self.elements().find(|element| element.is(local))
    }

    /// Children of the standard with that name.
    pub fn all<'a>(&'a self, local: &'a str) -> impl Iterator<Item = &'a Element<S>> {
        self.elements().filter(move |element| element.is(local))
    }

    /// The text directly in the element, trimmed.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for node in &self.children {
            if let Node::Text(part) | Node::Verbatim(part) = node {
                text.push_str(part);
            }
        }
        text.trim().to_owned()
    }
}
