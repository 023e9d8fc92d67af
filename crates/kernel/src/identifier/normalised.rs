//! The outcome of reading a code as some register published it: good, mended, or set aside.
//!
//! Invariant: nothing is dropped and nothing is guessed; what is set aside keeps its text and a
//! reason a clerk can act on.

use super::chars::narrow;
use crate::Text;
use serde::{Deserialize, Serialize};

/// Longest published text kept in a report, in characters.
const FROM_CHARS_MAX: usize = 120;

/// A code as read from a published list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Normalised<T> {
    /// Good as published.
    Valid {
        /// The code.
        code: T,
    },
    /// Read after mending.
    Repaired {
        /// The code.
        code: T,
        /// The text as published.
        from: String,
        /// What was mended.
        why: Reason,
    },
    /// Not to be read; to be mended at its source.
    Quarantined {
        /// The text as published, cut at 120 characters.
        from: String,
        /// What is wrong.
        why: Reason,
    },
}

/// What was mended in, or is wrong with, a published code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Full-width characters or spaces.
    Width,
    /// Lower-case letters.
    LowerCase,
    /// Hyphens within the code.
    Hyphen,
    /// No text.
    Empty,
    /// Characters are missing.
    Truncated,
    /// No such code has this length.
    Length,
    /// A character no such code has.
    Character,
    /// The check character does not match.
    Check,
    /// A 19-digit row id of some system.
    Snowflake,
    /// One digit repeated: a stand-in for a code not known.
    Placeholder,
    /// A row number appended to a code.
    Suffix,
    /// No known build of an item code.
    Shape,
    /// A level of exercise other than 1–6.
    Level,
    /// A division code that is none.
    Division,
}

impl Reason {
    /// The reason as a sentence for the clerk.
    pub fn text(self) -> Text {
        let (zh, en) = match self {
            Reason::Width => ("全角字符或空格", "full-width characters or spaces"),
            Reason::LowerCase => ("小写字母", "lower-case letters"),
            Reason::Hyphen => ("代码中有连字符", "hyphens within the code"),
            Reason::Empty => ("代码为空", "no code"),
            Reason::Truncated => ("代码不完整", "characters are missing"),
            Reason::Length => ("长度不符", "no such code has this length"),
            Reason::Character => ("含有不允许的字符", "a character no such code has"),
            Reason::Check => ("校验码不符", "the check character does not match"),
            Reason::Snowflake => ("系统内部行号，不是机构代码", "a row id of a system, not a code"),
            Reason::Placeholder => ("重复数字，疑为占位", "one digit repeated, a placeholder"),
            Reason::Suffix => ("代码后附加了行号", "a row number appended to the code"),
            Reason::Shape => ("不是已知的事项编码结构", "no known build of an item code"),
            Reason::Level => ("行使层级不在1至6之间", "the level of exercise is not 1 to 6"),
            Reason::Division => ("行政区划代码不符", "not a division code"),
        };
        Text::new(zh, en)
    }
}

impl<T> Normalised<T> {
    /// The code, when it could be read.
    pub fn code(&self) -> Option<&T> {
        match self {
            Normalised::Valid { code } | Normalised::Repaired { code, .. } => Some(code),
            Normalised::Quarantined { .. } => None,
        }
    }

    /// What was mended or is wrong; `None` when good as published.
    pub fn why(&self) -> Option<Reason> {
        match self {
            Normalised::Valid { .. } => None,
            Normalised::Repaired { why, .. } | Normalised::Quarantined { why, .. } => Some(*why),
        }
    }

    /// Valid when published as `canonical`, else repaired with the likeliest reason.
    pub(super) fn of(published: &str, code: T, canonical: &str) -> Normalised<T> {
        if published == canonical {
            return Normalised::Valid { code };
        }
        let why = if published.chars().any(|c| c.is_whitespace() || narrow(c) != c) {
            Reason::Width
        } else if published.chars().any(|c| c.is_ascii_lowercase()) {
            Reason::LowerCase
        } else {
            Reason::Hyphen
        };
        Normalised::Repaired { code, from: published.to_owned(), why }
    }

    pub(super) fn quarantined(published: &str, why: Reason) -> Normalised<T> {
        Normalised::Quarantined { from: published.chars().take(FROM_CHARS_MAX).collect(), why }
    }
}
