//! What typing does to a code, undone: full-width forms, spaces, hyphens, lower case.
//!
//! Must not know: any particular code.

/// Longest input looked at, in characters; no identifier is near it.
const INPUT_CHARS_MAX: usize = 256;

/// A fixed number of ASCII characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Chars<const N: usize>([u8; N]);

impl<const N: usize> Chars<N> {
    /// The text when it is exactly `N` digits and capital letters.
    pub(super) fn new(text: &str) -> Option<Chars<N>> {
        if !text.bytes().all(is_alphanumeric) {
            return None;
        }
        text.as_bytes().try_into().ok().map(Chars)
    }

    pub(super) fn as_str(&self) -> &str {
        // Only ASCII gets in, so the default is never taken.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    pub(super) fn bytes(&self) -> &[u8; N] {
        &self.0
    }
}

impl<const N: usize> std::fmt::Debug for Chars<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Half-width, upper-case, without white space, invisible spaces and hyphens of any kind; `None`
/// for an input too long to be any identifier.
pub(super) fn clean(input: &str) -> Option<String> {
    Some(tidy(input)?.chars().filter(|&c| c != '-').collect())
}

/// As [`clean`], but every kind of hyphen becomes `-` and stays.
pub(super) fn tidy(input: &str) -> Option<String> {
    let mut out = String::with_capacity(input.len().min(INPUT_CHARS_MAX));
    for (index, c) in input.chars().enumerate() {
        if index >= INPUT_CHARS_MAX {
            return None;
        }
        match narrow(c) {
            '\u{200B}' | '\u{FEFF}' | '\u{2060}' => {}
            space if space.is_whitespace() => {}
            '\u{00AD}' | '\u{2010}'..='\u{2015}' | '\u{2212}' => out.push('-'),
            other => out.push(other.to_ascii_uppercase()),
        }
    }
    Some(out)
}

/// The half-width form of a full-width character.
pub(super) fn narrow(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '\u{3000}' => ' ',
        other => other,
    }
}

/// True for a digit or capital letter.
pub(super) fn is_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_digit() || byte.is_ascii_uppercase()
}

/// 0–9 for digits, 10–35 for capital letters.
pub(super) fn value36(byte: u8) -> Option<u32> {
    match byte {
        b'0'..=b'9' => Some(u32::from(byte - b'0')),
        b'A'..=b'Z' => Some(u32::from(byte - b'A') + 10),
        _ => None,
    }
}

/// True when there is at least one character and all are digits.
pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
