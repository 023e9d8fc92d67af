//! Every built-in function of DMN 1.5, and what the language says of types, nulls and time: one
//! line an expression, `=>`, and the JSON of its value.

use super::try_value;
use serde_json::{Value as Json, json};

/// Evaluates every line and tells of all that differ at once.
fn hold(table: &str) {
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (text, expected) = line.rsplit_once(" => ").unwrap_or_else(|| panic!("{line}"));
        let expected: Json =
            serde_json::from_str(expected).unwrap_or_else(|e| panic!("{line}: {e}"));
        let found = try_value(text.trim(), json!({}));
        if found != Ok(expected) {
            wrong.push(format!("{line}   but {found:?}"));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn conversion() {
    hold(include_str!("builtins/conversion.txt"));
}

#[test]
fn strings() {
    hold(include_str!("builtins/strings.txt"));
}

#[test]
fn lists() {
    hold(include_str!("builtins/lists.txt"));
}

#[test]
fn numbers() {
    hold(include_str!("builtins/numbers.txt"));
}

#[test]
fn ranges() {
    hold(include_str!("builtins/ranges.txt"));
}

#[test]
fn contexts() {
    hold(include_str!("builtins/contexts.txt"));
}

#[test]
fn time() {
    hold(include_str!("builtins/time.txt"));
}

#[test]
fn types_and_nulls() {
    hold(include_str!("builtins/types_and_nulls.txt"));
}
