//! What law and promise say of an item's time, correction, tolerance and special procedures: the
//! part of an item's definition that this engine obeys.
//!
//! Invariant: [`Profile::check`] without findings means every lawful path is open.

use super::LIST_MAX;
use kernel::Text;
use kernel::calendar::{Limit, Unit};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Limits and permissions of one item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Time to accept, refuse acceptance or ask correction; silence is acceptance (许可法 32).
    #[serde(default = "acceptance")]
    pub acceptance: Limit,
    /// Time to decide as promised to the public, counted from acceptance.
    pub promised: Limit,
    /// Time to decide by law, counted from acceptance (许可法 42); `None` when the law sets none.
    #[serde(default)]
    pub statutory: Option<Limit>,
    /// Longest extension by the agency's head; `None` when the law knows none (许可法 42).
    #[serde(default)]
    pub extension_max: Option<Limit>,
    /// Time the applicant has to mend; after it the application counts as withdrawn.
    pub correction: Limit,
    /// Time to deliver the licence after the decision (许可法 44).
    #[serde(default = "delivery")]
    pub delivery: Limit,
    /// Materials that may follow later, and by when (容缺受理); `None` when none may.
    #[serde(default)]
    pub tolerance: Option<Tolerance>,
    /// Procedures whose time does not count (许可法 45).
    #[serde(default)]
    pub special_procedures: Vec<SpecialProcedure>,
    /// True when a rule may decide without a person.
    #[serde(default)]
    pub automatic: bool,
    /// True when people examine an application by a procedure before one of them decides.
    #[serde(default)]
    pub examined: bool,
    /// Time, from its end, in which a case that ended by mistake may be opened again.
    #[serde(default = "reopening")]
    pub reopening: Limit,
    /// Time the agency to which a case is handed has to give it back, or else has it. No law sets
    /// it; it is short, since the time to accept and to decide runs on meanwhile.
    #[serde(default = "transfer")]
    pub transfer: Limit,
    /// Time, from the grant, to check what was promised; `None` when nothing is promised.
    #[serde(default)]
    pub check: Option<Limit>,
    /// Time to say whether a grant stands that came into question. No law sets it.
    #[serde(default = "review")]
    pub review: Limit,
    /// True when a grant yields a licence; false when the decision itself is the result.
    #[serde(default = "yes")]
    pub licence: bool,
}

/// Materials that may be missing at acceptance against a written promise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tolerance {
    /// Ids of the materials.
    pub materials: Vec<String>,
    /// Time to supply them, counted from acceptance.
    pub limit: Limit,
}

/// A hearing, test, appraisal … during which the decision's clocks stand still.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpecialProcedure {
    /// Id within the item.
    pub id: String,
    /// Its name.
    pub text: Text,
    /// The article that provides for it.
    pub article: String,
    /// Longest it may take; `None` when the law sets no limit.
    #[serde(default)]
    pub max: Option<Limit>,
    /// It stops the promised clock alone: no law provides for it, and the statutory one runs on.
    #[serde(default)]
    pub promise_only: bool,
}

/// A fault of a profile, told to the author of its pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable code, `profile.reason`.
    pub code: &'static str,
    /// What is wrong, in both languages.
    pub text: Text,
}

impl Profile {
    /// A profile of the defaults of law with these limits: five working days to accept, ten to
    /// deliver, no extension, tolerance or special procedure, decided by a person.
    pub fn new(promised: Limit, statutory: impl Into<Option<Limit>>, correction: Limit) -> Profile {
        Profile {
            acceptance: acceptance(),
            promised,
            statutory: statutory.into(),
            extension_max: None,
            correction,
            delivery: delivery(),
            tolerance: None,
            special_procedures: Vec::new(),
            automatic: false,
            examined: false,
            reopening: reopening(),
            transfer: transfer(),
            check: None,
            review: review(),
            licence: true,
        }
    }

    /// The special procedure of this id.
    pub fn special_procedure(&self, id: &str) -> Option<&SpecialProcedure> {
        self.special_procedures.iter().find(|one| one.id == id)
    }

    /// Every fault of the profile. Empty means sound.
    pub fn check(&self) -> Vec<Finding> {
        let mut out = Vec::new();
        let mut add = |code, zh: &str, en: &str| {
            out.push(Finding { code, text: Text::new(zh, en) });
        };
        if self.statutory.is_some_and(|law| longer(self.promised, law)) {
            add(
                "profile.promise_over_law",
                "承诺时限长于法定时限",
                "the promised limit is longer than the statutory one",
            );
        }
        let law = self.statutory.unwrap_or(self.promised);
        let units = [self.promised.unit, law.unit];
        if self.extension_max.is_some_and(|max| units != [max.unit, max.unit] || max.amount == 0) {
            add(
                "profile.extension_unit",
                "延长时限须大于零，且与承诺、法定时限单位相同",
                "an extension is above zero and in the unit of the promised and statutory limits",
            );
        }
        let limits =
            [self.acceptance, self.promised, self.correction, self.delivery, self.reopening];
        if limits
            .into_iter()
            .chain(self.statutory)
            .chain(self.check)
            .any(|limit| limit.checked().is_err())
        {
            add("profile.limit_too_large", "时限过长", "a limit is too large");
        }
        if let Some(tolerance) = &self.tolerance {
            let count = tolerance.materials.len();
            let distinct: BTreeSet<&String> = tolerance.materials.iter().collect();
            if count == 0 || count > LIST_MAX || distinct.len() != count {
                add(
                    "profile.tolerance_materials",
                    "容缺材料为空、过多或重复",
                    "tolerated materials are none, too many or repeated",
                );
            }
        }
        let ids: BTreeSet<&String> = self.special_procedures.iter().map(|one| &one.id).collect();
        if ids.len() != self.special_procedures.len() || ids.len() > LIST_MAX {
            add(
                "profile.procedure_ids",
                "特别程序编号重复或过多",
                "special procedures are repeated or too many",
            );
        }
        for one in &self.special_procedures {
            if one.id.trim().is_empty() || one.article.trim().is_empty() || one.text.is_incomplete()
            {
                add(
                    "profile.procedure_incomplete",
                    "特别程序缺少编号、依据或双语名称",
                    "a special procedure lacks id, article or a name in both languages",
                );
            }
        }
        out
    }
}

/// Five working days to accept (许可法 32).
fn acceptance() -> Limit {
    Limit { amount: 5, unit: Unit::WorkingDay }
}

/// Ten working days to deliver (许可法 44).
fn delivery() -> Limit {
    Limit { amount: 10, unit: Unit::WorkingDay }
}

/// The sixty days in which reconsideration may be asked for (行政复议法 20).
fn reopening() -> Limit {
    Limit { amount: 60, unit: Unit::CalendarDay }
}

fn transfer() -> Limit {
    Limit { amount: 2, unit: Unit::WorkingDay }
}

fn review() -> Limit {
    Limit { amount: 15, unit: Unit::WorkingDay }
}

fn yes() -> bool {
    true
}

/// True when `a` surely allows more time than `b`: the same unit, or working days against the
/// same number of calendar days, which never last longer.
fn longer(a: Limit, b: Limit) -> bool {
    a.amount > b.amount
        && (a.unit == b.unit || (a.unit, b.unit) == (Unit::WorkingDay, Unit::CalendarDay))
}
