//! Sealed PDF files: a signature dictionary whose byte range covers every byte but the hexadecimal
//! text of the seal signature itself, with the licence's data beside it.
//!
//! Invariants: the gap holds the seal signature in lower-case hexadecimal followed by zeros alone,
//! so no byte of the file can change unnoticed, those after the end included; a file begins with one
//! such signature, and others may follow ([`series`]); the same input gives the same file. A file is not parsed as PDF before its
//! signature holds.
//! Must not know: what a licence says, who is trusted.

mod embed;
mod gap;
pub mod pades;
pub mod series;

use crate::certificate::Certificate;
use crate::digest::{Digest32, Stream};
use crate::seal::{self, Seal, SealSignature};
use crate::sm2sig::SigningKey;
use gap::Gap;
use kernel::{Error, Result, Timestamp};

/// Most bytes a PDF file may have.
pub const SIZE_MAX: usize = 20 << 20;
/// Most bytes of licence data a file may carry.
pub const PAYLOAD_MAX: usize = 4 << 20;

/// What the seal signature says was digested.
const PROPERTY: &str = "application/pdf";

/// A sealed file whose every byte is accounted for. Trust in the sealer is not yet checked.
#[derive(Clone, Debug)]
pub struct PdfReport {
    /// The seal signature.
    pub signature: SealSignature,
    /// The licence's data, as given to [`sign`].
    pub payload: Vec<u8>,
}

/// A file whose shape is right; nothing about its content is checked yet.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The seal signature in the gap.
    pub signature: SealSignature,
    /// SM3 of every byte outside the gap.
    pub digest: Digest32,
}

/// Seals a PDF file. `chain` begins with the sealer's own certificate; `payload` is the licence's
/// data, embedded inside the signed range. Errors: `proof.pdf.too_large`, `proof.pdf.form` for
/// what is not a readable, unencrypted PDF with a page, `proof.pdf.already_signed`,
/// `proof.pdf.payload`, and those of [`seal::sign`].
pub fn sign(
    pdf: &[u8],
    seal: &Seal,
    key: &SigningKey,
    chain: &[Certificate],
    signed_at: Timestamp,
    payload: &[u8],
) -> Result<Vec<u8>> {
    if pdf.len() > SIZE_MAX {
        return Err(Error::limited("proof.pdf.too_large").arg("size", pdf.len()));
    }
    if payload.len() > PAYLOAD_MAX {
        return Err(Error::limited("proof.pdf.payload").arg("size", payload.len()));
    }
    if gap::is_signed(pdf) {
        return Err(Error::conflict("proof.pdf.already_signed"));
    }
    let mut file = embed::embed(pdf, signed_at, payload, room(seal, chain))?;
    if file.len() > SIZE_MAX {
        return Err(Error::limited("proof.pdf.too_large").arg("size", file.len()));
    }
    let gap = Gap::prepare(&mut file)?;
    let signature = seal::sign(seal, key, chain, &digest(&file, gap), PROPERTY, signed_at)?;
    gap.fill(&mut file, &signature)?;
    Ok(file)
}

/// What is certain to fit: the parts, and room for headers, times, digest and signature.
fn room(seal: &Seal, chain: &[Certificate]) -> usize {
    let certificates: usize = chain.iter().map(|c| c.der().len() + 16).sum();
    (seal.der().len() + certificates + 512).next_multiple_of(1024)
}

/// Finds the signature of a sealed file and digests the rest. Errors: `proof.pdf.too_large`,
/// `proof.pdf.form` for what is not PDF, `proof.pdf.unsigned`, `proof.pdf.byte_range` when bytes
/// lie outside the signed range, `proof.pdf.contents` when the gap is not canonical, and those of
/// [`SealSignature::parse`].
pub fn read(pdf: &[u8]) -> Result<Parts> {
    if pdf.len() > SIZE_MAX {
        return Err(Error::limited("proof.pdf.too_large").arg("size", pdf.len()));
    }
    if !pdf.starts_with(b"%PDF-") {
        return Err(Error::invalid("proof.pdf.form"));
    }
    let gap = Gap::find(pdf)?;
    let signature = SealSignature::parse(&gap.contents(pdf)?)?;
    Ok(Parts { digest: digest(pdf, gap), signature })
}

/// True for a file that is signed, but bears no seal of this kind: readers of others check it.
pub(crate) fn is_of_others(pdf: &[u8]) -> bool {
    gap::is_signed(pdf) && gap::find(pdf, series::KIND, 0).is_none()
}

impl Parts {
    /// Compares the digest of the file with the sealed one. Errors: `proof.pdf.digest`.
    pub fn verify_digest(&self) -> Result<()> {
        if self.signature.digest() != &self.digest || self.signature.property() != PROPERTY {
            return Err(Error::invalid("proof.pdf.digest"));
        }
        Ok(())
    }
}

/// Checks that a file is whole and its seal signature is of this file by the certificate it
/// names. The data is then read from the PDF structure: give a stranger's file to
/// [`crate::verify::verify_file`], which reads it only when the sealer is trusted. Errors: those of
/// [`read`], `proof.pdf.digest`, those of
/// [`SealSignature::verify_signature`], `proof.pdf.payload` when the data block is missing.
pub fn verify(pdf: &[u8]) -> Result<PdfReport> {
    let parts = read(pdf)?;
    parts.verify_digest()?;
    parts.signature.verify_signature()?;
    let payload = embed::payload(pdf, parts.signature.der())?;
    Ok(PdfReport { signature: parts.signature, payload })
}

/// The licence's data of a file whose signature has been checked.
pub(crate) fn payload(pdf: &[u8], parts: &Parts) -> Result<Vec<u8>> {
    embed::payload(pdf, parts.signature.der())
}

fn digest(file: &[u8], gap: Gap) -> Digest32 {
    let mut stream = Stream::new();
    stream.update(&file[..gap.start]);
    stream.update(&file[gap.end..]);
    stream.finish()
}
