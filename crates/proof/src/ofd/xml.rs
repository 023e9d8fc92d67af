//! The XML of an OFD file: its namespace (GB/T 33190), how large its documents may be, and reading
//! one that must be there.
//!
//! Invariant: one code for every fault, `proof.ofd.xml`, with the fault and its place as detail.
//! Must not know: what an element means.

use kernel::{Error, Result};
use markup::{Codes, Document, Fault, Limits, Vocabulary};

/// Code of every fault.
const FAULT: &str = "proof.ofd.xml";
/// The namespace of OFD documents.
const NAMESPACE: &str = "http://www.ofdspec.org/2016";

/// Whose an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    /// OFD's.
    Ofd,
    /// The platform adds nothing to OFD: no element is of this kind.
    Own,
    /// Anybody else's: not read.
    Foreign,
}

/// An element.
pub(super) type Element = markup::Element<Space>;

impl Vocabulary for Space {
    const MAIN: Space = Space::Ofd;
    const OWN: Space = Space::Own;
    const FOREIGN: Space = Space::Foreign;
    const LIMITS: Limits = Limits {
        bytes: 16 << 20,
        depth: 32,
        elements: 200_000,
        attributes: 64,
        attribute: 1 << 20,
    };
    const CODES: Codes = Codes::all(FAULT);
    type Finding = Wrong;

    fn of(uri: &str) -> Space {
        if uri == NAMESPACE { Space::Ofd } else { Space::Foreign }
    }
}

/// A fault as the engine's error.
pub(super) struct Wrong(Error);

impl From<Fault> for Wrong {
    fn from(fault: Fault) -> Wrong {
        let (line, column) = (fault.place.line, fault.place.column);
        let why = fault.detail.escape_debug();
        Wrong(Error::invalid(FAULT).detail(format!("{line}:{column} {why}")))
    }
}

/// Reads a document whose root bears the name. Errors: `proof.ofd.xml`.
pub(super) fn parse(bytes: &[u8], root: &str) -> Result<Element> {
    let document: Document<Space> = Document::parse(bytes).map_err(|Wrong(error)| error)?;
    match document.root.is(root) {
        true => Ok(document.root),
        false => Err(Error::invalid(FAULT).detail("another root")),
    }
}

/// The only child of a name. Errors: `proof.ofd.xml` when there is none or more than one.
pub(super) fn one<'a>(element: &'a Element, name: &str) -> Result<&'a Element> {
    let mut found = element.elements().filter(|child| child.is(name));
    match (found.next(), found.next()) {
        (Some(child), None) => Ok(child),
        _ => {
            let error = Error::invalid(FAULT).detail("a child missing or twice");
            Err(error.arg("name", name.escape_debug()))
        }
    }
}
