//! Cosignatures, submissions to witnesses, and the one spelling of each tile's path.

use crate::log::{
    Checkpoint, Cosigner, CosignerVerifier, NoteSigner, NoteVerifier, Submission, Tile,
    cosignatures, note_parts, open_note,
};
use proptest::prelude::*;

fn checkpoint() -> String {
    let signer = NoteSigner::new("log.test/a", &[1; 32]).unwrap();
    let checkpoint = Checkpoint {
        origin: "log.test/a".to_owned(),
        size: 7,
        root: [9; 32],
        extensions: Vec::new(),
    };
    checkpoint.sign(&[&signer]).unwrap()
}

#[test]
fn a_cosignature_holds_for_its_text_its_instant_and_its_key() {
    let note = checkpoint();
    let (text, lines) = note_parts(note.as_bytes()).unwrap();
    let cosigner = Cosigner::new("witness.test/w", &[2; 32]).unwrap();
    let verifier = CosignerVerifier::parse(&cosigner.verifier().to_string()).unwrap();
    assert_eq!(verifier, cosigner.verifier());
    let line = cosigner.cosign(text, 1_679_315_147);
    let both = format!("{lines}{line}");
    let held = cosignatures(text, &both, std::slice::from_ref(&verifier)).unwrap();
    assert_eq!((held.len(), held[0].at_s), (1, 1_679_315_147));
    assert_eq!(format!("{}\n", held[0].line), line);
    // Another text, the same bytes with another instant, another key: none of them.
    let wrong = cosignatures("other\n", &line, std::slice::from_ref(&verifier)).unwrap_err();
    assert_eq!(wrong.code, "proof.note.signature");
    let other = cosigner.cosign(text, 1_679_315_148);
    let spliced = format!("{}{}", &line[..line.len() - 30], &other[other.len() - 30..]);
    let wrong = cosignatures(text, &spliced, std::slice::from_ref(&verifier)).unwrap_err();
    assert_eq!(wrong.code, "proof.note.signature");
    let stranger = Cosigner::new("witness.test/w", &[3; 32]).unwrap().verifier();
    assert!(cosignatures(text, &both, &[stranger]).unwrap().is_empty());
    // A note with it is a note still, and the cosigner's key signs no notes.
    let log = NoteSigner::new("log.test/a", &[1; 32]).unwrap().verifier();
    open_note(format!("{note}{line}").as_bytes(), &[log]).unwrap();
    assert!(NoteVerifier::parse(&verifier.to_string()).is_err());
}

#[test]
fn a_submission_is_read_as_it_is_written() {
    let submission = Submission { old: 3, proof: vec![[5; 32], [6; 32]], note: checkpoint() };
    let text = submission.text();
    assert_eq!(Submission::parse(text.as_bytes()).unwrap(), submission);
    let none = Submission { old: 0, proof: Vec::new(), note: checkpoint() };
    assert!(none.text().starts_with("old 0\n\nlog.test/a\n7\n"));
    assert_eq!(Submission::parse(none.text().as_bytes()).unwrap(), none);
    let many = Submission { old: 3, proof: vec![[5; 32]; 64], note: checkpoint() };
    for wrong in [
        text.replacen("old 3", "old 03", 1),
        text.replacen("old 3", "old +3", 1),
        text.replacen("old 3", "new 3", 1),
        text.replacen("old 3\n", "old 3\nAAAA\n", 1),
        text.replacen("\n\n", "\n", 1),
        many.text(),
        String::new(),
        format!("old 3\n\n{}", "x".repeat(70_000)),
    ] {
        assert_eq!(Submission::parse(wrong.as_bytes()).unwrap_err().code, "proof.note.form");
    }
    assert!(Submission::parse(&[0xff, 0xfe]).is_err());
}

#[test]
fn a_tile_has_one_path() {
    for path in ["tile/0/000", "tile/7/x001/x234/067", "tile/3/999.p/255", "tile/1/x001/000.p/1"] {
        assert_eq!(Tile::parse(path).unwrap().path(), path);
    }
    for path in [
        "tile/0/0",
        "tile/00/000",
        "tile/+1/000",
        "tile/8/000",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/x001/x002",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/05",
        "tile/0/000.p/+5",
        "tile/0/",
        "tile/entries/000",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        "checkpoint",
    ] {
        assert_eq!(Tile::parse(path).unwrap_err().code, "proof.log.range", "{path}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_bytes_make_the_readers_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..300), cut in any::<prop::sample::Index>(),
        flip in any::<prop::sample::Index>(), bit in 0_u8..8,
    ) {
        let _read = Submission::parse(&bytes);
        let mut text = Submission { old: 3, proof: vec![[5; 32]], note: checkpoint() }.text().into_bytes();
        let at = flip.index(text.len());
        text[at] ^= 1 << bit;
        text.truncate(cut.index(text.len()) + 1);
        if let Ok(read) = Submission::parse(&text) {
            prop_assert_eq!(read.text().into_bytes(), text);
        }
        let _read = Tile::parse(&String::from_utf8_lossy(&bytes));
    }
}
