//! Typesetting: a layout from a pack, the data of one document and its pictures become a PDF.
//!
//! Invariants: the same input gives the same bytes (PDF/A-2a, tagged); no clock, no network, and
//! no file but the fonts; every size, page count and duration has a limit; a broken layout is an
//! error, never a panic. Memory is small until the first document is typeset.
//! Must not know: licences, cases, packs, signatures. Whoever calls decides what is printed.

mod fonts;
mod qr;
mod seal;
mod typeset;
mod world;

pub use fonts::Fonts;
pub use qr::{qr_rows, qr_svg};
pub use seal::{SealFace, SealKind, personal_seal_svg, seal_svg, special_seal_svg};
pub use typeset::Typesetter;

/// Most bytes of a layout's source.
pub const LAYOUT_BYTES_MAX: usize = 64 * 1024;
/// Most bytes of a document's data as JSON.
pub const DATA_BYTES_MAX: usize = 256 * 1024;
/// Most pictures of one document.
pub const IMAGES_MAX: usize = 16;
/// Most bytes of one picture.
pub const IMAGE_BYTES_MAX: usize = 512 * 1024;
/// Most pages of one document.
pub const PAGES_MAX: usize = 50;
/// Longest time one document may take, in seconds.
pub const TIME_MAX_S: u64 = 30;

#[cfg(test)]
mod tests;
