//! The XML of an OFD file, read as a small tree of local names.
//!
//! Invariants: document types and entities are refused, so nothing is fetched and nothing expands;
//! size, depth and number of elements are bounded; an attribute stands once.
//! Must not know: what an element means.

use kernel::{Error, Result};
use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

/// Most bytes of one document.
const BYTES_MAX: usize = 16 << 20;
const DEPTH_MAX: usize = 32;
const ELEMENTS_MAX: usize = 200_000;
const ATTRIBUTES_MAX: usize = 64;

/// An element; prefixes are dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    pub(super) children: Vec<Element>,
    text: String,
}

fn wrong(why: impl std::fmt::Display) -> Error {
    Error::invalid("proof.ofd.xml").detail(why)
}

/// Reads a document whose root bears the name. Errors: `proof.ofd.xml`.
pub(super) fn parse(bytes: &[u8], root: &str) -> Result<Element> {
    if bytes.len() > BYTES_MAX {
        return Err(wrong("too large"));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(wrong)?;
    let mut reader = Reader::from_str(text);
    let mut stack: Vec<Element> = Vec::new();
    let (mut done, mut count) = (None, 0);
    loop {
        match reader.read_event().map_err(wrong)? {
            Event::Start(tag) => {
                count += 1;
                if done.is_some() || stack.len() >= DEPTH_MAX || count > ELEMENTS_MAX {
                    return Err(wrong("second root, too deep or too many elements"));
                }
                stack.push(open(&tag)?);
            }
            Event::Empty(tag) => {
                count += 1;
                if done.is_some() || count > ELEMENTS_MAX {
                    return Err(wrong("second root or too many elements"));
                }
                close(open(&tag)?, &mut stack, &mut done);
            }
            Event::End(_) => {
                let element = stack.pop().ok_or_else(|| wrong("end without beginning"))?;
                close(element, &mut stack, &mut done);
            }
            Event::Text(text) => add(&mut stack, &text.xml10_content())?,
            Event::CData(text) => add(&mut stack, &text.xml10_content())?,
            Event::GeneralRef(name) => {
                let raw = format!("&{};", &*name.into_inner());
                // Only the five of XML itself and numbers resolve.
                let text = unescape(&raw).map_err(wrong)?;
                add(&mut stack, &text)?;
            }
            Event::DocType(_) => return Err(wrong("document type")),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof => break,
        }
    }
    match done {
        Some(element) if stack.is_empty() && element.name == root => Ok(element),
        _ => Err(wrong("another root, or no end")),
    }
}

fn close(element: Element, stack: &mut [Element], done: &mut Option<Element>) {
    match stack.last_mut() {
        Some(parent) => parent.children.push(element),
        None => *done = Some(element),
    }
}

fn add(stack: &mut [Element], text: &str) -> Result<()> {
    match stack.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(wrong("text outside")),
    }
    Ok(())
}

fn open(tag: &BytesStart) -> Result<Element> {
    let local = |name: &str| name.rsplit(':').next().unwrap_or(name).to_owned();
    let mut element = Element { name: local(tag.name().as_ref()), ..Element::default() };
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(wrong)?;
        let name: &str = attribute.key.as_ref();
        if name == "xmlns" || name.starts_with("xmlns:") {
            continue;
        }
        let value = unescape(&attribute.value).map_err(wrong)?.into_owned();
        let name = local(name);
        if element.attributes.len() >= ATTRIBUTES_MAX || element.attribute(&name).is_some() {
            return Err(wrong("too many attributes, or one twice"));
        }
        element.attributes.push((name, value));
    }
    Ok(element)
}

impl Element {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The children of a name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The only child of a name. Errors: `proof.ofd.xml` when there is none or more than one.
    pub(super) fn one(&self, name: &str) -> Result<&Element> {
        let mut found = self.children.iter().filter(|child| child.name == name);
        match (found.next(), found.next()) {
            (Some(child), None) => Ok(child),
            _ => Err(wrong("a child missing or twice").arg("name", name.escape_debug())),
        }
    }

    /// Its text without blanks around it.
    pub(super) fn text(&self) -> &str {
        self.text.trim()
    }
}
