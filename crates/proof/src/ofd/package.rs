//! The container of an OFD file: a ZIP archive (ISO/IEC 21320-1) of named files.
//!
//! Invariants: a file has one name and one reading: names are relative and plain, none twice (case
//! aside), local and central headers agree, entries stand one after another without overlap, and
//! nothing stands before, between or after them; counts and inflated sizes are bounded before
//! anything is inflated; the same files give the same archive. One that is [`exact`] has no byte that
//! could be another without a reader's noticing.
//! Must not know: what the files say.

use flate2::read::{DeflateDecoder, DeflateEncoder};
use flate2::{Compression, Crc};
use kernel::{Error, Result};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

/// Most bytes an archive may have.
pub const SIZE_MAX: usize = 32 << 20;
/// Most files.
pub const FILES_MAX: usize = 2_000;
/// Most bytes all files may have when inflated.
pub const INFLATED_MAX: usize = 128 << 20;
/// Longest name, in bytes.
const NAME_MAX: usize = 240;

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const CENTRAL_SIZE: usize = 46;
const LOCAL_SIZE: usize = 30;
const END_SIZE: usize = 22;
/// Longest record of sizes after an entry whose writer did not know them before.
const DESCRIPTOR_MAX: usize = 16;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// Bits an entry may set: how hard it was deflated, sizes after it, a name in UTF-8.
const FLAGS: u16 = 0b1000_0000_1110;
/// 1980-01-01, so that the same files give the same archive.
const DATE: u16 = 0x21;

/// Files by name.
pub type Files = BTreeMap<String, Vec<u8>>;

fn wrong(why: &'static str) -> Error {
    Error::invalid("proof.ofd.container").detail(why)
}

/// What the central directory says of a file.
struct Entry {
    name: String,
    flags: u16,
    method: u16,
    crc: u32,
    packed: usize,
    size: usize,
    offset: usize,
}

/// Reads an archive. Errors: `proof.ofd.container`.
pub fn read(bytes: &[u8]) -> Result<Files> {
    let (entries, start) = listed(bytes)?;
    take(bytes, &entries, start)
}

/// Refuses an archive that was read but is not byte for byte as [`write`] makes one of these deflated
/// files: what a header says beside name and size, the spare bits after the data, the order of files and
/// folders that are empty mean nothing to a reader, so that they would hide a change. Errors:
/// `proof.ofd.headers`.
pub fn exact(bytes: &[u8]) -> Result<()> {
    let wrong = || Error::invalid("proof.ofd.headers");
    let (entries, _) = listed(bytes)?;
    let in_order = entries.is_sorted_by(|one, next| one.name < next.name);
    if !in_order || entries.iter().any(|entry| entry.name.ends_with('/')) {
        return Err(wrong());
    }
    let mut packed = Vec::with_capacity(entries.len());
    for entry in &entries {
        let data = local(bytes, entry)?;
        let data = bytes.get(data..data + entry.packed).ok_or_else(wrong)?;
        if has_spare_bits(data, entry) {
            return Err(wrong());
        }
        packed.push(Packed {
            name: &entry.name,
            crc: entry.crc,
            size: entry.size,
            data: data.into(),
        });
    }
    if assembled(&packed) == bytes { Ok(()) } else { Err(wrong()) }
}

/// Whether a bit after the end of the deflated data is set: without the last bit that is set it gives
/// the same content.
fn has_spare_bits(data: &[u8], entry: &Entry) -> bool {
    let Some((last, before)) = data.split_last().filter(|(last, _)| **last != 0) else {
        return false;
    };
    let without = last & !(0x80 >> last.leading_zeros());
    inflate(&[before, &[without]].concat(), entry).is_ok()
}

/// What the directory lists, in the order of the files, and where it begins.
fn listed(bytes: &[u8]) -> Result<(Vec<Entry>, usize)> {
    if bytes.len() > SIZE_MAX {
        return Err(wrong("too large"));
    }
    let end_at = bytes.len().checked_sub(END_SIZE).ok_or_else(|| wrong("too short"))?;
    let end = Fields(bytes.get(end_at..).unwrap_or(&[]));
    let (count, size, start) = (end.word(10)?, end.long(12)?, end.long(16)?);
    // One disk, no comment, and the directory right before the end.
    let whole = end.long(0)? == END && end.long(4)? == 0 && end.word(20)? == 0;
    if !whole || end.word(8)? != count || start.checked_add(size) != u32::try_from(end_at).ok() {
        return Err(wrong("end of directory"));
    }
    if usize::from(count) > FILES_MAX {
        return Err(wrong("too many files"));
    }
    let mut directory = bytes.get(start as usize..end_at).unwrap_or(&[]);
    let mut entries = Vec::new();
    for _ in 0..count {
        let (entry, rest) = entry(directory)?;
        entries.push(entry);
        directory = rest;
    }
    if !directory.is_empty() {
        return Err(wrong("bytes after the directory"));
    }
    let inflated: usize = entries.iter().map(|e| e.size).sum();
    if inflated > INFLATED_MAX {
        return Err(wrong("too large when inflated"));
    }
    entries.sort_by_key(|entry| entry.offset);
    Ok((entries, start as usize))
}

fn take(bytes: &[u8], entries: &[Entry], end: usize) -> Result<Files> {
    let mut files = Files::new();
    let mut names = BTreeSet::new();
    let mut next = 0;
    for (index, entry) in entries.iter().enumerate() {
        let until = entries.get(index + 1).map_or(end, |after| after.offset);
        if entry.offset != next {
            return Err(wrong("bytes between files"));
        }
        let data = local(bytes, entry)?;
        let after = data + entry.packed;
        let spare = until.checked_sub(after).ok_or_else(|| wrong("files overlap"))?;
        let allowed = if entry.flags & 8 != 0 { DESCRIPTOR_MAX } else { 0 };
        if spare > allowed {
            return Err(wrong("bytes between files"));
        }
        next = until;
        if !names.insert(entry.name.to_lowercase()) {
            return Err(wrong("a name twice"));
        }
        let packed = bytes.get(data..after).ok_or_else(|| wrong("beyond the end"))?;
        let content = inflate(packed, entry)?;
        // A folder is no file.
        if entry.name.ends_with('/') {
            if !content.is_empty() {
                return Err(wrong("a folder with content"));
            }
        } else {
            files.insert(entry.name.clone(), content);
        }
    }
    if next != end {
        return Err(wrong("bytes before the directory"));
    }
    Ok(files)
}

fn entry(bytes: &[u8]) -> Result<(Entry, &[u8])> {
    let head = Fields(bytes);
    if head.long(0)? != CENTRAL {
        return Err(wrong("directory"));
    }
    let lengths = [head.word(28)?, head.word(30)?, head.word(32)?].map(usize::from);
    let [name, extra, comment] = lengths;
    let whole = CENTRAL_SIZE + name + extra + comment;
    let text = bytes.get(CENTRAL_SIZE..CENTRAL_SIZE + name).ok_or_else(|| wrong("directory"))?;
    let rest = bytes.get(whole..).ok_or_else(|| wrong("directory"))?;
    let entry = Entry {
        name: checked(text)?,
        flags: head.word(8)?,
        method: head.word(10)?,
        crc: head.long(16)?,
        packed: head.long(20)? as usize,
        size: head.long(24)? as usize,
        offset: head.long(42)? as usize,
    };
    let known = [STORED, DEFLATED].contains(&entry.method) && entry.flags & !FLAGS == 0;
    if !known || (entry.method == STORED && entry.size != entry.packed) {
        return Err(wrong("method, size or flags"));
    }
    Ok((entry, rest))
}

/// A name that leads nowhere but into the archive.
fn checked(bytes: &[u8]) -> Result<String> {
    let name = std::str::from_utf8(bytes).map_err(|_| wrong("name"))?;
    let plain = !name.is_empty()
        && name.len() <= NAME_MAX
        && !name.contains(['\\', ':', '*', '?', '"', '<', '>', '|'])
        && !name.chars().any(char::is_control);
    let parts = name.strip_suffix('/').unwrap_or(name);
    if !plain || parts.split('/').any(|part| part.is_empty() || part == "." || part == "..") {
        return Err(wrong("name"));
    }
    Ok(name.to_owned())
}

/// Where the data of an entry begins, its own header agreeing with the directory.
fn local(bytes: &[u8], entry: &Entry) -> Result<usize> {
    let tail = bytes.get(entry.offset..).ok_or_else(|| wrong("beyond the end"))?;
    let head = Fields(tail);
    let (name, extra) = (usize::from(head.word(26)?), usize::from(head.word(28)?));
    let text = tail.get(LOCAL_SIZE..LOCAL_SIZE + name).ok_or_else(|| wrong("beyond the end"))?;
    let same = head.long(0)? == LOCAL
        && text == entry.name.as_bytes()
        && head.word(6)? == entry.flags
        && head.word(8)? == entry.method;
    let sizes = [head.long(14)?, head.long(18)?, head.long(22)?];
    let told = [entry.crc, entry.packed as u32, entry.size as u32];
    // Where they are told after the data, they are zero here.
    if !same || (sizes != told && !(entry.flags & 8 != 0 && sizes == [0; 3])) {
        return Err(wrong("headers differ"));
    }
    Ok(entry.offset + LOCAL_SIZE + name + extra)
}

fn inflate(packed: &[u8], entry: &Entry) -> Result<Vec<u8>> {
    let content = if entry.method == STORED {
        packed.to_vec()
    } else {
        let mut content = Vec::new();
        let mut decoder = DeflateDecoder::new(packed);
        decoder
            .by_ref()
            .take(entry.size as u64 + 1)
            .read_to_end(&mut content)
            .map_err(|e| wrong("deflate").detail(e))?;
        if decoder.total_in() != packed.len() as u64 {
            return Err(wrong("bytes after the data"));
        }
        content
    };
    let mut crc = Crc::new();
    crc.update(&content);
    if content.len() != entry.size || crc.sum() != entry.crc {
        return Err(wrong("size or check sum"));
    }
    Ok(content)
}

/// Writes an archive. Errors: `proof.ofd.container` for a name or size that [`read`] would refuse.
pub fn write(files: &Files) -> Result<Vec<u8>> {
    let inflated: usize = files.values().map(Vec::len).sum();
    if files.len() > FILES_MAX || inflated > INFLATED_MAX {
        return Err(wrong("too many files or too large"));
    }
    let mut packed = Vec::with_capacity(files.len());
    for (name, content) in files {
        checked(name.as_bytes())?;
        let mut data = Vec::new();
        DeflateEncoder::new(content.as_slice(), Compression::new(6))
            .read_to_end(&mut data)
            .map_err(|e| Error::internal(format!("deflate: {e}")))?;
        let mut crc = Crc::new();
        crc.update(content);
        packed.push(Packed { name, crc: crc.sum(), size: content.len(), data: data.into() });
    }
    let out = assembled(&packed);
    if out.len() > SIZE_MAX {
        return Err(wrong("too large"));
    }
    Ok(out)
}

/// A deflated file.
struct Packed<'a> {
    name: &'a str,
    crc: u32,
    size: usize,
    data: Cow<'a, [u8]>,
}

fn assembled(files: &[Packed<'_>]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for Packed { name, crc, size, data } in files {
        // What both headers share, from the version needed to the extra field's length.
        let mut shared = Vec::with_capacity(26);
        for word in [20, 0x0800, DEFLATED, 0, DATE] {
            shared.extend_from_slice(&u16::to_le_bytes(word));
        }
        for long in [*crc, data.len() as u32, *size as u32] {
            shared.extend_from_slice(&long.to_le_bytes());
        }
        shared.extend_from_slice(&(name.len() as u16).to_le_bytes());
        shared.extend_from_slice(&[0; 2]);
        let offset = out.len() as u32;
        directory.extend_from_slice(&CENTRAL.to_le_bytes());
        directory.extend_from_slice(&20_u16.to_le_bytes());
        directory.extend_from_slice(&shared);
        // No comment, first disk, no attributes.
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
        out.extend_from_slice(&LOCAL.to_le_bytes());
        out.extend_from_slice(&shared);
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(data);
    }
    let start = out.len();
    out.extend_from_slice(&directory);
    let count = (files.len() as u16).to_le_bytes();
    out.extend_from_slice(&END.to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&count);
    out.extend_from_slice(&count);
    out.extend_from_slice(&(directory.len() as u32).to_le_bytes());
    out.extend_from_slice(&(start as u32).to_le_bytes());
    out.extend_from_slice(&[0; 2]);
    out
}

/// Little-endian numbers at their places in a header.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn word(&self, at: usize) -> Result<u16> {
        let bytes = self.0.get(at..).and_then(|tail| tail.first_chunk::<2>());
        bytes.map(|b| u16::from_le_bytes(*b)).ok_or_else(|| wrong("too short"))
    }

    fn long(&self, at: usize) -> Result<u32> {
        let bytes = self.0.get(at..).and_then(|tail| tail.first_chunk::<4>());
        bytes.map(|b| u32::from_le_bytes(*b)).ok_or_else(|| wrong("too short"))
    }
}
