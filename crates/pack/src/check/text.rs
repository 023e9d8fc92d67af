//! Every text in both languages, and English without Chinese characters in it.

use super::Findings;
use crate::province::Province;
use serde_json::Value;

/// Checks the texts of every versioned definition.
pub(super) fn check(province: &Province, findings: &mut Findings) {
    for pinned in &province.pinned {
        texts(&pinned.file, &pinned.value, findings);
    }
}

/// Checks every `{zh, en}` within a value.
pub(crate) fn texts(file: &str, value: &Value, findings: &mut Findings) {
    walk(file, String::new(), value, findings);
}

fn walk(file: &str, path: String, value: &Value, findings: &mut Findings) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(file, format!("{path}[{index}]"), item, findings);
            }
        }
        Value::Object(map) => {
            if let (2, Some(Value::String(zh)), Some(Value::String(en))) =
                (map.len(), map.get("zh"), map.get("en"))
            {
                text(file, path, zh, en, findings);
                return;
            }
            for (key, item) in map {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                walk(file, path, item, findings);
            }
        }
        _ => {}
    }
}

fn text(file: &str, path: String, zh: &str, en: &str, findings: &mut Findings) {
    if zh.trim().is_empty() || en.trim().is_empty() {
        findings.error(
            file,
            path,
            "text.missing",
            "中英文缺一不可",
            "a text is needed in both languages",
        );
    } else if en.chars().any(is_han) {
        findings.error(
            file,
            path,
            "text.untranslated",
            "英文中含有汉字，请译出",
            "the English holds Chinese characters: translate them",
        );
    } else if placeholders(zh) != placeholders(en) {
        findings.error(
            file,
            path,
            "text.placeholders",
            "中英文占位符不一致",
            "the placeholders of the two languages differ",
        );
    }
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}')
}

/// Names between braces, sorted, each once.
pub(super) fn placeholders(text: &str) -> Vec<&str> {
    let mut out: Vec<&str> = text
        .split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}').map(|(name, _)| name))
        .collect();
    out.sort_unstable();
    out.dedup();
    out
}
