//! Which font files the typesetter uses, found by name and read only when a document needs them.
//!
//! Invariants: at most three files (serif regular, serif bold, sans regular), since each is about
//! 20 MB; layouts always say `Noto Serif CJK SC` and `Noto Sans CJK SC`, whatever the packaging
//! calls them; a file is read at most once. Must not know: layouts.

use kernel::{Error, Kind, Result};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use typst::foundations::Bytes;
use typst::text::{
    Coverage, Font, FontBook, FontFlags, FontInfo, FontStretch, FontStyle, FontVariant, FontWeight,
};
use typst::utils::LazyHash;

/// Family name under which layouts find the serif (宋体) face.
pub const SERIF: &str = "Noto Serif CJK SC";
/// Family name under which layouts find the sans (黑体) face.
pub const SANS: &str = "Noto Sans CJK SC";

/// Folders deeper than this are not searched.
const FOLDER_DEPTH_MAX: usize = 6;
/// Directory entries looked at before the search gives up.
const ENTRIES_MAX: usize = 50_000;
/// Most bytes of a font file.
const FONT_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Faces in a collection that are looked at.
const FACES_MAX: u32 = 16;
/// Where Noto's collections keep simplified Chinese: JP, KR, SC, TC, HK.
const SC_FACE_USUAL: u32 = 2;

/// How a missing font is mended, for the operator.
const INSTALL: &str = "no Chinese font found; on Debian or Ubuntu: apt-get install fonts-noto-cjk; \
     on Fedora: dnf install google-noto-serif-cjk-fonts google-noto-sans-cjk-fonts; or put \
     NotoSerifCJK-Regular.ttc into the configured font folder";

const SERIF_STEMS: [&str; 6] = [
    "notoserifcjk",
    "notoserifcjksc",
    "notoserifsc",
    "sourcehanserif",
    "sourcehanserifsc",
    "sourcehanserifcn",
];
const SANS_STEMS: [&str; 6] = [
    "notosanscjk",
    "notosanscjksc",
    "notosanssc",
    "sourcehansans",
    "sourcehansanssc",
    "sourcehansanscn",
];
/// What follows the stem in the name of a regular or variable file, best first.
const REGULAR: [&str; 6] = ["regular", "scregular", "wght", "variablefontwght", "vfotf", "vf"];
const BOLD: [&str; 1] = ["bold"];

/// The fonts of the typesetter: names now, bytes at the first use.
pub struct Fonts {
    slots: Vec<Slot>,
    book: LazyHash<FontBook>,
}

struct Slot {
    path: PathBuf,
    /// `None` inside when the file could not be read or is no font.
    font: OnceLock<Option<Font>>,
}

impl Fonts {
    /// Finds the fonts in the given folders first, then in the system's font folders. Reads no
    /// file. Errors: `document.font_missing` (503), whose detail says how to install one.
    pub fn load(dirs: &[PathBuf]) -> Result<Fonts> {
        let mut all = dirs.to_vec();
        all.push(PathBuf::from("/usr/share/fonts"));
        all.push(PathBuf::from("/usr/local/share/fonts"));
        if let Some(home) = std::env::var_os("HOME") {
            let home = PathBuf::from(home);
            all.push(home.join(".fonts"));
            all.push(home.join(".local/share/fonts"));
        }
        Fonts::load_from(&all)
    }

    /// As [`Fonts::load`], in the given folders alone.
    pub fn load_from(dirs: &[PathBuf]) -> Result<Fonts> {
        let mut files = Vec::new();
        let mut entries = 0;
        for dir in dirs {
            walk(dir, 0, &mut entries, &mut files);
        }
        let serif = find(&files, &SERIF_STEMS, &REGULAR);
        let serif_bold = find(&files, &SERIF_STEMS, &BOLD);
        let sans = find(&files, &SANS_STEMS, &REGULAR);
        // One family stands in for the other, so that every layout finds both names.
        let Some(body) = serif.or(sans) else {
            return Err(Error::new(Kind::Unavailable, "document.font_missing").detail(INSTALL));
        };
        let mut slots = Vec::new();
        let mut book = FontBook::new();
        let bold = FontWeight::BOLD;
        for (path, family, weight) in [
            (Some(body), SERIF, FontWeight::REGULAR),
            (serif_bold, SERIF, bold),
            (Some(sans.unwrap_or(body)), SANS, FontWeight::REGULAR),
        ] {
            if let Some(path) = path {
                book.push(face(family, weight));
                slots.push(Slot { path: path.to_path_buf(), font: OnceLock::new() });
            }
        }
        Ok(Fonts { slots, book: LazyHash::new(book) })
    }

    /// The files that would be read, for the operator.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.slots.iter().map(|slot| slot.path.as_path())
    }

    /// The index of families and weights.
    pub(crate) fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    /// The font at an index of the book, read now if it was not.
    pub(crate) fn get(&self, index: usize) -> Option<Font> {
        let slot = self.slots.get(index)?;
        slot.font.get_or_init(|| read(&slot.path)).clone()
    }

    /// A file that was needed and could not be used.
    pub(crate) fn broken(&self) -> Option<&Path> {
        let slot = self.slots.iter().find(|slot| matches!(slot.font.get(), Some(None)))?;
        Some(&slot.path)
    }
}

/// What the book says of a face before its file is read. The coverage is only used to look for a
/// fallback, and all faces cover the same scripts.
fn face(family: &str, weight: FontWeight) -> FontInfo {
    let ranges = [0x20..=0x7e, 0xa0..=0x17f, 0x2000..=0x2bff, 0x2e80..=0x9fff, 0xf900..=0xffef];
    let serif = family == SERIF;
    FontInfo {
        family: family.to_owned(),
        variant: FontVariant::new(FontStyle::Normal, weight, FontStretch::NORMAL),
        flags: if serif { FontFlags::SERIF } else { FontFlags::empty() },
        axes: Vec::new(),
        coverage: Coverage::from_vec(ranges.into_iter().flatten().collect()),
    }
}

/// Reads a file and picks the simplified Chinese face of a collection, whose glyphs differ from
/// the Japanese ones at the same code points.
fn read(path: &Path) -> Option<Font> {
    if std::fs::metadata(path).ok()?.len() > FONT_BYTES_MAX {
        return None;
    }
    let data = Bytes::new(std::fs::read(path).ok()?);
    if !data.starts_with(b"ttcf") {
        return Font::new(data, 0);
    }
    let usual = Font::new(data.clone(), SC_FACE_USUAL).filter(is_simplified);
    let searched =
        || (0..FACES_MAX).map_while(|index| Font::new(data.clone(), index)).find(is_simplified);
    usual.or_else(searched).or_else(|| Font::new(data.clone(), 0))
}

fn is_simplified(font: &Font) -> bool {
    let family = &font.info().family;
    !family.contains("Mono") && (family.ends_with(" SC") || family.ends_with(" CN"))
}

/// The first file named by a stem and one of its endings: better endings first, then folders in
/// the order they were given.
fn find<'a>(files: &'a [PathBuf], stems: &[&str], endings: &[&str]) -> Option<&'a Path> {
    endings.iter().find_map(|ending| {
        let matches = |path: &&PathBuf| {
            let name = plain_name(path);
            stems.iter().any(|stem| name.strip_prefix(stem) == Some(ending))
        };
        files.iter().find(matches).map(PathBuf::as_path)
    })
}

/// File name without its extension, in lower case, letters and digits only.
fn plain_name(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    stem.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Font files below a folder, in the order of their names; unreadable folders are passed over.
fn walk(dir: &Path, depth: usize, entries: &mut usize, files: &mut Vec<PathBuf>) {
    if depth > FOLDER_DEPTH_MAX {
        return;
    }
    let Ok(listing) = std::fs::read_dir(dir) else {
        return;
    };
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in listing.flatten() {
        *entries += 1;
        if *entries > ENTRIES_MAX {
            return;
        }
        paths.push(entry.path());
    }
    paths.sort();
    for path in paths {
        let extension = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
        if matches!(extension.as_deref(), Some("ttc" | "otf" | "ttf")) {
            files.push(path);
        } else if path.is_dir() {
            walk(&path, depth + 1, entries, files);
        }
    }
}
