//! An archive package: METS and the description as the folder's own manifest and files make them, the
//! files as that manifest lists them, the manifest as the sealed cover names it, and the proofs that
//! the folder's evidence stands in a log.
//!
//! Invariant: a package is whole only when nothing is in it that the sealed manifest does not say;
//! files for the agency alone may be absent, and how many are is told.
//! Must not know: where the log is; whether its checkpoint is the published one is the reader's to see.

use super::{Report, Trust, verify_pdf};
use crate::digest::sm3_hex;
use crate::log::{Checkpoint, note_parts, verify_inclusion};
use crate::ofd::Files;
use crate::package::{
    COVER, DATA, DESCRIPTION, EVIDENCE, MANIFEST, METS, Manifest, Metadata, named, proofs,
};
use kernel::{Error, Result, Text, Timestamp};
use serde_json::Value;

/// Largest file of proofs read.
const JSON_MAX: usize = 4 << 20;

pub(super) fn verify(
    report: &mut Report,
    files: &Files,
    folder: &str,
    trust: &Trust<'_>,
    at: Timestamp,
) {
    let inside = Inside { files, folder };
    let manifest = match inside.data(MANIFEST).and_then(Manifest::parse) {
        Ok(manifest) => manifest,
        Err(error) => {
            report.check("format", Err(error), Text::default());
            return;
        }
    };
    report.check(
        "format",
        Ok(()),
        Text::new("METS 清单下的案卷包。", "A folder under a METS manifest."),
    );
    let described = inside.described(&manifest);
    let names = described.as_ref().copied().unwrap_or_default();
    let whole = Text::new(
        format!("METS 清单和著录与卷内清单一致，{names} 个文件均在其中。"),
        format!(
            "METS and the description are as the folder's manifest says, with all {names} files."
        ),
    );
    if !report.check("integrity", described.map(|_| ()), whole) {
        return;
    }
    let absent = inside.absent(&manifest);
    let left_out = absent.as_ref().copied().unwrap_or_default();
    let found = Text::new(
        format!("卷内清单与文件一致；{left_out} 个内部文件未随包提供。"),
        format!("The folder's manifest agrees; {left_out} internal files are left out."),
    );
    if !report.check("manifest", absent.map(|_| ()), found) {
        return;
    }
    cover(report, &inside, trust, at);
    let proven = inside.evidence(&manifest.body);
    let found = proven.as_ref().map_or_else(|_| Text::default(), Clone::clone);
    report.check("evidence", proven.map(|_| ()), found);
}

/// The seal of the cover, and that it names the manifest.
fn cover(report: &mut Report, inside: &Inside<'_>, trust: &Trust<'_>, at: Timestamp) {
    let sealed = match inside.data(COVER) {
        Ok(cover) => cover,
        Err(error) => {
            report.check("cover", Err(error), Text::default());
            return;
        }
    };
    let before = report.checks.len();
    verify_pdf(report, sealed, trust, at);
    // The package's own checks bear these names.
    for check in report.checks.iter_mut().skip(before) {
        if matches!(check.name.as_str(), "format" | "integrity") {
            check.name = format!("cover_{}", check.name);
        }
    }
    let named = report.body.as_ref().and_then(|body| body["data"]["manifest"].as_str());
    let names = match inside.data(MANIFEST).map(sm3_hex) {
        Ok(digest) if named == Some(&digest) => Ok(()),
        Ok(_) => Err(Error::invalid("proof.package.cover")),
        Err(error) => Err(error),
    };
    let found =
        Text::new("封面签章覆盖卷内清单的摘要。", "The sealed cover names the folder's manifest.");
    report.check("cover", names, found);
}

/// A package being looked into.
struct Inside<'a> {
    files: &'a Files,
    folder: &'a str,
}

impl Inside<'_> {
    fn file(&self, path: &str) -> Result<&[u8]> {
        let found = self.files.get(&format!("{}/{path}", self.folder)).map(Vec::as_slice);
        found.ok_or_else(|| named("missing", path))
    }

    /// A file of the folder itself.
    fn data(&self, name: &str) -> Result<&[u8]> {
        self.file(&format!("{DATA}{name}"))
    }

    /// How many files METS lists: it and the description are, byte for byte, what the manifest and the
    /// files make, and nothing else is here. Errors: `proof.package.missing`, `proof.package.digest`,
    /// `proof.package.unlisted`, `proof.package.form`.
    fn described(&self, manifest: &Manifest) -> Result<usize> {
        let (mets, evidence) = (self.file(METS)?, self.file(EVIDENCE)?);
        let made = Metadata::of(manifest, |name| self.data(name).ok(), evidence)?;
        let own = format!("{}/", self.folder);
        let listed = |path: &str| match path.strip_prefix(DATA) {
            Some(name) => made.names.contains(name),
            None => [EVIDENCE, DESCRIPTION, METS].contains(&path),
        };
        if let Some(more) =
            self.files.keys().find(|name| !name.strip_prefix(&own).is_some_and(listed))
        {
            return Err(named("unlisted", more));
        }
        if self.file(DESCRIPTION)? != made.description.as_bytes() {
            return Err(named("digest", DESCRIPTION));
        }
        if self.folder != manifest.number {
            return Err(Error::invalid("proof.package.form"));
        }
        if mets == made.mets.as_bytes() {
            return Ok(made.said.len());
        }
        // A file that is not as METS says is named; else METS itself is another.
        let mets = std::str::from_utf8(mets).unwrap_or_default();
        let other = |(path, said): &&(String, String)| {
            mets.contains(path.as_str()) && !mets.contains(said.as_str())
        };
        match made.said.iter().find(other) {
            Some((path, _)) => Err(named("digest", path)),
            None => Err(Error::invalid("proof.package.form")),
        }
    }

    /// How many internal files are not here; the others are as the manifest lists them. Errors:
    /// `proof.package.missing`, `proof.package.digest`.
    fn absent(&self, manifest: &Manifest) -> Result<usize> {
        let mut absent = 0;
        for part in &manifest.parts {
            match self.data(&part.name) {
                Err(_) if part.internal => absent += 1,
                Err(error) => return Err(error),
                Ok(content) if part.sm3 == sm3_hex(content) => {}
                Ok(_) => return Err(named("digest", &part.name)),
            }
        }
        Ok(absent)
    }

    /// Where the folder's evidence stands. Errors: `proof.package.evidence`,
    /// `proof.package.json`, those of the log.
    fn evidence(&self, manifest: &Value) -> Result<Text> {
        let wrong = || Error::invalid("proof.package.evidence");
        let bytes = self.file(EVIDENCE)?;
        let told = crate::json::parse(bytes, JSON_MAX).map_err(|_| named("json", EVIDENCE))?;
        // Nothing covers this file but what it proves: it says that and nothing else.
        if proofs(&told).as_bytes() != bytes {
            return Err(wrong());
        }
        let note = told["checkpoint"].as_str().unwrap_or_default();
        let (text, _) = note_parts(note.as_bytes())?;
        let checkpoint = Checkpoint::parse(text)?;
        let given = told["proofs"].as_array().ok_or_else(wrong)?;
        let entries = manifest["evidence"].as_array().ok_or_else(wrong)?;
        if given.len() != entries.len() {
            return Err(wrong());
        }
        for (entry, proof) in entries.iter().zip(given) {
            let same = ["id", "leaf", "position"].iter().all(|name| entry[name] == proof[name]);
            let place = proof["position"].as_u64().filter(|_| same).ok_or_else(wrong)?;
            let hashes = proof["hashes"].as_array().ok_or_else(wrong)?;
            let hashes: Vec<_> =
                hashes.iter().map(hash).collect::<Option<_>>().ok_or_else(wrong)?;
            let leaf = hash(&proof["leaf"]).ok_or_else(wrong)?;
            verify_inclusion(&leaf, place, checkpoint.size, &hashes, &checkpoint.root)?;
        }
        let (count, origin, size) = (entries.len(), &checkpoint.origin, checkpoint.size);
        Ok(Text::new(
            format!("{count} 条存证在日志 {origin} 的前 {size} 条之中；请与公布的检查点核对。"),
            format!(
                "{count} entries stand among the first {size} of the log {origin}; compare with its published checkpoint."
            ),
        ))
    }
}

fn hash(value: &Value) -> Option<[u8; 32]> {
    hex::decode(value.as_str()?).ok()?.try_into().ok()
}
