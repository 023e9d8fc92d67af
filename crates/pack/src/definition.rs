//! What every definition shares: id, version, day in force, legal basis, level of government.
//!
//! Invariants: a definition is immutable once loaded; a case pins it by id, version and digest.
//! Must not know: any one kind of definition.

use jiff::civil::Date;
use kernel::{Error, Result, Text, canonical};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sm3::{Digest, Sm3};
use std::borrow::Cow;
use std::fmt;

/// A civil day, written `2024-01-01`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub Date);

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Day, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        if text.len() != 10 {
            return Err(serde::de::Error::custom(
                "a day is written 2024-01-01 / 日期应写作 2024-01-01",
            ));
        }
        text.parse().map(Day).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Day {
    fn schema_name() -> Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date" })
    }
}

/// A law and the article that carries a duty, a limit or a power.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// Name of the law or document.
    pub law: Text,
    /// Article as it is cited: `第二十三条`.
    pub article: String,
    /// What the article says of the matter, in our words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Text>,
}

impl Basis {
    /// True when the law or the article is missing.
    pub fn is_blank(&self) -> bool {
        self.law.is_incomplete() || self.article.trim().is_empty()
    }

    /// `《母婴保健法》第二十三条`, `Law on Maternal and Infant Health Care, Article 23`.
    pub fn citation(&self) -> Text {
        Text::new(
            format!("《{}》{}", self.law.zh, self.article),
            format!("{}, {}", self.law.en, article_en(&self.article)),
        )
    }
}

/// An article's number in English: `第二十三条` is `Article 23`. Other citations, such as
/// `第三部分`, are numbered alike; what has no number is `in the text`.
pub fn article_en(article: &str) -> String {
    const KINDS: [(&str, &str); 5] = [
        ("条", "Article"),
        ("款", "Paragraph"),
        ("项", "Item"),
        ("部分", "Part"),
        ("章", "Chapter"),
    ];
    let parts = article.split('第').skip(1).filter_map(|part| {
        let (number, kind) = KINDS
            .iter()
            .find_map(|(zh, en)| part.split_once(zh).map(|(number, _)| (number, en)))?;
        Some(format!("{kind} {}", chinese_number(number)?))
    });
    let found: Vec<String> = parts.collect();
    if found.is_empty() { "in the text".to_owned() } else { found.join(", ") }
}

/// `一千零四十九` is 1049; Arabic digits are read as well. `None` for anything else.
fn chinese_number(text: &str) -> Option<u32> {
    if text.is_empty() || text.chars().count() > 12 {
        return None;
    }
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let (mut total, mut digit) = (0, 0);
    for c in text.chars() {
        let unit = match c {
            '十' => 10,
            '百' => 100,
            '千' => 1_000,
            _ => {
                digit = "零一二三四五六七八九".chars().position(|one| one == c)? as u32;
                continue;
            }
        };
        // 十五 has no digit before its ten.
        total += if digit == 0 { unit } else { digit * unit };
        digit = 0;
    }
    Some(total + digit)
}

/// Level of government that exercises a power, or of a division.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// 省.
    Province,
    /// 市 (prefecture).
    City,
    /// 县、区.
    County,
    /// 乡、镇、街道.
    Township,
    /// 村、社区.
    Village,
}

impl Level {
    /// From province to village.
    pub const ALL: [Level; 5] =
        [Level::Province, Level::City, Level::County, Level::Township, Level::Village];

    /// 0 for the province, 4 for the village.
    pub fn depth(self) -> usize {
        self as usize
    }

    /// Digit of the exercising level in a service item's code (C0109): 2 for the province.
    pub fn code(self) -> u8 {
        self as u8 + 2
    }

    /// The level's name.
    pub fn text(self) -> Text {
        match self {
            Level::Province => Text::new("省级", "Province"),
            Level::City => Text::new("市级", "City"),
            Level::County => Text::new("县级", "County"),
            Level::Township => Text::new("乡级", "Township"),
            Level::Village => Text::new("村级", "Village"),
        }
    }
}

/// A versioned definition that a case can pin.
pub trait Definition: Serialize {
    /// Kind of file, e.g. `item`.
    const KIND: &'static str;
    /// Stable id, unique within its kind.
    fn id(&self) -> &str;
    /// Version, from 1.
    fn version(&self) -> u32;
    /// First day in force.
    fn effective_from(&self) -> Day;
    /// Legal bases.
    fn basis(&self) -> &[Basis];

    /// SM3 over the definition's canonical JSON, 64 hexadecimal digits: equal contents have equal
    /// digests whatever the spacing and comments of the file. Error: `internal`.
    fn digest(&self) -> Result<String> {
        digest_of(self)
    }
}

/// SM3 over the canonical JSON of any serialisable value. Error: `internal`.
pub(crate) fn digest_of(value: &(impl Serialize + ?Sized)) -> Result<String> {
    let value = serde_json::to_value(value).map_err(Error::internal)?;
    Ok(hex::encode(Sm3::digest(canonical::to_string(&value)?)))
}

macro_rules! definition {
    ($type:ty, $kind:literal) => {
        impl $crate::definition::Definition for $type {
            const KIND: &'static str = $kind;

            fn id(&self) -> &str {
                &self.id
            }

            fn version(&self) -> u32 {
                self.version
            }

            fn effective_from(&self) -> $crate::definition::Day {
                self.effective_from
            }

            fn basis(&self) -> &[$crate::definition::Basis] {
                &self.basis
            }
        }
    };
}
pub(crate) use definition;

/// True for an id: 1 to 64 lower-case letters, digits, `-` and `_`, beginning with a letter.
pub fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.starts_with(|first: char| first.is_ascii_lowercase())
        && id.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
}

pub(crate) fn is_false(value: &bool) -> bool {
    !*value
}
