//! The world a layout sees: its own source, `data.json`, `images.json`, its pictures, the fonts.
//!
//! Invariants: nothing else can be read; packages are refused before anything is looked for;
//! there is no date of today. Must not know: PDF.

use crate::fonts::Fonts;
use kernel::{Error, Result};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use typst::diag::{FileError, FileResult, PackageError};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

/// Longest name of a picture.
const NAME_CHARS_MAX: usize = 40;

/// The standard library is the same for every document and costly to make.
static LIBRARY: LazyLock<LazyHash<Library>> =
    LazyLock::new(|| LazyHash::new(Library::builder().build()));

/// One document in the making.
pub(crate) struct Sheet {
    fonts: Arc<Fonts>,
    main: Source,
    files: HashMap<FileId, Bytes>,
}

impl Sheet {
    /// Lays the files out. The caller has checked the sizes. Errors: `document.image_name` for a
    /// picture whose name is not lower-case letters, digits and hyphens with `.svg`.
    pub(crate) fn new(
        fonts: Arc<Fonts>,
        layout: &str,
        data: String,
        images: &[(&str, &[u8])],
    ) -> Result<Sheet> {
        let mut files = HashMap::new();
        let names: Vec<&str> = images.iter().map(|(name, _)| *name).collect();
        files.insert(file_id("data.json")?, Bytes::from_string(data));
        files.insert(
            file_id("images.json")?,
            Bytes::from_string(serde_json::json!(names).to_string()),
        );
        for (name, svg) in images {
            if !is_image_name(name) {
                return Err(Error::invalid("document.image_name").arg("name", name));
            }
            files.insert(file_id(name)?, Bytes::new(svg.to_vec()));
        }
        let main = Source::new(file_id("main.typ")?, layout.to_owned());
        Ok(Sheet { fonts, main, files })
    }

    /// The layout's source, for the lines of diagnostics.
    pub(crate) fn layout(&self) -> &Source {
        &self.main
    }
}

impl World for Sheet {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        self.fonts.book()
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main.id() { Ok(self.main.clone()) } else { Err(refusal(id)) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        self.files.get(&id).cloned().ok_or_else(|| refusal(id))
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.get(index)
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}

/// Why a file is not to be had.
fn refusal(id: FileId) -> FileError {
    match id.root() {
        VirtualRoot::Package(_) => {
            FileError::Package(PackageError::Other(Some("layouts may not import packages".into())))
        }
        VirtualRoot::Project => FileError::NotFound(PathBuf::from(id.vpath().get_with_slash())),
    }
}

fn file_id(name: &str) -> Result<FileId> {
    let path = VirtualPath::new(name).map_err(|error| Error::internal(format!("{error:?}")))?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

/// The typesetter remembers every file name for as long as the program runs, so that names are
/// few and plain: `seal.svg`, `qr.svg`.
fn is_image_name(name: &str) -> bool {
    let Some(stem) = name.strip_suffix(".svg") else {
        return false;
    };
    (1..=NAME_CHARS_MAX).contains(&stem.len())
        && stem.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
