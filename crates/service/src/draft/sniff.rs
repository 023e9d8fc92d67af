//! What a file is, by its content: PDF, JPEG, PNG; what calls itself a picture and unfolds into
//! more than a machine can hold is refused before anything reads it.
//!
//! Invariants: pure; reads headers only; never decodes a picture; total over any bytes.

use kernel::{Error, Result};

/// Most pixels of a picture: 50 million.
pub(crate) const PIXELS_MAX: u64 = 50_000_000;
/// Most objects of a PDF.
const OBJECTS_MAX: usize = 20_000;
/// Most pages of a PDF.
const PAGES_MAX: usize = 500;
/// Where the end mark of a PDF is sought.
const TAIL: usize = 2048;

/// The media type of the content. Errors: `draft.file_kind` for a type not known here,
/// `draft.file_broken` for one cut short, `draft.file_pixels`, `draft.file_objects`,
/// `draft.file_locked` for an encrypted PDF, `draft.file_active` for one that runs something.
pub(crate) fn media_type(content: &[u8]) -> Result<&'static str> {
    if content.starts_with(b"%PDF-") {
        return pdf(content).map(|()| "application/pdf");
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

fn broken() -> Error {
    Error::invalid("draft.file_broken")
}

fn find(content: &[u8], word: &[u8]) -> Option<usize> {
    content.windows(word.len()).position(|window| window == word)
}

fn pdf(content: &[u8]) -> Result<()> {
    let tail = &content[content.len().saturating_sub(TAIL)..];
    find(tail, b"%%EOF").ok_or_else(broken)?;
    let count = |word: &[u8], most: usize| {
        content.windows(word.len()).filter(|window| *window == word).take(most + 1).count()
    };
    if count(b" obj", OBJECTS_MAX) > OBJECTS_MAX || count(b"/Type /Page\n", PAGES_MAX) > PAGES_MAX {
        return Err(Error::invalid("draft.file_objects").arg("max", OBJECTS_MAX));
    }
    if find(content, b"/Encrypt").is_some() {
        return Err(Error::invalid("draft.file_locked"));
    }
    let active: [&[u8]; 4] = [b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/RichMedia"];
    if active.iter().any(|word| find(content, word).is_some()) {
        return Err(Error::invalid("draft.file_active"));
    }
    Ok(())
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
    pixels(width, height)
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
