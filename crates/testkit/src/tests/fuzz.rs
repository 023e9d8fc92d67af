//! The engine of mutations: the same each time, and it finds what is to be found.

use crate::Fuzz;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("one"), b"length 12, value 0123456789ab").unwrap();
    folder
}

/// The inputs of some runs.
fn inputs(runs: u64) -> Vec<Vec<u8>> {
    let (folder, seen) = (folder(), RefCell::new(Vec::new()));
    let fuzz = Fuzz { name: "t", corpus: &[(folder.path(), "")], tokens: &["<![CDATA["], runs };
    fuzz.run(|input| {
        seen.borrow_mut().push(input.to_vec());
        true
    });
    seen.into_inner()
}

#[test]
fn the_same_inputs_come_every_time_and_are_bounded() {
    let (one, other) = (inputs(500), inputs(500));
    assert_eq!(one, other);
    assert!(one.iter().all(|input| input.len() <= 4 * 29 + 4096));
    let different: std::collections::BTreeSet<&Vec<u8>> = one.iter().collect();
    assert!(different.len() > 400, "{}", different.len());
    assert!(one.iter().any(|input| input.windows(9).any(|w| w == b"<![CDATA[")));
    assert!(one.iter().any(|input| input.len() > 1_000), "nothing repeated");
}

#[test]
fn a_parser_that_panics_is_found_and_one_that_refuses_its_corpus_too() {
    let folder = folder();
    let fuzz = Fuzz { name: "t", corpus: &[(folder.path(), "")], tokens: &[], runs: 2_000 };
    let careless = |input: &[u8]| {
        let Some(rest) = input.strip_prefix(b"length ") else { return false };
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let length: usize = std::str::from_utf8(&rest[..count]).unwrap().parse().unwrap_or(0);
        // The mistake: what the input says of its length is believed.
        rest[count..][..length].len() == length
    };
    let failed = catch_unwind(AssertUnwindSafe(|| fuzz.run(careless))).unwrap_err();
    let told = failed.downcast_ref::<String>().unwrap();
    assert!(told.starts_with("t: run ") && told.contains(" bytes: "), "{told}");
    let asked = Cell::new(0);
    let refuses = catch_unwind(AssertUnwindSafe(|| {
        fuzz.run(|_| {
            asked.set(asked.get() + 1);
            false
        });
    }));
    assert!(refuses.is_err() && asked.get() == 1);
}
