//! The vocabulary of BPMN: its namespaces, the bounds of its documents, the rules they break.
//!
//! Must not know: what an element means.

use super::finding::Finding;
use markup::{Codes, Fault, Limits, Vocabulary};

/// Namespace of BPMN 2.0 models.
pub const BPMN: &str = "http://www.omg.org/spec/BPMN/20100524/MODEL";
/// Namespace of what the platform adds to a model.
pub const YIPAN: &str = "urn:yipan:process:1";

/// Which vocabulary a name belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// BPMN 2.0.
    Bpmn,
    /// The platform's own additions.
    Yipan,
    /// Anything else: kept, not read.
    Foreign,
}

/// A document: the model with its diagram.
pub type Document = markup::Document<Space>;
/// An element of one.
pub type Element = markup::Element<Space>;
/// What an element holds.
pub type Node = markup::Node<Space>;
/// An attribute.
pub type Attribute = markup::Attribute<Space>;

impl Vocabulary for Space {
    const MAIN: Space = Space::Bpmn;
    const OWN: Space = Space::Yipan;
    const FOREIGN: Space = Space::Foreign;
    const LIMITS: Limits = Limits {
        // A hand-drawn procedure has some 100 KB with its diagram.
        bytes: 8 << 20,
        // Deeper is never drawn, and recursion stays small.
        depth: 48,
        elements: 60_000,
        attributes: 64,
        attribute: 8_000,
    };
    const CODES: Codes = Codes {
        xml: "process.xml",
        encoding: "process.xml_encoding",
        doctype: "process.xml_doctype",
        entity: "process.xml_entity",
        bytes: "process.limit_bytes",
        depth: "process.limit_depth",
        elements: "process.limit_elements",
        attributes: "process.limit_attributes",
    };
    type Finding = Finding;

    fn of(uri: &str) -> Space {
        match uri {
            BPMN => Space::Bpmn,
            YIPAN => Space::Yipan,
            _ => Space::Foreign,
        }
    }
}

impl From<Fault> for Finding {
    fn from(fault: Fault) -> Finding {
        Finding::new(fault.code, fault.element, fault.place).detail(fault.detail)
    }
}

/// Id of the element, or its name when it has none.
pub fn name_of(element: &Element) -> String {
    Space::label(element).to_owned()
}
