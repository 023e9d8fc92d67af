//! Archive packages: the files of a case folder in one ZIP archive under a METS manifest (Library of
//! Congress, version 1.12), laid out like an E-ARK information package (CSIP).
//!
//! Invariants: what METS and the description say is what the folder's own manifest says, which its
//! sealed cover names: of the same files they are the same bytes, so that a reader makes them anew and
//! compares, and nothing in them is under no seal. METS names every other file with its size and
//! SHA-256, and nothing else; names are plain, so that an archive unpacks the same anywhere.
//! Must not know: what a case is, who may read which file.

use crate::hash::Hash;
use crate::ofd::{self, Files};
use kernel::{Error, Result};
use markup::escaped;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Format of the manifests of folders that packages are made of.
pub const FORMAT: &str = "yipan-case-folder-2";
/// Name of the sealed cover.
pub const COVER: &str = "cover.pdf";
/// Name of the folder's own manifest.
pub const MANIFEST: &str = "manifest.json";
/// Where a package's own files lie, within its folder.
pub(crate) const DATA: &str = "representations/original/data/";
/// Where the proofs of its evidence lie.
pub(crate) const EVIDENCE: &str = "metadata/preservation/evidence.json";
/// Where its description lies.
pub(crate) const DESCRIPTION: &str = "metadata/descriptive/dc.xml";
/// Name of the METS manifest.
pub(crate) const METS: &str = "METS.xml";
/// Longest name of a file or package, in bytes.
const NAME_MAX: usize = 80;
/// Largest manifest or file of proofs read.
const JSON_MAX: usize = 4 << 20;
const NAMESPACE: &str = "http://www.loc.gov/METS/";

/// A file that a manifest lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Plain name, no path.
    pub name: String,
    /// Title.
    pub title: String,
    /// What it is, in one word.
    pub kind: String,
    /// Content type.
    pub media_type: String,
    /// SM3 in hexadecimal.
    pub sm3: String,
    /// For its agency alone: a package may leave it out.
    pub internal: bool,
}

/// What a folder's own manifest says that its package repeats.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// Archive number, also the name of the package's folder.
    pub number: String,
    /// Title.
    pub title: String,
    /// Who made it.
    pub agency: String,
    /// What it is about.
    pub relation: String,
    /// How long it is kept.
    pub retention: String,
    /// When it was put together (RFC 3339).
    pub at: String,
    /// Version of the software that did.
    pub software: String,
    /// Its files but cover and manifest, in order.
    pub parts: Vec<Listed>,
    /// All that it says.
    pub body: Value,
}

fn wrong() -> Error {
    Error::invalid("proof.package.json").arg("name", MANIFEST)
}

fn is_plain(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    !name.is_empty() && name.len() <= NAME_MAX && !name.starts_with('.') && name.chars().all(fits)
}

impl Manifest {
    /// Reads a manifest. Errors: `proof.package.json` for another format, and for a name that is not
    /// plain or comes twice.
    pub fn parse(bytes: &[u8]) -> Result<Manifest> {
        let body = crate::json::parse(bytes, JSON_MAX).map_err(|_| wrong())?;
        let text = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(wrong);
        let mut known = BTreeSet::from([COVER.to_owned(), MANIFEST.to_owned()]);
        let mut parts = Vec::new();
        for one in body["parts"].as_array().ok_or_else(wrong)? {
            let part = Listed {
                name: text(&one["name"])?,
                title: text(&one["title"])?,
                kind: text(&one["kind"])?,
                media_type: text(&one["media_type"])?,
                sm3: text(&one["sm3"])?,
                internal: one["internal"] == true,
            };
            if !is_plain(&part.name) || !known.insert(part.name.clone()) {
                return Err(wrong());
            }
            parts.push(part);
        }
        let number = text(&body["number"])?;
        if body["format"] != FORMAT || !is_plain(&number) {
            return Err(wrong());
        }
        Ok(Manifest {
            number,
            title: text(&body["title"])?,
            agency: text(&body["agency"])?,
            relation: text(&body["case"]["number"])?,
            retention: text(&body["retention"]["name"])?,
            at: text(&body["at"])?,
            software: text(&body["software"])?,
            parts,
            body,
        })
    }

    /// The files of a package of the folder in order: the cover, the parts that are there, the
    /// manifest.
    pub(crate) fn files(&self, is_there: impl Fn(&str) -> bool) -> Vec<Listed> {
        let own = |name: &str, title: &str, kind: &str, media_type: &str| Listed {
            name: name.to_owned(),
            title: title.to_owned(),
            kind: kind.to_owned(),
            media_type: media_type.to_owned(),
            sm3: String::new(),
            internal: false,
        };
        let mut files = vec![own(COVER, "案卷封面和卷内文件目录", "cover", "application/pdf")];
        let parts = self.parts.iter().filter(|part| !part.internal || is_there(&part.name));
        files.extend(parts.cloned());
        files.push(own(MANIFEST, "卷内清单", "manifest", "application/json"));
        files
    }
}

/// The package as one file, of the folder's files by name (its manifest and cover among them) and of
/// the proofs that its evidence stands in a log (`checkpoint`, `proofs`). Errors: `proof.package.json`
/// for a manifest that cannot be read; `proof.package.missing`, `proof.package.unlisted` for files
/// other than it lists; `proof.ofd.container` for more or larger files than an archive holds.
pub fn write(files: &Files, evidence: &Value) -> Result<Vec<u8>> {
    let read = |name: &str| files.get(name).map(Vec::as_slice);
    let manifest = Manifest::parse(read(MANIFEST).ok_or_else(|| named("missing", MANIFEST))?)?;
    let evidence = proofs(evidence);
    let made = Metadata::of(&manifest, read, evidence.as_bytes())?;
    if let Some(more) = files.keys().find(|name| !made.names.contains(name.as_str())) {
        return Err(named("unlisted", more));
    }
    let inside = files.iter().map(|(name, content)| (format!("{DATA}{name}"), content.clone()));
    let beside = [
        (DESCRIPTION, made.description.into_bytes()),
        (EVIDENCE, evidence.into_bytes()),
        (METS, made.mets.into_bytes()),
    ];
    let beside = beside.map(|(path, content)| (path.to_owned(), content));
    let all = inside.chain(beside);
    ofd::pack(
        &all.map(|(path, content)| (format!("{}/{path}", manifest.number), content)).collect(),
    )
}

/// The manifest of the folder that a package holds, and how many of the files it lists are left out.
/// Errors: those of reading an archive; `proof.package.missing`, `proof.package.json`.
pub fn manifest(package: &[u8]) -> Result<(Manifest, usize)> {
    let files = ofd::unpack(package)?;
    let missing = || named("missing", MANIFEST);
    let data = format!("{}/{DATA}", folder(&files).ok_or_else(missing)?);
    let manifest = files.get(&format!("{data}{MANIFEST}")).ok_or_else(missing)?;
    let manifest = Manifest::parse(manifest)?;
    let is_absent = |part: &&Listed| !files.contains_key(&format!("{data}{}", part.name));
    let absent = manifest.parts.iter().filter(is_absent).count();
    Ok((manifest, absent))
}

/// The folder of a package among the files of an archive, when it is one.
pub(crate) fn folder(files: &Files) -> Option<&str> {
    let mut found = files.keys().filter_map(|name| name.strip_suffix("/METS.xml"));
    found.next().filter(|folder| !folder.contains('/'))
}

/// An error about a file of a package.
pub(crate) fn named(what: &str, name: &str) -> Error {
    let code = match what {
        "missing" => "proof.package.missing",
        "digest" => "proof.package.digest",
        "unlisted" => "proof.package.unlisted",
        _ => "proof.package.json",
    };
    Error::invalid(code).arg("name", name.escape_debug())
}

/// The proofs as a package has them: what is known of them, spelled in one way.
pub(crate) fn proofs(evidence: &Value) -> String {
    let none = Vec::new();
    let given = evidence["proofs"].as_array().unwrap_or(&none);
    let given: Vec<Value> = given
        .iter()
        .map(|one| {
            // Names in order, so that it is the same however values are built.
            json!({ "hashes": one["hashes"], "id": one["id"], "leaf": one["leaf"],
                "position": one["position"] })
        })
        .collect();
    let all = json!({ "algorithm": "RFC 6962, SHA-256", "checkpoint": evidence["checkpoint"],
        "proofs": given });
    format!("{all:#}")
}

/// What a package says beside the folder's files.
pub(crate) struct Metadata {
    /// Names of the folder's files in it.
    pub(crate) names: BTreeSet<String>,
    /// The description.
    pub(crate) description: String,
    /// METS.
    pub(crate) mets: String,
    /// What METS says of each file, by its path.
    pub(crate) said: Vec<(String, String)>,
}

impl Metadata {
    /// Made of the manifest and of the files there are. Errors: `proof.package.missing`.
    pub(crate) fn of<'a>(
        manifest: &Manifest,
        read: impl Fn(&str) -> Option<&'a [u8]>,
        evidence: &[u8],
    ) -> Result<Metadata> {
        let files = manifest.files(|name| read(name).is_some());
        let description = dublin_core(manifest);
        let place = |path: &str, described: &str| {
            let at = format!("xlink:type=\"simple\" xlink:href=\"{path}\"");
            (path.to_owned(), format!("{at} {described}"))
        };
        let at = manifest.at.as_str();
        let mut said = vec![
            place(DESCRIPTION, &described(at, "text/xml", description.as_bytes())),
            place(EVIDENCE, &described(at, "application/json", evidence)),
        ];
        for (number, file) in (1..).zip(&files) {
            let content = read(&file.name).ok_or_else(|| named("missing", &file.name))?;
            let (path, described) =
                (format!("{DATA}{}", file.name), described(at, &file.media_type, content));
            let line = format!(
                "<file ID=\"file-{number}\" {described}><FLocat LOCTYPE=\"URL\" \
                 xlink:type=\"simple\" xlink:href=\"{path}\"/></file>"
            );
            said.push((path, line));
        }
        let mets = mets(manifest, &files, &said);
        let names = files.into_iter().map(|file| file.name).collect();
        Ok(Metadata { names, description, mets, said })
    }
}

fn dublin_core(manifest: &Manifest) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <metadata xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:identifier>{}</dc:identifier>\
         <dc:title>{}</dc:title><dc:creator>{}</dc:creator><dc:relation>{}</dc:relation>\
         <dc:rights>{}</dc:rights><dc:date>{}</dc:date></metadata>\n",
        escaped(&manifest.number),
        escaped(&manifest.title),
        escaped(&manifest.agency),
        escaped(&manifest.relation),
        escaped(&manifest.retention),
        escaped(manifest.at.split('T').next().unwrap_or_default()),
    )
}

fn mets(manifest: &Manifest, files: &[Listed], said: &[(String, String)]) -> String {
    let (id, at) = (escaped(&manifest.number), escaped(&manifest.at));
    let of = |place: usize| said.get(place).map(|(_, text)| text.as_str()).unwrap_or_default();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <mets xmlns=\"{NAMESPACE}\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" \
         xmlns:csip=\"https://DILCIS.eu/XML/METS/CSIPExtensionMETS\" OBJID=\"{id}\" \
         TYPE=\"Other\" LABEL=\"{title}\" \
         PROFILE=\"https://earkcsip.dilcis.eu/profile/E-ARK-CSIP.xml\" \
         csip:OTHERTYPE=\"Case folder\" csip:CONTENTINFORMATIONTYPE=\"OTHER\" \
         csip:OTHERCONTENTINFORMATIONTYPE=\"Case folder\">\n\
         <metsHdr CREATEDATE=\"{at}\" RECORDSTATUS=\"Complete\" csip:OAISPACKAGETYPE=\"AIP\">\
         <agent ROLE=\"CREATOR\" TYPE=\"OTHER\" OTHERTYPE=\"SOFTWARE\"><name>Yipan</name>\
         <note csip:NOTETYPE=\"SOFTWARE VERSION\">{version}</note></agent>\
         <agent ROLE=\"ARCHIVIST\" TYPE=\"ORGANIZATION\"><name>{agency}</name></agent></metsHdr>\n\
         <dmdSec ID=\"description\" CREATED=\"{at}\" STATUS=\"CURRENT\"><mdRef LOCTYPE=\"URL\" \
         MDTYPE=\"DC\" {description}/></dmdSec>\n\
         <amdSec ID=\"administration\"><digiprovMD ID=\"evidence\" CREATED=\"{at}\" \
         STATUS=\"CURRENT\"><mdRef LOCTYPE=\"URL\" MDTYPE=\"OTHER\" OTHERMDTYPE=\"C2SP tlog\" \
         {evidence}/></digiprovMD></amdSec>\n\
         <fileSec ID=\"files\"><fileGrp ID=\"original\" USE=\"Representations/original\" \
         csip:CONTENTINFORMATIONTYPE=\"OTHER\" \
         csip:OTHERCONTENTINFORMATIONTYPE=\"Case folder\">\n",
        title = escaped(&manifest.title),
        agency = escaped(&manifest.agency),
        version = escaped(&manifest.software),
        description = of(0),
        evidence = of(1),
    );
    // Writing to a text cannot fail.
    for (_, line) in said.iter().skip(2) {
        let _ = writeln!(out, "{line}");
    }
    let _ = writeln!(
        out,
        "</fileGrp></fileSec>\n<structMap ID=\"csip\" TYPE=\"PHYSICAL\" LABEL=\"CSIP\">\
         <div ID=\"root\" LABEL=\"{id}\"><div ID=\"metadata\" LABEL=\"Metadata\" \
         DMDID=\"description\" ADMID=\"evidence\"/><div ID=\"representations\" \
         LABEL=\"Representations\"><fptr FILEID=\"original\"/>"
    );
    for (number, file) in (1..).zip(files) {
        let _ = writeln!(
            out,
            "<div LABEL=\"{}\" TYPE=\"{}\"><fptr FILEID=\"file-{number}\"/></div>",
            escaped(&file.title),
            escaped(&file.kind),
        );
    }
    out.push_str("</div></div></structMap>\n</mets>\n");
    out
}

fn described(at: &str, media_type: &str, content: &[u8]) -> String {
    format!(
        "MIMETYPE=\"{}\" SIZE=\"{}\" CREATED=\"{}\" CHECKSUM=\"{}\" CHECKSUMTYPE=\"SHA-256\"",
        escaped(media_type),
        content.len(),
        escaped(at),
        hex::encode(Hash::Sha256.digest(&[content])),
    )
}
