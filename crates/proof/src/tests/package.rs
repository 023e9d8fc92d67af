//! Packages: what METS says is what the folder's own manifest says, and nothing else is read.

use super::world::now;
use crate::digest::sm3_hex;
use crate::ofd::{Files, pack, unpack};
use crate::package::{FORMAT, Metadata, manifest, write};
use crate::verify::verify_file;
use serde_json::{Value, json};

fn told() -> Value {
    let part = |name: &str, internal: bool| {
        json!({ "name": name, "title": "申请表 <A&B> \"C\"", "kind": "form",
            "media_type": "application/json", "sm3": sm3_hex(b"{}"), "internal": internal })
    };
    json!({ "format": FORMAT, "number": "HEALTH-2026-1", "title": "出生 & 登记",
        "agency": "区卫生健康委员会", "retention": { "name": "永久" }, "at": now().rfc3339(),
        "software": "1.0", "case": { "number": "1" }, "evidence": [],
        "parts": [part("form.json", false), part("opinions.json", true)] })
}

fn folder(manifest: &Value) -> Files {
    let of = |name: &str, content: &str| (name.to_owned(), content.as_bytes().to_vec());
    Files::from([
        of("cover.pdf", "%PDF-"),
        of("form.json", "{}"),
        of("manifest.json", &manifest.to_string()),
    ])
}

fn package(files: &Files) -> Result<Vec<u8>, &'static str> {
    write(files, &json!({ "checkpoint": "", "proofs": [] })).map_err(|error| error.code)
}

/// The check that fails, with its reason.
fn failure(files: &Files) -> (String, String) {
    let report = verify_file(&pack(files).unwrap(), &[], None, now());
    assert!(!report.valid && report.kind == "case_package");
    let failed = report.failure().unwrap();
    (failed.name.clone(), failed.detail.en.clone())
}

#[test]
fn every_file_is_listed_with_its_digest_and_the_same_package_is_the_same_bytes() {
    let mut files = folder(&told());
    let made = package(&files).unwrap();
    assert_eq!(package(&files).unwrap(), made);
    let (told, absent) = manifest(&made).unwrap();
    assert_eq!((told.number.as_str(), absent), ("HEALTH-2026-1", 1));
    let inside = unpack(&made).unwrap();
    let mets = String::from_utf8(inside["HEALTH-2026-1/METS.xml"].clone()).unwrap();
    assert_eq!(mets.matches("CHECKSUM=").count() + 1, inside.len());
    let others = inside.iter().filter(|(name, _)| !name.ends_with("METS.xml"));
    for (name, content) in others {
        let digest = hex::encode(crate::hash::Hash::Sha256.digest(&[content]));
        assert!(mets.contains(&digest), "{name}");
        assert!(mets.contains(name.strip_prefix("HEALTH-2026-1/").unwrap()), "{name}");
    }
    assert!(!mets.contains("opinions.json"));
    files.insert("opinions.json".to_owned(), b"{}".to_vec());
    let inside = unpack(&package(&files).unwrap()).unwrap();
    assert!(String::from_utf8_lossy(&inside["HEALTH-2026-1/METS.xml"]).contains("opinions.json"));
}

#[test]
fn manifests_of_other_forms_and_files_they_do_not_list_are_refused() {
    for name in ["", "../x", "a/b", ".hidden", "封面", "a b", "cover.pdf", "opinions.json"] {
        let mut other = told();
        other["parts"][0]["name"] = json!(name);
        assert_eq!(package(&folder(&other)), Err("proof.package.json"), "{name}");
    }
    for (field, value) in [("number", json!("../x")), ("format", json!("other")), ("at", json!(1))]
    {
        let mut other = told();
        other[field] = value;
        assert_eq!(package(&folder(&other)), Err("proof.package.json"), "{field}");
    }
    let mut more = folder(&told());
    more.insert("other.txt".to_owned(), Vec::new());
    assert_eq!(package(&more), Err("proof.package.unlisted"));
    for name in ["form.json", "cover.pdf", "manifest.json"] {
        let mut fewer = folder(&told());
        fewer.remove(name);
        assert_eq!(package(&fewer), Err("proof.package.missing"), "{name}");
    }
}

#[test]
fn metadata_that_the_manifest_does_not_say_fails_with_what_differs() {
    let inside = unpack(&package(&folder(&told())).unwrap()).unwrap();
    // Whole so far, but nobody sealed the cover.
    assert_eq!(failure(&inside).0, "cover_format");
    let changed = |end: &str, from: &str, to: &str| {
        let mut files = inside.clone();
        let (_, content) = files.iter_mut().find(|(name, _)| name.ends_with(end)).unwrap();
        let text = String::from_utf8(content.clone()).unwrap();
        assert!(text.contains(from), "{end} {from}");
        *content = text.replacen(from, to, 1).into_bytes();
        failure(&files)
    };
    for (end, from, to, why) in [
        ("METS.xml", "RECORDSTATUS=\"Complete\"", "RECORDSTATUS=\"NEW\"", "METS manifest"),
        ("METS.xml", "出生 &amp; 登记", "死亡", "METS manifest"),
        ("METS.xml", "SIZE=\"2\"", "SIZE=\"3\"", "form.json"),
        ("METS.xml", "data/form.json", "../form.json", "METS manifest"),
        ("METS.xml", "</mets>", "<!-- --></mets>", "METS manifest"),
        ("dc.xml", "永久", "定期 10 年", "dc.xml"),
        ("dc.xml", "<dc:title>", "<dc:title xml:lang=\"zh\">", "dc.xml"),
        ("form.json", "{}", "{ }", "form.json"),
        ("evidence.json", "{", "{ ", "evidence.json"),
    ] {
        let (name, told) = changed(end, from, to);
        assert!(name == "integrity" && told.contains(why), "{end} {from}: {name} {told}");
    }
    assert_eq!(changed("manifest.json", "\"number\"", "\"numbers\"").0, "format");
}

#[test]
fn proofs_have_room_for_nothing_else() {
    let inside = unpack(&package(&folder(&told())).unwrap()).unwrap();
    let mut files = inside.clone();
    let at = "HEALTH-2026-1/metadata/preservation/evidence.json".to_owned();
    let text = String::from_utf8(files[&at].clone()).unwrap();
    let more = text.replacen('{', "{\n  \"note\": \"hidden\",", 1).into_bytes();
    // Whoever slips something in lists it as well.
    let read = |name: &str| {
        inside
            .get(&format!("HEALTH-2026-1/representations/original/data/{name}"))
            .map(Vec::as_slice)
    };
    let manifest = crate::package::Manifest::parse(read("manifest.json").unwrap()).unwrap();
    let mets = Metadata::of(&manifest, read, &more).unwrap().mets;
    files.insert("HEALTH-2026-1/METS.xml".to_owned(), mets.into_bytes());
    files.insert(at, more);
    let report = verify_file(&pack(&files).unwrap(), &[], None, now());
    let evidence = report.checks.iter().find(|check| check.name == "evidence").unwrap();
    assert!(!evidence.ok && evidence.detail.en.contains("proofs of evidence"), "{evidence:?}");
}
