//! SM2 key exchange (GB/T 32918.3) with key confirmation, both parties under the default identity.
//!
//! Invariants: an ephemeral key serves one exchange; a key is to be used only after the peer's
//! confirmation was checked; scalars are handled by the curve's constant-time arithmetic.
//! Must not know: how messages travel, who the parties are.

use crate::digest::{Digest32, Stream, derive, sm3};
use crate::sm2sig::{DEFAULT_ID, SigningKey, VerifyingKey};
use kernel::{Error, Random, Result};
use sm2::elliptic_curve::ff::PrimeField;
use sm2::elliptic_curve::sec1::ToSec1Point;
use sm2::{FieldBytes, ProjectivePoint, Scalar};

/// Longest key that may be agreed on, in bytes.
pub const KEY_MAX: usize = 64;

/// The curve's coefficients a and b and its base point, as they enter the digest `Z`.
const CURVE: &str = concat!(
    "fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc",
    "28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93",
    "32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7",
    "bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0"
);

/// Which side of an exchange one is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Sends the first message.
    Initiator,
    /// Answers it.
    Responder,
}

/// The key of one exchange; its public half goes to the peer.
#[derive(Debug)]
pub struct Ephemeral(SigningKey);

/// What both sides share afterwards.
#[derive(Clone)]
pub struct Agreed {
    key: Vec<u8>,
    ours: Digest32,
    theirs: Digest32,
}

impl Ephemeral {
    /// A fresh key.
    pub fn generate(random: &mut Random) -> Result<Ephemeral> {
        SigningKey::from_seed(&random.bytes()).map(Ephemeral)
    }

    #[cfg(test)]
    pub(crate) fn from_scalar(scalar: &[u8; 32]) -> Result<Ephemeral> {
        SigningKey::from_scalar(scalar).map(Ephemeral)
    }

    /// The half the peer is sent.
    pub fn public(&self) -> VerifyingKey {
        self.0.verifying_key()
    }
}

/// Agrees with a peer on a key of `length` bytes from both sides' lasting and ephemeral keys.
/// Errors: `proof.exchange.length`, `proof.exchange.peer` for keys that yield nothing secret.
pub fn agree(
    side: Side,
    own: &SigningKey,
    ephemeral: Ephemeral,
    peer: &VerifyingKey,
    peer_ephemeral: &VerifyingKey,
    length: usize,
) -> Result<Agreed> {
    if length == 0 || length > KEY_MAX {
        return Err(Error::invalid("proof.exchange.length").arg("max", KEY_MAX));
    }
    let (own_public, own_point) = (own.verifying_key(), ephemeral.public().to_bytes());
    let peer_point = peer_ephemeral.to_bytes();
    let d = own.secret().to_nonzero_scalar();
    let r = ephemeral.0.secret().to_nonzero_scalar();
    let t = *d + *r * half(&own_point)?;
    let point = ProjectivePoint::from(*peer.point())
        + ProjectivePoint::from(*peer_ephemeral.point()) * half(&peer_point)?;
    let shared = (point * t).to_affine().to_sec1_point(false);
    let (x, y) = coordinates(shared.as_bytes())?;
    let (mine, other) = (identity(&own_public)?, identity(peer)?);
    let (z_a, z_b, r_a, r_b) = match side {
        Side::Initiator => (mine, other, &own_point, &peer_point),
        Side::Responder => (other, mine, &peer_point, &own_point),
    };
    let (r_a, r_b) = (&r_a[1..], &r_b[1..]);
    let inner = sm3(&[x, &z_a, &z_b, r_a, r_b].concat());
    let tag = |mark: u8| sm3(&[&[mark][..], y, &inner].concat());
    let (ours, theirs) = match side {
        Side::Initiator => (tag(3), tag(2)),
        Side::Responder => (tag(2), tag(3)),
    };
    Ok(Agreed { key: derive(&[x, y, &z_a, &z_b], length), ours, theirs })
}

impl Agreed {
    /// What tells the peer that this side has the key.
    pub fn confirmation(&self) -> &Digest32 {
        &self.ours
    }

    /// The key, when the peer's confirmation shows that it has the same. Errors:
    /// `proof.exchange.confirmation`.
    pub fn confirmed(self, theirs: &Digest32) -> Result<Vec<u8>> {
        // Every byte is looked at, so that the time taken tells nothing.
        let differ = self.theirs.iter().zip(theirs).fold(0, |sum, (a, b)| sum | (a ^ b));
        if differ != 0 {
            return Err(Error::invalid("proof.exchange.confirmation"));
        }
        Ok(self.key)
    }
}

impl std::fmt::Debug for Agreed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Agreed")
    }
}

/// 2^127 and the low 127 bits of a point's x.
fn half(point: &[u8]) -> Result<Scalar> {
    let (x, _) = coordinates(point)?;
    let mut bytes = [0_u8; 32];
    bytes[16..].copy_from_slice(&x[16..]);
    bytes[16] |= 0x80;
    Scalar::from_repr(FieldBytes::from(bytes))
        .into_option()
        .ok_or_else(|| Error::invalid("proof.exchange.peer"))
}

/// The coordinates of an uncompressed point. Errors: `proof.exchange.peer` for infinity.
fn coordinates(point: &[u8]) -> Result<(&[u8], &[u8])> {
    match point {
        [4, rest @ ..] if rest.len() == 64 => Ok(rest.split_at(32)),
        _ => Err(Error::invalid("proof.exchange.peer")),
    }
}

/// The digest `Z` of a party (GB/T 32918.2 §5.5).
fn identity(key: &VerifyingKey) -> Result<Digest32> {
    let curve = hex::decode(CURVE).map_err(|e| Error::internal(format!("curve: {e}")))?;
    let mut stream = Stream::new();
    stream.update(&(DEFAULT_ID.len() as u16 * 8).to_be_bytes());
    stream.update(DEFAULT_ID.as_bytes());
    stream.update(&curve);
    stream.update(&key.to_bytes()[1..]);
    Ok(stream.finish())
}
