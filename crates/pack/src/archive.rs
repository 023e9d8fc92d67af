//! How archived case folders are kept (`archives.yaml`): for how long, when the permanent ones go
//! to the archive hall, and which file formats are fit to be kept.
//!
//! Invariants: every folder falls under a rule, the last of which asks for nothing; every class of
//! retention names its article; a format that is not in the table is at risk.
//! Must not know: folders, cases.

use crate::check::Findings;
use crate::definition::{Basis, Level};
use crate::item::ItemType;
use kernel::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Longest retention that is not for ever, in years.
const YEARS_MAX: u16 = 100;

/// `archives.yaml`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Archives {
    /// Legal basis of archiving as a whole.
    pub basis: Vec<Basis>,
    /// The classes of retention (保管期限).
    pub classes: Vec<Retention>,
    /// Which folders are of which class: the first rule that fits.
    pub rules: Vec<RetentionRule>,
    /// After how many years permanent folders go to the archive hall, by level of the agency.
    pub transfer: Vec<Transfer>,
    /// File formats.
    pub formats: Vec<Format>,
}

/// A class of retention.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Id.
    pub id: String,
    /// Name.
    pub name: Text,
    /// Years, counted from the first of January after the folder was made; 0 for ever.
    pub years: u16,
    /// The article.
    pub basis: Basis,
}

/// How a case came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Granted.
    Granted,
    /// Refused after examination.
    Refused,
    /// Ended without a decision: not accepted, withdrawn, lapsed.
    Undecided,
    /// A grant was taken back.
    Revoked,
}

/// Folders that are of one class. What is left out asks for nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RetentionRule {
    /// Class.
    pub class: String,
    /// Items.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<String>,
    /// Types of items.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub item_types: Vec<ItemType>,
    /// How the case ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub endings: Vec<Ending>,
}

/// When permanent folders of agencies of a level are handed over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// Level of the agency.
    pub level: Level,
    /// Years, counted as those of retention.
    pub years: u16,
    /// The article.
    pub basis: Basis,
}

/// How likely a format is to become unreadable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Fit for long keeping.
    Low,
    /// To be watched.
    Medium,
    /// To be converted.
    High,
}

/// A file format.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Format {
    /// Content type.
    pub media_type: String,
    /// Name.
    pub name: Text,
    /// Risk.
    pub risk: Risk,
    /// Why, and what is to be done.
    pub note: Text,
}

impl RetentionRule {
    fn fits(&self, item: &str, item_type: Option<ItemType>, ending: Ending) -> bool {
        let of = |list: &[String]| list.is_empty() || list.iter().any(|one| one == item);
        let kind = self.item_types.is_empty()
            || item_type.is_some_and(|kind| self.item_types.contains(&kind));
        of(&self.items) && kind && (self.endings.is_empty() || self.endings.contains(&ending))
    }

    fn asks_nothing(&self) -> bool {
        self.items.is_empty() && self.item_types.is_empty() && self.endings.is_empty()
    }
}

impl Archives {
    /// The class of a folder; none only in packs that were not proven.
    pub fn retention(
        &self,
        item: &str,
        item_type: Option<ItemType>,
        ending: Ending,
    ) -> Option<&Retention> {
        let rule = self.rules.iter().find(|rule| rule.fits(item, item_type, ending))?;
        self.classes.iter().find(|class| class.id == rule.class)
    }

    /// The class of so many years.
    pub fn of_years(&self, years: i64) -> Option<&Retention> {
        self.classes.iter().find(|class| i64::from(class.years) == years)
    }

    /// After how many years permanent folders of agencies of a level are handed over.
    pub fn transfer(&self, level: Level) -> Option<&Transfer> {
        self.transfer.iter().find(|one| one.level == level)
    }

    /// A format by its content type, parameters aside.
    pub fn format(&self, media_type: &str) -> Option<&Format> {
        let bare = media_type.split(';').next().unwrap_or_default().trim();
        self.formats.iter().find(|format| format.media_type == bare)
    }

    /// Proves the file whole; `has_item` tells items there are.
    pub(crate) fn check(
        &self,
        path: &str,
        has_item: impl Fn(&str) -> bool,
        findings: &mut Findings,
    ) {
        let cited = self.classes.iter().map(|one| &one.basis);
        let mut cited = cited.chain(self.transfer.iter().map(|one| &one.basis)).chain(&self.basis);
        if self.basis.is_empty() || cited.any(Basis::is_blank) {
            let (zh, en) = ("须写明依据的名称和条款", "the basis needs a law and an article");
            findings.error(path, "basis", "def.basis", zh, en);
        }
        for (index, class) in self.classes.iter().enumerate() {
            if class.years > YEARS_MAX {
                let zh = format!("保管期限至多 {YEARS_MAX} 年，永久写 0");
                let en = format!("at most {YEARS_MAX} years; 0 for ever");
                findings.error(path, format!("classes[{index}].years"), "archive.years", zh, en);
            }
        }
        for (index, rule) in self.rules.iter().enumerate() {
            let unknown = rule.items.iter().find(|item| !has_item(item));
            let classless = !self.classes.iter().any(|class| class.id == rule.class);
            if let Some(id) = unknown.or(Some(&rule.class).filter(|_| classless)) {
                let (zh, en) = (format!("没有 {id}"), format!("there is no {id}"));
                findings.error(path, format!("rules[{index}]"), "ref.dangling", zh, en);
            }
        }
        if !self.rules.last().is_some_and(RetentionRule::asks_nothing) {
            let zh = "最后一条规则须适用于其余全部案卷";
            let en = "the last rule must fit every folder that is left";
            findings.error(path, "rules", "archive.rules", zh, en);
        }
    }
}
