//! PDF signatures that other people's readers check: PAdES baseline B-B and B-T (ETSI EN 319 142-1)
//! with ECDSA, each an incremental update, so that several sign one after another; the first may
//! certify what later ones may do (DocMDP, ISO 32000-2 §12.8.2.2).
//!
//! Invariants: a signature covers every byte before and after its own text; whoever signs later
//! adds a signature that shows nothing, and nothing else; a file is believed only when its last
//! signature covers it whole and every one before it covers a file to which nothing but signatures
//! was added (no shadow attack).
//! Must not know: what the seal signatures of GB/T 38540 beside them say, who is trusted.

mod change;
mod verify;

pub use verify::{Found, Placed, verify};

pub(super) use verify::{Field, Place, fields, in_order, only_added};

use super::embed::{SEALS, date, load};
use super::{SIZE_MAX, gap};
use crate::certificate::Certificate;
use crate::cms::{self, Content, SignedData, Signing};
use crate::hash::Hash;
use crate::key::{Algorithm, Signer};
use crate::timestamp::{Authority, Request, Token};
use kernel::{Error, Result, Timestamp};
use lopdf::{Dictionary, IncrementalDocument, Object, ObjectId, StringFormat, dictionary};

/// Most signatures of one file.
pub const SIGNATURES_MAX: usize = 32;

/// Stands for the numbers of a byte range until they are known.
const PLACEHOLDER: i64 = 9_999_999_999;
/// Room for the signed data, certificates aside, and for a time stamp.
const ROOM: usize = 2 << 10;
const ROOM_STAMP: usize = 3 << 10;

/// Who signs, and how.
#[derive(Clone, Copy)]
pub struct Signature<'a> {
    /// The key: ECDSA on P-256, which is what readers know.
    pub key: &'a dyn Signer,
    /// Its certificate and those above it.
    pub chain: &'a [Certificate],
    /// When, as the signer claims.
    pub signed_at: Timestamp,
    /// Why, for the reader's panel; may be empty.
    pub reason: &'a str,
    /// For the first signature: it certifies the file, and says whether others may sign after it.
    pub certify: Option<Later>,
    /// The time stamp that makes it B-T.
    pub stamp: Option<Stamp<'a>>,
}

/// A time stamp to be put over a signature.
#[derive(Clone, Copy)]
pub struct Stamp<'a> {
    /// The authority that stamps.
    pub by: Authority<'a>,
    /// A number it has not used.
    pub serial: u64,
    /// When it stamps.
    pub at: Timestamp,
}

/// What may follow a certifying signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Later {
    /// Nothing.
    Nothing,
    /// Further signatures.
    Signatures,
}

impl Later {
    fn level(self) -> i64 {
        match self {
            Later::Nothing => 1,
            Later::Signatures => 2,
        }
    }
}

/// Signs a file, signed before or not. Errors: `proof.pdf.too_large`, `proof.pdf.form`,
/// `proof.pades.algorithm` for a key readers do not know, `proof.pades.certified` when an earlier
/// signature allows none after it or a later one would certify, and those of [`cms::sign`] and
/// [`Request::stamp`].
pub fn sign(pdf: &[u8], signature: &Signature<'_>) -> Result<Vec<u8>> {
    if pdf.len() > SIZE_MAX {
        return Err(Error::limited("proof.pdf.too_large").arg("size", pdf.len()));
    }
    if signature.key.public().algorithm() != Algorithm::P256 {
        return Err(Error::invalid("proof.pades.algorithm"));
    }
    let mut update = Update::begin(pdf)?;
    let certificates: usize = signature.chain.iter().map(|c| c.der().len()).sum();
    let stamps: usize = signature
        .stamp
        .map_or(0, |one| ROOM_STAMP + one.by.chain.iter().map(|c| c.der().len()).sum::<usize>());
    update.add(signature, ROOM + certificates + stamps)?;
    let mut file = update.save()?;
    if file.len() > SIZE_MAX {
        return Err(Error::limited("proof.pdf.too_large").arg("size", file.len()));
    }
    let (start, end) = prepare(&mut file, pdf.len())?;
    let covered = [&file[..start], &file[end..]].concat();
    let signing = Signing { key: signature.key, chain: signature.chain, signed_at: None };
    let mut signed = cms::sign(Content::Detached(&covered), &[signing])?;
    if let Some(one) = &signature.stamp {
        signed = stamp(&signed, one)?;
    }
    fill(&mut file, (start, end), signed.der())?;
    Ok(file)
}

/// Writes a signature into its place.
pub(super) fn fill(file: &mut [u8], (start, end): (usize, usize), signature: &[u8]) -> Result<()> {
    let text = hex::encode(signature);
    let inside = file
        .get_mut(start + 1..end - 1)
        .and_then(|room| room.get_mut(..text.len()))
        .ok_or_else(|| Error::internal("signature larger than its place"))?;
    inside.copy_from_slice(text.as_bytes());
    Ok(())
}

/// The signed data with a time stamp over its signature.
fn stamp(signed: &SignedData, with: &Stamp<'_>) -> Result<SignedData> {
    let signature = signed.signature(0).unwrap_or(&[]);
    let digest = Hash::Sha256.digest(&[signature]);
    let asked =
        Request { hash: Hash::Sha256, digest, policy: None, nonce: None, certificate: true };
    let token = Token::from_answer(&asked.stamp(&with.by, with.serial, with.at)?)?;
    cms::stamped(signed, token.der())
}

/// Writes the byte range of the signature that was added last; where its text stands.
pub(super) fn prepare(file: &mut [u8], from: usize) -> Result<(usize, usize)> {
    let lost = || Error::internal("PDF place-holder not found");
    let key = gap::find(file, b"/ByteRange", from).ok_or_else(lost)?;
    let open = gap::find(file, b"[", key).ok_or_else(lost)?;
    let close = gap::find(file, b"]", open).ok_or_else(lost)?;
    // A page's `/Contents` is a reference, a signature's a text.
    let contents = gap::find(file, b"/Contents<", key).ok_or_else(lost)?;
    let start = gap::find(file, b"<", contents).ok_or_else(lost)?;
    let end = gap::find(file, b">", start).ok_or_else(lost)? + 1;
    let text = format!("0 {start} {end} {}", file.len() - end);
    let inside = file.get_mut(open + 1..close).ok_or_else(lost)?;
    inside.fill(b' ');
    inside.get_mut(..text.len()).ok_or_else(lost)?.copy_from_slice(text.as_bytes());
    Ok((start, end))
}

/// A file being added to.
pub(super) struct Update(IncrementalDocument);

fn form(why: impl std::fmt::Display) -> Error {
    Error::invalid("proof.pdf.form").detail(why)
}

impl Update {
    pub(super) fn begin(pdf: &[u8]) -> Result<Update> {
        let document = load(pdf)?;
        let mut bytes = pdf.to_vec();
        // What is appended begins on its own line.
        if bytes.last() != Some(&b'\n') {
            bytes.push(b'\n');
        }
        Ok(Update(IncrementalDocument::create_from(bytes, document)))
    }

    /// The signatures that are there. Errors: `proof.pades.signatures` when no more may be put,
    /// `proof.pades.certified` when one allows none after it.
    pub(super) fn earlier(&self) -> Result<Vec<Field>> {
        let earlier = verify::fields(self.0.get_prev_documents())?;
        if earlier.len() >= SIGNATURES_MAX {
            return Err(Error::limited("proof.pades.signatures").arg("max", SIGNATURES_MAX));
        }
        if earlier.iter().any(|field| field.level == Some(1)) {
            return Err(Error::conflict("proof.pades.certified"));
        }
        Ok(earlier)
    }

    fn add(&mut self, signature: &Signature<'_>, room: usize) -> Result<()> {
        if !self.earlier()?.is_empty() && signature.certify.is_some() {
            return Err(Error::conflict("proof.pades.certified"));
        }
        self.put(dictionary_of(signature, room), signature.certify.is_some())
    }

    /// Puts a later seal of this dictionary in the catalogue.
    pub(super) fn seal(&mut self, value: Dictionary) -> Result<()> {
        let trailer = &self.0.get_prev_documents().trailer;
        let root = trailer.get(b"Root").and_then(Object::as_reference).map_err(form)?;
        let value = self.0.new_document.add_object(value);
        self.push(root, SEALS, value).map_err(form)
    }

    /// Puts a signature of this dictionary in a field of its own that shows nothing.
    fn put(&mut self, value: Dictionary, certifies: bool) -> Result<()> {
        let document = self.0.get_prev_documents();
        let page = document.page_iter().next().ok_or_else(|| form("no page"))?;
        let value = self.0.new_document.add_object(value);
        let field = self.0.new_document.add_object(dictionary! {
            "Type" => "Annot",
            "Subtype" => "Widget",
            "FT" => "Sig",
            "T" => Object::string_literal(format!("Signature{}", value.0)),
            // Printed and locked, and of no extent: it shows nothing.
            "F" => 132,
            "Rect" => vec![0.into(), 0.into(), 0.into(), 0.into()],
            "P" => page,
            "V" => value,
        });
        self.push(page, b"Annots", field).map_err(form)?;
        self.enter(field, certifies.then_some(value)).map_err(form)
    }

    /// Adds a reference to a list in a dictionary, wherever the list stands.
    fn push(&mut self, owner: ObjectId, key: &[u8], value: ObjectId) -> lopdf::Result<()> {
        self.0.opt_clone_object_to_new_document(owner)?;
        let held = self.0.new_document.get_dictionary(owner)?.get(key).ok().cloned();
        match held {
            Some(Object::Reference(list)) => {
                self.0.opt_clone_object_to_new_document(list)?;
                self.0.new_document.get_object_mut(list)?.as_array_mut()?.push(value.into());
            }
            Some(Object::Array(mut list)) => {
                list.push(value.into());
                self.0.new_document.get_dictionary_mut(owner)?.set(key, list);
            }
            _ => {
                let list = vec![Object::from(value)];
                self.0.new_document.get_dictionary_mut(owner)?.set(key, list);
            }
        }
        Ok(())
    }

    /// Enters a field in the form of the catalogue, and a certifying signature in its permissions.
    fn enter(&mut self, field: ObjectId, certify: Option<ObjectId>) -> lopdf::Result<()> {
        let root = self.0.get_prev_documents().trailer.get(b"Root")?.as_reference()?;
        self.0.opt_clone_object_to_new_document(root)?;
        let held = self.0.new_document.get_dictionary(root)?.get(b"AcroForm").ok().cloned();
        let owner = match held {
            Some(Object::Reference(id)) => id,
            other => {
                // A form inside the catalogue becomes an object, so that one rule fits all.
                let form = other.and_then(|o| o.as_dict().ok().cloned()).unwrap_or_default();
                let id = self.0.new_document.add_object(form);
                self.0.new_document.get_dictionary_mut(root)?.set("AcroForm", id);
                id
            }
        };
        self.push(owner, b"Fields", field)?;
        self.0.new_document.get_dictionary_mut(owner)?.set("SigFlags", 3);
        if let Some(signature) = certify {
            let catalog = self.0.new_document.get_dictionary_mut(root)?;
            catalog.set("Perms", dictionary! { "DocMDP" => signature });
        }
        Ok(())
    }

    pub(super) fn save(mut self) -> Result<Vec<u8>> {
        let mut file = Vec::new();
        self.0.save_to(&mut file).map_err(form)?;
        file.push(b'\n');
        Ok(file)
    }
}

fn dictionary_of(signature: &Signature<'_>, room: usize) -> Dictionary {
    let mut out = dictionary! {
        "Type" => "Sig",
        "Filter" => "Adobe.PPKLite",
        "SubFilter" => "ETSI.CAdES.detached",
        "ByteRange" => vec![0.into(), PLACEHOLDER.into(), PLACEHOLDER.into(), PLACEHOLDER.into()],
        "Contents" => Object::String(vec![0; room], StringFormat::Hexadecimal),
        "M" => date(signature.signed_at),
    };
    if !signature.reason.is_empty() {
        // UTF-16 with its mark, as ISO 32000-2 §7.9.2.2 has it, in hexadecimal.
        let units = std::iter::once(0xfeff).chain(signature.reason.encode_utf16());
        let text: Vec<u8> = units.flat_map(u16::to_be_bytes).collect();
        out.set("Reason", Object::String(text, StringFormat::Hexadecimal));
    }
    if let Some(later) = signature.certify {
        let parameters =
            dictionary! { "Type" => "TransformParams", "P" => later.level(), "V" => "1.2" };
        let reference = dictionary! {
            "Type" => "SigRef", "TransformMethod" => "DocMDP", "TransformParams" => parameters,
        };
        out.set("Reference", vec![Object::Dictionary(reference)]);
    }
    out
}
