//! From bytes to the tree.
//!
//! Invariant: a bound is checked before the thing it bounds is built.

use crate::{Attribute, Document, Element, Fault, Node, Place, Vocabulary, encoding};
use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};
use std::borrow::Cow;

/// An element being read, with how many namespace bindings it opened.
struct Open<S> {
    element: Element<S>,
    bindings: usize,
}

struct Parser<'a, S> {
    text: &'a str,
    form: encoding::Form,
    /// How far `place` has been counted.
    counted: usize,
    place: Place,
    /// Bindings of prefixes in force, innermost last.
    bindings: Vec<(String, S)>,
    stack: Vec<Open<S>>,
    elements: usize,
    before: Vec<Node<S>>,
    root: Option<Element<S>>,
    after: Vec<Node<S>>,
}

impl<S: Vocabulary> Document<S> {
    /// Reads a document. Errors: what is wrong first, with line and column.
    pub fn parse(bytes: &[u8]) -> Result<Document<S>, S::Finding> {
        parse(bytes).map_err(S::Finding::from)
    }
}

fn parse<S: Vocabulary>(bytes: &[u8]) -> Result<Document<S>, Fault> {
    let fault = |code, detail| Fault { code, element: String::new(), place: Place::START, detail };
    if bytes.len() > S::LIMITS.bytes {
        return Err(fault(S::CODES.bytes, S::LIMITS.bytes.to_string()));
    }
    let (text, form) = encoding::text(bytes).map_err(|detail| fault(S::CODES.encoding, detail))?;
    let mut parser = Parser {
        text: &text,
        form,
        counted: 0,
        place: Place::START,
        bindings: Vec::new(),
        stack: Vec::new(),
        elements: 0,
        before: Vec::new(),
        root: None,
        after: Vec::new(),
    };
    if let Some((at, _)) = text.char_indices().find(|(_, c)| !is_char(*c)) {
        parser.count(at as u64);
        return Err(parser.found(S::CODES.xml, "control character"));
    }
    parser.run()
}

/// True for a character that documents may hold (XML 1.0 §2.2), as it is or as a reference.
fn is_char(c: char) -> bool {
    !matches!(c, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
}

impl<S: Vocabulary> Parser<'_, S> {
    fn run(mut self) -> Result<Document<S>, Fault> {
        let mut reader = Reader::from_str(self.text);
        reader.config_mut().check_comments = true;
        loop {
            self.count(reader.buffer_position());
            let event = match reader.read_event() {
                Ok(event) => event,
                Err(error) => return Err(self.found(S::CODES.xml, error)),
            };
            match event {
                Event::Start(tag) => self.open(&tag)?,
                Event::Empty(tag) => {
                    self.open(&tag)?;
                    self.close()?;
                }
                Event::End(_) => self.close()?,
                Event::Text(text) => self.text(&text.xml10_content())?,
                Event::CData(text) => self.verbatim(&text.xml10_content())?,
                Event::Comment(text) => self.keep(Node::Comment(text.xml10_content().into())),
                Event::PI(text) => self.keep(Node::Instruction(text.into_inner().into_owned())),
                Event::GeneralRef(entity) => {
                    let raw = format!("&{};", &*entity.into_inner());
                    let text = self.resolve(&raw)?.into_owned();
                    self.text(&text)?;
                }
                Event::DocType(_) => return Err(self.found(S::CODES.doctype, "")),
                Event::Decl(_) if self.counted > 0 => {
                    return Err(self.found(S::CODES.xml, "XML declaration after the beginning"));
                }
                Event::Decl(declared) => match declared.encoding() {
                    None => {}
                    Some(Ok(name)) if encoding::agrees(&name, self.text, self.form) => {}
                    Some(Ok(name)) => return Err(self.found(S::CODES.encoding, name)),
                    Some(Err(error)) => return Err(self.found(S::CODES.encoding, error)),
                },
                Event::Eof => break,
            }
        }
        match (self.stack.pop(), self.root.take()) {
            (None, Some(root)) => Ok(Document { before: self.before, root, after: self.after }),
            _ => Err(self.found(S::CODES.xml, "end of document")),
        }
    }

    fn found(&self, code: &'static str, detail: impl ToString) -> Fault {
        let element = self.stack.last().map(|open| S::label(&open.element).to_owned());
        let (element, detail) = (element.unwrap_or_default(), detail.to_string());
        Fault { code, element, place: self.place, detail }
    }

    /// Moves the place up to the byte.
    fn count(&mut self, to: u64) {
        let to = usize::try_from(to).unwrap_or(usize::MAX).min(self.text.len());
        for character in self.text.get(self.counted..to).unwrap_or_default().chars() {
            if character == '\n' {
                self.place = Place { line: self.place.line + 1, column: 1 };
            } else {
                self.place.column += 1;
            }
        }
        self.counted = to;
    }

    fn resolve<'t>(&self, raw: &'t str) -> Result<Cow<'t, str>, Fault> {
        let text = unescape(raw).map_err(|error| self.found(S::CODES.entity, error))?;
        if !text.chars().all(is_char) {
            return Err(self.found(S::CODES.xml, "control character"));
        }
        Ok(text)
    }

    fn open(&mut self, tag: &BytesStart) -> Result<(), Fault> {
        if self.root.is_some() {
            return Err(self.found(S::CODES.xml, "second root"));
        }
        if self.stack.len() >= S::LIMITS.depth {
            return Err(self.found(S::CODES.depth, S::LIMITS.depth));
        }
        self.elements += 1;
        if self.elements > S::LIMITS.elements {
            return Err(self.found(S::CODES.elements, S::LIMITS.elements));
        }
        let bindings = self.bindings.len();
        let mut attributes = Vec::new();
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|error| self.found(S::CODES.xml, error))?;
            if attributes.len() >= S::LIMITS.attributes
                || attribute.value.len() > S::LIMITS.attribute
            {
                return Err(self.found(S::CODES.attributes, S::LIMITS.attributes));
            }
            // A line break in a value reads as a space; one written as a reference stays.
            let spaced = attribute.value.replace(['\r', '\n', '\t'], " ");
            let value = self.resolve(&spaced)?.into_owned();
            let name = attribute.key.as_ref().to_owned();
            if name == "xmlns" {
                self.bindings.push((String::new(), S::of(&value)));
            } else if let Some(prefix) = name.strip_prefix("xmlns:") {
                if value.is_empty() || prefix.is_empty() {
                    return Err(self.found(S::CODES.xml, name));
                }
                self.bindings.push((prefix.to_owned(), S::of(&value)));
            }
            attributes.push(Attribute { name, space: S::FOREIGN, value });
        }
        for attribute in &mut attributes {
            if let Some((prefix, _)) = attribute.name.split_once(':') {
                attribute.space = self.bound(prefix)?;
            }
        }
        let name = tag.name().as_ref().to_owned();
        if !name.chars().all(|c| c.is_alphanumeric() || "_-.:·".contains(c)) {
            return Err(self.found(S::CODES.xml, name));
        }
        let space = self.bound(name.split_once(':').map_or("", |(prefix, _)| prefix))?;
        let element = Element { name, space, attributes, children: Vec::new(), place: self.place };
        self.stack.push(Open { element, bindings });
        Ok(())
    }

    /// The vocabulary of a prefix; none is needed for names without one, and `xml` and `xmlns` are
    /// everywhere (Namespaces in XML 1.0 §3).
    fn bound(&self, prefix: &str) -> Result<S, Fault> {
        match self.bindings.iter().rev().find(|(name, _)| name == prefix) {
            Some((_, space)) => Ok(*space),
            None if matches!(prefix, "" | "xml" | "xmlns") => Ok(S::FOREIGN),
            None => Err(self.found(S::CODES.xml, format!("undeclared prefix {prefix}"))),
        }
    }

    fn close(&mut self) -> Result<(), Fault> {
        let Some(open) = self.stack.pop() else {
            return Err(self.found(S::CODES.xml, "end without start"));
        };
        self.bindings.truncate(open.bindings);
        match self.stack.last_mut() {
            Some(parent) => parent.element.children.push(Node::Element(open.element)),
            None => self.root = Some(open.element),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Fault> {
        let Some(open) = self.stack.last_mut() else {
            return match text.trim().is_empty() {
                true => Ok(()),
                false => Err(self.found(S::CODES.xml, "text outside the root")),
            };
        };
        match open.element.children.last_mut() {
            Some(Node::Text(before)) => before.push_str(text),
            _ if text.is_empty() => {}
            _ => open.element.children.push(Node::Text(text.to_owned())),
        }
        Ok(())
    }

    fn verbatim(&mut self, text: &str) -> Result<(), Fault> {
        match self.stack.last_mut() {
            Some(open) => open.element.children.push(Node::Verbatim(text.to_owned())),
            None => return Err(self.found(S::CODES.xml, "text outside the root")),
        }
        Ok(())
    }

    fn keep(&mut self, node: Node<S>) {
        match (self.stack.last_mut(), &self.root) {
            (Some(open), _) => open.element.children.push(node),
            (None, None) => self.before.push(node),
            (None, Some(_)) => self.after.push(node),
        }
    }
}
