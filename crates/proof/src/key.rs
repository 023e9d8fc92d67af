//! Keys of the signature algorithms certificates know: SM2 with SM3 (GB/T 32918.2), ECDSA on P-256
//! with SHA-256 (FIPS 186-5), Ed25519 (RFC 8032); as PKCS #8 (RFC 5958) and SubjectPublicKeyInfo.
//!
//! Invariants: a key serves one algorithm, so a signature cannot be checked under another than
//! was meant; nonces are derived (RFC 6979, RFC 8032); Ed25519 is verified strictly, with no point
//! of small order.
//! Must not know: what is signed, where keys are kept.

use crate::asn1::{self, AlgorithmId, EC_PUBLIC_KEY, KeyInfo, SM2_CURVE, SM2_WITH_SM3, invalid};
use crate::digest::hmac_sm3;
use crate::sm2sig;
use der::Sequence;
use der::asn1::{Any, BitString, ObjectIdentifier, OctetString};
use der::pem::LineEnding;
use kernel::{Error, Result};
use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _};

const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");

const PUBLIC_LABEL: &str = "PUBLIC KEY";
const PRIVATE_LABEL: &str = "PRIVATE KEY";
/// Most bytes a key in DER or PEM may have.
const SIZE_MAX: usize = 4 << 10;

/// A signature algorithm with its curve and digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// SM2 with SM3 under the default identity.
    Sm2,
    /// ECDSA on P-256 with SHA-256.
    P256,
    /// Ed25519.
    Ed25519,
}

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// A point of the SM2 curve.
    Sm2(sm2sig::VerifyingKey),
    /// A point of P-256.
    P256(p256::ecdsa::VerifyingKey),
    /// A point of edwards25519.
    Ed25519(ed25519_dalek::VerifyingKey),
}

/// A private key held in memory.
#[derive(Clone, Debug)]
pub enum PrivateKey {
    /// SM2.
    Sm2(sm2sig::SigningKey),
    /// ECDSA on P-256.
    P256(p256::ecdsa::SigningKey),
    /// Ed25519.
    Ed25519(ed25519_dalek::SigningKey),
}

/// Whatever signs: a key in memory, or one that never leaves a device.
pub trait Signer {
    /// The public half.
    fn public(&self) -> PublicKey;
    /// The signature of a message in the algorithm's X.509 encoding.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>>;
}

/// Whatever is, or holds, a public key that can be certified.
pub trait Public: std::fmt::Debug {
    /// The key.
    fn public(&self) -> PublicKey;
}

/// `OneAsymmetricKey` of version 1 (RFC 5958), as far as Ed25519 needs it.
#[derive(Sequence)]
struct Wrapped {
    version: u8,
    algorithm: AlgorithmId,
    key: OctetString,
}

impl Algorithm {
    /// Its identifier in certificates and signed data.
    pub(crate) fn oid(self) -> ObjectIdentifier {
        match self {
            Algorithm::Sm2 => SM2_WITH_SM3,
            Algorithm::P256 => ECDSA_WITH_SHA256,
            Algorithm::Ed25519 => ED25519,
        }
    }

    pub(crate) fn id(self) -> AlgorithmId {
        AlgorithmId::bare(self.oid())
    }

    /// The algorithm of an identifier. Errors: the given code for any other.
    pub(crate) fn of(id: &AlgorithmId, code: &'static str) -> Result<Algorithm> {
        [Algorithm::Sm2, Algorithm::P256, Algorithm::Ed25519]
            .into_iter()
            .find(|known| known.oid() == id.oid)
            // GM/T certificates carry NULL or nothing; the RFCs want nothing (5758, 8410).
            .filter(|known| id.parameters.is_none() || (*known == Algorithm::Sm2 && id.is_bare()))
            .ok_or_else(|| Error::invalid(code).arg("oid", id.oid))
    }
}

impl PublicKey {
    /// The algorithm it serves.
    pub fn algorithm(&self) -> Algorithm {
        match self {
            PublicKey::Sm2(_) => Algorithm::Sm2,
            PublicKey::P256(_) => Algorithm::P256,
            PublicKey::Ed25519(_) => Algorithm::Ed25519,
        }
    }

    /// The uncompressed point, or the 32 bytes of an Ed25519 key.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            PublicKey::Sm2(key) => key.to_bytes(),
            PublicKey::P256(key) => key.to_sec1_point(false).as_bytes().to_vec(),
            PublicKey::Ed25519(key) => key.to_bytes().to_vec(),
        }
    }

    /// The key of an algorithm's bytes. Errors: `proof.key.point`.
    pub fn from_bytes(algorithm: Algorithm, bytes: &[u8]) -> Result<PublicKey> {
        let wrong = || Error::invalid("proof.key.point");
        match algorithm {
            Algorithm::Sm2 => sm2sig::VerifyingKey::from_bytes(bytes).map(PublicKey::Sm2),
            Algorithm::P256 => p256::ecdsa::VerifyingKey::from_sec1_bytes(bytes)
                .map(PublicKey::P256)
                .map_err(|_| wrong()),
            Algorithm::Ed25519 => {
                let bytes = <&[u8; 32]>::try_from(bytes).map_err(|_| wrong())?;
                ed25519_dalek::VerifyingKey::from_bytes(bytes)
                    .ok()
                    // A point of small order signs everything.
                    .filter(|key| !key.is_weak())
                    .map(PublicKey::Ed25519)
                    .ok_or_else(wrong)
            }
        }
    }

    pub(crate) fn info(&self) -> Result<KeyInfo> {
        let curve = |oid: ObjectIdentifier| -> Result<AlgorithmId> {
            let parameters = Some(Any::encode_from(&oid).map_err(invalid)?);
            Ok(AlgorithmId { oid: EC_PUBLIC_KEY, parameters })
        };
        let algorithm = match self {
            PublicKey::Sm2(_) => curve(SM2_CURVE)?,
            PublicKey::P256(_) => curve(P256)?,
            PublicKey::Ed25519(_) => AlgorithmId::bare(ED25519),
        };
        Ok(KeyInfo { algorithm, key: BitString::from_bytes(&self.to_bytes()).map_err(invalid)? })
    }

    /// Errors: `proof.key.algorithm`, `proof.key.point`.
    pub(crate) fn of(info: &KeyInfo) -> Result<PublicKey> {
        let unknown = || Error::invalid("proof.key.algorithm").arg("oid", info.algorithm.oid);
        let algorithm = if info.algorithm == AlgorithmId::bare(ED25519) {
            Algorithm::Ed25519
        } else {
            let named: Option<ObjectIdentifier> =
                info.algorithm.parameters.as_ref().and_then(|any| any.decode_as().ok());
            match named {
                Some(curve) if info.algorithm.oid == EC_PUBLIC_KEY && curve == SM2_CURVE => {
                    Algorithm::Sm2
                }
                Some(curve) if info.algorithm.oid == EC_PUBLIC_KEY && curve == P256 => {
                    Algorithm::P256
                }
                _ => return Err(unknown()),
            }
        };
        PublicKey::from_bytes(algorithm, asn1::whole(&info.key, "proof.key.point")?)
    }

    /// The key in a SubjectPublicKeyInfo PEM block. Errors: `proof.key.pem`, and those of its
    /// parts.
    pub fn from_pem(pem: &str) -> Result<PublicKey> {
        let der = block(pem, PUBLIC_LABEL)?;
        PublicKey::of(&asn1::decode(&der, SIZE_MAX, "proof.key.pem")?)
    }

    /// The key as a SubjectPublicKeyInfo PEM block.
    pub fn to_pem(&self) -> Result<String> {
        armour(PUBLIC_LABEL, &asn1::encode(&self.info()?)?)
    }

    /// Checks a signature in the algorithm's X.509 encoding. Errors: `proof.signature.form`,
    /// `proof.signature.mismatch`.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<()> {
        match self {
            PublicKey::Sm2(key) => key.verify(message, signature),
            PublicKey::P256(_) => self.verify_fixed(message, &sm2sig::fixed(signature)?),
            PublicKey::Ed25519(_) => self.verify_fixed(message, signature),
        }
    }

    /// Checks a signature of 64 bytes, r and s one after another, as JOSE and COSE have it.
    /// Errors: as [`PublicKey::verify`].
    pub fn verify_fixed(&self, message: &[u8], signature: &[u8]) -> Result<()> {
        let form = || Error::invalid("proof.signature.form");
        let mismatch = || Error::invalid("proof.signature.mismatch");
        let bytes = <&[u8; 64]>::try_from(signature).map_err(|_| form())?;
        match self {
            PublicKey::Sm2(key) => key.verify(message, &sm2sig::pair(bytes)?),
            PublicKey::P256(key) => {
                let signature = p256::ecdsa::Signature::from_slice(bytes).map_err(|_| form())?;
                key.verify(message, &signature).map_err(|_| mismatch())
            }
            PublicKey::Ed25519(key) => {
                let signature = ed25519_dalek::Signature::from_bytes(bytes);
                key.verify_strict(message, &signature).map_err(|_| mismatch())
            }
        }
    }
}

impl PrivateKey {
    /// The key of 32 secret bytes. Errors: `proof.key.seed` when none of 256 scalars derived from
    /// them is valid (never seen).
    pub fn from_seed(algorithm: Algorithm, seed: &[u8; 32]) -> Result<PrivateKey> {
        match algorithm {
            Algorithm::Sm2 => sm2sig::SigningKey::from_seed(seed).map(PrivateKey::Sm2),
            Algorithm::P256 => (0..=u8::MAX)
                .find_map(|count| {
                    let scalar = hmac_sm3(seed, &[b"yipan.p256.key", &[count]]);
                    p256::ecdsa::SigningKey::from_slice(&scalar).ok()
                })
                .map(PrivateKey::P256)
                .ok_or_else(|| Error::invalid("proof.key.seed")),
            Algorithm::Ed25519 => {
                Ok(PrivateKey::Ed25519(ed25519_dalek::SigningKey::from_bytes(seed)))
            }
        }
    }

    /// The key in an unencrypted PKCS #8 PEM block. Errors: `proof.key.pem` for another form or
    /// algorithm.
    pub fn from_pem(pem: &str) -> Result<PrivateKey> {
        let der = block(pem, PRIVATE_LABEL)?;
        if let Ok(key) = p256::ecdsa::SigningKey::from_pkcs8_der(&der) {
            return Ok(PrivateKey::P256(key));
        }
        let wrapped = asn1::decode::<Wrapped>(&der, SIZE_MAX, "proof.key.pem").ok();
        let ed25519 =
            |one: &Wrapped| one.algorithm == AlgorithmId::bare(ED25519) && one.version == 0;
        if let Some(wrapped) = wrapped.filter(ed25519) {
            let key: OctetString = asn1::decode(wrapped.key.as_bytes(), SIZE_MAX, "proof.key.pem")?;
            let seed = <&[u8; 32]>::try_from(key.as_bytes())
                .map_err(|_| Error::invalid("proof.key.pem"))?;
            return PrivateKey::from_seed(Algorithm::Ed25519, seed);
        }
        sm2sig::SigningKey::from_pem(pem).map(PrivateKey::Sm2)
    }

    /// The key as an unencrypted PKCS #8 PEM block; the caller keeps it secret.
    pub fn to_pem(&self) -> Result<String> {
        match self {
            PrivateKey::Sm2(key) => key.to_pem(),
            PrivateKey::P256(key) => {
                let der =
                    key.to_pkcs8_der().map_err(|e| Error::internal(format!("key to DER: {e}")))?;
                armour(PRIVATE_LABEL, der.as_bytes())
            }
            PrivateKey::Ed25519(key) => {
                let inner = OctetString::new(key.to_bytes()).map_err(invalid)?;
                let wrapped = Wrapped {
                    version: 0,
                    algorithm: AlgorithmId::bare(ED25519),
                    key: OctetString::new(asn1::encode(&inner)?).map_err(invalid)?,
                };
                armour(PRIVATE_LABEL, &asn1::encode(&wrapped)?)
            }
        }
    }
}

impl Signer for PrivateKey {
    fn public(&self) -> PublicKey {
        match self {
            PrivateKey::Sm2(key) => PublicKey::Sm2(key.verifying_key()),
            PrivateKey::P256(key) => PublicKey::P256(*key.verifying_key()),
            PrivateKey::Ed25519(key) => PublicKey::Ed25519(key.verifying_key()),
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        match self {
            PrivateKey::Sm2(key) => key.sign(message),
            PrivateKey::P256(key) => {
                let signature: p256::ecdsa::Signature = key
                    .try_sign(message)
                    .map_err(|_| Error::internal("ECDSA met a degenerate nonce"))?;
                sm2sig::pair(&signature.to_bytes())
            }
            PrivateKey::Ed25519(key) => {
                use ed25519_dalek::Signer as _;
                Ok(key.sign(message).to_bytes().to_vec())
            }
        }
    }
}

impl Signer for sm2sig::SigningKey {
    fn public(&self) -> PublicKey {
        PublicKey::Sm2(self.verifying_key())
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        sm2sig::SigningKey::sign(self, message)
    }
}

impl Public for PublicKey {
    fn public(&self) -> PublicKey {
        self.clone()
    }
}

impl Public for sm2sig::VerifyingKey {
    fn public(&self) -> PublicKey {
        PublicKey::Sm2(self.clone())
    }
}

/// A signature in its X.509 encoding, of the 64 bytes that devices give: r and s one after another,
/// or as Ed25519 has them anyway. Errors: `proof.signature.form`.
pub fn signature_of_fixed(algorithm: Algorithm, bytes: &[u8]) -> Result<Vec<u8>> {
    match (algorithm, bytes.len()) {
        (Algorithm::Ed25519, 64) => Ok(bytes.to_vec()),
        (Algorithm::Sm2 | Algorithm::P256, 64) => sm2sig::pair(bytes),
        _ => Err(Error::invalid("proof.signature.form")),
    }
}

/// A signature of 64 bytes, r and s one after another, of any signer.
pub(crate) fn sign_fixed(signer: &dyn Signer, message: &[u8]) -> Result<[u8; 64]> {
    let signature = signer.sign(message)?;
    match signer.public().algorithm() {
        Algorithm::Ed25519 => <[u8; 64]>::try_from(signature.as_slice())
            .map_err(|_| Error::invalid("proof.signature.form")),
        Algorithm::Sm2 | Algorithm::P256 => sm2sig::fixed(&signature),
    }
}

fn block(pem: &str, label: &str) -> Result<Vec<u8>> {
    let wrong = || Error::invalid("proof.key.pem");
    if pem.len() > 2 * SIZE_MAX {
        return Err(wrong().detail("too large"));
    }
    let (found, der) =
        der::pem::decode_vec(pem.trim_ascii_start().as_bytes()).map_err(|e| wrong().detail(e))?;
    if found != label {
        return Err(wrong().detail("PEM label"));
    }
    Ok(der)
}

fn armour(label: &'static str, der: &[u8]) -> Result<String> {
    der::pem::encode_string(label, LineEnding::LF, der)
        .map_err(|e| Error::internal(format!("key to PEM: {e}")))
}
