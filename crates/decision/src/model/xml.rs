//! A DMN document as a tree of elements with their places.
//!
//! Invariants
//! - Document types and entities are refused, so nothing is fetched and nothing expands.
//! - Everything is bounded before it is built; depth bounds every recursion over the tree.
//! - Nothing of the tree is written back: the document itself is the record.
//!
//! Must not know: what an element means.

use crate::limit::{ATTRIBUTE_MAX, ATTRIBUTES_MAX, BYTES_MAX, DEPTH_MAX, ELEMENTS_MAX};
use flow::process::{Finding, Place};
use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

/// Namespaces of DMN 1.3, 1.4 and 1.5.
const DMN: &[&str] = &[
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
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

/// An element being read, with how many namespace bindings it opened.
struct Open {
    element: Element,
    bindings: usize,
}

struct Parser<'a> {
    source: &'a str,
    /// How far `place` has been counted.
    counted: usize,
    place: Place,
    /// Bindings of prefixes in force, innermost last.
    bindings: Vec<(String, Space)>,
    stack: Vec<Open>,
    elements: usize,
    root: Option<Element>,
}

/// Reads a document. Errors: one finding, with its place.
pub fn parse(bytes: &[u8]) -> Result<Element, Finding> {
    let start = Place { line: 1, column: 1 };
    if bytes.len() > BYTES_MAX {
        return Err(Finding::new("decision.limit_bytes", "", start).detail(BYTES_MAX));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let source = std::str::from_utf8(bytes)
        .map_err(|error| Finding::new("decision.xml_encoding", "", start).detail(error))?;
    let (bindings, stack) = (Vec::new(), Vec::new());
    let parser =
        Parser { source, counted: 0, place: start, bindings, stack, elements: 0, root: None };
    parser.run()
}

impl Parser<'_> {
    fn run(mut self) -> Result<Element, Finding> {
        let mut reader = Reader::from_str(self.source);
        loop {
            self.count(reader.buffer_position());
            let event =
                reader.read_event().map_err(|error| self.found("decision.xml").detail(error))?;
            match event {
                Event::Start(tag) => self.open(&tag)?,
                Event::Empty(tag) => {
                    self.open(&tag)?;
                    self.close()?;
                }
                Event::End(_) => self.close()?,
                Event::Text(text) => self.text(&text.xml10_content())?,
                Event::CData(text) => self.text(&text.xml10_content())?,
                Event::GeneralRef(entity) => {
                    let text = self.resolve(&format!("&{};", &*entity.into_inner()))?;
                    self.text(&text)?;
                }
                Event::DocType(_) => return Err(self.found("decision.xml_doctype")),
                Event::Decl(declared) => {
                    let utf8 = |name: &str| name.eq_ignore_ascii_case("utf-8");
                    match declared.encoding() {
                        None => {}
                        Some(Ok(name)) if utf8(&name) => {}
                        Some(_) => return Err(self.found("decision.xml_encoding")),
                    }
                }
                Event::Comment(_) | Event::PI(_) => {}
                Event::Eof => break,
            }
        }
        match (self.stack.pop(), self.root.take()) {
            (None, Some(root)) => Ok(root),
            _ => Err(self.found("decision.xml").detail("end of document")),
        }
    }

    fn found(&self, rule: &'static str) -> Finding {
        let label = self.stack.last().map(|open| open.element.label()).unwrap_or_default();
        Finding::new(rule, label, self.place)
    }

    /// Moves the place up to the byte.
    fn count(&mut self, to: u64) {
        let to = usize::try_from(to).unwrap_or(usize::MAX).min(self.source.len());
        for character in self.source.get(self.counted..to).unwrap_or_default().chars() {
            if character == '\n' {
                self.place = Place { line: self.place.line + 1, column: 1 };
            } else {
                self.place.column += 1;
            }
        }
        self.counted = to;
    }

    fn resolve(&self, raw: &str) -> Result<String, Finding> {
        let text =
            unescape(raw).map_err(|error| self.found("decision.xml_entity").detail(error))?;
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err(self.found("decision.xml").detail("control character"));
        }
        Ok(text.into_owned())
    }

    fn open(&mut self, tag: &BytesStart) -> Result<(), Finding> {
        if self.root.is_some() {
            return Err(self.found("decision.xml").detail("second root"));
        }
        if self.stack.len() >= DEPTH_MAX {
            return Err(self.found("decision.limit_nesting").detail(DEPTH_MAX));
        }
        self.elements += 1;
        if self.elements > ELEMENTS_MAX {
            return Err(self.found("decision.limit_elements").detail(ELEMENTS_MAX));
        }
        let bindings = self.bindings.len();
        let mut attributes = Vec::new();
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|error| self.found("decision.xml").detail(error))?;
            if attributes.len() >= ATTRIBUTES_MAX || attribute.value.len() > ATTRIBUTE_MAX {
                return Err(self.found("decision.limit_attributes").detail(ATTRIBUTES_MAX));
            }
            let value = self.resolve(&attribute.value)?;
            let name = attribute.key.as_ref().to_owned();
            if name == "xmlns" {
                self.bindings.push((String::new(), space_of(&value)));
            } else if let Some(prefix) = name.strip_prefix("xmlns:") {
                self.bindings.push((prefix.to_owned(), space_of(&value)));
            } else {
                attributes.push((name, value));
            }
        }
        let name = tag.name().as_ref().to_owned();
        let (prefix, local) = name.split_once(':').unwrap_or(("", &name));
        let mut bound = self.bindings.iter().rev().filter(|(bound, _)| bound == prefix);
        let space = bound.next().map_or(Space::Foreign, |(_, space)| *space);
        let (children, text) = (Vec::new(), String::new());
        let local = local.to_owned();
        let element = Element { local, space, attributes, children, text, place: self.place };
        self.stack.push(Open { element, bindings });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Finding> {
        let Some(open) = self.stack.pop() else {
            return Err(self.found("decision.xml").detail("end without start"));
        };
        self.bindings.truncate(open.bindings);
        match self.stack.last_mut() {
            Some(parent) => parent.element.children.push(open.element),
            None => self.root = Some(open.element),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Finding> {
        match self.stack.last_mut() {
            Some(open) => open.element.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => return Err(self.found("decision.xml").detail("text outside the root")),
        }
        Ok(())
    }
}

fn space_of(uri: &str) -> Space {
    match uri {
        YIPAN => Space::Yipan,
        _ if DMN.contains(&uri) => Space::Dmn,
        _ => Space::Foreign,
    }
}
