//! SM3 digests (GB/T 32905), HMAC-SM3 (GB/T 15852.2) and the derivation of keys from a shared
//! secret (GB/T 32918.4 §5.4.3).
//!
//! Must not know: what is digested.

use hmac::{Hmac, KeyInit, Mac};
use sm3::{Digest, Sm3};

/// An SM3 digest.
pub type Digest32 = [u8; 32];

/// SM3 of the bytes.
pub fn sm3(bytes: &[u8]) -> Digest32 {
    Sm3::digest(bytes).into()
}

/// SM3 of the bytes in lower-case hexadecimal.
pub fn sm3_hex(bytes: &[u8]) -> String {
    hexadecimal("", &sm3(bytes))
}

/// Bytes in lower-case hexadecimal after a prefix, several times as fast as `hex::encode`, which goes
/// digit by digit.
pub fn hexadecimal(prefix: &str, bytes: &[u8]) -> String {
    let mut out = prefix.as_bytes().to_vec();
    out.resize(prefix.len() + 2 * bytes.len(), 0);
    // The room is of the right length, and digits are UTF-8.
    let _written = hex::encode_to_slice(bytes, &mut out[prefix.len()..]);
    String::from_utf8(out).unwrap_or_default()
}

/// SM3 over what arrives piece by piece.
#[derive(Clone, Default)]
pub struct Stream(Sm3);

impl Stream {
    /// An empty stream.
    pub fn new() -> Stream {
        Stream::default()
    }

    /// Adds the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The digest of all pieces in order.
    pub fn finish(self) -> Digest32 {
        self.0.finalize().into()
    }
}

/// A key of HMAC-SM3 with its first blocks done, which short messages take longer for than for
/// themselves.
#[derive(Clone)]
pub(crate) struct MacKey(Hmac<Sm3>);

impl MacKey {
    /// A key of any length.
    pub(crate) fn new(key: &[u8]) -> MacKey {
        // A key longer than the block is digested first, as RFC 2104 says, so that the fixed-size
        // constructor, which cannot fail, serves every key.
        let mut block = [0_u8; 64];
        if key.len() > block.len() {
            block[..32].copy_from_slice(&sm3(key));
        } else {
            block[..key.len()].copy_from_slice(key);
        }
        MacKey(Hmac::<Sm3>::new(&block.into()))
    }

    /// HMAC-SM3 of the pieces one after another.
    pub(crate) fn mac(&self, pieces: &[&[u8]]) -> Digest32 {
        let mut mac = self.0.clone();
        for piece in pieces {
            mac.update(piece);
        }
        mac.finalize().into_bytes().into()
    }
}

/// HMAC-SM3 of the pieces one after another; a key of any length.
pub fn hmac_sm3(key: &[u8], pieces: &[&[u8]]) -> Digest32 {
    MacKey::new(key).mac(pieces)
}

/// `length` bytes of key material from the pieces one after another: SM3 of them and a counter
/// that begins at one.
pub(crate) fn derive(pieces: &[&[u8]], length: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(length.next_multiple_of(32));
    for count in 1_u32.. {
        if out.len() >= length {
            break;
        }
        let mut stream = Stream::new();
        pieces.iter().for_each(|piece| stream.update(piece));
        stream.update(&count.to_be_bytes());
        out.extend_from_slice(&stream.finish());
    }
    out.truncate(length);
    out
}
