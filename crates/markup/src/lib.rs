//! XML documents read within bounds, as trees that forget nothing: comments, instructions, foreign
//! elements and attributes are kept, and [`Document::write`] gives them back.
//!
//! Nouns: [`Document`] a tree of [`Element`]s; [`Vocabulary`] what a reader knows of namespaces,
//! how large its documents may be and what it calls their faults.
//!
//! Invariants
//! - `parse(write(parse(x)))` is `parse(x)`, but for places.
//! - Document types and entities are refused, so nothing is fetched and nothing expands.
//! - Everything is bounded before it is built; depth bounds every recursion over the tree.
//! - No bytes end the process.
//!
//! Must not know: what an element means.

mod encoding;
mod read;
mod tree;
mod write;

pub use encoding::as_utf8;
pub use tree::{Attribute, Document, Element, Node};
pub use write::escaped;

use serde::Serialize;

/// A place in a document, counted from 1; 0 for what did not come from one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// Line.
    pub line: u32,
    /// Column, in characters.
    pub column: u32,
}

impl Place {
    const START: Place = Place { line: 1, column: 1 };
}

/// How large the documents of a vocabulary may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a document.
    pub bytes: usize,
    /// Depth of elements.
    pub depth: usize,
    /// Elements of a document.
    pub elements: usize,
    /// Attributes of an element.
    pub attributes: usize,
    /// Bytes of the value of an attribute.
    pub attribute: usize,
}

/// What a vocabulary calls the faults of its documents.
#[derive(Clone, Copy, Debug)]
pub struct Codes {
    /// Not well-formed.
    pub xml: &'static str,
    /// Not in an encoding that is read.
    pub encoding: &'static str,
    /// It has a document type.
    pub doctype: &'static str,
    /// It has an entity.
    pub entity: &'static str,
    /// Too many bytes.
    pub bytes: &'static str,
    /// Nested too deeply.
    pub depth: &'static str,
    /// Too many elements.
    pub elements: &'static str,
    /// Too many attributes, or too long ones.
    pub attributes: &'static str,
}

impl Codes {
    /// One code for every fault.
    pub const fn all(code: &'static str) -> Codes {
        Codes {
            xml: code,
            encoding: code,
            doctype: code,
            entity: code,
            bytes: code,
            depth: code,
            elements: code,
            attributes: code,
        }
    }
}

/// What is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// One of the vocabulary's codes.
    pub code: &'static str,
    /// The element it is in, as the vocabulary calls it; empty outside the root.
    pub element: String,
    /// Where it is.
    pub place: Place,
    /// What exactly: a name, a limit.
    pub detail: String,
}

/// The namespaces a reader tells apart, and the bounds and names of its faults.
pub trait Vocabulary: Copy + PartialEq + Sized {
    /// The standard that is read.
    const MAIN: Self;
    /// What the platform adds to it.
    const OWN: Self;
    /// Anything else: kept, not read.
    const FOREIGN: Self;
    /// Bounds.
    const LIMITS: Limits;
    /// Codes.
    const CODES: Codes;
    /// What a fault becomes.
    type Finding: From<Fault>;

    /// The vocabulary of a namespace.
    fn of(uri: &str) -> Self;

    /// What an element is called in a fault.
    fn label(element: &Element<Self>) -> &str {
        element.get("id").unwrap_or(&element.name)
    }
}

#[cfg(test)]
mod tests;
