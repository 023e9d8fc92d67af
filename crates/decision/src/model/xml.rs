//! A DMN document, or one of test cases, as a tree of elements with their places: the vocabulary,
//! and what is read of it.
//!
//! Invariant: nothing of the tree is written back; the document itself is the record.
//!
//! Must not know: what an element means.

use crate::limit::{ATTRIBUTE_MAX, ATTRIBUTES_MAX, BYTES_MAX, DEPTH_MAX, ELEMENTS_MAX};
use flow::process::{Finding, Place};
use markup::{Codes, Limits, Node, Vocabulary};

/// Namespaces of DMN 1.2, 1.3, 1.4 and 1.5, and of test cases of models. What 1.2 has is in 1.3 and
/// means the same.
const DMN: &[&str] = &[
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
    "http://www.omg.org/spec/DMN/20160719/testcase",
];
/// Namespace of what the platform adds to a model.
pub const YIPAN: &str = "urn:yipan:decision:1";

/// Which vocabulary an element belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// DMN.
    Dmn,
    /// The platform's own additions.
    Yipan,
    /// Anything else: not read.
    Foreign,
}

/// An element.
#[derive(Debug)]
pub struct Element {
    /// Name without prefix.
    pub local: String,
    /// Vocabulary.
    pub space: Space,
    /// Attributes by name, those with a prefix too.
    pub attributes: Vec<(String, String)>,
    /// Child elements in order.
    pub children: Vec<Element>,
    /// The text directly in it.
    pub text: String,
    /// Where its tag begins.
    pub place: Place,
}

impl Element {
    /// True for the DMN element of that name.
    pub fn is(&self, local: &str) -> bool {
        self.space == Space::Dmn && self.local == local
    }

    /// Value of an attribute, when it is not blank.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.attributes.iter().filter(|(key, _)| key == name);
        found.next().map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// Value of an attribute of XML Schema instances, whatever its prefix.
    pub fn instance(&self, local: &str) -> Option<&str> {
        let of = |key: &str| key.split_once(':').is_some_and(|(_, name)| name == local);
        self.attributes.iter().find(|(key, _)| of(key)).map(|(_, value)| value.trim())
    }

    /// The first DMN child of that name.
    pub fn child(&self, local: &str) -> Option<&Element> {
        self.children.iter().find(|element| element.is(local))
    }

    /// DMN children of that name.
    pub fn all<'a>(&'a self, local: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |element| element.is(local))
    }

    /// The platform's own children of that name.
    pub fn own<'a>(&'a self, local: &'a str) -> impl Iterator<Item = &'a Element> {
        let own = move |element: &&Element| element.space == Space::Yipan && element.local == local;
        self.children.iter().filter(own)
    }

    /// The text of the child `text`, when it is not blank.
    pub fn text_of(&self, local: &str) -> Option<&str> {
        let text = self.child(local).map(|child| child.text.trim());
        text.filter(|text| !text.is_empty())
    }

    /// Its id, or its name, or what it is.
    pub fn label(&self) -> &str {
        self.get("id").or(self.get("name")).unwrap_or(&self.local)
    }

    /// A finding at it.
    pub fn finding(&self, rule: &'static str) -> Finding {
        Finding::new(rule, self.label(), self.place)
    }
}

impl Vocabulary for Space {
    const MAIN: Space = Space::Dmn;
    const OWN: Space = Space::Yipan;
    const FOREIGN: Space = Space::Foreign;
    const LIMITS: Limits = Limits {
        bytes: BYTES_MAX,
        depth: DEPTH_MAX,
        elements: ELEMENTS_MAX,
        attributes: ATTRIBUTES_MAX,
        attribute: ATTRIBUTE_MAX,
    };
    const CODES: Codes = Codes {
        xml: "decision.xml",
        encoding: "decision.xml_encoding",
        doctype: "decision.xml_doctype",
        entity: "decision.xml_entity",
        bytes: "decision.limit_bytes",
        depth: "decision.limit_nesting",
        elements: "decision.limit_elements",
        attributes: "decision.limit_attributes",
    };
    type Finding = Finding;

    fn of(uri: &str) -> Space {
        match uri {
            YIPAN => Space::Yipan,
            _ if DMN.contains(&uri) => Space::Dmn,
            _ => Space::Foreign,
        }
    }
}

/// Reads a document. Errors: one finding, with its place.
pub fn parse(bytes: &[u8]) -> Result<Element, Finding> {
    let root = markup::Document::<Space>::parse(bytes)?.root;
    if root.space == Space::Foreign && root.local() == "definitions" {
        let name = root.name.split_once(':').map(|(prefix, _)| format!("xmlns:{prefix}"));
        let namespace = root.get(name.as_deref().unwrap_or("xmlns")).unwrap_or_default();
        let finding = Finding::new("decision.not_dmn", Space::label(&root), root.place);
        return Err(finding.detail(namespace));
    }
    Ok(read(root))
}

/// What is read of an element: its text as one, its attributes without namespaces. Depth bounds
/// the recursion.
fn read(element: markup::Element<Space>) -> Element {
    let local = element.local().to_owned();
    let declares = |name: &str| name == "xmlns" || name.starts_with("xmlns:");
    let attributes = element.attributes.into_iter().filter(|one| !declares(&one.name));
    let attributes = attributes.map(|one| (one.name, one.value)).collect();
    let (mut children, mut text) = (Vec::new(), String::new());
    for node in element.children {
        match node {
            Node::Element(child) => children.push(read(child)),
            Node::Text(part) | Node::Verbatim(part) => text.push_str(&part),
            Node::Comment(_) | Node::Instruction(_) => {}
        }
    }
    Element { local, space: element.space, attributes, children, text, place: element.place }
}
