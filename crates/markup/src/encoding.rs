//! From bytes to text: UTF-8, with or without its mark, and UTF-16 with its mark.
//!
//! Invariant: nothing is guessed. What a document declares must be what it is; a declaration of an
//! encoding that agrees with UTF-8 in ASCII is good for a document of ASCII alone.

use std::borrow::Cow;

/// The text of a document, and whether it was UTF-16. Errors: what is wrong.
pub fn text(bytes: &[u8]) -> Result<(Cow<'_, str>, bool), String> {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => Ok((Cow::Owned(utf16(rest, u16::from_le_bytes)?), true)),
        [0xFE, 0xFF, rest @ ..] => Ok((Cow::Owned(utf16(rest, u16::from_be_bytes)?), true)),
        _ => {
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
            Ok((Cow::Borrowed(text), false))
        }
    }
}

/// True when a document that declares the encoding is read rightly.
pub fn agrees(declared: &str, text: &str, utf16: bool) -> bool {
    match declared.to_ascii_lowercase().as_str() {
        "utf-8" | "utf8" => !utf16,
        "utf-16" | "utf-16le" | "utf-16be" => utf16,
        "us-ascii" | "ascii" | "iso-8859-1" | "windows-1252" => !utf16 && text.is_ascii(),
        _ => false,
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, String> {
    let (pairs, []) = bytes.as_chunks::<2>() else {
        return Err("half a character at the end".to_owned());
    };
    let units = pairs.iter().map(|pair| unit(*pair));
    char::decode_utf16(units).collect::<Result<_, _>>().map_err(|error| error.to_string())
}
