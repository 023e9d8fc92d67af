//! Where the files of packs come from: a folder, the program itself, or memory.
//!
//! Invariants: paths are relative, `/`-separated and sorted, and begin with the pack's folder
//! (`henan/pack.yaml`); nothing outside the folder is reached; every size is bounded.
//! Must not know: what the files mean.

use include_dir::{Dir, DirEntry, include_dir};
use kernel::{Error, Result};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Bytes one file of a pack may have.
pub const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Files a set of packs may have.
pub const FILES_MAX: usize = 20_000;
/// Depth of folders.
const DEPTH_MAX: usize = 8;

static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../packs");

/// A set of packs, each in its folder.
pub trait Files {
    /// Every path, sorted.
    fn paths(&self) -> Vec<String>;
    /// The bytes of a file; `None` when there is none.
    fn read(&self, path: &str) -> Option<Cow<'_, [u8]>>;
}

/// The packs built into the program.
#[derive(Clone, Copy, Debug, Default)]
pub struct Embedded;

impl Files for Embedded {
    fn paths(&self) -> Vec<String> {
        let mut out = Vec::new();
        collect(&EMBEDDED, &mut out);
        out.sort();
        out
    }

    fn read(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        EMBEDDED.get_file(path).map(|file| Cow::Borrowed(file.contents()))
    }
}

fn collect(dir: &Dir<'_>, out: &mut Vec<String>) {
    for entry in dir.entries() {
        match entry {
            DirEntry::Dir(dir) => collect(dir, out),
            DirEntry::File(file) => {
                // Written with `/` whatever the machine that built the program.
                let parts: Vec<_> = file
                    .path()
                    .components()
                    .map(|part| part.as_os_str().to_string_lossy())
                    .collect();
                if parts.len() > 1 {
                    out.push(parts.join("/"));
                }
            }
        }
    }
}

/// Packs in memory: tests, and a folder once read.
#[derive(Clone, Debug, Default)]
pub struct Memory(pub BTreeMap<String, Vec<u8>>);

impl Files for Memory {
    fn paths(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    fn read(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        self.0.get(path).map(|bytes| Cow::Borrowed(bytes.as_slice()))
    }
}

impl Memory {
    /// Copies any set of packs, for a test to break one file of it.
    pub fn of(files: &dyn Files) -> Memory {
        let read = |path: String| files.read(&path).map(|bytes| (path.clone(), bytes.into_owned()));
        Memory(files.paths().into_iter().filter_map(read).collect())
    }
}

/// Reads a folder of packs, or one pack together with its neighbours in the parent folder and,
/// for those absent there, the built-in packs it may depend on.
///
/// Errors: `pack.unreadable` with `path`; `pack.too_large` with `path`; `pack.no_pack` with `path`.
pub fn folder(path: &Path) -> Result<Memory> {
    let mut out = BTreeMap::new();
    if path.join("pack.yaml").is_file() {
        let whole = fs::canonicalize(path).map_err(|error| unreadable(path, &error))?;
        let name = whole
            .file_name()
            .map_or_else(|| "pack".into(), |name| name.to_string_lossy().into_owned());
        gather(&whole, &name, 0, &mut out)?;
        for needed in depends_on(out.get(&format!("{name}/pack.yaml")).map(Vec::as_slice)) {
            let beside = whole.with_file_name(&needed);
            if beside.join("pack.yaml").is_file() {
                gather(&beside, &needed, 0, &mut out)?;
            } else {
                let prefix = format!("{needed}/");
                let built_in = Memory::of(&Embedded).0;
                out.extend(built_in.into_iter().filter(|(path, _)| path.starts_with(&prefix)));
            }
        }
    } else {
        for entry in entries(path)? {
            let name = entry.file_name().map(|name| name.to_string_lossy().into_owned());
            if let (Some(name), true) = (name, entry.join("pack.yaml").is_file()) {
                gather(&entry, &name, 0, &mut out)?;
            }
        }
    }
    if out.is_empty() {
        return Err(Error::invalid("pack.no_pack").arg("path", path.display()));
    }
    Ok(Memory(out))
}

/// The names under `depends_on`, read leniently: the loader reports what is wrong with the file.
fn depends_on(yaml: Option<&[u8]>) -> Vec<String> {
    let parsed = yaml.and_then(|bytes| serde_norway::from_slice::<serde_json::Value>(bytes).ok());
    let names = parsed.as_ref().and_then(|value| value.get("depends_on")?.as_array());
    let is_name = |name: &&str| !name.is_empty() && !name.contains(['/', '\\', '.']);
    names
        .map(|names| {
            names
                .iter()
                .filter_map(|name| name.as_str())
                .filter(is_name)
                .map(str::to_owned)
                .collect()
        })
        .unwrap_or_default()
}

fn gather(
    dir: &Path,
    prefix: &str,
    depth: usize,
    out: &mut BTreeMap<String, Vec<u8>>,
) -> Result<()> {
    if depth > DEPTH_MAX {
        return Err(Error::invalid("pack.too_large").arg("path", dir.display()));
    }
    for entry in entries(dir)? {
        let name =
            entry.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with('.') {
            continue;
        }
        let path = format!("{prefix}/{name}");
        // A link could lead out of the folder: only what lies in it is read.
        let kind = fs::symlink_metadata(&entry).map_err(|error| unreadable(&entry, &error))?;
        if kind.is_dir() {
            gather(&entry, &path, depth + 1, out)?;
        } else if kind.is_file() {
            if kind.len() > FILE_BYTES_MAX || out.len() >= FILES_MAX {
                return Err(Error::invalid("pack.too_large").arg("path", path));
            }
            out.insert(path, fs::read(&entry).map_err(|error| unreadable(&entry, &error))?);
        }
    }
    Ok(())
}

fn entries(dir: &Path) -> Result<Vec<PathBuf>> {
    let read = fs::read_dir(dir).map_err(|error| unreadable(dir, &error))?;
    let mut out = Vec::new();
    for entry in read {
        out.push(entry.map_err(|error| unreadable(dir, &error))?.path());
    }
    out.sort();
    Ok(out)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::invalid("pack.unreadable").arg("path", path.display()).arg("why", error)
}
