//! Files of `assets/`, built into the program and named by content, so that a browser may keep
//! them for ever: `/assets/yipan.css?v=…`.

use include_dir::{Dir, include_dir};

static ASSETS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../assets");

/// A built-in file.
#[derive(Clone, Debug)]
pub struct Asset {
    /// Its bytes.
    pub bytes: &'static [u8],
    /// Media type for the reply.
    pub content_type: &'static str,
    /// Hash of the content, 16 hex digits; not cryptographic.
    pub version: String,
}

/// The file at a path inside `assets/`; `None` when there is none or its kind is not served.
pub fn find(path: &str) -> Option<Asset> {
    let content_type = match path.rsplit_once('.')?.1 {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        _ => return None,
    };
    let bytes = ASSETS.get_file(path)?.contents();
    Some(Asset { bytes, content_type, version: version(bytes) })
}

/// The address of a file with its version; `None` when there is no such file.
pub(super) fn address(path: &str) -> Option<String> {
    let asset = find(path)?;
    Some(format!("/assets/{path}?v={}", asset.version))
}

/// FNV-1a, 64 bits: tells one build's file from the next, nothing more.
fn version(bytes: &[u8]) -> String {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}

/// The drawing inside an icon of `assets/icons/`, without its `<svg>` element.
pub(super) fn icon(name: &str) -> Option<&'static str> {
    let text = ASSETS.get_file(format!("icons/{name}.svg"))?.contents_utf8()?;
    let start = text.find('>')? + 1;
    let end = text.rfind("</svg>")?;
    text.get(start..end)
}

/// The text of an SVG file of `assets/`, to be put inline.
pub(super) fn svg(name: &str) -> Option<&'static str> {
    ASSETS.get_file(format!("{name}.svg"))?.contents_utf8().map(str::trim_end)
}
