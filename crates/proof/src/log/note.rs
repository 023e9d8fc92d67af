//! Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint) with Ed25519.
//!
//! Invariants: a note opens only when every signature by a known key holds and there is at least
//! one; a key is known by name and key identifier together. Must not know: the tree's storage.

use super::Hash;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use kernel::{Error, Result};
use sha2::{Digest, Sha256};

/// Most bytes a note may have.
const NOTE_MAX: usize = 1 << 20;
/// Most signatures a note may have.
const SIGNATURES_MAX: usize = 100;
/// Signature type of plain Ed25519.
const ED25519: u8 = 1;
pub(super) const SIGNATURE_PREFIX: &str = "\u{2014} ";

/// Signs notes under a name.
#[derive(Clone)]
pub struct NoteSigner {
    name: String,
    key: SigningKey,
}

impl std::fmt::Debug for NoteSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NoteSigner").field("name", &self.name).finish()
    }
}

/// Knows a signer of notes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteVerifier {
    name: String,
    key: VerifyingKey,
}

/// A log's promise: this many leaves have this root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name, a URL without scheme.
    pub origin: String,
    /// Number of leaves.
    pub size: u64,
    /// Root hash.
    pub root: Hash,
    /// Further lines, none empty.
    pub extensions: Vec<String>,
}

impl NoteSigner {
    /// A signer from 32 secret bytes. Errors: `proof.note.name` for an empty name or one with
    /// white space or a plus sign.
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<NoteSigner> {
        check_name(name)?;
        Ok(NoteSigner { name: name.to_owned(), key: SigningKey::from_bytes(seed) })
    }

    /// What knows this signer.
    pub fn verifier(&self) -> NoteVerifier {
        NoteVerifier { name: self.name.clone(), key: self.key.verifying_key() }
    }

    fn line(&self, text: &str) -> String {
        let mut bytes = self.verifier().key_id().to_vec();
        bytes.extend_from_slice(&self.key.sign(text.as_bytes()).to_bytes());
        format!("{SIGNATURE_PREFIX}{} {}\n", self.name, STANDARD.encode(bytes))
    }
}

impl NoteVerifier {
    /// Reads a verifier key `name+identifier+key`. Errors: `proof.note.key`.
    pub fn parse(text: &str) -> Result<NoteVerifier> {
        let (name, key) = parse_key(text, ED25519)?;
        Ok(NoteVerifier { name, key })
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn key_id(&self) -> [u8; 4] {
        key_id(&self.name, ED25519, &self.key)
    }
}

impl std::fmt::Display for NoteVerifier {
    /// The verifier key, `name+identifier+key`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&key_text(&self.name, ED25519, &self.key))
    }
}

/// What stands for a key of this kind in a signature line: four bytes over name, kind and key.
pub(super) fn key_id(name: &str, kind: u8, key: &VerifyingKey) -> [u8; 4] {
    let hash = Sha256::new()
        .chain_update(name.as_bytes())
        .chain_update([b'\n', kind])
        .chain_update(key.as_bytes())
        .finalize();
    [hash[0], hash[1], hash[2], hash[3]]
}

/// The verifier key of a key of this kind, `name+identifier+key`.
pub(super) fn key_text(name: &str, kind: u8, key: &VerifyingKey) -> String {
    let mut bytes = vec![kind];
    bytes.extend_from_slice(key.as_bytes());
    format!("{name}+{}+{}", hex::encode(key_id(name, kind, key)), STANDARD.encode(bytes))
}

/// Name and key of a verifier key of this kind. Errors: `proof.note.key`.
pub(super) fn parse_key(text: &str, kind: u8) -> Result<(String, VerifyingKey)> {
    let wrong = || Error::invalid("proof.note.key");
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(wrong());
    };
    check_name(name)?;
    let bytes = STANDARD.decode(key).map_err(|_| wrong())?;
    let (&held, point) = bytes.split_first().ok_or_else(wrong)?;
    let point: [u8; 32] = point.try_into().map_err(|_| wrong())?;
    let key = VerifyingKey::from_bytes(&point).map_err(|_| wrong())?;
    if held != kind || id != hex::encode(key_id(name, kind, &key)) {
        return Err(wrong());
    }
    Ok((name.to_owned(), key))
}

/// Signs a text, which ends with a line feed. Errors: `proof.note.form` for a text that is empty,
/// too large, unfinished or holds control characters.
pub fn sign_note(text: &str, signers: &[&NoteSigner]) -> Result<String> {
    check_text(text)?;
    let signatures: String = signers.iter().map(|signer| signer.line(text)).collect();
    Ok(format!("{text}\n{signatures}"))
}

/// Opens a note: its text and the names of the known signers, each of whose signatures holds.
/// Signatures by unknown keys are passed over. Errors: `proof.note.form`,
/// `proof.note.signature` when one by a known key is wrong, `proof.note.unsigned` when there is
/// none by a known key.
pub fn open_note(note: &[u8], known: &[NoteVerifier]) -> Result<(String, Vec<String>)> {
    let (text, lines) = note_parts(note)?;
    let mut names = Vec::new();
    for line in signature_lines(lines)? {
        let name = line.name;
        let signer = known.iter().find(|v| v.name == name && v.key_id() == line.key_id);
        let Some(signer) = signer else { continue };
        let wrong = || Error::invalid("proof.note.signature").arg("name", name);
        let signature = Signature::from_slice(&line.signature).map_err(|_| wrong())?;
        signer.key.verify_strict(text.as_bytes(), &signature).map_err(|_| wrong())?;
        if !names.iter().any(|seen| seen == name) {
            names.push(name.to_owned());
        }
    }
    if names.is_empty() {
        return Err(Error::invalid("proof.note.unsigned"));
    }
    Ok((text.to_owned(), names))
}

/// One signature line of a note.
pub(super) struct SignatureLine<'a> {
    pub(super) name: &'a str,
    pub(super) key_id: [u8; 4],
    pub(super) signature: Vec<u8>,
    /// The whole line without its line feed.
    pub(super) line: &'a str,
}

/// Text and signature lines of a note, neither believed. Errors: `proof.note.form`.
pub fn note_parts(note: &[u8]) -> Result<(&str, &str)> {
    let form = || Error::invalid("proof.note.form");
    if note.len() > NOTE_MAX {
        return Err(form());
    }
    let note = std::str::from_utf8(note).map_err(|_| form())?;
    let at = note.rfind("\n\n").ok_or_else(form)?;
    let (text, lines) = (&note[..=at], &note[at + 2..]);
    check_text(text)?;
    Ok((text, lines))
}

/// Reads signature lines, each ended by a line feed. Errors: `proof.note.form`.
pub(super) fn signature_lines(lines: &str) -> Result<Vec<SignatureLine<'_>>> {
    let form = || Error::invalid("proof.note.form");
    let lines = lines.strip_suffix('\n').ok_or_else(form)?;
    let mut read = Vec::new();
    for line in lines.split('\n') {
        if read.len() == SIGNATURES_MAX {
            return Err(form());
        }
        let rest = line.strip_prefix(SIGNATURE_PREFIX).ok_or_else(form)?;
        let (name, signature) = rest.split_once(' ').ok_or_else(form)?;
        check_name(name).map_err(|_| form())?;
        let bytes = STANDARD.decode(signature).map_err(|_| form())?;
        let (key_id, signature) = bytes.split_first_chunk::<4>().ok_or_else(form)?;
        read.push(SignatureLine { name, key_id: *key_id, signature: signature.to_vec(), line });
    }
    Ok(read)
}

impl Checkpoint {
    /// The note's text. Errors: `proof.checkpoint.form` for a line that is empty or holds a
    /// control character.
    pub fn text(&self) -> Result<String> {
        let wrong = |line: &String| line.is_empty() || line.contains(|c| c < ' ');
        if wrong(&self.origin) || self.extensions.iter().any(wrong) {
            return Err(Error::invalid("proof.checkpoint.form"));
        }
        let mut text = format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root));
        for line in &self.extensions {
            text.push_str(line);
            text.push('\n');
        }
        Ok(text)
    }

    /// Reads a note's text. Errors: `proof.checkpoint.form`.
    pub fn parse(text: &str) -> Result<Checkpoint> {
        let wrong = || Error::invalid("proof.checkpoint.form");
        let mut lines = text.strip_suffix('\n').ok_or_else(wrong)?.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next())
        else {
            return Err(wrong());
        };
        let root = STANDARD.decode(root).map_err(|_| wrong())?;
        let checkpoint = Checkpoint {
            origin: origin.to_owned(),
            size: size.parse().map_err(|_| wrong())?,
            root: root.try_into().map_err(|_| wrong())?,
            extensions: lines.map(str::to_owned).collect(),
        };
        // One spelling only: no leading zeros or signs in the size.
        if checkpoint.text()? != text {
            return Err(wrong());
        }
        Ok(checkpoint)
    }

    /// The checkpoint as a signed note. Errors: those of [`Checkpoint::text`] and [`sign_note`].
    pub fn sign(&self, signers: &[&NoteSigner]) -> Result<String> {
        sign_note(&self.text()?, signers)
    }

    /// Opens a signed checkpoint of the log named `origin`. Errors: those of [`open_note`] and
    /// [`Checkpoint::parse`], `proof.checkpoint.origin` for another log's.
    pub fn open(note: &[u8], origin: &str, known: &[NoteVerifier]) -> Result<Checkpoint> {
        let (text, _) = open_note(note, known)?;
        let checkpoint = Checkpoint::parse(&text)?;
        if checkpoint.origin != origin {
            return Err(Error::invalid("proof.checkpoint.origin").arg("name", checkpoint.origin));
        }
        Ok(checkpoint)
    }
}

pub(super) fn check_name(name: &str) -> Result<()> {
    let fits = |c: char| !c.is_whitespace() && c != '+' && !c.is_control();
    if name.is_empty() || name.len() > 256 || !name.chars().all(fits) {
        return Err(Error::invalid("proof.note.name"));
    }
    Ok(())
}

fn check_text(text: &str) -> Result<()> {
    // Control characters of ASCII alone, as C2SP signed-note has it.
    let control = |c: char| c < ' ' && c != '\n';
    if text.len() > NOTE_MAX || text == "\n" || !text.ends_with('\n') || text.contains(control) {
        return Err(Error::invalid("proof.note.form"));
    }
    Ok(())
}
