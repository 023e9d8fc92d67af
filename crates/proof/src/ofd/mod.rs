//! OFD files (GB/T 33190): a licence sheet written from a list of marks, read, sealed by one or
//! several seals (GB/T 38540 version 4, GB/T 33190 §18) and verified.
//!
//! Invariants: a seal covers every file of the archive but the list of signatures and its own
//! value, so that nothing can be added, removed or changed unnoticed; a later seal covers the
//! earlier ones; the same input gives the same bytes.
//! Must not know: what a licence says, how a page is laid out, who is trusted.

mod package;
mod seal;
mod sheet;
mod xml;

pub use package::{FILES_MAX, Files, INFLATED_MAX, SIZE_MAX, exact, read as unpack, write as pack};
pub(crate) use seal::exact_list;
pub use seal::{Placement, SEALS_MAX, Sealed, seal, verify};
pub use sheet::{Mark, PAGES_MAX, Page, Sheet, write};

use kernel::{Error, Result};
use xml::one;

/// A document that was read. Whether its seals hold is not yet known: that is [`verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Title, empty when it has none.
    pub title: String,
    /// The text of each page, runs one after another on lines of their own.
    pub pages: Vec<String>,
    /// The data beside the pages, when [`Sheet::data`] was given.
    pub data: Option<Vec<u8>>,
    files: Files,
}

impl Document {
    /// Reads a file. Errors: `proof.ofd.container`, `proof.ofd.xml`, `proof.ofd.missing` for a file
    /// that is named and absent.
    pub fn parse(bytes: &[u8]) -> Result<Document> {
        let files = package::read(bytes)?;
        let root = xml::parse(part(&files, "OFD.xml")?, "OFD")?;
        let body = one(&root, "DocBody")?;
        let title = one(one(body, "DocInfo")?, "Title").map(|title| title.text());
        let at = resolve("", &one(body, "DocRoot")?.text())?;
        let document = xml::parse(part(&files, &at)?, "Document")?;
        let pages = one(&document, "Pages")?
            .all("Page")
            .map(|page| {
                let at = resolve(&at, page.get("BaseLoc").unwrap_or(""))?;
                let page = xml::parse(part(&files, &at)?, "Page")?;
                let mut text = String::new();
                gather(&page, &mut text);
                Ok(text)
            })
            .collect::<Result<Vec<_>>>()?;
        let data = files.get(sheet::DATA).cloned();
        Ok(Document { title: title.unwrap_or_default(), pages, data, files })
    }

    /// The files of the archive.
    pub fn files(&self) -> &Files {
        &self.files
    }
}

/// Depth is bounded by the reader.
fn gather(element: &xml::Element, text: &mut String) {
    if element.is("TextCode") {
        text.push_str(&element.text());
        text.push('\n');
    }
    element.elements().for_each(|child| gather(child, text));
}

fn part<'a>(files: &'a Files, name: &str) -> Result<&'a [u8]> {
    files
        .get(name)
        .map(Vec::as_slice)
        .ok_or_else(|| Error::invalid("proof.ofd.missing").arg("name", name.escape_debug()))
}

/// A location as one file names another: from the root with a slash in front, else from its own
/// folder. Errors: `proof.ofd.missing` for one that leads out of the archive.
fn resolve(from: &str, location: &str) -> Result<String> {
    let outside = || Error::invalid("proof.ofd.missing").arg("name", location.escape_debug());
    let mut parts: Vec<&str> = match location.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => {
            from.rsplit_once('/').map_or_else(Vec::new, |(folder, _)| folder.split('/').collect())
        }
    };
    for step in location.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or_else(outside)?;
            }
            step => parts.push(step),
        }
    }
    if parts.is_empty() { Err(outside()) } else { Ok(parts.join("/")) }
}
