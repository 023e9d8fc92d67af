//! Time-based one-time passwords (RFC 6238: HMAC-SHA1, 6 digits, steps of 30 seconds) and their
//! enrolment address for authenticator applications.
//!
//! Invariant: a step is returned on success so that the caller can refuse it a second time.
//! Must not know: accounts, the clock.

use hmac::{Hmac, KeyInit, Mac};
use kernel::time::SECOND_US;
use kernel::{Error, Random, Result, Timestamp};
use sha1::Sha1;

/// Seconds one password lives.
pub const STEP_S: i64 = 30;
/// Steps before and after the present one that are taken too, for clocks that differ.
pub const WINDOW: i64 = 1;

const DIGITS: usize = 6;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const SECRET_MAX: usize = 64;

/// The secret shared with an authenticator.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// A fresh secret of 160 bits, the length RFC 4226 recommends.
    pub fn generate(random: &mut Random) -> Secret {
        Secret(random.bytes::<20>().to_vec())
    }

    /// A secret of 1 to 64 bytes. Errors: `proof.totp.secret`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Secret> {
        if bytes.is_empty() || bytes.len() > SECRET_MAX {
            return Err(Error::invalid("proof.totp.secret"));
        }
        Ok(Secret(bytes.to_vec()))
    }

    /// A secret in base 32 (RFC 4648), case and padding aside. Errors: `proof.totp.secret`.
    pub fn from_base32(text: &str) -> Result<Secret> {
        let wrong = || Error::invalid("proof.totp.secret");
        let (mut buffer, mut bits, mut bytes) = (0_u32, 0_u32, Vec::new());
        if text.len() > SECRET_MAX * 2 {
            return Err(wrong());
        }
        for letter in text.trim_end_matches('=').bytes() {
            let letter = letter.to_ascii_uppercase();
            let value = BASE32.iter().position(|&l| l == letter).ok_or_else(wrong)?;
            buffer = (buffer << 5 | value as u32) & 0xfff;
            bits += 5;
            if bits >= 8 {
                bits -= 8;
                bytes.push((buffer >> bits) as u8);
            }
        }
        Secret::from_bytes(&bytes)
    }

    /// The secret in base 32 without padding.
    pub fn to_base32(&self) -> String {
        let (mut buffer, mut bits, mut text) = (0_u32, 0_u32, String::new());
        for &byte in &self.0 {
            buffer = (buffer << 8 | u32::from(byte)) & 0xf_ffff;
            bits += 8;
            while bits >= 5 {
                bits -= 5;
                text.push(char::from(BASE32[(buffer >> bits & 31) as usize]));
            }
        }
        if bits > 0 {
            text.push(char::from(BASE32[(buffer << (5 - bits) & 31) as usize]));
        }
        text
    }

    /// The password of a step: six digits.
    pub fn code_of_step(&self, step: i64) -> String {
        hotp(&self.0, step.max(0) as u64, DIGITS)
    }

    /// The password shown at the instant: six digits.
    pub fn code(&self, at: Timestamp) -> String {
        self.code_of_step(step(at))
    }

    /// The step whose password this is, within one step of the instant; `None` when it is of
    /// none. A step not after `used` is refused, so that an overheard password is worthless.
    pub fn verify(&self, code: &str, at: Timestamp, used: Option<i64>) -> Option<i64> {
        let now = step(at);
        let mut found = None;
        // All steps are compared whole, so that the time taken does not tell which matched.
        for candidate in now - WINDOW..=now + WINDOW {
            let same = same(self.code_of_step(candidate).as_bytes(), code.as_bytes());
            if same && candidate >= 0 && used.is_none_or(|used| candidate > used) {
                found = Some(candidate);
            }
        }
        found
    }

    /// The `otpauth://` address an authenticator reads from a QR code.
    pub fn uri(&self, issuer: &str, account: &str) -> String {
        let issuer = percent(issuer);
        format!(
            "otpauth://totp/{issuer}:{}?secret={}&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period={STEP_S}",
            percent(account),
            self.to_base32()
        )
    }
}

/// The number of the step an instant lies in.
pub fn step(at: Timestamp) -> i64 {
    at.0.div_euclid(SECOND_US * STEP_S)
}

/// RFC 4226: the counter's password of at most 9 digits.
pub(crate) fn hotp(secret: &[u8], counter: u64, digits: usize) -> String {
    let mut block = [0_u8; 64];
    let length = secret.len().min(block.len());
    block[..length].copy_from_slice(&secret[..length]);
    let mut mac = Hmac::<Sha1>::new(&block.into());
    mac.update(&counter.to_be_bytes());
    let hash: [u8; 20] = mac.finalize().into_bytes().into();
    let from = usize::from(hash[19] & 15);
    let word = hash[from..from + 4].iter().fold(0_u32, |word, &b| word << 8 | u32::from(b));
    let modulus = 10_u64.pow(digits.min(9) as u32);
    format!("{:0digits$}", u64::from(word & 0x7fff_ffff) % modulus)
}

fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |diff, (a, b)| diff | (a ^ b)) == 0
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(b).to_string()
            }
            _ => format!("%{b:02X}"),
        })
        .collect()
}
