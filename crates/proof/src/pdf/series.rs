//! What follows the first seal of a file: the seals of others, one after another, and then signatures
//! that other people's readers check ([`super::pades`]). The first stands with the document's data as
//! [`super::sign`] puts it, each later one is an incremental update that shows nothing. Like the first
//! a later seal stands in the catalogue and in no field, and it comes before the signatures, since
//! those readers would take it for a change of what they had seen signed.
//!
//! Invariants: a later signature covers every byte that was there before it, the earlier seals
//! among them; nothing but signatures is added after the first; the last signature covers the whole
//! file.
//! Must not know: who should seal and in which order, who is trusted.

use super::pades::{self, Field, Place, Placed, Update};
use super::{PROPERTY, Parts, SIZE_MAX, gap};
use crate::certificate::Certificate;
use crate::digest::Stream;
use crate::seal::{self, Seal, SealSignature};
use crate::sm2sig::SigningKey;
use kernel::{Error, Result, Timestamp};
use lopdf::Object;

/// The kind of a seal signature, as its dictionary names it.
pub(super) const KIND: &[u8] = b"GBT.38540";

/// Seals a sealed file once more. `chain` begins with the sealer's own certificate. Errors:
/// `proof.pdf.unsigned` for a file nobody sealed, `proof.pdf.already_signed` for one that bears a
/// signature for readers of others, `proof.pades.signatures`, and those of [`super::sign`].
pub fn countersign(
    pdf: &[u8],
    seal: &Seal,
    key: &SigningKey,
    chain: &[Certificate],
    signed_at: Timestamp,
) -> Result<Vec<u8>> {
    if pdf.len() > SIZE_MAX {
        return Err(Error::limited("proof.pdf.too_large").arg("size", pdf.len()));
    }
    let mut update = Update::begin(pdf)?;
    let earlier = update.earlier()?;
    if earlier.is_empty() {
        return Err(Error::invalid("proof.pdf.unsigned"));
    }
    if earlier.iter().any(|field| field.kind() != KIND) {
        return Err(Error::conflict("proof.pdf.already_signed"));
    }
    let room = super::room(seal, chain);
    update.seal(super::embed::seal_dictionary(signed_at, room))?;
    let mut file = update.save()?;
    if file.len() > SIZE_MAX {
        return Err(Error::limited("proof.pdf.too_large").arg("size", file.len()));
    }
    let (start, end) = pades::prepare(&mut file, pdf.len())?;
    let mut covered = Stream::new();
    covered.update(&file[..start]);
    covered.update(&file[end..]);
    let signature = seal::sign(seal, key, chain, &covered.finish(), PROPERTY, signed_at)?;
    pades::fill(&mut file, (start, end), &signature)?;
    Ok(file)
}

/// The file as it was first sealed: the file itself when nothing was added. Errors:
/// `proof.pdf.unsigned`, `proof.pdf.byte_range`.
pub fn first(pdf: &[u8]) -> Result<&[u8]> {
    const KEY: &[u8] = b"/ByteRange";
    let wrong = || Error::invalid("proof.pdf.byte_range");
    let key = gap::find(pdf, KEY, 0).ok_or_else(|| Error::invalid("proof.pdf.unsigned"))?;
    if gap::find(pdf, KEY, key + 1).is_none() {
        return Ok(pdf);
    }
    let array = key + KEY.len();
    let close = gap::find(pdf, b"]", array).ok_or_else(wrong)?;
    // The longest array is "[0 " and three numbers of ten digits.
    let text = pdf.get(array..close).filter(|text| text.len() <= 64).ok_or_else(wrong)?;
    let text = std::str::from_utf8(text).map_err(|_| wrong())?;
    let numbers: Vec<usize> =
        text.trim_start_matches('[').split_ascii_whitespace().flat_map(str::parse).collect();
    let &[0, _, end, rest] = numbers.as_slice() else { return Err(wrong()) };
    let length = end.checked_add(rest).ok_or_else(wrong)?;
    pdf.get(..length).ok_or_else(wrong)
}

/// What was put after the first seal.
#[derive(Clone, Debug)]
pub enum Later {
    /// Another seal; the digest is not yet compared.
    Seal(Box<Parts>),
    /// A signature for readers of others, not yet checked.
    Signature(Placed),
}

/// What was put after the first seal, in order, nothing of it checked but its place. The first must have been found good: the file is parsed. Errors: `proof.pdf.form`,
/// `proof.pdf.byte_range` for bytes no signature covers, `proof.pades.changed` when more than
/// signatures was added, `proof.pades.certified`, `proof.pdf.contents`, and those of
/// [`SealSignature::parse`].
pub fn later(pdf: &[u8], first: usize) -> Result<Vec<Later>> {
    let wrong = |why| Error::invalid("proof.pdf.byte_range").detail(why);
    let signatures = pades::in_order(pdf)?;
    if signatures.first().is_none_or(|(place, _)| place.length != first) {
        return Err(wrong("the first"));
    }
    if signatures.last().is_none_or(|(place, _)| place.length != pdf.len()) {
        return Err(wrong("bytes after the last"));
    }
    pades::only_added(pdf, &signatures)?;
    signatures
        .into_iter()
        .skip(1)
        .map(|(place, field)| match field.kind() == KIND {
            true => one(pdf, &place, &field).map(Box::new).map(Later::Seal),
            false => Placed::of(place, field).map(Later::Signature).ok_or_else(|| wrong("kind")),
        })
        .collect()
}

fn one(pdf: &[u8], place: &Place, field: &Field) -> Result<Parts> {
    let wrong = |why| Error::invalid("proof.pdf.contents").detail(why);
    let held = field.value.get(b"Contents").and_then(Object::as_str).unwrap_or(b"");
    let length = gap::der_length(held).filter(|length| *length <= held.len());
    let length = length.ok_or_else(|| wrong("not DER"))?;
    if held[length..].iter().any(|byte| *byte != 0) {
        return Err(wrong("bytes after the signature"));
    }
    let mut covered = Stream::new();
    covered.update(&pdf[..place.start]);
    covered.update(&pdf[place.end..place.length]);
    let signature = SealSignature::parse(&held[..length])?;
    Ok(Parts { signature, digest: covered.finish() })
}
