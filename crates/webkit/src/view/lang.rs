//! Sentences of the interface: one YAML file per set, `key: { zh: …, en: … }`, merged.
//!
//! Invariants: a key belongs to one file; a sentence names its arguments as `{name}`, or
//! `{name:one|many}` where the word depends on whether the argument is 1.
//! Must not know: templates.

use kernel::{Error, Lang, Result};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use std::collections::{BTreeMap, BTreeSet};

/// One sentence; a missing language is an empty string, reported by the check.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sentence {
    /// Simplified Chinese.
    #[serde(default)]
    pub zh: String,
    /// English.
    #[serde(default)]
    pub en: String,
}

impl Sentence {
    fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

/// The file as written, so that a key written twice is seen.
struct Pairs(Vec<(String, Sentence)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct PairsVisitor;
        impl<'de> Visitor<'de> for PairsVisitor {
            type Value = Pairs;
            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("a map of keys to sentences")
            }
            fn visit_unit<E>(self) -> std::result::Result<Pairs, E> {
                Ok(Pairs(Vec::new()))
            }
            fn visit_map<A: MapAccess<'de>>(
                self,
                mut map: A,
            ) -> std::result::Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_any(PairsVisitor)
    }
}

/// All sentences of an installation, by key.
#[derive(Debug, Default)]
pub(super) struct Sentences {
    by_key: BTreeMap<String, Sentence>,
}

impl Sentences {
    /// Adds one file; a key already known, here or from another file, is an error.
    pub(super) fn add(&mut self, set: &str, yaml: &str) -> Result<()> {
        let pairs: Pairs = serde_norway::from_str(yaml)
            .map_err(|e| Error::internal(format!("{set}/lang.yaml: {e}")))?;
        for (key, sentence) in pairs.0 {
            if self.by_key.contains_key(&key) {
                return Err(Error::internal(format!("{set}/lang.yaml: key {key} twice")));
            }
            self.by_key.insert(key, sentence);
        }
        Ok(())
    }

    /// The sentence with its arguments put in; `None` for an unknown key.
    pub(super) fn say(&self, lang: Lang, key: &str, args: &[(&str, String)]) -> Option<String> {
        let sentence = self.by_key.get(key)?;
        Some(fill(sentence.get(lang), args))
    }

    /// The sentence as written.
    pub(super) fn raw(&self, lang: Lang, key: &str) -> Option<&str> {
        self.by_key.get(key).map(|sentence| sentence.get(lang))
    }

    /// Every key with its sentence.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &Sentence)> {
        self.by_key.iter()
    }

    /// Whether the key is known.
    pub(super) fn has(&self, key: &str) -> bool {
        self.by_key.contains_key(key)
    }
}

/// A piece of a sentence.
enum Piece<'a> {
    Plain(&'a str),
    Slot { name: &'a str, forms: Option<(&'a str, &'a str)> },
}

/// Cuts a sentence at its slots; braces that hold no name stay as they are.
fn pieces(sentence: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut rest = sentence;
    while let Some(open) = rest.find('{') {
        let Some(length) = rest[open..].find('}') else { break };
        let inner = &rest[open + 1..open + length];
        let (name, forms) = match inner.split_once(':') {
            Some((name, forms)) => (name, forms.split_once('|')),
            None => (inner, None),
        };
        out.push(Piece::Plain(&rest[..open]));
        let named = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        if named {
            out.push(Piece::Slot { name, forms });
        } else {
            out.push(Piece::Plain(&rest[open..open + length + 1]));
        }
        rest = &rest[open + length + 1..];
    }
    out.push(Piece::Plain(rest));
    out
}

/// Puts arguments into slots; a slot without argument shows its name, which the tests forbid.
fn fill(sentence: &str, args: &[(&str, String)]) -> String {
    let mut out = String::with_capacity(sentence.len() + 32);
    for piece in pieces(sentence) {
        match piece {
            Piece::Plain(text) => out.push_str(text),
            Piece::Slot { name, forms } => {
                let value = args.iter().find(|(key, _)| *key == name).map(|(_, value)| value);
                match (value, forms) {
                    (Some(value), Some((one, many))) => {
                        out.push_str(if value == "1" { one } else { many });
                    }
                    (Some(value), None) => out.push_str(value),
                    (None, _) => {
                        out.push('{');
                        out.push_str(name);
                        out.push('}');
                    }
                }
            }
        }
    }
    out
}

/// Names of the slots of a sentence.
pub(super) fn slots(sentence: &str) -> BTreeSet<&str> {
    pieces(sentence)
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Slot { name, .. } => Some(name),
            Piece::Plain(_) => None,
        })
        .collect()
}
