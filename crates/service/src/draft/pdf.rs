//! Whether a PDF is a plain document: not locked, nothing in it that runs or opens by itself,
//! nothing that unfolds to more than a machine can hold.
//!
//! Invariants: pure; total over any bytes; names are judged as a reader reads them, with their
//! escapes, also within compressed objects; what is read is bounded by the file and by the limits
//! here. A page may be the picture of a scanner: pictures may unfold to what their size needs.
//! Must not know: who sends it, or how a page is drawn.

use super::sniff::{PIXELS_MAX, broken, find};
use super::unfold::Unfolding;
use kernel::{Error, Result};

/// Most objects of a PDF.
const OBJECTS_MAX: usize = 20_000;
/// Most pages of a PDF.
const PAGES_MAX: usize = 500;
/// Where the end mark of a PDF is sought.
const TAIL: usize = 2048;
/// Most bytes all that is no picture may unfold to.
const UNFOLDED_MAX: u64 = 50 * 1024 * 1024;
/// Longest action looked at.
const ACTION_MAX: usize = 4096;
/// Longest name.
const NAME_MAX: usize = 127;

/// Names of what runs, sends or carries something, wherever they stand.
const ACTIVE: [&[u8]; 7] = [
    b"JavaScript",
    b"Launch",
    b"SubmitForm",
    b"ImportData",
    b"RichMedia",
    b"EmbeddedFile",
    b"EmbeddedFiles",
];
/// Names as short as these come about by chance within compressed content, so they are sought
/// outside of it.
const ACTIVE_SHORT: [&[u8]; 2] = [b"JS", b"AA"];

fn active() -> Error {
    Error::invalid("draft.file_active")
}

fn unfolds() -> Error {
    Error::invalid("draft.file_unfolds")
}

/// Judges a PDF. Errors: `draft.file_broken`, `draft.file_objects`, `draft.file_locked`,
/// `draft.file_active`, `draft.file_unfolds`.
pub(super) fn judge(content: &[u8]) -> Result<()> {
    let tail = content.get(content.len().saturating_sub(TAIL)..).unwrap_or_default();
    find(tail, b"%%EOF").ok_or_else(broken)?;
    let count = |word: &[u8], most: usize| {
        content.windows(word.len()).filter(|window| *window == word).take(most + 1).count()
    };
    if count(b" obj", OBJECTS_MAX) > OBJECTS_MAX || count(b"/Type /Page\n", PAGES_MAX) > PAGES_MAX {
        return Err(Error::invalid("draft.file_objects").arg("max", OBJECTS_MAX));
    }
    // A file may lead its reader into the middle of what looks like compressed content here.
    names(content, |name, _| refuse(name, &ACTIVE))?;
    let mut reader =
        Reader { content, unfolded: 0, pixels: 0, packed: Vec::new(), opens: Vec::new() };
    reader.walk()?;
    reader.opens.iter().try_for_each(|value| reader.opens_a_page(value))?;
    // A head and an end with nothing between them open nowhere.
    if count(b" obj", 1) == 0 { Err(broken()) } else { Ok(()) }
}

fn refuse(name: &[u8], words: &[&[u8]]) -> Result<()> {
    if words.contains(&name) {
        return Err(active());
    }
    if name == b"Encrypt" { Err(Error::invalid("draft.file_locked")) } else { Ok(()) }
}

struct Reader<'a> {
    content: &'a [u8],
    /// Bytes unfolded that are no picture.
    unfolded: u64,
    /// Pixels of the pictures unfolded.
    pixels: u64,
    /// Objects packed into streams, unfolded, and where the first of each begins.
    packed: Vec<(usize, Vec<u8>)>,
    /// What is said of opening the document.
    opens: Vec<Vec<u8>>,
}

impl Reader<'_> {
    /// Reads what lies between the streams, and unfolds these.
    fn walk(&mut self) -> Result<()> {
        let content = self.content;
        let mut at = 0;
        for _ in 0..=OBJECTS_MAX {
            let rest = content.get(at..).unwrap_or_default();
            let Some(begins) = stream_begins(rest) else {
                return self.plain(rest);
            };
            let before = rest.get(..begins).unwrap_or_default();
            self.plain(before)?;
            let data = rest.get(begins..).unwrap_or_default();
            at += begins + self.stream(before, data)?.max(1);
        }
        Err(Error::invalid("draft.file_objects").arg("max", OBJECTS_MAX))
    }

    /// Judges names outside of streams, and notes what opens with the document.
    fn plain(&mut self, text: &[u8]) -> Result<()> {
        let opens = &mut self.opens;
        names(text, |name, after| {
            if name == b"OpenAction" {
                opens.push(text.get(after..).map(short).unwrap_or_default().to_vec());
            }
            refuse(name, &ACTIVE)?;
            // In a text, such as an address, the same letters are followed by something else.
            let value = trimmed(text.get(after..).unwrap_or_default()).first();
            match value {
                Some(b'(' | b'<' | b'%' | b'0'..=b'9') => refuse(name, &ACTIVE_SHORT),
                _ => Ok(()),
            }
        })
    }

    /// Unfolds a stream where it is folded; how many bytes of `data` are its own. `before` is what
    /// stands before it since the last, its dictionary last of all: no string in this hides a part.
    fn stream(&mut self, before: &[u8], data: &[u8]) -> Result<usize> {
        let filters = Filters::of(before)?;
        let packs = number_after(before, b"First").filter(|_| filters.packs);
        let ends = find(data, b"endstream").unwrap_or(data.len());
        let own = data.get(..ends).unwrap_or_default();
        match (filters.folded, filters.text) {
            (0, None) => match packs {
                Some(first) => self.objects(first, own.to_vec()).map(|()| ends),
                None => Ok(ends),
            },
            (0, _) => Ok(ends),
            (1, None) => self.unfold(before, data, packs),
            (1, Some(plain)) => self.unfold(before, &plain(own), packs).map(|_| ends),
            // Folded twice: a bomb within a bomb.
            _ => Err(unfolds()),
        }
    }

    /// Unfolds to no more than a picture's size needs, or than is left for all else.
    fn unfold(&mut self, before: &[u8], data: &[u8], packs: Option<u64>) -> Result<usize> {
        let picture = if packs.is_some() { None } else { picture(before) };
        let most = match &picture {
            Some(picture) => {
                self.pixels = self.pixels.saturating_add(picture.pixels);
                if self.pixels > PIXELS_MAX {
                    return Err(unfolds());
                }
                picture.bytes
            }
            None => UNFOLDED_MAX.saturating_sub(self.unfolded),
        };
        let mut unfolding = Unfolding::new(most);
        let mut kept = Vec::new();
        // Content says itself where it ends; a mark within it may be there to deceive.
        unfolding.feed(data, if packs.is_some() { Some(&mut kept) } else { None })?;
        if picture.is_none() {
            self.unfolded += unfolding.size();
        }
        if let Some(first) = packs {
            self.objects(first, kept)?;
        }
        Ok(unfolding.used())
    }

    fn objects(&mut self, first: u64, objects: Vec<u8>) -> Result<()> {
        self.plain(&objects)?;
        self.packed.push((usize::try_from(first).unwrap_or(usize::MAX), objects));
        Ok(())
    }

    /// Whether opening the document only shows a place in it. Errors: `draft.file_active`.
    fn opens_a_page(&self, value: &[u8]) -> Result<()> {
        let value = trimmed(value);
        if value.starts_with(b"[") || value.starts_with(b"(") || value.starts_with(b"null") {
            return Ok(());
        }
        if value.starts_with(b"<<") {
            return goes_to(value);
        }
        let mut words = value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let (number, generation) = (words.next(), words.next());
        let (Some(number), Some(generation)) = (number, generation) else { return Err(active()) };
        for object in self.objects_of(number, generation) {
            let object = trimmed(object);
            if object.starts_with(b"<<") {
                goes_to(object)?;
            }
        }
        Ok(())
    }

    /// Every object of this number: a reader takes the last, or the first, or one packed.
    fn objects_of(&self, number: &[u8], generation: &[u8]) -> Vec<&[u8]> {
        let head = [number, b" ", generation, b" obj"].concat();
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(next) =
            self.content.get(at..).and_then(|rest| find(rest, &head)).filter(|_| found.len() < 100)
        {
            at += next + head.len();
            found.push(short(self.content.get(at..).unwrap_or_default()));
        }
        for (first, packed) in &self.packed {
            found.extend(packed_object(*first, packed, number));
        }
        found
    }
}

/// The object of this number in a stream of objects: pairs of number and offset come first.
fn packed_object<'a>(first: usize, packed: &'a [u8], number: &[u8]) -> Option<&'a [u8]> {
    let head = packed.get(..first)?.split(u8::is_ascii_whitespace);
    let pairs: Vec<&[u8]> = head.filter(|word| !word.is_empty()).collect();
    let pair = pairs.chunks(2).find(|pair| pair.first() == Some(&number))?;
    let offset: usize = std::str::from_utf8(pair.get(1)?).ok()?.parse().ok()?;
    packed.get(first.checked_add(offset)?..).map(short)
}

/// What makes bytes of text.
type Decode = fn(&[u8]) -> Vec<u8>;

/// How a stream is coded.
#[derive(Default)]
struct Filters {
    /// How many times it is folded.
    folded: usize,
    /// What makes bytes of the text it is written as.
    text: Option<Decode>,
    /// It packs objects.
    packs: bool,
}

impl Filters {
    /// Errors: `draft.file_unfolds` where nothing says before how far it unfolds.
    fn of(before: &[u8]) -> Result<Filters> {
        let mut filters = Filters::default();
        let mut named = false;
        names(before, |name, after| {
            let value = trimmed(before.get(after..).unwrap_or_default());
            match name {
                b"ObjStm" => filters.packs = true,
                b"Filter" if !value.starts_with(b"/") && !value.starts_with(b"[") => {
                    return Err(unfolds());
                }
                b"FlateDecode" | b"Fl" if named => filters.folded += 1,
                b"ASCII85Decode" | b"A85" if named => filters.text = Some(from_base85),
                b"ASCIIHexDecode" | b"AHx" if named => filters.text = Some(from_hexadecimal),
                // What it unfolds to is not known before, and nobody has written it for decades.
                b"LZWDecode" | b"LZW" if named => return Err(unfolds()),
                _ => {}
            }
            named = name == b"Filter" || (named && (name.ends_with(b"Decode") || name.len() < 4));
            Ok(())
        })?;
        Ok(filters)
    }
}

/// Whether an action only goes to a place in the document.
fn goes_to(action: &[u8]) -> Result<()> {
    let mut kind = None;
    let mut expected = false;
    names(action, |name, _| {
        if expected && kind.is_none() {
            kind = Some(name.to_vec());
        }
        expected = name == b"S";
        Ok(())
    })?;
    if kind.as_deref() == Some(b"GoTo".as_slice()) { Ok(()) } else { Err(active()) }
}

/// Size of a picture.
struct Picture {
    pixels: u64,
    bytes: u64,
}

/// The size that a picture states before it; none for what is no picture. A point has at most four
/// parts.
fn picture(before: &[u8]) -> Option<Picture> {
    let mut image = false;
    names(before, |name, _| {
        image |= name == b"Image";
        Ok(())
    })
    .ok()?;
    let width = number_after(before, b"Width").filter(|_| image)?;
    let height = number_after(before, b"Height")?;
    let bits = number_after(before, b"BitsPerComponent").unwrap_or(8).min(16);
    // One byte more for a row says how it was predicted.
    let row = width.checked_mul(4 * bits)?.div_ceil(8).checked_add(1)?;
    Some(Picture { pixels: width.checked_mul(height)?, bytes: row.checked_mul(height)? })
}

/// The number that stands last after a name.
fn number_after(text: &[u8], wanted: &[u8]) -> Option<u64> {
    let mut found = None;
    names(text, |name, after| {
        if name == wanted {
            let value = trimmed(text.get(after..).unwrap_or_default());
            let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let digits = value.get(..digits).and_then(|digits| std::str::from_utf8(digits).ok());
            found = digits.and_then(|digits| digits.parse().ok());
        }
        Ok(())
    })
    .ok()?;
    found
}

/// Where the content of the first stream begins.
fn stream_begins(text: &[u8]) -> Option<usize> {
    const WORD: &[u8] = b"stream";
    let mut at = 0;
    loop {
        let rest = text.get(at..)?;
        at += rest.iter().position(|byte| *byte == b's')?;
        let ends = at + WORD.len();
        if text.get(at..ends) == Some(WORD) && trimmed_end(text.get(..at)?).ends_with(b">>") {
            let line = text.get(ends..)?;
            let feed = if line.starts_with(b"\r\n") { 2 } else { 1 };
            return Some((ends + feed).min(text.len()));
        }
        at += 1;
    }
}

/// Tells of every name, without its escapes, and where it ends.
fn names(text: &[u8], mut told: impl FnMut(&[u8], usize) -> Result<()>) -> Result<()> {
    let mut at = 0;
    while let Some(next) =
        text.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'/'))
    {
        at += next + 1;
        let mut name = Vec::new();
        while let Some(byte) = text.get(at).filter(|byte| !ends_a_name(**byte)) {
            let escaped = text.get(at + 1..at + 3).filter(|_| *byte == b'#').and_then(hexadecimal);
            at += if escaped.is_some() { 3 } else { 1 };
            if name.len() <= NAME_MAX {
                name.push(escaped.unwrap_or(*byte));
            }
        }
        told(&name, at)?;
    }
    Ok(())
}

fn ends_a_name(byte: u8) -> bool {
    byte <= b' '
        || matches!(byte, b'/' | b'<' | b'>' | b'[' | b']' | b'(' | b')' | b'{' | b'}' | b'%')
}

fn hexadecimal(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

fn from_hexadecimal(text: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = text.iter().copied().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).filter_map(hexadecimal).collect()
}

/// Base 85 as PostScript writes it: five characters for four bytes, `z` for four zeros.
fn from_base85(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() / 5 * 4);
    let mut group: Vec<u32> = Vec::with_capacity(5);
    let word = |group: &[u32]| {
        let digits = group.iter().copied().chain(std::iter::repeat(84)).take(5);
        digits.fold(0u32, |sum, digit| sum.wrapping_mul(85).wrapping_add(digit)).to_be_bytes()
    };
    for byte in text {
        match byte {
            b'z' if group.is_empty() => out.extend([0; 4]),
            b'!'..=b'u' => group.push(u32::from(byte - b'!')),
            b'~' => break,
            _ => {}
        }
        if group.len() == 5 {
            out.extend(word(&group));
            group.clear();
        }
    }
    out.extend(word(&group).iter().take(group.len().saturating_sub(1)));
    out
}

fn short(text: &[u8]) -> &[u8] {
    text.get(..ACTION_MAX).unwrap_or(text)
}

fn trimmed(text: &[u8]) -> &[u8] {
    let blank = |byte: &&u8| byte.is_ascii_whitespace() || **byte == 0;
    text.get(text.iter().take_while(blank).count()..).unwrap_or_default()
}

fn trimmed_end(text: &[u8]) -> &[u8] {
    let blank = |byte: &&u8| byte.is_ascii_whitespace() || **byte == 0;
    text.get(..text.len() - text.iter().rev().take_while(blank).count()).unwrap_or_default()
}
