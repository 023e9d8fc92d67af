//! The repository's own rules, as a test.
//!
//! - Dependencies between crates point down, as ARCHITECTURE.md's table of edges says.
//! - Every Rust file opens with what it is.
//! - Functions and files keep their length; the lockfile keeps its budget.
//! - Every dependency has a licence that may be part of the program, and is named.

use crate::{Outcome, licences, output, root};
use serde_json::Value as Json;
use std::path::{Path, PathBuf};

/// Packages the lockfile may hold. Raising it is a decision, to be argued in the commit.
const LOCKFILE_MAX: usize = 661;
/// Longest file, in lines.
const FILE_MAX: usize = 700;

/// Crates from the ground up; an edge must lead to a crate named before.
const LEVELS: &[&[&str]] = &[
    &["kernel", "markup"],
    &["rules", "proof"],
    &["flow", "yipan-verify"],
    &["pack", "document", "decision"],
    &["store"],
    &["webkit"],
    &["party", "testkit"],
    &["data", "licence", "process"],
    &["service"],
    &["supervise"],
    &["insight"],
    &["yipan", "xtask"],
];

/// Checks everything and names every fault.
pub fn run() -> Outcome {
    let mut faults = Vec::new();
    edges(&mut faults)?;
    files(&mut faults)?;
    lockfile(&mut faults)?;
    licences::check(&mut faults)?;
    if faults.is_empty() {
        eprintln!("tidy: nothing to mend");
        return Ok(());
    }
    Err(format!("{} to mend:\n{}", faults.len(), faults.join("\n")))
}

fn level(name: &str) -> Option<usize> {
    LEVELS.iter().position(|level| level.contains(&name))
}

fn edges(faults: &mut Vec<String>) -> Outcome {
    let text = output("cargo", &["metadata", "--format-version=1", "--no-deps", "--offline"])
        .ok_or("cargo metadata failed")?;
    let metadata: Json = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or("");
        let Some(own) = level(name) else {
            faults.push(format!("crate {name} has no level in xtask/src/tidy.rs"));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let other = dependency["name"].as_str().unwrap_or("");
            if dependency["path"].is_null() || dependency["kind"] == "dev" {
                continue;
            }
            if other == "testkit" {
                faults.push(format!("{name} may use testkit in its tests alone"));
            }
            if level(other).is_none_or(|other| other >= own) {
                faults.push(format!("{name} may not depend on {other}: edges point down"));
            }
        }
    }
    Ok(())
}

fn files(faults: &mut Vec<String>) -> Outcome {
    let mut paths = Vec::new();
    gather(&root().join("crates"), &mut paths)?;
    gather(&root().join("xtask"), &mut paths)?;
    for path in paths {
        let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
        let shown = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
        if !text.starts_with("//!") {
            faults.push(format!("{shown} does not open with what it is (//!)"));
        }
        let lines = text.lines().count();
        if lines > FILE_MAX {
            faults.push(format!("{shown} has {lines} lines, at most {FILE_MAX}"));
        }
        for (word, why) in [
            ("todo!(", "finish it or leave it out"),
            ("unimplemented!(", "finish it or leave it out"),
            ("#[should_panic", "return an error instead"),
            ("#[ignore", "a test runs or does not exist"),
        ] {
            if text.contains(word) && !shown.ends_with("tidy.rs") {
                faults.push(format!("{shown} holds {word}…): {why}"));
            }
        }
    }
    Ok(())
}

fn gather(folder: &Path, paths: &mut Vec<PathBuf>) -> Outcome {
    for entry in std::fs::read_dir(folder).map_err(|error| error.to_string())?.flatten() {
        let path = entry.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            gather(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
    Ok(())
}

fn lockfile(faults: &mut Vec<String>) -> Outcome {
    let text = std::fs::read_to_string(root().join("Cargo.lock")).map_err(|e| e.to_string())?;
    let packages = text.lines().filter(|line| *line == "[[package]]").count();
    eprintln!("tidy: {packages} packages in Cargo.lock, at most {LOCKFILE_MAX}");
    if packages > LOCKFILE_MAX {
        faults.push(format!("Cargo.lock holds {packages} packages, at most {LOCKFILE_MAX}"));
    }
    Ok(())
}
