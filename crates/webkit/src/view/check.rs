//! Finds what is wrong with the sentences before a reader does: keys missing, unused, untranslated,
//! or with arguments that differ between the languages.
//!
//! Templates are scanned as text for `t("key"…)`; a key built with `~` (`t("state." ~ state)`)
//! counts as a use of every key with that prefix.

use super::lang::{Sentences, slots};
use std::collections::BTreeSet;
use std::fmt;

/// One fault of the sentences.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// A key is used but has no sentence.
    Missing {
        /// The key, or the prefix ending in `.` under which there is none.
        key: String,
        /// Template, or `code` for keys given by the caller.
        place: String,
    },
    /// A sentence is nowhere used.
    Unused {
        /// The key.
        key: String,
    },
    /// A sentence lacks one language.
    Untranslated {
        /// The key.
        key: String,
        /// `zh` or `en`.
        lang: &'static str,
    },
    /// The two languages name different arguments.
    ArgumentsDiffer {
        /// The key.
        key: String,
        /// Names in Chinese.
        zh: Vec<String>,
        /// Names in English.
        en: Vec<String>,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::Missing { key, place } => write!(f, "{place}: no sentence for {key}"),
            Finding::Unused { key } => write!(f, "{key}: never used"),
            Finding::Untranslated { key, lang } => write!(f, "{key}: no {lang}"),
            Finding::ArgumentsDiffer { key, zh, en } => {
                write!(f, "{key}: zh takes {zh:?}, en takes {en:?}")
            }
        }
    }
}

/// A use of sentences: one key, or all keys with a prefix.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    Key(String),
    Prefix(String),
}

/// The uses in one template.
pub(super) fn uses(source: &str) -> BTreeSet<Use> {
    let mut found = BTreeSet::new();
    let bytes = source.as_bytes();
    for (at, _) in source.match_indices("t(") {
        let joined = at > 0 && {
            let before = bytes[at - 1];
            before.is_ascii_alphanumeric() || before == b'_' || before == b'.'
        };
        if joined {
            continue;
        }
        let rest = source[at + 2..].trim_start();
        let Some(quote) = rest.chars().next().filter(|c| *c == '"' || *c == '\'') else {
            continue;
        };
        let Some((key, after)) = rest[1..].split_once(quote) else { continue };
        if after.trim_start().starts_with('~') {
            found.insert(Use::Prefix(key.to_owned()));
        } else {
            found.insert(Use::Key(key.to_owned()));
        }
    }
    found
}

/// All faults, given the uses with the place of each.
pub(super) fn check(sentences: &Sentences, used: &[(String, Use)]) -> Vec<Finding> {
    let mut findings = BTreeSet::new();
    let mut alive = BTreeSet::new();
    for (place, one) in used {
        let before = alive.len();
        match one {
            Use::Key(key) if sentences.has(key) => {
                alive.insert(key.as_str());
                continue;
            }
            Use::Key(key) => {
                findings.insert(Finding::Missing { key: key.clone(), place: place.clone() });
            }
            Use::Prefix(prefix) => {
                let mut any = false;
                for (key, _) in sentences.iter().filter(|(key, _)| key.starts_with(prefix)) {
                    any = true;
                    alive.insert(key.as_str());
                }
                if !any && before == alive.len() {
                    findings.insert(Finding::Missing { key: prefix.clone(), place: place.clone() });
                }
            }
        }
    }
    for (key, sentence) in sentences.iter() {
        for (lang, text) in [("zh", &sentence.zh), ("en", &sentence.en)] {
            if text.trim().is_empty() {
                findings.insert(Finding::Untranslated { key: key.clone(), lang });
            }
        }
        if !alive.contains(key.as_str()) {
            findings.insert(Finding::Unused { key: key.clone() });
        }
        let (zh, en) = (slots(&sentence.zh), slots(&sentence.en));
        if zh != en {
            let own = |names: BTreeSet<&str>| names.into_iter().map(str::to_owned).collect();
            findings.insert(Finding::ArgumentsDiffer {
                key: key.clone(),
                zh: own(zh),
                en: own(en),
            });
        }
    }
    findings.into_iter().collect()
}
