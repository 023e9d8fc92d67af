//! The gap in the byte range: where the seal signature stands as hexadecimal text.
//!
//! Invariant: gap, byte range and file length determine each other; one spelling of each exists.

use crate::seal::SIGNATURE_MAX;
use kernel::{Error, Result};

/// Name of the array that says which bytes are signed.
const KEY: &[u8] = b"/ByteRange";
/// The array as the writer leaves it, to be replaced by one of equal length.
pub(super) const PLACEHOLDER: i64 = 9_999_999_999;
const KEY_CONTENTS: &[u8] = b"/Contents";

/// Offsets of `<` and of the byte after `>`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gap {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// True when a byte range is already there.
pub(super) fn is_signed(pdf: &[u8]) -> bool {
    find(pdf, KEY, 0).is_some()
}

impl Gap {
    /// Finds the place-holders the writer left and writes the byte range.
    pub(super) fn prepare(file: &mut [u8]) -> Result<Gap> {
        let form = || Error::internal("PDF place-holder not found");
        let key = find(file, KEY, 0).ok_or_else(form)?;
        if find(file, KEY, key + 1).is_some() {
            return Err(Error::conflict("proof.pdf.already_signed"));
        }
        let contents = find(file, KEY_CONTENTS, key).ok_or_else(form)?;
        let start = find(file, b"<", contents).ok_or_else(form)?;
        let end = find(file, b">", start).ok_or_else(form)? + 1;
        let gap = Gap { start, end };
        let array = key + KEY.len();
        let close = find(file, b"]", array).ok_or_else(form)?;
        let text = gap.byte_range(file.len());
        close.checked_sub(array).filter(|&room| room >= text.len()).ok_or_else(form)?;
        file[array..close].fill(b' ');
        file[array..array + text.len()].copy_from_slice(text.as_bytes());
        Ok(gap)
    }

    /// Finds the gap of a finished file and checks that everything else is covered.
    pub(super) fn find(file: &[u8]) -> Result<Gap> {
        let wrong = || Error::invalid("proof.pdf.byte_range");
        let key = find(file, KEY, 0).ok_or_else(|| Error::invalid("proof.pdf.unsigned"))?;
        if find(file, KEY, key + 1).is_some() {
            return Err(wrong().detail("more than one"));
        }
        let array = key + KEY.len();
        let close = find(file, b"]", array).ok_or_else(wrong)?;
        // The longest array is "[0 " and three numbers of ten digits.
        let text = file.get(array..close).filter(|t| t.len() <= 64).ok_or_else(wrong)?;
        let text = std::str::from_utf8(text).map_err(|_| wrong())?;
        let numbers = text
            .strip_prefix('[')
            .ok_or_else(wrong)?
            .split_ascii_whitespace()
            .map(|n| n.parse::<usize>().map_err(|_| wrong()))
            .collect::<Result<Vec<_>>>()?;
        let &[0, start, end, rest] = numbers.as_slice() else { return Err(wrong()) };
        let whole = end.checked_add(rest) == Some(file.len());
        if !whole || start <= close || end < start.saturating_add(2) || end > file.len() {
            return Err(wrong());
        }
        let gap = Gap { start, end };
        let spelled = text.trim_end_matches(' ') == gap.byte_range(file.len());
        let framed = file[start] == b'<' && file[end - 1] == b'>';
        if !spelled || !framed || !file[..start].ends_with(KEY_CONTENTS) {
            return Err(wrong());
        }
        Ok(gap)
    }

    fn byte_range(self, length: usize) -> String {
        format!("[0 {} {} {}", self.start, self.end, length - self.end)
    }

    /// Writes the signature, zeros filling the rest.
    pub(super) fn fill(self, file: &mut [u8], signature: &[u8]) -> Result<()> {
        let inside = &mut file[self.start + 1..self.end - 1];
        let text = hex::encode(signature);
        if text.len() > inside.len() {
            return Err(Error::internal("seal signature larger than its place"));
        }
        inside.fill(b'0');
        inside[..text.len()].copy_from_slice(text.as_bytes());
        Ok(())
    }

    /// The DER value in the gap. Errors: `proof.pdf.contents` for upper-case or other letters, an
    /// odd or over-long text, or anything but zeros after the value.
    pub(super) fn contents(self, file: &[u8]) -> Result<Vec<u8>> {
        let wrong = |why| Error::invalid("proof.pdf.contents").detail(why);
        let text = &file[self.start + 1..self.end - 1];
        if text.len() > 2 * (SIGNATURE_MAX + 1024) {
            return Err(wrong("too long"));
        }
        if !text.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(wrong("not lower-case hexadecimal"));
        }
        let mut bytes = hex::decode(text).map_err(|_| wrong("odd length"))?;
        let length = der_length(&bytes).ok_or_else(|| wrong("not DER"))?;
        if bytes.len() < length || bytes[length..].iter().any(|&b| b != 0) {
            return Err(wrong("bytes after the signature"));
        }
        bytes.truncate(length);
        Ok(bytes)
    }
}

/// Length of the DER value at the beginning, header included.
pub(super) fn der_length(bytes: &[u8]) -> Option<usize> {
    let (&first, rest) = bytes.get(1..)?.split_first()?;
    if first < 0x80 {
        return Some(2 + usize::from(first));
    }
    let count = usize::from(first & 0x7f);
    if count == 0 || count > 3 {
        return None;
    }
    let length = rest.get(..count)?.iter().fold(0, |sum, &b| sum << 8 | usize::from(b));
    Some(2 + count + length)
}

/// First place of a text at or after an offset.
pub(super) fn find(bytes: &[u8], text: &[u8], from: usize) -> Option<usize> {
    let tail = bytes.get(from..)?;
    let first = *text.first()?;
    let mut at = 0;
    while let Some(step) = tail.get(at..)?.iter().position(|&b| b == first) {
        at += step;
        if tail[at..].starts_with(text) {
            return Some(from + at);
        }
        at += 1;
    }
    None
}
