//! Rules of archiving: which class, and what is refused.

use super::faults::{codes, packs};
use crate::Province;
use crate::archive::{Ending, Risk};
use crate::item::ItemType;
use std::collections::BTreeSet;

const FILE: &str = "standard/archives.yaml";

#[test]
fn a_folder_is_of_the_first_class_that_fits_and_an_unknown_format_of_none() {
    let province = Province::embedded().unwrap();
    let archives = province.archives().unwrap();
    let class = |kind, ending| archives.retention("any", kind, ending).unwrap().id.as_str();
    assert_eq!(class(Some(ItemType::Licensing), Ending::Granted), "permanent");
    assert_eq!(class(Some(ItemType::Licensing), Ending::Undecided), "ten-years");
    assert_eq!(class(Some(ItemType::Benefit), Ending::Revoked), "thirty-years");
    assert_eq!(class(None, Ending::Granted), "thirty-years");
    assert_eq!(archives.format("image/jpeg; q=1").unwrap().risk, Risk::Medium);
    assert!(archives.format("application/x-old").is_none());
}

#[test]
fn rules_that_leave_a_folder_without_a_class_are_refused() {
    let text = String::from_utf8(packs().0[FILE].clone()).unwrap();
    for (from, to, code) in [
        ("  - { class: thirty-years }\n", "", "archive.rules"),
        ("endings: [undecided]", "items: [nothing]", "ref.dangling"),
        ("class: permanent,", "class: for-ever,", "ref.dangling"),
        ("years: 30\n", "years: 300\n", "archive.years"),
        ("article: 第三十七条", "article: ''", "def.basis"),
        ("risk: medium", "risk: some", "file.yaml"),
    ] {
        let mut files = packs();
        assert!(text.contains(from), "{from}");
        files.0.insert(FILE.to_owned(), text.replacen(from, to, 1).into_bytes());
        let found = codes(&files);
        assert!(found.contains(code), "{to}: {found:?}");
    }
    let mut files = packs();
    files.0.remove(FILE);
    assert_eq!(codes(&files), BTreeSet::from(["file.missing"]));
}
