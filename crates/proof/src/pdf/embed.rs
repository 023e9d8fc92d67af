//! The PDF objects of a seal: signature dictionary, signature field, licence data; and reading
//! the data back.
//!
//! Must not know: digests and signatures.

use super::gap::PLACEHOLDER;
use kernel::{Error, Result, Timestamp};
use lopdf::{
    Dictionary, Document, LoadOptions, Object, ObjectId, Stream, StringFormat, dictionary,
};

/// Most bytes one stream of a file may decompress to.
const INFLATED_MAX: usize = 64 << 20;
/// Key of the licence data in the signature dictionary.
const DATA: &[u8] = b"YipanData";

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
    let page = document
        .page_iter()
        .next()
        .ok_or_else(|| Error::invalid("proof.pdf.form").detail("no page"))?;
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
    let field = document.add_object(dictionary! {
        "Type" => "Annot",
        "Subtype" => "Widget",
        "FT" => "Sig",
        "T" => Object::string_literal("YipanSeal"),
        "F" => 132,
        "Rect" => vec![0.into(), 0.into(), 0.into(), 0.into()],
        "P" => page,
        "V" => signature,
    });
    annotate(&mut document, page, field).map_err(form)?;
    let catalog = document.catalog_mut().map_err(form)?;
    catalog.set("AcroForm", dictionary! { "Fields" => vec![field.into()], "SigFlags" => 3 });
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

fn annotate(document: &mut Document, page: ObjectId, field: ObjectId) -> lopdf::Result<()> {
    let mut annotations = match document.get_dictionary(page)?.get(b"Annots") {
        Ok(Object::Array(list)) => list.clone(),
        Ok(Object::Reference(id)) => document.get_object(*id)?.as_array()?.clone(),
        _ => Vec::new(),
    };
    annotations.push(field.into());
    document.get_dictionary_mut(page)?.set("Annots", annotations);
    Ok(())
}

/// The licence data of a file whose signature holds, checked to stand beside that signature.
pub(super) fn payload(pdf: &[u8], signature: &[u8]) -> Result<Vec<u8>> {
    let missing = |why: &dyn std::fmt::Display| Error::invalid("proof.pdf.payload").detail(why);
    let document = load(pdf)?;
    let find = || -> lopdf::Result<(Vec<u8>, Vec<u8>)> {
        let form = document.catalog()?.get_deref(b"AcroForm", &document)?.as_dict()?;
        let fields = form.get_deref(b"Fields", &document)?.as_array()?;
        let field = fields.first().unwrap_or(&Object::Null).as_reference()?;
        let field = document.get_dictionary(field)?;
        let dictionary = field.get_deref(b"V", &document)?.as_dict()?;
        let contents = dictionary.get(b"Contents")?.as_str()?.to_vec();
        let data = dictionary.get_deref(DATA, &document)?.as_stream()?;
        Ok((contents, data.get_plain_content_with_limit(super::PAYLOAD_MAX)?))
    };
    let (contents, data) = find().map_err(|e| missing(&e))?;
    if !contents.starts_with(signature) {
        return Err(missing(&"another signature"));
    }
    Ok(data)
}
