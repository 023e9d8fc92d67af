//! Seals on an OFD document (GB/T 33190 §18): put one after another, and verified.
//!
//! Must not know: where anchors come from, the clock.

use super::package::{self, Files};
use super::sheet::{SIGNATURES, mm};
use super::{part, resolve, xml};
use crate::certificate::{Certificate, verify_chain};
use crate::digest::sm3;
use crate::seal::{self, Seal, SealSignature};
use crate::sm2sig::SigningKey;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kernel::{Error, Result, Timestamp};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Most seals on one document.
pub const SEALS_MAX: usize = 32;

/// Where a seal is shown: a page by its number from 0, and a box in micrometres from its upper left
/// corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    /// The page.
    pub page: usize,
    /// Left side.
    pub x: u32,
    /// Upper side.
    pub y: u32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

/// A seal that holds.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// The seal signature.
    pub signature: SealSignature,
    /// Files of the archive it covers.
    pub covers: usize,
}

/// A signature as the list and its own description have it.
struct Described {
    /// Its description.
    at: String,
    /// Its value.
    value: String,
    /// Files and their digests.
    references: Vec<(String, Vec<u8>)>,
}

fn wrong(why: &'static str) -> Error {
    Error::invalid("proof.ofd.signature").detail(why)
}

/// Seals a document, sealed before or not. `chain` begins with the sealer's own certificate.
/// Errors: those of [`super::Document::parse`], `proof.ofd.placement` for a page that is not
/// there, `proof.ofd.seals` for too many, and those of [`seal::sign`].
pub fn seal(
    bytes: &[u8],
    seal: &Seal,
    key: &SigningKey,
    chain: &[Certificate],
    placements: &[Placement],
    at: Timestamp,
) -> Result<Vec<u8>> {
    let mut files = package::read(bytes)?;
    let pages = pages(&files)?;
    let list = xml::parse(part(&files, SIGNATURES)?, "Signatures")?;
    let mut listed: Vec<String> = Vec::new();
    for entry in list.all("Signature") {
        listed.push(resolve(SIGNATURES, entry.get("BaseLoc").unwrap_or(""))?);
    }
    let number = listed.len();
    if number >= SEALS_MAX {
        return Err(Error::limited("proof.ofd.seals").arg("max", SEALS_MAX));
    }
    let folder = format!("Doc_0/Signs/Sign_{number}");
    let (description, value) =
        (format!("{folder}/Signature.xml"), format!("{folder}/SignedValue.dat"));
    if files.keys().any(|name| name.starts_with(&format!("{folder}/"))) {
        return Err(wrong("the signature's place is taken"));
    }
    files.insert(format!("{folder}/Seal.esl"), seal.der().to_vec());
    let text = describe(&files, &folder, &pages, placements, at)?;
    let property = format!("/{description}");
    let signed = seal::sign(seal, key, chain, &sm3(text.as_bytes()), &property, at)?;
    files.insert(description.clone(), text.into_bytes());
    files.insert(value, signed);
    listed.push(description);
    files.insert(SIGNATURES.into(), list_of(&listed).into_bytes());
    package::write(&files)
}

/// Identifiers of the pages in order.
fn pages(files: &Files) -> Result<Vec<String>> {
    let root = xml::parse(part(files, "OFD.xml")?, "OFD")?;
    let body = xml::one(&root, "DocBody")?;
    // A seal covers the place of the list, so that no other list can be put in its stead.
    if resolve("", &xml::one(body, "Signatures")?.text())? != SIGNATURES {
        return Err(wrong("list of signatures"));
    }
    let at = resolve("", &xml::one(body, "DocRoot")?.text())?;
    let document = xml::parse(part(files, &at)?, "Document")?;
    let id = |page: &xml::Element| page.get("ID").unwrap_or("").to_owned();
    Ok(xml::one(&document, "Pages")?.all("Page").map(id).collect())
}

fn list_of(listed: &[String]) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <ofd:Signatures xmlns:ofd=\"http://www.ofdspec.org/2016\">",
    );
    // Writing to a text cannot fail.
    let _ = write!(out, "<ofd:MaxSignId>{}</ofd:MaxSignId>", listed.len());
    for (index, location) in listed.iter().enumerate() {
        let _ = write!(
            out,
            "<ofd:Signature ID=\"{}\" Type=\"Seal\" BaseLoc=\"/{location}\"/>",
            index + 1
        );
    }
    out.push_str("</ofd:Signatures>");
    out
}

/// Refuses a list of seals that is spelled otherwise than [`seal`] spells it: no seal covers it.
/// Errors: `proof.ofd.headers`, those of reading it.
pub(crate) fn exact_list(files: &Files) -> Result<()> {
    let Some(text) = files.get(SIGNATURES) else { return Ok(()) };
    let list = xml::parse(text, "Signatures")?;
    let listed = list
        .all("Signature")
        .map(|entry| resolve(SIGNATURES, entry.get("BaseLoc").unwrap_or("")))
        .collect::<Result<Vec<_>>>()?;
    match listed.is_empty() || list_of(&listed).as_bytes() == text.as_slice() {
        true => Ok(()),
        false => Err(Error::invalid("proof.ofd.headers")),
    }
}

fn describe(
    files: &Files,
    folder: &str,
    pages: &[String],
    placements: &[Placement],
    at: Timestamp,
) -> Result<String> {
    let (mut references, mut stamps) = (String::new(), String::new());
    for (name, content) in files.iter().filter(|(name, _)| *name != SIGNATURES) {
        let _ = write!(
            references,
            "<ofd:Reference FileRef=\"/{}\"><ofd:CheckValue>{}</ofd:CheckValue></ofd:Reference>",
            quick_xml::escape::escape(name.as_str()),
            STANDARD.encode(sm3(content))
        );
    }
    for (index, placement) in placements.iter().enumerate() {
        let page = pages.get(placement.page).ok_or_else(|| {
            Error::invalid("proof.ofd.placement").arg("page", placement.page.saturating_add(1))
        })?;
        let _ = write!(
            stamps,
            "<ofd:StampAnnot ID=\"{}\" PageRef=\"{page}\" Boundary=\"{} {} {} {}\"/>",
            index + 1,
            mm(placement.x),
            mm(placement.y),
            mm(placement.width),
            mm(placement.height)
        );
    }
    let time = at.civil();
    let time = format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}+0800",
        time.year(),
        time.month(),
        time.day(),
        time.hour(),
        time.minute(),
        time.second()
    );
    Ok(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <ofd:Signature xmlns:ofd=\"http://www.ofdspec.org/2016\"><ofd:SignedInfo>\
         <ofd:Provider ProviderName=\"Yipan\" Version=\"1.0\" Company=\"Yipan\"/>\
         <ofd:SignatureMethod>1.2.156.10197.1.501</ofd:SignatureMethod>\
         <ofd:SignatureDateTime>{time}</ofd:SignatureDateTime>\
         <ofd:References CheckMethod=\"1.2.156.10197.1.401\">{references}</ofd:References>{stamps}\
         <ofd:Seal><ofd:BaseLoc>/{folder}/Seal.esl</ofd:BaseLoc></ofd:Seal></ofd:SignedInfo>\
         <ofd:SignedValue>/{folder}/SignedValue.dat</ofd:SignedValue></ofd:Signature>"
    ))
}

/// Checks every seal of a document at the instant it was put, and that the last covers all files
/// and each earlier one all that stood then. Errors: those of [`super::Document::parse`],
/// `proof.ofd.unsealed`, `proof.ofd.signature` for a description that cannot be followed,
/// `proof.ofd.digest` with the file that changed, `proof.ofd.uncovered` with a file no seal covers,
/// `proof.json.from_the_future` for a seal put later than `at`, and those of [`Seal::verify`] and
/// [`SealSignature::verify_signature`].
pub fn verify(bytes: &[u8], anchors: &[Certificate], at: Timestamp) -> Result<Vec<Sealed>> {
    let files = package::read(bytes)?;
    pages(&files)?;
    let unsealed = || Error::invalid("proof.ofd.unsealed");
    let list = xml::parse(part(&files, SIGNATURES).map_err(|_| unsealed())?, "Signatures")?;
    let described = list
        .all("Signature")
        .take(SEALS_MAX + 1)
        .map(|entry| described(&files, entry))
        .collect::<Result<Vec<_>>>()?;
    if described.is_empty() {
        return Err(unsealed());
    }
    if described.len() > SEALS_MAX {
        return Err(Error::limited("proof.ofd.seals").arg("max", SEALS_MAX));
    }
    let mut own: BTreeSet<&str> = BTreeSet::from([SIGNATURES]);
    let mut out = Vec::with_capacity(described.len());
    // From the last to the first: what came after a seal is no part of it.
    for one in described.iter().rev() {
        own.extend([one.at.as_str(), one.value.as_str()]);
        let mut covered: BTreeSet<&str> = BTreeSet::new();
        for (name, digest) in &one.references {
            if own.contains(name.as_str()) || !covered.insert(name) {
                return Err(wrong("a reference to itself, to what came later, or twice"));
            }
            if sm3(part(&files, name)?) != digest.as_slice() {
                return Err(Error::invalid("proof.ofd.digest").arg("name", name.escape_debug()));
            }
        }
        let open = files
            .keys()
            .find(|name| !own.contains(name.as_str()) && !covered.contains(name.as_str()));
        if let Some(name) = open {
            return Err(Error::invalid("proof.ofd.uncovered").arg("name", name.escape_debug()));
        }
        out.push(Sealed { signature: signature(&files, one, anchors, at)?, covers: covered.len() });
        // The picture of this seal came with it, after the seals before.
        let folder = one.at.rsplit_once('/').map_or("", |(folder, _)| folder);
        own.extend(files.keys().map(String::as_str).filter(|name| {
            name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
                && !folder.is_empty()
        }));
    }
    out.reverse();
    Ok(out)
}

fn signature(
    files: &Files,
    described: &Described,
    anchors: &[Certificate],
    at: Timestamp,
) -> Result<SealSignature> {
    let signature = SealSignature::parse(part(files, &described.value)?)?;
    let text = part(files, &described.at)?;
    if signature.digest() != &sm3(text) {
        return Err(Error::invalid("proof.ofd.digest").arg("name", &described.at));
    }
    if signature.property().trim_start_matches('/') != described.at {
        return Err(wrong("a seal for another description"));
    }
    signature.verify_unstamped()?;
    crate::licence_token::not_from_the_future(signature.signed_at(), at)?;
    signature.seal().verify(anchors, signature.signed_at())?;
    if !signature.certificate().may_seal() {
        return Err(Error::invalid("proof.certificate.usage"));
    }
    verify_chain(signature.chain(), anchors, signature.signed_at())?;
    Ok(signature)
}

fn described(files: &Files, entry: &xml::Element) -> Result<Described> {
    if entry.get("Type").is_some_and(|kind| kind != "Seal") {
        return Err(wrong("not a seal"));
    }
    let at = resolve(SIGNATURES, entry.get("BaseLoc").unwrap_or(""))?;
    let root = xml::parse(part(files, &at)?, "Signature")?;
    let info = xml::one(&root, "SignedInfo")?;
    let list = xml::one(info, "References")?;
    // Both spellings are seen in the field.
    let method = list.get("CheckMethod").unwrap_or("");
    if !["1.2.156.10197.1.401", "SM3", "sm3"].contains(&method) {
        return Err(wrong("digest algorithm"));
    }
    let references = list
        .all("Reference")
        .map(|reference| {
            let name = resolve(&at, reference.get("FileRef").unwrap_or(""))?;
            let value = STANDARD.decode(xml::one(reference, "CheckValue")?.text());
            Ok((name, value.map_err(|_| wrong("check value"))?))
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Described { value: resolve(&at, &xml::one(&root, "SignedValue")?.text())?, at, references })
}
