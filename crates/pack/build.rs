//! Builds the packs into the program again when a file of theirs changes.

fn main() {
    println!("cargo::rerun-if-changed=../../packs");
}
