//! Every sentence the program says exists in both languages, none is left over, and every error
//! code is in `docs/reference/errors.md`.
//!
//! The program's own text is scanned: a string literal that is a key is a use of it, one that a
//! format string begins with and that ends in `.` is a use of every key below it.

use super::root;
use crate::modules;
use kernel::Lang;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use webkit::view::Views;

/// Ways to make an error, with the HTTP status each stands for.
const MAKERS: &[(&str, u16)] = &[
    ("Error::invalid(", 422),
    ("Error::unauthenticated(", 401),
    ("Error::denied(", 403),
    ("Error::conflict(", 409),
    ("Error::limited(", 429),
    ("Error::new(Kind::Invalid,", 422),
    ("Error::new(Kind::Unauthenticated,", 401),
    ("Error::new(Kind::Denied,", 403),
    ("Error::new(Kind::NotFound,", 404),
    ("Error::new(Kind::Conflict,", 409),
    ("Error::new(Kind::Limited,", 429),
    ("Error::new(Kind::Unavailable,", 503),
    ("Error::new(Kind::Internal,", 500),
];

/// Text of every crate's program, without its tests.
fn program() -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(root().join("crates")).unwrap().flatten() {
        own(&entry.path().join("src"), &mut text);
    }
    text
}

fn own(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if name == "tests" || name == "tests.rs" {
            continue;
        }
        if path.is_dir() {
            own(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}

/// What stands between plain quotation marks.
fn literals(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
        found.extend(line.split('"').skip(1).step_by(2).map(str::to_owned));
    }
    found
}

/// Code → status of every error the program makes.
fn codes(text: &str) -> BTreeMap<String, u16> {
    let spaced: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let dense = spaced.replace("( ", "(");
    let mut codes = BTreeMap::from([
        ("not_found".to_owned(), 404),
        ("unavailable".to_owned(), 503),
        ("internal".to_owned(), 500),
    ]);
    for (maker, status) in MAKERS {
        for (at, _) in dense.match_indices(maker) {
            let rest = dense[at + maker.len()..].trim_start();
            let literal = rest.strip_prefix('"').and_then(|rest| rest.split_once('"'));
            if let Some((code, _)) = literal {
                codes.insert(code.to_owned(), *status);
            }
        }
    }
    // The one limit that says of itself that something is too large.
    codes.entry("form.body_size".to_owned()).and_modify(|status| *status = 413);
    codes.entry("request.method".to_owned()).and_modify(|status| *status = 405);
    codes
}

fn has(views: &Views, key: &str) -> bool {
    views.raw(Lang::En, key).is_some()
}

#[test]
fn every_sentence_is_said_and_every_saying_has_its_sentence() {
    let (views, text) = (modules::views().unwrap(), program());
    let known: Vec<&str> = views.keys().collect();
    let mut keys: Vec<String> = Vec::new();
    for literal in literals(&text) {
        if literal.contains('.') && has(&views, &literal) {
            keys.push(literal);
        } else if has(&views, &format!("error.{literal}")) {
            keys.push(format!("error.{literal}"));
        } else if let Some((prefix, _)) = literal.split_once('{')
            && prefix.ends_with('.')
            && known.iter().any(|key| key.starts_with(prefix))
        {
            keys.push(prefix.to_owned());
        }
    }
    keys.extend(codes(&text).into_keys().map(|code| format!("error.{code}")));
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let findings: Vec<String> = views.check(&keys).iter().map(ToString::to_string).collect();
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

#[test]
fn every_error_code_is_documented() {
    let (views, text) = (modules::views().unwrap(), program());
    let mut page = "# Error codes\n\nWhat an answer of the interface names in `code`, with its \
        HTTP status and its sentence. A word in braces is filled in. Codes are stable: a program \
        may compare them.\n\n| code | status | sentence | 中文 |\n|---|---|---|---|\n"
        .to_owned();
    for (code, status) in codes(&text) {
        let say = |lang| {
            views.raw(lang, &format!("error.{code}")).unwrap_or_default().replace('|', "\\|")
        };
        let (en, zh) = (say(Lang::En), say(Lang::Zh));
        page.push_str(&format!("| `{code}` | {status} | {en} | {zh} |\n"));
    }
    let path = root().join("docs/reference/errors.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(known == page, "run with UPDATE=1 and review docs/reference/errors.md");
}

#[test]
fn literals_and_codes_are_found_as_they_are_written() {
    assert!(literals("let a = \"x.y\";").contains("x.y"));
    let found = codes("Error::invalid(\n    \"a.b\",\n) Error::new(Kind::Limited, \"c\")");
    assert_eq!((found["a.b"], found["c"]), (422, 429));
}
