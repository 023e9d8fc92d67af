//! Checking signed data.
//!
//! Invariants: every signer's part must hold, or none is believed; a part that holds is of the
//! content given, by the certificate named.
//! Must not know: where anchors come from, the clock.

use super::{CERTIFICATE_MAX, CODE, SignedData, algorithm_of, asn, attribute};
use crate::asn1;
use crate::certificate::asn::Time;
use crate::certificate::{Certificate, instant, path};
use crate::hash::Hash;
use der::asn1::{ObjectIdentifier, OctetString};
use kernel::{Error, Result, Timestamp};

/// A signer whose part holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The signer's certificate, and those above it as far as its anchor.
    pub path: Vec<Certificate>,
    /// When, as the signer claims.
    pub signed_at: Option<Timestamp>,
}

impl SignedData {
    /// Checks every signer's part over the content, and that its certificate may sign and leads
    /// to an anchor at the instant. `beside` is detached content. Signers come in the order of
    /// their encoding. Errors: `proof.cms.content` when the content is missing or both inside and
    /// beside, `proof.cms.signer` when no certificate sent along is the signer's,
    /// `proof.cms.digest`, `proof.cms.attributes`, `proof.cms.algorithm`,
    /// `proof.signature.form`, `proof.signature.mismatch`, `proof.certificate.usage`, and those
    /// of [`crate::certificate::verify_chain`].
    pub fn verify(
        &self,
        beside: Option<&[u8]>,
        anchors: &[Certificate],
        at: Timestamp,
    ) -> Result<Vec<Verified>> {
        let content = self.content_or(beside)?;
        let check = |signer: &asn::SignerInfo| {
            let certificate = self.verify_part(signer, content)?;
            if !certificate.may_sign() {
                return Err(Error::invalid("proof.certificate.usage"));
            }
            let chain = self.chain(certificate);
            let path = path(&chain, anchors, at)?.into_iter().cloned().collect();
            Ok(Verified { path, signed_at: signing_time(signer)? })
        };
        self.data.signers.iter().map(check).collect()
    }

    /// The certificate and the others sent along, as many as a chain may have: those that name
    /// authorities first.
    fn chain(&self, first: &Certificate) -> Vec<Certificate> {
        let others = self.certificates.iter().filter(|c| *c != first && c.is_authority());
        let limit = crate::certificate::CHAIN_MAX;
        std::iter::once(first).chain(others).take(limit).cloned().collect()
    }

    /// Checks one signer's part, trust aside; its certificate.
    fn verify_part(&self, signer: &asn::SignerInfo, content: &[u8]) -> Result<&Certificate> {
        let certificate = self.certificate_of(&signer.signer)?;
        let algorithm = algorithm_of(signer)?;
        if certificate.public_key().algorithm() != algorithm {
            return Err(Error::invalid("proof.cms.algorithm").arg("oid", signer.algorithm.oid));
        }
        let signature = signer.signature.as_bytes();
        let Some(signed) = &signer.signed else {
            // Attributes of another signature could else be passed off as content.
            let plain = [asn::DATA, asn::GM_DATA].contains(&self.content_type());
            if !plain || content.first() == Some(&0x31) {
                return Err(Error::invalid("proof.cms.attributes"));
            }
            certificate.public_key().verify(content, signature)?;
            return Ok(certificate);
        };
        let wanted = || Error::invalid("proof.cms.attributes");
        let value = |oid| attribute(Some(signed), oid);
        let kind = value(asn::CONTENT_TYPE)?.ok_or_else(wanted)?;
        let kind: ObjectIdentifier = asn1::nested(kind, 64, CODE)?;
        if kind != self.content_type() {
            return Err(wanted());
        }
        let digest = value(asn::MESSAGE_DIGEST)?.ok_or_else(wanted)?;
        let digest: OctetString = asn1::nested(digest, 128, CODE)?;
        if digest.as_bytes() != Hash::of_algorithm(algorithm).digest(&[content]) {
            return Err(Error::invalid("proof.cms.digest"));
        }
        if let Some(named) = value(asn::SIGNING_CERTIFICATE)? {
            let named: asn::SigningCertificate = asn1::nested(named, CERTIFICATE_MAX, CODE)?;
            names(&named, certificate)?;
        }
        certificate.public_key().verify(&asn1::encode(signed)?, signature)?;
        Ok(certificate)
    }

    fn certificate_of(&self, id: &asn::SignerId) -> Result<&Certificate> {
        let issuer = match id {
            asn::SignerId::Issuer(named) => asn1::encode(&named.issuer)?,
            asn::SignerId::Key(_) => Vec::new(),
        };
        self.certificates
            .iter()
            .find(|certificate| match id {
                asn::SignerId::Issuer(named) => {
                    certificate.issuer_der() == issuer
                        && certificate.serial() == named.serial.as_bytes()
                }
                asn::SignerId::Key(id) => certificate.key_id() == Some(id.as_bytes()),
            })
            .ok_or_else(|| Error::invalid("proof.cms.signer"))
    }

    /// Checks every signer's part over the content, whoever they are. Errors: as
    /// [`SignedData::verify`], trust aside.
    pub(crate) fn verify_parts(&self, beside: Option<&[u8]>) -> Result<()> {
        let content = self.content_or(beside)?;
        self.data.signers.iter().try_for_each(|signer| self.verify_part(signer, content).map(drop))
    }

    fn content_or<'a>(&'a self, beside: Option<&'a [u8]>) -> Result<&'a [u8]> {
        match (self.content(), beside) {
            (Some(inside), None) => Ok(inside),
            (None, Some(beside)) => Ok(beside),
            _ => Err(Error::invalid("proof.cms.content")),
        }
    }

    /// The certificate sent along of a signer. Errors: `proof.cms.signer`.
    pub(crate) fn signer_certificate(&self, signer: usize) -> Result<&Certificate> {
        let signer = self.data.signers.get(signer);
        let signer = signer.ok_or_else(|| Error::invalid("proof.cms.signer"))?;
        self.certificate_of(&signer.signer)
    }

    /// Refuses what the signatures do not protect and nobody here reads (ETSI EN 319 122-1 leaves
    /// unsigned attributes to whoever adds them): unsigned attributes but time stamps, where these are
    /// read; lists of certificates taken back; certificates that lead up from no signer. Errors:
    /// `proof.cms.unprotected` with what it is.
    pub(crate) fn bears_nothing_more(&self, stamps: bool) -> Result<()> {
        let more = |what: String| Error::invalid("proof.cms.unprotected").arg("what", what);
        if self.data.lists.is_some() {
            return Err(more("CRL".to_owned()));
        }
        let signers = self.data.signers.iter();
        // The stamp of one signature alone is read.
        let stamps = stamps && self.signers() == 1;
        let mut unsigned =
            signers.clone().flat_map(|one| one.unsigned.iter()).flat_map(|s| s.iter());
        if let Some(other) = unsigned.find(|one| !stamps || one.oid != asn::SIGNATURE_STAMP) {
            return Err(more(other.oid.to_string()));
        }
        let mut needed: Vec<&Certificate> =
            signers.map(|one| self.certificate_of(&one.signer)).collect::<Result<_>>()?;
        let mut looked = 0;
        while let Some(below) = needed.get(looked).copied() {
            for above in &self.certificates {
                let issued = above.subject_der() == below.issuer_der() && !needed.contains(&above);
                if issued && below.verify_signed_by(above.public_key()).is_ok() {
                    needed.push(above);
                }
            }
            looked += 1;
        }
        match self.certificates.iter().find(|one| !needed.contains(one)) {
            Some(stray) => Err(more(stray.subject().common_name.clone())),
            None => Ok(()),
        }
    }

    /// True when every signer's certificate is named inside its signature.
    pub(crate) fn names_certificates(&self) -> bool {
        self.data.signers.iter().all(|signer| {
            matches!(attribute(signer.signed.as_ref(), asn::SIGNING_CERTIFICATE), Ok(Some(_)))
        })
    }
}

/// Checks that the attribute's first certificate is the signer's.
fn names(named: &asn::SigningCertificate, certificate: &Certificate) -> Result<()> {
    let wrong = || Error::invalid("proof.cms.attributes");
    let first = named.certificates.first().ok_or_else(wrong)?;
    let hash = match &first.digest {
        None => Hash::Sha256,
        Some(id) => Hash::of(id, "proof.cms.attributes")?,
    };
    if hash.digest(&[certificate.der()]) != first.hash.as_bytes() {
        return Err(wrong());
    }
    Ok(())
}

fn signing_time(signer: &asn::SignerInfo) -> Result<Option<Timestamp>> {
    attribute(signer.signed.as_ref(), asn::SIGNING_TIME)?
        .map(|value| asn1::nested::<Time>(value, 64, CODE).map(instant))
        .transpose()
}
