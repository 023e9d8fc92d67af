//! The evidence log against a slow tree written from the definition in RFC 6962.

use crate::log::{
    Checkpoint, Frontier, Hash, NoteSigner, NoteVerifier, Tile, consistency, inclusion, leaf_hash,
    node_hash, open_note, root, root_of, sign_note, tiles_between, verify_consistency,
    verify_inclusion,
};
use kernel::{Error, Result};
use proptest::prelude::*;
use std::collections::HashMap;

/// MTH of RFC 6962 §2.1, recursively.
fn naive(leaves: &[Hash]) -> Hash {
    use sha2::{Digest, Sha256};
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => *leaf,
        _ => {
            let mut k = 1;
            while k * 2 < leaves.len() {
                k *= 2;
            }
            node_hash(&naive(&leaves[..k]), &naive(&leaves[k..]))
        }
    }
}

/// PATH of RFC 6962 §2.1.1.
fn naive_path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() <= 1 {
        return Vec::new();
    }
    let k = (leaves.len() - 1).ilog2();
    let (left, right) = leaves.split_at(1 << k);
    let (mut path, sibling) = if index < left.len() {
        (naive_path(index, left), naive(right))
    } else {
        (naive_path(index - left.len(), right), naive(left))
    };
    path.push(sibling);
    path
}

/// SUBPROOF of RFC 6962 §2.1.2.
fn naive_consistency(old: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if whole { Vec::new() } else { vec![naive(leaves)] };
    }
    let (left, right) = leaves.split_at(1 << (leaves.len() - 1).ilog2());
    let (mut proof, sibling) = if old <= left.len() {
        (naive_consistency(old, left, whole), naive(right))
    } else {
        (naive_consistency(old - left.len(), right, false), naive(left))
    };
    proof.push(sibling);
    proof
}

fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
}

struct Stored(HashMap<(u8, u64), Hash>, Frontier);

fn stored(leaves: &[Hash]) -> Stored {
    let (mut map, mut frontier) = (HashMap::new(), Frontier::default());
    for leaf in leaves {
        for node in frontier.append(*leaf) {
            assert!(map.insert((node.level, node.index), node.hash).is_none());
        }
    }
    Stored(map, frontier)
}

impl Stored {
    fn read(&self, level: u8, index: u64) -> Result<Hash> {
        self.0.get(&(level, index)).copied().ok_or_else(Error::not_found)
    }
}

/// The roots that the certificate-transparency project publishes for its eight test entries.
#[test]
fn the_published_roots_come_out() {
    let entries = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ];
    let leaves: Vec<Hash> = entries.iter().map(|e| leaf_hash(&hex::decode(e).unwrap())).collect();
    for (count, expected) in [
        (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ] {
        assert_eq!(hex::encode(root(&leaves[..count])), expected, "{count} leaves");
    }
}

#[test]
fn every_proof_of_every_small_tree_is_that_of_the_definition_and_holds() {
    let all = leaves(40);
    let store = stored(&all);
    let read = |level, index| store.read(level, index);
    for size in 1..=all.len() {
        let tree = &all[..size];
        let top = root_of(size as u64, &read).unwrap();
        assert_eq!(top, naive(tree));
        for index in 0..size {
            let proof = inclusion(index as u64, size as u64, &read).unwrap();
            assert_eq!(proof, naive_path(index, tree));
            verify_inclusion(&tree[index], index as u64, size as u64, &proof, &top).unwrap();
        }
        for old in 1..=size {
            let proof = consistency(old as u64, size as u64, &read).unwrap();
            assert_eq!(proof, naive_consistency(old, tree, true));
            let old_root = naive(&tree[..old]);
            verify_consistency(old as u64, size as u64, &proof, &old_root, &top).unwrap();
        }
        let empty = consistency(0, size as u64, &read).unwrap();
        verify_consistency(0, size as u64, &empty, &root(&[]), &top).unwrap();
    }
}

#[test]
fn a_rewritten_entry_breaks_every_proof_over_it() {
    let honest = leaves(37);
    let mut changed = honest.clone();
    changed[5] = leaf_hash(b"changed");
    let store = stored(&changed);
    let read = |level, index| store.read(level, index);
    let top = naive(&changed);
    for old in 6..37 {
        let proof = consistency(old, 37, &read).unwrap();
        let refused =
            verify_consistency(old, 37, &proof, &naive(&honest[..old as usize]), &top).unwrap_err();
        assert_eq!(refused.code, "proof.log.consistency");
    }
    let proof = inclusion(5, 37, &read).unwrap();
    let refused = verify_inclusion(&honest[5], 5, 37, &proof, &top).unwrap_err();
    assert_eq!(refused.code, "proof.log.inclusion");
}

#[test]
fn impossible_places_are_errors() {
    let store = stored(&leaves(5));
    let read = |level, index| store.read(level, index);
    assert_eq!(inclusion(5, 5, &read).unwrap_err().code, "proof.log.range");
    assert_eq!(inclusion(0, 0, &read).unwrap_err().code, "proof.log.range");
    assert_eq!(consistency(6, 5, &read).unwrap_err().code, "proof.log.range");
    assert_eq!(inclusion(0, 6, &read).unwrap_err().code, "not_found");
    let hash = [0; 32];
    assert!(verify_inclusion(&hash, 0, 0, &[], &hash).is_err());
    assert!(verify_inclusion(&hash, u64::MAX, u64::MAX, &vec![hash; 200], &hash).is_err());
    assert!(verify_consistency(3, 5, &[], &hash, &hash).is_err());
    assert!(verify_consistency(6, 5, &[], &hash, &hash).is_err());
}

#[test]
fn a_frontier_is_stored_and_resumed() {
    let all = leaves(23);
    let mut first = Frontier::default();
    for leaf in &all[..13] {
        first.append(*leaf);
    }
    let mut second = Frontier::from_parts(first.size(), first.peaks().to_vec()).unwrap();
    for leaf in &all[13..] {
        second.append(*leaf);
    }
    assert_eq!(second.root(), naive(&all));
    assert_eq!(Frontier::from_parts(3, vec![[0; 32]]).unwrap_err().code, "proof.log.frontier");
}

#[test]
fn tiles_have_the_paths_and_bytes_of_the_specification() {
    let path = |level, index, width| Tile { level, index, width }.path();
    assert_eq!(path(0, 5, 256), "tile/0/005");
    assert_eq!(path(1, 1_234_067, 256), "tile/1/x001/x234/067");
    assert_eq!(path(0, 273, 112), "tile/0/273.p/112");
    assert_eq!(Tile { level: 0, index: 1000, width: 256 }.entries_path(), "tile/entries/x001/000");
    let all = leaves(600);
    let store = stored(&all);
    let read = |level, index| store.read(level, index);
    let paths: Vec<String> = tiles_between(0, 600).iter().map(|t| t.path()).collect();
    assert_eq!(paths, ["tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"]);
    let bytes = Tile { level: 1, index: 0, width: 2 }.bytes(&read).unwrap();
    assert_eq!(bytes, [naive(&all[..256]), naive(&all[256..512])].concat());
    let grown: Vec<String> = tiles_between(600, 601).iter().map(|t| t.path()).collect();
    assert_eq!(grown, ["tile/0/002.p/89"]);
    assert!(tiles_between(600, 600).is_empty());
    assert!(Tile { level: 0, index: u64::MAX, width: 256 }.bytes(&read).is_err());
    assert!(Tile { level: 0, index: 0, width: 0 }.bytes(&read).is_err());
}

/// The signed note that Go's documentation of its note package shows.
#[test]
fn a_note_signed_by_go_opens() {
    let key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let text = "If you think cryptography is the answer to your problem,\n\
                then you don't know what your problem is.\n";
    let note = format!(
        "{text}\n\u{2014} PeterNeumann \
         x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    );
    let known = [NoteVerifier::parse(key).unwrap()];
    assert_eq!(known[0].to_string(), key);
    let (read, names) = open_note(note.as_bytes(), &known).unwrap();
    assert_eq!((read.as_str(), names), (text, vec!["PeterNeumann".to_owned()]));
    let changed = note.replace("problem is", "problem was");
    assert_eq!(open_note(changed.as_bytes(), &known).unwrap_err().code, "proof.note.signature");
}

#[test]
fn a_checkpoint_opens_only_as_signed_and_for_its_log() {
    let signer = NoteSigner::new("log.henan.example", &[3; 32]).unwrap();
    let witness = NoteSigner::new("witness.example", &[4; 32]).unwrap();
    let checkpoint = Checkpoint {
        origin: "log.henan.example".into(),
        size: 42,
        root: naive(&leaves(42)),
        extensions: vec!["2026-09-15".into()],
    };
    let note = checkpoint.sign(&[&signer, &witness]).unwrap();
    let known = [signer.verifier()];
    let open = |note: &str, known: &[NoteVerifier]| {
        Checkpoint::open(note.as_bytes(), "log.henan.example", known)
    };
    assert_eq!(open(&note, &known).unwrap(), checkpoint);
    assert_eq!(note, checkpoint.sign(&[&signer, &witness]).unwrap());
    let stranger = NoteSigner::new("log.henan.example", &[5; 32]).unwrap();
    assert_eq!(open(&note, &[stranger.verifier()]).unwrap_err().code, "proof.note.unsigned");
    let other = Checkpoint::open(note.as_bytes(), "other", &known).unwrap_err();
    assert_eq!(other.code, "proof.checkpoint.origin");
    for at in 0..note.len() - witness_line(&note) {
        let mut wrong = note.clone().into_bytes();
        wrong[at] ^= 1;
        let opened = Checkpoint::open(&wrong, "log.henan.example", &known);
        assert!(opened.is_err(), "byte {at}");
    }
}

/// Length of the last line, which the verifier does not know and passes over.
fn witness_line(note: &str) -> usize {
    note.lines().last().unwrap().len() + 1
}

#[test]
fn malformed_notes_and_checkpoints_are_refused() {
    assert_eq!(NoteSigner::new("a b", &[0; 32]).unwrap_err().code, "proof.note.name");
    assert_eq!(NoteSigner::new("a+b", &[0; 32]).unwrap_err().code, "proof.note.name");
    let signer = NoteSigner::new("a", &[0; 32]).unwrap();
    for text in ["", "\n", "no line feed", "tab\there\n"] {
        assert_eq!(sign_note(text, &[&signer]).unwrap_err().code, "proof.note.form");
    }
    for note in
        ["", "text\n", "text\n\n", "text\n\n— a\n", "text\n\n— a AAAA", "text\n\n- a AAAA\n"]
    {
        let refused = open_note(note.as_bytes(), &[signer.verifier()]).unwrap_err();
        assert_eq!(refused.code, "proof.note.form", "{note:?}");
    }
    assert_eq!(open_note(&[0xff, 10, 10], &[]).unwrap_err().code, "proof.note.form");
    let zeros = "A".repeat(43);
    for text in [
        format!("o\n01\n{zeros}=\n"),
        format!("o\n+1\n{zeros}=\n"),
        format!("o\n1\n{zeros}\n"),
        format!("o\n1\n{zeros}=\n\n"),
        format!("\n1\n{zeros}=\n"),
        "o\n1\n".to_owned(),
    ] {
        assert_eq!(Checkpoint::parse(&text).unwrap_err().code, "proof.checkpoint.form", "{text:?}");
    }
    assert!(NoteVerifier::parse("a+00000000+AQ==").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn proofs_hold_in_larger_trees_and_only_as_given(
        size in 2_usize..400, a in any::<prop::sample::Index>(), b in any::<prop::sample::Index>(),
        bit in 0_usize..256,
    ) {
        let all = leaves(size);
        let store = stored(&all);
        let read = |level, index| store.read(level, index);
        let top = naive(&all);
        prop_assert_eq!(store.1.root(), top);
        let index = a.index(size);
        let mut proof = inclusion(index as u64, size as u64, &read).unwrap();
        verify_inclusion(&all[index], index as u64, size as u64, &proof, &top).unwrap();
        let at = b.index(proof.len());
        proof[at][bit / 8] ^= 1 << (bit % 8);
        prop_assert!(verify_inclusion(&all[index], index as u64, size as u64, &proof, &top).is_err());
        proof[at][bit / 8] ^= 1 << (bit % 8);
        let other = (index + 1) % size;
        prop_assert!(verify_inclusion(&all[index], other as u64, size as u64, &proof, &top).is_err());
        proof.pop();
        prop_assert!(verify_inclusion(&all[index], index as u64, size as u64, &proof, &top).is_err());
        let old = b.index(size) + 1;
        let mut proof = consistency(old as u64, size as u64, &read).unwrap();
        let old_root = naive(&all[..old]);
        verify_consistency(old as u64, size as u64, &proof, &old_root, &top).unwrap();
        proof.push([7; 32]);
        prop_assert!(verify_consistency(old as u64, size as u64, &proof, &old_root, &top).is_err());
    }
}
