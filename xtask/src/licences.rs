//! The licences of what the program is built from: only those listed, and a page that names them
//! all, kept true by the same check.

use crate::{Outcome, output, root};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Licences that may be part of the program, which itself is Apache-2.0.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];
/// Where they are named.
const PAGE: &str = "docs/reference/licences.md";
const HEAD: &str = "# Licences of dependencies

Every crate the program is built from on Linux, by the licence it declares; written by `UPDATE=1 cargo xtask tidy`. Where a crate offers several, any may be chosen. MPL-2.0 covers its own files alone, whose source is in the package registry.

Beside them: `bpmn-js` and `dmn-js` (`web/`), the bpmn.io licence: MIT, and the mark in the corner of their surfaces stays; `sm-crypto-v2`, `@noble/curves` and `@noble/hashes` (`web/`), MIT; `esbuild`, MIT, builds and is not shipped; Noto Sans CJK, SIL Open Font License 1.1, is fetched as a package and set into documents.

| Licence | Crates |
|---|---|
";

/// Names every crate whose licence is not listed, and the page when it is not true.
pub fn check(faults: &mut Vec<String>) -> Outcome {
    let arguments = [
        "metadata",
        "--format-version=1",
        "--locked",
        "--filter-platform=x86_64-unknown-linux-gnu",
    ];
    let text = output("cargo", &arguments).ok_or("cargo metadata failed")?;
    let metadata: Json = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let mut crates: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        if package["source"].is_null() {
            continue;
        }
        let (name, licence) = (told(&package["name"]), told(&package["license"]));
        if !is_allowed(&licence) {
            faults.push(format!(
                "crate {name}: licence {licence:?} is not listed in xtask/src/licences.rs"
            ));
        }
        crates.entry(licence).or_default().push(name);
    }
    let mut page = HEAD.to_owned();
    for (licence, mut names) in crates {
        names.sort_unstable();
        names.dedup();
        page.push_str(&format!("| {licence} | {} |\n", names.join(", ")));
    }
    let path = root().join(PAGE);
    if std::env::var_os("UPDATE").is_some() {
        return std::fs::write(&path, page).map_err(|error| error.to_string());
    }
    if std::fs::read_to_string(&path).unwrap_or_default() != page {
        faults.push(format!("{PAGE} is not true: UPDATE=1 cargo xtask tidy"));
    }
    Ok(())
}

fn told(value: &Json) -> String {
    value.as_str().unwrap_or("").to_owned()
}

/// Whether an expression can be met by listed licences: all of what is joined by AND, one of what
/// is joined by OR or, as it was once written, by a slash.
fn is_allowed(expression: &str) -> bool {
    let every = expression.split(" AND ").map(|part| part.trim_matches(['(', ')', ' ']));
    let one = |part: &str| {
        part.replace('/', " OR ").split(" OR ").any(|one| {
            let plain = one.trim().trim_end_matches(" WITH LLVM-exception");
            ALLOWED.contains(&plain)
        })
    };
    let mut parts = every.peekable();
    parts.peek().is_some() && parts.all(one)
}
