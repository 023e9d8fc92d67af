//! The verifier as a program: what it accepts and refuses, how it ends, and of what it is built.

// What these tests share is no test itself, and this whole program is none but theirs.
#![allow(clippy::unwrap_used)]

mod mutants;
mod world;

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use world::{DAY, World};

/// The first check that fails.
fn failed(report: &Value) -> &str {
    let checks = report["checks"].as_array().unwrap();
    checks
        .iter()
        .find(|check| check["ok"] == false)
        .and_then(|check| check["name"].as_str())
        .unwrap()
}

#[test]
fn the_verifier_alone_accepts_each_kind_of_file_and_refuses_one_changed_byte() {
    let world = World::new();
    for (name, kind, bytes) in [
        ("licence.json", "licence_json", world.licence()),
        ("sheet.pdf", "licence_pdf", world.sheet()),
        ("sheet.ofd", "licence_ofd", world.ofd()),
        ("folder.zip", "case_package", world.package()),
    ] {
        world.write(name, &bytes);
        let (code, report) = world.judge(name, &[]);
        assert_eq!((code, &report["valid"]), (Some(0), &Value::Bool(true)), "{report}");
        assert_eq!(report["kind"], kind);
        let status =
            report["checks"].as_array().unwrap().iter().find(|one| one["name"] == "status");
        assert!(status.is_none_or(|one| one["ok"].is_null()), "no list was given: {report}");
        for part in 1..6 {
            let (mut other, place) = (bytes.clone(), bytes.len() * part / 6);
            other[place] ^= 1;
            world.write("other", &other);
            let (code, report) = world.judge("other", &[]);
            assert_eq!((code, &report["valid"]), (Some(1), &Value::Bool(false)), "{name} {place}");
        }
    }
}

/// What METS alone lists the sealed manifest does not say: a stranger could have put it there.
#[test]
fn a_file_slipped_into_a_folder_and_its_mets_manifest_is_refused() {
    let world = World::new();
    let mut files = proof::ofd::unpack(&world.package()).unwrap();
    let folder = "HEALTH-2020-1/representations/original/data";
    let cover = files[&format!("{folder}/cover.pdf")].clone();
    files.insert(format!("{folder}/other.pdf"), cover);
    let mets = String::from_utf8(files["HEALTH-2020-1/METS.xml"].clone()).unwrap();
    let line = mets.lines().find(|line| line.contains("data/cover.pdf")).unwrap();
    let other = line.replace("cover.pdf", "other.pdf");
    let mets = mets.replace(line, &format!("{line}\n{other}"));
    files.insert("HEALTH-2020-1/METS.xml".to_owned(), mets.into_bytes());
    world.write("folder.zip", &proof::ofd::pack(&files).unwrap());
    let (code, report) = world.judge("folder.zip", &[]);
    assert_eq!((code, failed(&report)), (Some(1), "integrity"), "{report}");
}

#[test]
fn the_verifier_alone_hears_lists_of_states_and_of_certificates_taken_back() {
    let world = World::new();
    world.write("licence.json", &world.licence());
    world.write("sheet.pdf", &world.sheet());
    world.write("in-force.json", &world.status(false));
    world.write("withdrawn.json", &world.status(true));
    world.write("none.pem", world.crl(false).to_pem().unwrap().as_bytes());
    world.write("agency.crl", world.crl(true).der());
    for file in ["licence.json", "sheet.pdf"] {
        let (code, report) = world.judge(file, &["--status", "in-force.json", "--crl", "none.pem"]);
        assert_eq!(code, Some(0), "{report}");
        assert_eq!(report["checks"].as_array().unwrap().last().unwrap()["name"], "revocation");
        let (code, report) = world.judge(file, &["--status", "withdrawn.json"]);
        assert_eq!((code, failed(&report)), (Some(1), "status"));
        let (code, report) = world.judge(file, &["--crl", "agency.crl"]);
        assert_eq!((code, failed(&report)), (Some(1), "revocation"));
    }
    // What is no list is told, not passed over.
    let ended = world.run(&["licence.json", "--trust", "trust.pem", "--status", "trust.pem"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
    assert!(ended.err.starts_with("yipan-verify: "), "{}", ended.err);
}

#[test]
fn the_verifier_alone_judges_as_of_a_day_in_either_language_and_ends_as_it_found() {
    let world = World::new();
    world.write("licence.json", &world.licence());
    let trusting = ["licence.json", "--trust", "trust.pem"];
    let with = |more: &[&str]| world.run(&[&trusting[..], more].concat());
    let ended = with(&["--at", DAY]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(
        ended.out.starts_with("licence.json: 有效，但有未核对项 valid, but not")
            && ended.out.contains("\n  ✓ format: 签名的 JSON")
            && ended.out.contains("\n  – status: 未提供状态清单"),
        "{}",
        ended.out
    );
    let ended = with(&["--at", DAY, "--lang", "en"]);
    assert!(ended.out.contains("✓ format: A signed JSON file."), "{}", ended.out);
    // It ended long before the present.
    let ended = with(&["--lang", "en"]);
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.out.contains("无效 NOT valid") && ended.out.contains("✗ validity"),
        "{}",
        ended.out
    );
    assert_eq!(with(&["--at", "2019-12-20"]).code, Some(1), "before it was signed");
    // Several files are several reports; one that does not hold decides.
    world.write("note.txt", b"nothing signed");
    let ended = with(&["note.txt", "--at", DAY, "--json"]);
    let reports: Value = serde_json::from_str(&ended.out).unwrap();
    let valid: Vec<_> = reports.as_array().unwrap().iter().map(|one| &one["valid"]).collect();
    assert_eq!((ended.code, valid), (Some(1), vec![&Value::Bool(true), &Value::Bool(false)]));
    for misuse in [&[][..], &["licence.json", "--colour"], &["licence.json", "--at"]] {
        assert_eq!(world.run(misuse).code, Some(2), "{misuse:?}");
    }
    for wrong in [&["absent.pdf"][..], &["licence.json", "--at", "soon"]] {
        let ended = world.run(wrong);
        assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{wrong:?}");
        assert!(!ended.err.is_empty());
    }
}

#[test]
fn the_verifier_alone_trusts_only_roots_it_was_given() {
    let world = World::new();
    world.write("licence.json", &world.licence());
    let bare = ["licence.json", "--at", DAY, "--lang", "en", "--json"];
    let told = |out: &str| serde_json::from_str::<Value>(out).unwrap();
    let ended = world.run(&bare);
    assert_eq!((ended.code, failed(&told(&ended.out))), (Some(1), "chain"));
    // Of an installation beside it, or kept by the user.
    let data = world.path("yipan-data");
    std::fs::create_dir(&data).unwrap();
    std::fs::copy(world.path("trust.pem"), data.join("trust.pem")).unwrap();
    assert_eq!(world.run(&bare).code, Some(0));
    std::fs::remove_dir_all(&data).unwrap();
    let share = world.path("share");
    let kept = share.join("yipan/trust");
    std::fs::create_dir_all(&kept).unwrap();
    std::fs::copy(world.path("trust.pem"), kept.join("own.pem")).unwrap();
    let ended = world.run_beside(&share, &bare);
    assert_eq!((ended.code, &told(&ended.out)["demonstration"]), (Some(0), &Value::Bool(false)));
    // One that a demonstration left there is told as such.
    std::fs::rename(kept.join("own.pem"), kept.join("demo-0123.pem")).unwrap();
    let ended = world.run_beside(&share, &bare);
    assert_eq!((ended.code, &told(&ended.out)["demonstration"]), (Some(0), &Value::Bool(true)));
    let ended = world.run_beside(&share, &bare[..5]);
    assert!(ended.out.contains("! demonstration: The root is one"), "{}", ended.out);
}

/// What each package of the lockfile asks for, by name. Of ours it counts what their tests need too.
fn lockfile() -> BTreeMap<String, BTreeSet<String>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock");
    let text = std::fs::read_to_string(path).unwrap();
    let mut packages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for block in text.split("[[package]]").skip(1) {
        let quoted = |line: &str| line.split('"').nth(1).unwrap_or_default().to_owned();
        let name = block.lines().find(|line| line.starts_with("name = ")).map(quoted).unwrap();
        let asked = block.lines().filter(|line| line.starts_with(" \""));
        // A name that is there in several versions has its version behind it.
        let asked = asked.map(quoted).map(|one| one.split(' ').next().unwrap().to_owned());
        packages.entry(name).or_default().extend(asked);
    }
    packages
}

#[test]
fn the_verifier_alone_is_built_from_nothing_that_serves_stores_or_typesets() {
    let packages = lockfile();
    let mut built = BTreeSet::new();
    let mut open = vec!["yipan-verify".to_owned()];
    while let Some(name) = open.pop() {
        if built.insert(name.clone()) {
            open.extend(packages.get(&name).into_iter().flatten().cloned());
        }
    }
    let ours = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let ours: BTreeSet<String> = std::fs::read_dir(ours)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| built.contains(name))
        .collect();
    assert_eq!(Vec::from_iter(ours), ["kernel", "markup", "proof", "yipan-verify"]);
    for none in [
        "tokio",
        "hyper",
        "axum",
        "reqwest",
        "rustls",
        "openssl",
        "openssl-sys",
        "rusqlite",
        "libsqlite3-sys",
        "sqlx-core",
        "sea-orm",
        "typst",
        "minijinja",
        "cryptoki",
        "lettre",
    ] {
        assert!(!built.contains(none), "{none} came in");
    }
    assert!(built.contains("sm2") && built.contains("clap"), "the lockfile was read");
}
