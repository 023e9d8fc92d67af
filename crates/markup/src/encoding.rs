//! From bytes to text: UTF-8, with or without its mark, UTF-16 with its mark, and what a document
//! declares of ISO-8859-1, Windows-1252 and the Chinese encodings GB2312, GBK and GB18030.
//!
//! Invariant: nothing is guessed. What a document declares must be what it is.

use encoding_rs::{Encoding, GB18030, WINDOWS_1252, mem};
use std::borrow::Cow;

/// How far into a document its declaration may reach.
const DECLARATION_MAX: usize = 200;

/// What a document was read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// UTF-8.
    Utf8,
    /// UTF-16.
    Utf16,
    /// The encoding it declares.
    Declared,
}

/// An encoding that is read where it is declared.
enum Declared {
    Latin1,
    Other(&'static Encoding),
}

/// The text of a document, and what it was read as. Errors: what is wrong.
pub fn text(bytes: &[u8]) -> Result<(Cow<'_, str>, Form), String> {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => {
            return Ok((Cow::Owned(utf16(rest, u16::from_le_bytes)?), Form::Utf16));
        }
        [0xFE, 0xFF, rest @ ..] => {
            return Ok((Cow::Owned(utf16(rest, u16::from_be_bytes)?), Form::Utf16));
        }
        _ => {}
    }
    let name = declaration(bytes).unwrap_or_default();
    match declared(name) {
        Some(Declared::Latin1) => Ok((mem::decode_latin1(bytes), Form::Declared)),
        Some(Declared::Other(encoding)) => {
            let text = encoding.decode_without_bom_handling_and_without_replacement(bytes);
            Ok((text.ok_or_else(|| format!("not {name}"))?, Form::Declared))
        }
        None => {
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
            Ok((Cow::Borrowed(text), Form::Utf8))
        }
    }
}

/// The text of a document as one in UTF-8 would be, whatever it declares. Errors: what is wrong.
pub fn as_utf8(bytes: &[u8]) -> Result<Cow<'_, str>, String> {
    let (text, form) = text(bytes)?;
    let declares = |text: &str| declaration(text.as_bytes()).map(str::to_owned);
    match declares(&text).filter(|_| form != Form::Utf8) {
        Some(name) => Ok(Cow::Owned(text.replacen(&name, "UTF-8", 1))),
        None => Ok(text),
    }
}

/// True when a document that declares the encoding is read rightly.
pub fn agrees(name: &str, text: &str, form: Form) -> bool {
    match (form, name.to_ascii_lowercase().as_str()) {
        (Form::Utf8, "utf-8" | "utf8") | (Form::Utf16, "utf-16" | "utf-16le" | "utf-16be") => true,
        (Form::Utf8, "us-ascii" | "ascii") => text.is_ascii(),
        (Form::Declared, name) => declared(name).is_some(),
        _ => false,
    }
}

/// The encoding that a document's first line declares, in letters that all of these share.
fn declaration(bytes: &[u8]) -> Option<&str> {
    let head = bytes.get(..DECLARATION_MAX).unwrap_or(bytes).strip_prefix(b"<?xml")?;
    let end = head.windows(2).position(|pair| pair == b"?>")?;
    let line = std::str::from_utf8(head.get(..end)?).ok()?;
    let (_, value) = line.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    value.get(1..)?.split_once(quote).map(|(name, _)| name)
}

fn declared(name: &str) -> Option<Declared> {
    match name.to_ascii_lowercase().as_str() {
        "iso-8859-1" | "latin1" => Some(Declared::Latin1),
        "windows-1252" => Some(Declared::Other(WINDOWS_1252)),
        // Each is the beginning of the next.
        "gb2312" | "gbk" | "gb18030" => Some(Declared::Other(GB18030)),
        _ => None,
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, String> {
    let (pairs, []) = bytes.as_chunks::<2>() else {
        return Err("half a character at the end".to_owned());
    };
    let units = pairs.iter().map(|pair| unit(*pair));
    char::decode_utf16(units).collect::<Result<_, _>>().map_err(|error| error.to_string())
}
