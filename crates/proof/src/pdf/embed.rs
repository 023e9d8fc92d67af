//! The PDF objects of a seal: its dictionary in the catalogue and the licence data; and reading the
//! data back.
//!
//! Invariant: the seal stands in no field of a form, for readers of others take the signature in
//! every field for one of theirs.
//! Must not know: digests and signatures.

use super::gap::PLACEHOLDER;
use super::pades;
use kernel::{Error, Result, Timestamp};
use lopdf::{Dictionary, Document, LoadOptions, Object, Stream, StringFormat, dictionary};

/// Most bytes one stream of a file may decompress to.
const INFLATED_MAX: usize = 64 << 20;
/// Key of the licence data in the signature dictionary.
const DATA: &[u8] = b"YipanData";
/// Key of the seal in the catalogue.
pub(super) const SEAL: &[u8] = b"YipanSeal";
/// Key of the seals after the first in the catalogue.
pub(super) const SEALS: &[u8] = b"YipanSeals";

pub(super) fn load(pdf: &[u8]) -> Result<Document> {
    let options = LoadOptions::with_max_decompressed_size(INFLATED_MAX);
    let form = |e: lopdf::Error| Error::invalid("proof.pdf.form").detail(e);
    let document = Document::load_mem_with_options(pdf, options).map_err(form)?;
    if document.is_encrypted() {
        return Err(Error::invalid("proof.pdf.form").detail("encrypted"));
    }
    Ok(document)
}

/// The file with its signature objects, place-holders in the byte range and `room` zero bytes in
/// the contents.
pub(super) fn embed(
    pdf: &[u8],
    signed_at: Timestamp,
    payload: &[u8],
    room: usize,
) -> Result<Vec<u8>> {
    let form = |e: lopdf::Error| Error::invalid("proof.pdf.form").detail(e);
    let mut document = load(pdf)?;
    if document.page_iter().next().is_none() {
        return Err(Error::invalid("proof.pdf.form").detail("no page"));
    }
    // In hexadecimal, so that no data can look like the marks the gap is found by.
    let mut text = hex::encode(payload);
    text.push('>');
    let data = Stream::new(
        dictionary! {
            "Type" => "YipanLicence",
            "Subtype" => "application/json",
            "Filter" => "ASCIIHexDecode",
        },
        text.into_bytes(),
    )
    .with_compression(false);
    let data = document.add_object(data);
    let mut signature = seal_dictionary(signed_at, room);
    signature.set(DATA, data);
    let signature = document.add_object(signature);
    document.catalog_mut().map_err(form)?.set(SEAL, signature);
    let mut file = Vec::with_capacity(pdf.len() + payload.len() + 2 * room + 4096);
    document.save_to(&mut file).map_err(|e| Error::invalid("proof.pdf.form").detail(e))?;
    file.push(b'\n');
    Ok(file)
}

/// An instant as PDF writes it.
pub(super) fn date(at: Timestamp) -> Object {
    let at = at.civil();
    Object::string_literal(format!(
        "D:{:04}{:02}{:02}{:02}{:02}{:02}+08'00'",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    ))
}

/// The dictionary of a seal signature, without the document's data.
pub(super) fn seal_dictionary(signed_at: Timestamp, room: usize) -> Dictionary {
    dictionary! {
        "Type" => "Sig",
        "Filter" => "Yipan.SES",
        "SubFilter" => "GBT.38540",
        "M" => date(signed_at),
        "ByteRange" => vec![0.into(), PLACEHOLDER.into(), PLACEHOLDER.into(), PLACEHOLDER.into()],
        "Contents" => Object::String(vec![0; room], StringFormat::Hexadecimal),
    }
}

/// The licence data of a file whose signature holds, checked to stand beside that signature.
pub(super) fn payload(pdf: &[u8], signature: &[u8]) -> Result<Vec<u8>> {
    let missing = |why: &dyn std::fmt::Display| Error::invalid("proof.pdf.payload").detail(why);
    let document = load(pdf)?;
    let is_it = |field: &pades::Field| {
        let contents = field.value.get(b"Contents").and_then(Object::as_str);
        contents.is_ok_and(|contents| contents.starts_with(signature))
    };
    // Files of earlier days have it in a field.
    let field = pades::fields(&document)?.into_iter().find(is_it);
    let field = field.ok_or_else(|| missing(&"another signature"))?;
    let data = || -> lopdf::Result<Vec<u8>> {
        let data = field.value.get_deref(DATA, &document)?.as_stream()?;
        data.get_plain_content_with_limit(super::PAYLOAD_MAX)
    };
    data().map_err(|e| missing(&e))
}
