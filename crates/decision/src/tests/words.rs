//! Every code has its sentence, and every sentence its code.

use crate::MESSAGES;
use std::collections::BTreeSet;
use std::path::Path;

fn codes(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() && path.file_name().unwrap() != "tests" {
            codes(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("message.rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            for quoted in text.split('"') {
                let is_code = quoted.split_once('.').is_some_and(|(area, rest)| {
                    matches!(area, "feel" | "decision")
                        && !rest.is_empty()
                        && rest.chars().all(|c| c.is_ascii_lowercase() || c == '_')
                });
                if is_code {
                    found.insert(quoted.to_owned());
                }
            }
        }
    }
}

#[test]
fn every_code_has_a_sentence_and_every_sentence_a_code() {
    let mut used = BTreeSet::new();
    codes(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut used);
    let said: BTreeSet<String> = MESSAGES.iter().map(|(code, ..)| code.to_string()).collect();
    assert_eq!(used, said);
    assert!(MESSAGES.is_sorted_by_key(|(code, ..)| *code), "in order");
}
