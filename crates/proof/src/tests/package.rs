//! Packages: what is written is listed, and nothing unsafe is read.

use super::world::now;
use crate::ofd::{Files, pack, unpack};
use crate::package::{File, Package, listed, write};
use crate::verify::verify_file;

fn file(name: &str) -> File {
    File {
        name: name.to_owned(),
        title: "封面 <A&B> \"C\"".to_owned(),
        kind: "cover".to_owned(),
        media_type: "application/json".to_owned(),
        content: b"{}".to_vec(),
    }
}

fn package(id: &str, files: &[File]) -> Result<Vec<u8>, &'static str> {
    let (title, agency) = ("出生 & 登记", "区卫生健康委员会");
    let at = now();
    let package =
        Package {
            id, title, agency, relation: "1", retention: "永久", at, files, evidence: b"{}"
        };
    write(&package).map_err(|error| error.code)
}

#[test]
fn every_file_is_listed_with_its_digest_and_the_same_package_is_the_same_bytes() {
    let files = [file("manifest.json"), file("form.json")];
    let made = package("HEALTH-2026-1", &files).unwrap();
    assert_eq!(package("HEALTH-2026-1", &files).unwrap(), made);
    let inside = unpack(&made).unwrap();
    let listed = listed(&inside["HEALTH-2026-1/METS.xml"]).unwrap();
    assert_eq!(listed.len() + 1, inside.len());
    for one in &listed {
        let content = &inside[&format!("HEALTH-2026-1/{}", one.path)];
        assert_eq!(one.size, content.len().to_string());
        assert_eq!(one.sha256, hex::encode(crate::hash::Hash::Sha256.digest(&[content])));
    }
}

#[test]
fn names_that_are_not_plain_or_come_twice_are_refused() {
    for name in ["", "../x", "a/b", ".hidden", "封面", "a b"] {
        assert_eq!(package("P-1", &[file(name)]), Err("proof.package.form"), "{name}");
        assert_eq!(package(name, &[]), Err("proof.package.form"), "{name}");
    }
    assert_eq!(package("P-1", &[file("a"), file("a")]), Err("proof.package.form"));
}

#[test]
fn a_manifest_that_is_cut_entangled_or_anothers_fails_and_never_panics() {
    let made = package("P-1", &[file("manifest.json")]).unwrap();
    let inside = unpack(&made).unwrap();
    let mets = inside["P-1/METS.xml"].clone();
    let check = |mets: Vec<u8>| {
        let mut files: Files = inside.clone();
        files.insert("P-1/METS.xml".to_owned(), mets);
        let report = verify_file(&pack(&files).unwrap(), &[], None, now());
        assert!(!report.valid && report.kind == "case_package");
        report.failure().unwrap().name.clone()
    };
    for end in (0..mets.len()).step_by(97) {
        assert_eq!(check(mets[..end].to_vec()), "format", "{end}");
    }
    let text = String::from_utf8(mets.clone()).unwrap();
    let entity = text.replacen("<mets ", "<!DOCTYPE mets [<!ENTITY a \"b\">]><mets ", 1);
    for wrong in [
        entity,
        text.replace("http://www.loc.gov/METS/", "urn:other"),
        text.replace("SHA-256", "MD5"),
        format!("{}{}", "<a>".repeat(50), "</a>".repeat(50)),
    ] {
        assert_eq!(check(wrong.into_bytes()), "format");
    }
    let outside =
        text.replacen("representations/original/data/manifest.json", "../manifest.json", 1);
    assert_eq!(check(outside.into_bytes()), "integrity");
    assert_eq!(check(text.replacen("SIZE=\"2\"", "SIZE=\"3\"", 1).into_bytes()), "integrity");
    // Whole so far, but nothing in it says what a folder's manifest says.
    assert_eq!(check(mets), "manifest");
}
