//! Files of `assets/`, built into the program and named by content, so that a browser may keep
//! them for ever: `/assets/yipan.css?v=…`.

use include_dir::{Dir, include_dir};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{LazyLock, OnceLock};

static ASSETS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../assets");

/// The built-in files by their path, hashed once; those of a kind that is not served are left out.
static BUILT_IN: LazyLock<BTreeMap<&'static str, Asset>> = LazyLock::new(|| {
    let mut files = BTreeMap::new();
    let mut folders = vec![&ASSETS];
    while let Some(folder) = folders.pop() {
        folders.extend(folder.dirs());
        for file in folder.files() {
            let Some(path) = file.path().to_str() else { continue };
            let Some(content_type) = content_type(path) else { continue };
            let bytes = file.contents();
            files.insert(path, Asset { bytes, content_type, version: version(bytes) });
        }
    }
    files
});

/// Bundled files, given at start: they stay as long as the program.
static WEB: OnceLock<BTreeMap<String, Asset>> = OnceLock::new();
/// Bytes of all bundled files.
const WEB_MAX: usize = 32 << 20;

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

fn content_type(path: &str) -> Option<&'static str> {
    Some(match path.rsplit_once('.')?.1 {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        _ => return None,
    })
}

/// Takes in the files of a folder, bundled from `web/`, under `/assets/web/`; once. How many there
/// are. Errors: the folder cannot be read, or holds more than 32 MB.
pub fn install(folder: &Path) -> std::io::Result<usize> {
    let (mut files, mut size) = (BTreeMap::new(), 0);
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let Some(content_type) = content_type(name).filter(|_| path.is_file()) else { continue };
        let bytes = std::fs::read(&path)?;
        size += bytes.len();
        if size > WEB_MAX {
            return Err(std::io::Error::other("the bundled files are larger than 32 MB"));
        }
        let bytes: &'static [u8] = Box::leak(bytes.into_boxed_slice());
        files.insert(name.to_owned(), Asset { bytes, content_type, version: version(bytes) });
    }
    let many = files.len();
    WEB.set(files).map_err(|_| std::io::Error::other("bundled files are there already"))?;
    Ok(many)
}

/// The file at a path inside `assets/`, or a bundled one at `web/…`; `None` when there is none or
/// its kind is not served.
pub fn find(path: &str) -> Option<Asset> {
    if let Some(name) = path.strip_prefix("web/") {
        return WEB.get()?.get(name).cloned();
    }
    BUILT_IN.get(path).cloned()
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
    let path = format!("icons/{name}.svg");
    let text = std::str::from_utf8(BUILT_IN.get(path.as_str())?.bytes).ok()?;
    let start = text.find('>')? + 1;
    let end = text.rfind("</svg>")?;
    text.get(start..end)
}

/// The text of an SVG file of `assets/`, to be put inline.
pub(super) fn svg(name: &str) -> Option<&'static str> {
    ASSETS.get_file(format!("{name}.svg"))?.contents_utf8().map(str::trim_end)
}
