//! QR codes (GB/T 18284, ISO/IEC 18004) as SVG: one path, so that no renderer shows seams.
//!
//! Invariants: error correction level M; the quiet zone of four modules is part of the picture;
//! the same text gives the same bytes. Must not know: what the text means.

use kernel::{Error, Result};
use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write;

/// Modules of white around the code, as the standard asks.
const QUIET: usize = 4;

fn code(text: &str) -> Result<QrCode> {
    QrCode::with_error_correction_level(text, EcLevel::M)
        .map_err(|error| Error::invalid("document.qr_long").detail(error))
}

/// The QR code of a text row by row, true where it is dark, without the quiet zone. Errors: as
/// [`qr_svg`].
pub fn qr_rows(text: &str) -> Result<Vec<Vec<bool>>> {
    let code = code(text)?;
    let dark: Vec<bool> = code.to_colors().into_iter().map(|one| one == Color::Dark).collect();
    Ok(dark.chunks(code.width().max(1)).map(<[bool]>::to_vec).collect())
}

/// The QR code of a text as a square SVG, one unit a module. Errors: `document.qr_long` (422)
/// when the text does not fit, at about 2,300 bytes.
pub fn qr_svg(text: &str) -> Result<String> {
    let code = code(text)?;
    let width = code.width();
    let colors = code.to_colors();
    let mut path = String::new();
    for (y, row) in colors.chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let run = row[x..].iter().take_while(|color| **color == Color::Dark).count();
            if run > 0 {
                // Writing to a string cannot fail.
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET);
            }
            x += run.max(1);
        }
    }
    let side = width + 2 * QUIET;
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{side}\" height=\"{side}\" \
         viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/>\
         <path d=\"{path}\" fill=\"#12222c\"/></svg>"
    ))
}
