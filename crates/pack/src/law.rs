//! The laws the packs cite, by name, and whether a citation is of one of them.
//!
//! Invariants: gathered from every basis of every definition, so that nothing is kept twice; a
//! citation is a law's name and its article, `母婴保健法第二十三条`, with or without 《》; several stand
//! beside one another, and a further one of the same law need not name it again.
//! Must not know: what an article says, nor whether the law has it.

use crate::Province;
use crate::definition::article_en;
use kernel::Text;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// What stands between two citations.
const BETWEEN: [char; 6] = ['、', '，', '；', ',', ';', '\n'];
/// Longest text looked at, in characters.
const CHARS_MAX: usize = 500;
/// The state's name before a law's, which a citation may leave out or add.
const STATE: &str = "中华人民共和国";

/// Laws by name.
#[derive(Clone, Debug, Default)]
pub struct Laws {
    /// English names by the Chinese ones, which are without the state's.
    names: BTreeMap<String, String>,
    /// Citations as bases write them, for parts that are no articles, such as `第三部分`.
    whole: BTreeSet<String>,
}

impl Laws {
    pub(crate) fn of(province: &Province) -> Laws {
        let mut laws = Laws::default();
        province.pinned.iter().for_each(|pinned| laws.walk(&pinned.value));
        laws
    }

    fn walk(&mut self, value: &Json) {
        match value {
            Json::Object(fields) => {
                let named = |lang| fields.get("law")?.get(lang)?.as_str();
                if let (Some(zh), Some(en)) = (named("zh"), named("en")) {
                    let name = zh.trim_start_matches(STATE);
                    if let Some(article) = fields.get("article").and_then(Json::as_str) {
                        self.whole.insert(format!("{name}{article}"));
                    }
                    self.names.insert(name.to_owned(), en.to_owned());
                }
                fields.values().for_each(|one| self.walk(one));
            }
            Json::Array(values) => values.iter().for_each(|one| self.walk(one)),
            _ => {}
        }
    }

    /// A citation as it was written, `行政许可法第三十八条、第四十二条`, with its English beside it where the
    /// law is known: `Administrative Licensing Law, Article 38, Article 42`.
    pub fn cited(&self, text: &str) -> Text {
        let english = |part: &str| {
            let bare = part.trim_start_matches('《').trim_start_matches(STATE);
            let law = self.names.iter().filter(|(zh, _)| bare.starts_with(zh.as_str()));
            let (name, rest) = match law.max_by_key(|(zh, _)| zh.len()) {
                Some((zh, en)) => (Some(en), bare.strip_prefix(zh.as_str()).unwrap_or_default()),
                None if bare.starts_with('第') => (None, bare),
                None => return part.to_owned(),
            };
            let article = rest.contains('第').then(|| article_en(rest));
            let parts = [name.cloned(), article];
            parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
        };
        let parts: Vec<String> = text.split('、').map(english).collect();
        Text::new(text, parts.join(", "))
    }

    /// True when the text cites known laws and nothing else.
    pub fn cites(&self, text: &str) -> bool {
        if text.chars().count() > CHARS_MAX {
            return false;
        }
        let mut parts = text.split(BETWEEN).map(plain).filter(|part| !part.is_empty());
        let Some(first) = parts.next() else { return false };
        self.is_cited(&first) && parts.all(|part| is_article(&part) || self.is_cited(&part))
    }

    fn is_cited(&self, part: &str) -> bool {
        let part = part.trim_start_matches(STATE);
        let named = |name: &String| part.strip_prefix(name.as_str()).is_some_and(is_article);
        self.whole.contains(part) || self.names.keys().any(named)
    }
}

/// Without white space and the marks around a law's name.
fn plain(part: &str) -> String {
    part.chars().filter(|c| !c.is_whitespace() && !matches!(c, '《' | '》')).collect()
}

/// `第二十三条`, `第十条之一第二款第（三）项`.
fn is_article(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('第').and_then(|rest| counted(rest, "条")) else {
        return false;
    };
    let rest = rest.strip_prefix('之').map_or(rest, |rest| rest.trim_start_matches(is_digit));
    let below = |rest: &str, unit: &str| -> Option<usize> {
        let left = counted(rest.strip_prefix('第')?, unit)?;
        Some(rest.len() - left.len())
    };
    let mut rest = rest;
    for unit in ["款", "项", "目"] {
        rest = below(rest, unit).and_then(|length| rest.get(length..)).unwrap_or(rest);
    }
    rest.is_empty()
}

/// What follows a number and its unit.
fn counted<'a>(text: &'a str, unit: &str) -> Option<&'a str> {
    let open = text.strip_prefix(['（', '(']).unwrap_or(text);
    let rest = open.trim_start_matches(is_digit);
    if rest.len() == open.len() {
        return None;
    }
    rest.strip_prefix(['）', ')']).unwrap_or(rest).strip_prefix(unit)
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || "一二三四五六七八九十百千零〇两".contains(c)
}
