//! What a file is, by its content: PDF, JPEG, PNG; what calls itself a picture and unfolds into
//! more than a machine can hold is refused before anything reads it.
//!
//! Invariants: pure; never draws a picture, and unfolds its content only to measure it; total over
//! any bytes.

use super::pdf;
use super::unfold::Unfolding;
use kernel::{Error, Result};

/// Most pixels of a picture: 50 million.
pub(crate) const PIXELS_MAX: u64 = 50_000_000;
/// Most chunks of a PNG.
const CHUNKS_MAX: usize = 20_000;
/// Most bytes a colour profile or a text in a PNG may unfold to.
const ASIDE_MAX: u64 = 8 * 1024 * 1024;

/// The media type of the content. Errors: `draft.file_kind` for a type not known here,
/// `draft.file_broken` for one cut short, `draft.file_pixels`, `draft.file_objects`,
/// `draft.file_locked` for an encrypted PDF, `draft.file_active` for one that runs something,
/// `draft.file_unfolds` for what is a bomb.
pub(crate) fn media_type(content: &[u8]) -> Result<&'static str> {
    if content.starts_with(b"%PDF-") {
        return pdf::judge(content).map(|()| "application/pdf");
    }
    if content.starts_with(b"\x89PNG\r\n\x1a\n") {
        return png(content).map(|()| "image/png");
    }
    if content.starts_with(b"\xff\xd8\xff") {
        return jpeg(content).map(|()| "image/jpeg");
    }
    if content.starts_with(b"PK\x03\x04") {
        // OFD is a ZIP file; whether it is welcome is the material's to say.
        let ofd = find(content, b"OFD.xml").is_some();
        return if ofd { Ok("application/ofd") } else { Err(Error::invalid("draft.file_kind")) };
    }
    Err(Error::invalid("draft.file_kind"))
}

pub(super) fn broken() -> Error {
    Error::invalid("draft.file_broken")
}

pub(super) fn find(content: &[u8], word: &[u8]) -> Option<usize> {
    content.windows(word.len()).position(|window| window == word)
}

fn number(bytes: Option<&[u8]>) -> Option<u64> {
    bytes.map(|bytes| bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

fn pixels(width: u64, height: u64) -> Result<()> {
    if width == 0 || height == 0 {
        return Err(broken());
    }
    let pixels = width.saturating_mul(height);
    if pixels > PIXELS_MAX {
        return Err(Error::invalid("draft.file_pixels")
            .arg("max", PIXELS_MAX / 1_000_000)
            .arg("pixels", pixels.div_ceil(1_000_000)));
    }
    Ok(())
}

/// Signature, then the header chunk: length, `IHDR`, width, height; the end chunk must be there.
fn png(content: &[u8]) -> Result<()> {
    if content.get(12..16) != Some(b"IHDR")
        || find(&content[content.len().saturating_sub(64)..], b"IEND").is_none()
    {
        return Err(broken());
    }
    let width = number(content.get(16..20)).ok_or_else(broken)?;
    let height = number(content.get(20..24)).ok_or_else(broken)?;
    pixels(width, height)?;
    png_content(content, picture_bytes(content, width, height))
}

/// What the content of a picture of this size unfolds to at most: its rows, each with a byte that
/// says how it was predicted; interlaced it has more, shorter rows.
fn picture_bytes(content: &[u8], width: u64, height: u64) -> u64 {
    let (bits, parts) = (content.get(24), content.get(25));
    let parts = match parts {
        Some(0 | 3) => 1,
        Some(2) => 3,
        Some(4) => 2,
        _ => 4,
    };
    let bits = bits.map_or(16, |bits| u64::from(*bits).min(16)) * parts;
    let rows = |bytes: u64| bytes.saturating_add(1).saturating_mul(height);
    let plain = rows(width.saturating_mul(bits).div_ceil(8));
    if content.get(28) == Some(&0) { plain } else { plain.saturating_add(rows(14)) }
}

/// Chunks one after the other: the content unfolds to no more than the picture needs, what stands
/// beside it to no more than it reasonably has.
fn png_content(content: &[u8], most: u64) -> Result<()> {
    let mut picture = Unfolding::new(most);
    let mut at: usize = 8;
    for _ in 0..CHUNKS_MAX {
        let Some(head) = content.get(at..at.saturating_add(8)) else { return Ok(()) };
        let length = number(head.get(..4)).and_then(|length| usize::try_from(length).ok());
        let begins = at.saturating_add(8);
        let ends = begins.saturating_add(length.ok_or_else(broken)?);
        let data = content.get(begins..ends).ok_or_else(broken)?;
        match head.get(4..) {
            Some(b"IDAT") => picture.feed(data, None)?,
            Some(b"iCCP" | b"zTXt") => {
                // A name, its end, the method, then the content.
                let folded = find(data, &[0]).and_then(|name| data.get(name.saturating_add(2)..));
                Unfolding::new(ASIDE_MAX).feed(folded.unwrap_or_default(), None)?;
            }
            Some(b"IEND") => return Ok(()),
            _ => {}
        }
        at = ends.saturating_add(4);
    }
    Err(broken())
}

/// Segments one after the other up to the frame header, which has the size.
fn jpeg(content: &[u8]) -> Result<()> {
    let mut at = 2;
    // A picture has a handful of segments; the bound stops a file made of markers only.
    for _ in 0..10_000 {
        while content.get(at) == Some(&0xff) && content.get(at + 1) == Some(&0xff) {
            at += 1;
        }
        if content.get(at) != Some(&0xff) {
            return Err(broken());
        }
        let marker = *content.get(at + 1).ok_or_else(broken)?;
        match marker {
            // Frame headers, but for the tables that share their range.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let height = number(content.get(at + 5..at + 7)).ok_or_else(broken)?;
                let width = number(content.get(at + 7..at + 9)).ok_or_else(broken)?;
                return pixels(width, height);
            }
            // Start of the scan or end of the picture without a frame.
            0xda | 0xd9 => return Err(broken()),
            0x01 | 0xd0..=0xd8 => at += 2,
            _ => {
                let length = number(content.get(at + 2..at + 4)).ok_or_else(broken)?;
                at = at
                    .saturating_add(2)
                    .saturating_add(usize::try_from(length.max(2)).unwrap_or(usize::MAX));
            }
        }
    }
    Err(broken())
}
