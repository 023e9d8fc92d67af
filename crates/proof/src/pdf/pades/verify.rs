//! Checking the signatures of a file, in the order they were put.
//!
//! Must not know: where anchors come from, the clock.

use super::{SIGNATURES_MAX, change};
use crate::certificate::Certificate;
use crate::cms::SignedData;
use crate::pdf::embed::{SEAL, SEALS, load};
use crate::pdf::{SIZE_MAX, gap};
use crate::timestamp::Token;
use kernel::{Error, Result, Timestamp};
use lopdf::{Dictionary, Document, Object, ObjectId};

/// A signature that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Name of its field.
    pub field: String,
    /// The signer's certificate, and those above it as far as its anchor.
    pub path: Vec<Certificate>,
    /// The instant a time-stamping authority vouches for; B-T.
    pub stamped_at: Option<Timestamp>,
    /// True when it certifies the file.
    pub certifies: bool,
    /// Bytes of the file as it was signed.
    pub length: usize,
}

/// A signature field with its value; or the platform's own seal, which stands in none.
#[derive(Clone, Debug)]
pub(in crate::pdf) struct Field {
    name: String,
    pub(in crate::pdf) value: Dictionary,
    /// What may follow, when it certifies: 1 nothing, 2 signatures and filled-in forms, 3 also
    /// annotations.
    pub(super) level: Option<i64>,
}

/// What a byte range says: the text of the signature, and the file's length when it was put.
#[derive(Clone, Copy, Debug)]
pub(in crate::pdf) struct Place {
    pub(in crate::pdf) start: usize,
    pub(in crate::pdf) end: usize,
    pub(in crate::pdf) length: usize,
}

/// A signature of which only its place in the file is known to be right.
#[derive(Clone, Debug)]
pub struct Placed {
    place: Place,
    field: Field,
}

impl Placed {
    /// One of the signatures of a file, when it is no seal of the platform's own.
    pub(in crate::pdf) fn of(place: Place, field: Field) -> Option<Placed> {
        (!field.is_seal()).then_some(Placed { place, field })
    }

    /// The certificate of its signer. Errors: `proof.pdf.contents`, those of [`SignedData::parse`],
    /// `proof.cms.signer` when it is not sent along.
    pub fn signer(&self) -> Result<Certificate> {
        signed_data(&self.field)?.signer_certificate(0).cloned()
    }

    /// Checks that it is its signer's and of this file, whoever he is. Errors: as [`verify`], trust
    /// aside.
    pub fn intact(&self, pdf: &[u8]) -> Result<()> {
        let covered = covered(self.file(pdf)?, &self.place);
        let signed = signed_data(&self.field)?;
        if let Some((signature, token)) = signed.signature_stamp(0)? {
            let token = Token::parse(&token)?;
            token.intact(signature)?;
            token.bears_nothing_more()?;
        }
        signed.verify_parts(Some(&covered))?;
        signed.bears_nothing_more(true)
    }

    fn file<'a>(&self, pdf: &'a [u8]) -> Result<&'a [u8]> {
        let file = pdf.get(..self.place.length);
        file.ok_or_else(|| Error::invalid("proof.pdf.byte_range").detail("end"))
    }

    /// Checks it as [`verify`] does; the file's other signatures are not looked at.
    pub fn verify(&self, pdf: &[u8], anchors: &[Certificate], at: Timestamp) -> Result<Found> {
        one(self.file(pdf)?, &self.place, &self.field, anchors, at)
    }
}

impl Field {
    pub(in crate::pdf) fn kind(&self) -> &[u8] {
        self.value.get(b"SubFilter").and_then(Object::as_name).unwrap_or(b"")
    }

    /// True for a seal signature of GB/T 38540, which has its own check.
    fn is_seal(&self) -> bool {
        self.kind() == crate::pdf::series::KIND
    }
}

/// Checks all signatures of a file but the seals of the platform's own among them. A signer's certificate must lead to an anchor at the instant
/// of its time stamp, or else at `at`; a time stamp's authority to an anchor too. Errors:
/// `proof.pdf.too_large`, `proof.pdf.form`, `proof.pdf.unsigned`, `proof.pdf.byte_range` for bytes
/// no signature covers, `proof.pdf.contents`, `proof.pades.changed` when more than signatures was
/// added after one, `proof.pades.certified`, `proof.cms.unprotected` for what stands beside a signature
/// or a stamp without being covered by it, and those of [`SignedData::verify`] and
/// [`Token::verify_digest`].
pub fn verify(pdf: &[u8], anchors: &[Certificate], at: Timestamp) -> Result<Vec<Found>> {
    if pdf.len() > SIZE_MAX {
        return Err(Error::limited("proof.pdf.too_large").arg("size", pdf.len()));
    }
    let fields = in_order(pdf)?;
    let last = fields.last().ok_or_else(|| Error::invalid("proof.pdf.unsigned"))?;
    if last.0.length != pdf.len() {
        return Err(Error::invalid("proof.pdf.byte_range").detail("bytes after the last"));
    }
    only_added(pdf, &fields)?;
    let signatures = fields.into_iter().filter_map(|(place, field)| Placed::of(place, field));
    let found = signatures.map(|one| one.verify(pdf, anchors, at)).collect::<Result<Vec<_>>>()?;
    if found.is_empty() {
        return Err(Error::invalid("proof.pdf.unsigned"));
    }
    Ok(found)
}

/// The signatures of a file in the order they were put.
pub(in crate::pdf) fn in_order(pdf: &[u8]) -> Result<Vec<(Place, Field)>> {
    let document = revision(pdf)?;
    let mut fields = fields(&document)?
        .into_iter()
        .map(|field| Ok((place(&field.value, pdf)?, field)))
        .collect::<Result<Vec<_>>>()?;
    fields.sort_by_key(|(place, _)| place.length);
    Ok(fields)
}

/// Checks that after the first signature nothing but signatures was added, and none where one
/// forbade it. Errors: `proof.pades.changed`, `proof.pades.certified`.
pub(in crate::pdf) fn only_added(pdf: &[u8], fields: &[(Place, Field)]) -> Result<()> {
    let mut before: Option<Document> = None;
    for (index, (place, field)) in fields.iter().enumerate() {
        let now = revision(&pdf[..place.length])?;
        if let Some(before) = &before {
            change::only_signatures(before, &now)?;
        }
        certified(&fields[..index], field, &now)?;
        before = Some(now);
    }
    Ok(())
}

/// Reads a file whose own tables lead to its objects: one that has to be searched for them could be
/// read otherwise by others.
fn revision(file: &[u8]) -> Result<Document> {
    let document = load(file)?;
    if document.xref_recovery.is_some() {
        return Err(Error::invalid("proof.pdf.form").detail("broken cross-references"));
    }
    Ok(document)
}

/// The seals after the first that the catalogue lists. Errors: `proof.pdf.form`.
pub(super) fn seals(document: &Document) -> Result<Vec<ObjectId>> {
    let catalog = document.catalog().map_err(super::form)?;
    if !catalog.has(SEALS) {
        return Ok(Vec::new());
    }
    let list =
        catalog.get_deref(SEALS, document).and_then(Object::as_array).map_err(super::form)?;
    list.iter().map(|one| one.as_reference().map_err(super::form)).collect()
}

/// The seals in the catalogue, and the signature fields that are signed, nested ones too.
pub(in crate::pdf) fn fields(document: &Document) -> Result<Vec<Field>> {
    let catalog = document.catalog().map_err(super::form)?;
    let seal = |value: &Dictionary| Field {
        name: "YipanSeal".to_owned(),
        level: None,
        value: value.clone(),
    };
    let mut out = Vec::new();
    if catalog.has(SEAL) {
        let first = catalog.get_deref(SEAL, document).and_then(Object::as_dict);
        out.push(seal(first.map_err(super::form)?));
    }
    for id in seals(document)?.into_iter().take(SIGNATURES_MAX + 1) {
        out.push(seal(document.get_dictionary(id).map_err(super::form)?));
    }
    let Ok(list) = catalog
        .get_deref(b"AcroForm", document)
        .and_then(Object::as_dict)
        .and_then(|form| form.get_deref(b"Fields", document))
        .and_then(Object::as_array)
    else {
        return Ok(out);
    };
    // A field names its kids, never its parents: what is seen twice is a snare.
    let mut open: Vec<ObjectId> = list.iter().filter_map(|o| o.as_reference().ok()).collect();
    let mut seen = std::collections::BTreeSet::new();
    while let Some(id) = open.pop() {
        let Ok(field) = document.get_dictionary(id) else { continue };
        if !seen.insert(id) {
            return Err(super::form("a field twice"));
        }
        if let Ok(kids) = field.get_deref(b"Kids", document).and_then(Object::as_array) {
            open.extend(kids.iter().filter_map(|o| o.as_reference().ok()));
        }
        let signature = field.get(b"FT").and_then(Object::as_name).is_ok_and(|n| n == b"Sig");
        let value = field.get_deref(b"V", document).and_then(Object::as_dict);
        if let (true, Ok(value)) = (signature, value) {
            let name = field.get(b"T").and_then(Object::as_str).unwrap_or(b"");
            let name = String::from_utf8_lossy(name).into_owned();
            out.push(Field { name, level: level(value, document), value: value.clone() });
        }
        if out.len() > SIGNATURES_MAX {
            return Err(Error::limited("proof.pades.signatures").arg("max", SIGNATURES_MAX));
        }
    }
    Ok(out)
}

/// What a certifying signature allows after it.
fn level(value: &Dictionary, document: &Document) -> Option<i64> {
    let list = value.get_deref(b"Reference", document).ok()?.as_array().ok()?;
    list.iter().find_map(|item| {
        let item = match item {
            Object::Reference(id) => document.get_dictionary(*id).ok()?,
            other => other.as_dict().ok()?,
        };
        let method = item.get(b"TransformMethod").and_then(Object::as_name).ok()?;
        if method != b"DocMDP" {
            return None;
        }
        let parameters = item.get_deref(b"TransformParams", document).ok()?.as_dict().ok()?;
        // ISO 32000-2 table 257: 2 when it is not said.
        Some(parameters.get(b"P").and_then(Object::as_i64).unwrap_or(2))
    })
}

/// Where a signature stands, when its byte range says that it covers all else of some length.
fn place(value: &Dictionary, pdf: &[u8]) -> Result<Place> {
    let wrong = |why| Error::invalid("proof.pdf.byte_range").detail(why);
    let range = value.get(b"ByteRange").and_then(Object::as_array).map_err(|_| wrong("none"))?;
    let numbers = range
        .iter()
        .map(|n| n.as_i64().ok().and_then(|n| usize::try_from(n).ok()))
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| wrong("not numbers"))?;
    let &[0, start, end, rest] = numbers.as_slice() else { return Err(wrong("numbers")) };
    let length = end.checked_add(rest).filter(|l| *l <= pdf.len()).ok_or_else(|| wrong("end"))?;
    if end < start.saturating_add(2) || rest == 0 || start == 0 {
        return Err(wrong("order"));
    }
    let framed = pdf.get(start) == Some(&b'<') && pdf.get(end - 1) == Some(&b'>');
    // The text in the gap is the very value of the dictionary, and nothing else is.
    let text = pdf.get(start + 1..end - 1).unwrap_or(&[]);
    let held = value.get(b"Contents").and_then(Object::as_str).unwrap_or(b"");
    // Letters of one case, so that no byte of the text can change unnoticed.
    let spelled =
        !text.iter().any(u8::is_ascii_lowercase) || !text.iter().any(u8::is_ascii_uppercase);
    if !framed || !spelled || hex::decode(text).ok().as_deref() != Some(held) {
        return Err(wrong("not the signature's own text"));
    }
    Ok(Place { start, end, length })
}

/// Checks what certification allows: only the first signature certifies, its permission stands in
/// the catalogue, and it allows those after it.
fn certified(earlier: &[(Place, Field)], field: &Field, document: &Document) -> Result<()> {
    let refused = || Error::invalid("proof.pades.certified");
    if earlier.iter().any(|(_, before)| before.level == Some(1)) {
        return Err(refused());
    }
    if field.level.is_some() {
        let entered = document.catalog().ok().and_then(|catalog| {
            let permissions = catalog.get_deref(b"Perms", document).ok()?.as_dict().ok()?;
            permissions.get_deref(b"DocMDP", document).ok()?.as_dict().ok()
        });
        if !earlier.is_empty() || entered != Some(&field.value) {
            return Err(refused());
        }
    }
    Ok(())
}

/// The signed data of a signature that readers know.
fn signed_data(field: &Field) -> Result<SignedData> {
    let contents = || Error::invalid("proof.pdf.contents");
    if ![&b"ETSI.CAdES.detached"[..], b"adbe.pkcs7.detached"].contains(&field.kind()) {
        return Err(contents().detail("kind of signature"));
    }
    let held = field.value.get(b"Contents").and_then(Object::as_str).unwrap_or(b"");
    let length = gap::der_length(held).filter(|l| *l <= held.len()).ok_or_else(contents)?;
    if held[length..].iter().any(|byte| *byte != 0) {
        return Err(contents().detail("bytes after the signature"));
    }
    let signed = SignedData::parse(&held[..length])?;
    if signed.signers() != 1 {
        return Err(contents().detail("more than one signer"));
    }
    Ok(signed)
}

/// All of a file but the text of a signature.
fn covered(file: &[u8], place: &Place) -> Vec<u8> {
    [file.get(..place.start).unwrap_or(&[]), file.get(place.end..).unwrap_or(&[])].concat()
}

fn one(
    file: &[u8],
    place: &Place,
    field: &Field,
    anchors: &[Certificate],
    at: Timestamp,
) -> Result<Found> {
    let signed = signed_data(field)?;
    let stamped_at = match signed.signature_stamp(0)? {
        None => None,
        Some((signature, token)) => {
            let token = Token::parse(&token)?;
            token.verify_digest(&token.hash()?.digest(&[signature]), anchors)?;
            token.bears_nothing_more()?;
            Some(token.at())
        }
    };
    let covered = covered(file, place);
    let mut signers = signed.verify(Some(&covered), anchors, stamped_at.unwrap_or(at))?;
    // PAdES wants the certificate named inside; the older kind of signature does without.
    if field.kind() == b"ETSI.CAdES.detached" && !signed.names_certificates() {
        return Err(Error::invalid("proof.cms.attributes"));
    }
    signed.bears_nothing_more(true)?;
    let path = signers.pop().map(|signer| signer.path).unwrap_or_default();
    Ok(Found {
        field: field.name.clone(),
        path,
        stamped_at,
        certifies: field.level.is_some(),
        length: place.length,
    })
}
