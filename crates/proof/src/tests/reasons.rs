//! Every error code of the crate has its sentence in both languages.

use crate::reason;
use kernel::Error;
use std::collections::BTreeSet;
use std::path::Path;

/// Codes written in the sources, tests aside.
fn codes_in(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("tests") {
            codes_in(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs")
            && !["reason.rs", "sentence.rs"].iter().any(|name| path.ends_with(name))
        {
            let text = std::fs::read_to_string(&path).unwrap();
            let codes = text.split("\"proof.").skip(1);
            found.extend(codes.map(|rest| format!("proof.{}", rest.split('"').next().unwrap())));
        }
    }
}

#[test]
fn every_code_has_a_sentence_and_every_sentence_a_code() {
    let mut used = BTreeSet::new();
    codes_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut used);
    let told: BTreeSet<String> = reason::codes().into_iter().map(str::to_owned).collect();
    assert!(used.len() > 40);
    assert_eq!(used, told);
}

#[test]
fn sentences_are_complete_and_take_their_arguments_once() {
    for code in reason::codes() {
        assert!(!reason::of(&Error::invalid(code)).is_incomplete(), "{code}");
    }
    let error = Error::invalid("proof.licence.identifier").arg("id", "{id}\u{202e}\n1");
    assert_eq!(reason::of(&error).en.matches("{id}").count(), 1);
    assert!(!reason::of(&error).en.contains('\n'));
    assert!(!reason::of(&Error::invalid("other.code")).is_incomplete());
}

#[test]
fn the_reference_names_every_module() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let reference = std::fs::read_to_string(root.join("../../docs/reference/proof.md")).unwrap();
    let modules = std::fs::read_to_string(root.join("src/lib.rs")).unwrap();
    let names: Vec<&str> =
        modules.lines().filter_map(|l| l.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert!(names.len() > 15);
    for name in names {
        assert!(reference.contains(&format!("`{name}`")), "{name}");
    }
}
