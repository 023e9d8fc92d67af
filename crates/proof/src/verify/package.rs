//! An archive package: every file as its METS manifest lists it, the files as the folder's own
//! manifest lists them, that manifest as the sealed cover names it, and the proofs that the
//! folder's evidence stands in a log.
//!
//! Invariant: a package is whole only when nothing is in it that its manifest does not list; files
//! for the agency alone may be absent, and how many are is told.
//! Must not know: where the log is; whether its checkpoint is the published one is the reader's to see.

use super::{Report, Trust, verify_pdf};
use crate::digest::sm3_hex;
use crate::hash::Hash;
use crate::log::{Checkpoint, note_parts, verify_inclusion};
use crate::ofd::Files;
use crate::package::{DATA, DESCRIPTION, EVIDENCE, METS, listed};
use kernel::{Error, Result, Text, Timestamp};
use serde_json::Value;
use std::collections::BTreeSet;

/// Largest manifest or file of proofs read.
const JSON_MAX: usize = 4 << 20;

pub(super) fn verify(
    report: &mut Report,
    files: &Files,
    folder: &str,
    trust: &Trust<'_>,
    at: Timestamp,
) {
    let inside = Inside { files, folder };
    let names = match inside.list() {
        Ok(names) => names,
        Err(error) => {
            let format = error.code == "proof.package.form";
            let name = if format { "format" } else { "integrity" };
            report.check(name, Err(error), Text::default());
            return;
        }
    };
    report.check(
        "format",
        Ok(()),
        Text::new("METS 清单下的案卷包。", "A folder under a METS manifest."),
    );
    let whole = Text::new(
        format!("{names} 个文件均与清单一致。"),
        format!("All {names} files are as the manifest lists them."),
    );
    report.check("integrity", Ok(()), whole);
    let manifest = match inside.manifest() {
        Ok((manifest, absent)) => {
            let found = Text::new(
                format!("卷内清单与文件一致；{absent} 个内部文件未随包提供。"),
                format!("The folder's manifest agrees; {absent} internal files are left out."),
            );
            report.check("manifest", Ok(()), found);
            manifest
        }
        Err(error) => {
            report.check("manifest", Err(error), Text::default());
            return;
        }
    };
    cover(report, &inside, trust, at);
    let proven = inside.evidence(&manifest);
    let found = proven.as_ref().map_or_else(|_| Text::default(), Clone::clone);
    report.check("evidence", proven.map(|_| ()), found);
}

/// The seal of the cover, and that it names the manifest.
fn cover(report: &mut Report, inside: &Inside<'_>, trust: &Trust<'_>, at: Timestamp) {
    let sealed = match inside.file(&format!("{DATA}cover.pdf")) {
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
    let names = match inside.file(&format!("{DATA}manifest.json")).map(sm3_hex) {
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
        found.ok_or_else(|| file("proof.package.missing", path))
    }

    fn json(&self, path: &str) -> Result<Value> {
        crate::json::parse(self.file(path)?, JSON_MAX).map_err(|_| file("proof.package.json", path))
    }

    /// How many files the manifest lists, each as it stands. Errors: `proof.package.form`,
    /// `proof.package.missing`, `proof.package.digest`, `proof.package.unlisted`.
    fn list(&self) -> Result<usize> {
        let listed = listed(self.file("METS.xml")?)?;
        let mut seen = BTreeSet::from([format!("{}/METS.xml", self.folder)]);
        for one in &listed {
            let content = self.file(&one.path)?;
            let same = one.size == content.len().to_string()
                && one.sha256 == hex::encode(Hash::Sha256.digest(&[content]));
            if !same {
                return Err(file("proof.package.digest", &one.path));
            }
            seen.insert(format!("{}/{}", self.folder, one.path));
        }
        match self.files.keys().find(|name| !seen.contains(*name)) {
            Some(more) => Err(file("proof.package.unlisted", more)),
            None => Ok(listed.len()),
        }
    }

    /// The folder's own manifest, and how many internal files are not here. Errors:
    /// `proof.package.missing`, `proof.package.digest`, `proof.package.json`,
    /// `proof.package.unlisted`.
    fn manifest(&self) -> Result<(Value, usize)> {
        let manifest = self.json(&format!("{DATA}manifest.json"))?;
        let wrong = || file("proof.package.json", "manifest.json");
        let mut absent = 0;
        let mut known = BTreeSet::from(["cover.pdf", "manifest.json"]);
        for part in manifest["parts"].as_array().ok_or_else(wrong)? {
            let name = part["name"].as_str().ok_or_else(wrong)?;
            if !known.insert(name) {
                return Err(wrong());
            }
            match self.file(&format!("{DATA}{name}")) {
                Err(_) if part["internal"] == true => absent += 1,
                Err(error) => return Err(error),
                Ok(content) if part["sm3"].as_str() == Some(&sm3_hex(content)) => {}
                Ok(_) => return Err(file("proof.package.digest", name)),
            }
        }
        // The METS manifest is under no seal: what it alone lists is none of the folder's.
        let listed = |path: &str| match path.strip_prefix(DATA) {
            Some(name) => known.contains(name),
            None => [EVIDENCE, DESCRIPTION, METS].contains(&path),
        };
        let own = format!("{}/", self.folder);
        match self.files.keys().find(|name| !name.strip_prefix(&own).is_some_and(listed)) {
            Some(more) => Err(file("proof.package.unlisted", more)),
            None => Ok((manifest, absent)),
        }
    }

    /// Where the folder's evidence stands. Errors: `proof.package.evidence`, those of the log.
    fn evidence(&self, manifest: &Value) -> Result<Text> {
        let proofs = self.json(EVIDENCE)?;
        let wrong = || Error::invalid("proof.package.evidence");
        let note = proofs["checkpoint"].as_str().unwrap_or_default();
        let (text, _) = note_parts(note.as_bytes())?;
        let checkpoint = Checkpoint::parse(text)?;
        let given = proofs["proofs"].as_array().ok_or_else(wrong)?;
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

fn file(code: &'static str, name: &str) -> Error {
    Error::invalid(code).arg("name", name.escape_debug())
}
