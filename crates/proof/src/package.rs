//! Archive packages: files in one ZIP archive under a METS manifest (Library of Congress, version
//! 1.12), laid out like an E-ARK information package (CSIP).
//!
//! Invariants: the manifest names every other file with its size and SHA-256, and nothing else;
//! names are plain, so that an archive unpacks the same anywhere; the same package gives the same
//! bytes. Must not know: what a case is, who may read which file.

use crate::hash::Hash;
use crate::ofd::{self, Files};
use kernel::{Error, Result, Timestamp};
use markup::{Codes, Document, Element, Fault, Limits, Vocabulary, escaped};
use std::fmt::Write;

/// Where a package's own files lie, within its folder.
pub(crate) const DATA: &str = "representations/original/data/";
/// Where the proofs of its evidence lie.
pub(crate) const EVIDENCE: &str = "metadata/preservation/evidence.json";
/// Where its description lies.
pub(crate) const DESCRIPTION: &str = "metadata/descriptive/dc.xml";
/// Name of the manifest.
pub(crate) const METS: &str = "METS.xml";
/// Longest name of a file or package, in bytes.
const NAME_MAX: usize = 80;
const FAULT: &str = "proof.package.form";
const NAMESPACE: &str = "http://www.loc.gov/METS/";

/// A file of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Plain name, no path.
    pub name: String,
    /// Title.
    pub title: String,
    /// What it is, in one word.
    pub kind: String,
    /// Content type.
    pub media_type: String,
    /// Content.
    pub content: Vec<u8>,
}

/// A package to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package<'a> {
    /// Its number, also the name of its folder.
    pub id: &'a str,
    /// Title.
    pub title: &'a str,
    /// Who made it.
    pub agency: &'a str,
    /// What it is about.
    pub relation: &'a str,
    /// How long it is kept.
    pub retention: &'a str,
    /// When it was put together.
    pub at: Timestamp,
    /// Its files, in order.
    pub files: &'a [File],
    /// Proofs that its evidence stands in a log, as JSON.
    pub evidence: &'a [u8],
}

/// What the manifest says of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) path: String,
    pub(crate) size: String,
    pub(crate) sha256: String,
}

fn form(why: &'static str) -> Error {
    Error::invalid(FAULT).detail(why)
}

fn is_plain(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    !name.is_empty() && name.len() <= NAME_MAX && !name.starts_with('.') && name.chars().all(fits)
}

/// The package as one file. Errors: `proof.package.form` for a name that is not plain or comes
/// twice; `proof.ofd.container` for more or larger files than an archive holds.
pub fn write(package: &Package<'_>) -> Result<Vec<u8>> {
    let mut inside = Files::new();
    let mut described = Vec::with_capacity(package.files.len());
    if !is_plain(package.id) {
        return Err(form("the package's name"));
    }
    for file in package.files {
        if !is_plain(&file.name) {
            return Err(form("a file's name"));
        }
        let path = format!("{DATA}{}", file.name);
        described.push(description(package.at, &file.media_type, &file.content));
        if inside.insert(path, file.content.clone()).is_some() {
            return Err(form("a file's name twice"));
        }
    }
    let about = dublin_core(package).into_bytes();
    let mets = mets(package, &about, &described);
    inside.insert(DESCRIPTION.to_owned(), about);
    inside.insert(EVIDENCE.to_owned(), package.evidence.to_vec());
    inside.insert(METS.to_owned(), mets.into_bytes());
    let files: Files = inside
        .into_iter()
        .map(|(path, content)| (format!("{}/{path}", package.id), content))
        .collect();
    ofd::pack(&files)
}

/// The folder of a package among the files of an archive, when it is one.
pub(crate) fn folder(files: &Files) -> Option<&str> {
    let mut found = files.keys().filter_map(|name| name.strip_suffix("/METS.xml"));
    found.next().filter(|folder| !folder.contains('/'))
}

/// What the manifest of a package lists. Errors: `proof.package.form`.
pub(crate) fn listed(mets: &[u8]) -> Result<Vec<Listed>> {
    let document: Document<Space> = Document::parse(mets).map_err(|Wrong(error)| error)?;
    if !document.root.is("mets") {
        return Err(form("another root"));
    }
    let mut out = Vec::new();
    gather(&document.root, &mut out)?;
    Ok(out)
}

/// Files of the file section and of the metadata; depth is bounded by the reader.
fn gather(element: &Element<Space>, out: &mut Vec<Listed>) -> Result<()> {
    for child in element.elements() {
        let located = match child.local() {
            "mdRef" if child.is("mdRef") => Some((child, child)),
            "file" if child.is("file") => {
                let at = child.child("FLocat").ok_or_else(|| form("a file without a place"))?;
                Some((child, at))
            }
            _ => None,
        };
        let Some((file, at)) = located else {
            gather(child, out)?;
            continue;
        };
        let text = |name: &str| file.get(name).map(str::to_owned).ok_or_else(|| form("a file"));
        if file.get("CHECKSUMTYPE") != Some("SHA-256") {
            return Err(form("another kind of checksum"));
        }
        let path = at.get("xlink:href").ok_or_else(|| form("a file without a place"))?.to_owned();
        out.push(Listed { path, size: text("SIZE")?, sha256: text("CHECKSUM")? });
    }
    Ok(())
}

fn dublin_core(package: &Package<'_>) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <metadata xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:identifier>{}</dc:identifier>\
         <dc:title>{}</dc:title><dc:creator>{}</dc:creator><dc:relation>{}</dc:relation>\
         <dc:rights>{}</dc:rights><dc:date>{}</dc:date></metadata>\n",
        escaped(package.id),
        escaped(package.title),
        escaped(package.agency),
        escaped(package.relation),
        escaped(package.retention),
        package.at.date(),
    )
}

fn mets(package: &Package<'_>, about: &[u8], described: &[String]) -> String {
    let (id, at) = (escaped(package.id), package.at.rfc3339());
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <mets xmlns=\"{NAMESPACE}\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" \
         xmlns:csip=\"https://DILCIS.eu/XML/METS/CSIPExtensionMETS\" OBJID=\"{id}\" \
         TYPE=\"Other\" LABEL=\"{title}\" \
         PROFILE=\"https://earkcsip.dilcis.eu/profile/E-ARK-CSIP.xml\" \
         csip:OTHERTYPE=\"Case folder\" csip:CONTENTINFORMATIONTYPE=\"OTHER\" \
         csip:OTHERCONTENTINFORMATIONTYPE=\"Case folder\">\n\
         <metsHdr CREATEDATE=\"{at}\" RECORDSTATUS=\"Complete\" csip:OAISPACKAGETYPE=\"AIP\">\
         <agent ROLE=\"CREATOR\" TYPE=\"OTHER\" OTHERTYPE=\"SOFTWARE\"><name>Yipan</name>\
         <note csip:NOTETYPE=\"SOFTWARE VERSION\">{version}</note></agent>\
         <agent ROLE=\"ARCHIVIST\" TYPE=\"ORGANIZATION\"><name>{agency}</name></agent></metsHdr>\n\
         <dmdSec ID=\"description\" CREATED=\"{at}\" STATUS=\"CURRENT\"><mdRef LOCTYPE=\"URL\" \
         MDTYPE=\"DC\" xlink:type=\"simple\" xlink:href=\"{DESCRIPTION}\" {of_about}/></dmdSec>\n\
         <amdSec ID=\"administration\"><digiprovMD ID=\"evidence\" CREATED=\"{at}\" \
         STATUS=\"CURRENT\"><mdRef LOCTYPE=\"URL\" MDTYPE=\"OTHER\" OTHERMDTYPE=\"C2SP tlog\" \
         xlink:type=\"simple\" xlink:href=\"{EVIDENCE}\" {of_evidence}/></digiprovMD></amdSec>\n\
         <fileSec ID=\"files\"><fileGrp ID=\"original\" USE=\"Representations/original\" \
         csip:CONTENTINFORMATIONTYPE=\"OTHER\" \
         csip:OTHERCONTENTINFORMATIONTYPE=\"Case folder\">\n",
        title = escaped(package.title),
        agency = escaped(package.agency),
        version = env!("CARGO_PKG_VERSION"),
        of_about = description(package.at, "text/xml", about),
        of_evidence = description(package.at, "application/json", package.evidence),
    );
    // Writing to a text cannot fail.
    for (number, (file, described)) in (1..).zip(package.files.iter().zip(described)) {
        let _ = writeln!(
            out,
            "<file ID=\"file-{number}\" {described}><FLocat LOCTYPE=\"URL\" xlink:type=\"simple\" \
             xlink:href=\"{DATA}{}\"/></file>",
            escaped(&file.name),
        );
    }
    let _ = writeln!(
        out,
        "</fileGrp></fileSec>\n<structMap ID=\"csip\" TYPE=\"PHYSICAL\" LABEL=\"CSIP\">\
         <div ID=\"root\" LABEL=\"{id}\"><div ID=\"metadata\" LABEL=\"Metadata\" \
         DMDID=\"description\" ADMID=\"evidence\"/><div ID=\"representations\" \
         LABEL=\"Representations\"><fptr FILEID=\"original\"/>"
    );
    for (number, file) in (1..).zip(package.files) {
        let _ = writeln!(
            out,
            "<div LABEL=\"{}\" TYPE=\"{}\"><fptr FILEID=\"file-{number}\"/></div>",
            escaped(&file.title),
            escaped(&file.kind),
        );
    }
    out.push_str("</div></div></structMap>\n</mets>\n");
    out
}

fn description(at: Timestamp, media_type: &str, content: &[u8]) -> String {
    format!(
        "MIMETYPE=\"{}\" SIZE=\"{}\" CREATED=\"{}\" CHECKSUM=\"{}\" CHECKSUMTYPE=\"SHA-256\"",
        escaped(media_type),
        content.len(),
        at.rfc3339(),
        hex::encode(Hash::Sha256.digest(&[content])),
    )
}

/// Whose an element of a manifest is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Space {
    Mets,
    /// The platform adds nothing: no element is of this kind.
    Own,
    Foreign,
}

impl Vocabulary for Space {
    const MAIN: Space = Space::Mets;
    const OWN: Space = Space::Own;
    const FOREIGN: Space = Space::Foreign;
    const LIMITS: Limits =
        Limits { bytes: 4 << 20, depth: 32, elements: 20_000, attributes: 32, attribute: 4 << 10 };
    const CODES: Codes = Codes::all(FAULT);
    type Finding = Wrong;

    fn of(uri: &str) -> Space {
        if uri == NAMESPACE { Space::Mets } else { Space::Foreign }
    }
}

/// A fault as the engine's error.
struct Wrong(Error);

impl From<Fault> for Wrong {
    fn from(fault: Fault) -> Wrong {
        let (line, column) = (fault.place.line, fault.place.column);
        Wrong(Error::invalid(FAULT).detail(format!("{line}:{column} {}", fault.detail)))
    }
}
