//! What is irregular in the history of a case, pure.
//!
//! Invariant: the same history gives the same findings, each at the sequence of the act that is
//! irregular, so that a finding can be kept once. Must not know: the database, pages.

use kernel::calendar::{Calendar, Limit};
use kernel::{Result, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use service::case::Happened;

/// What kind of irregularity.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Irregularity {
    /// An act before the act it needs, or entered with an earlier time than the one before it.
    OutOfOrder,
    /// Refused, not accepted or revoked without naming the article (行政许可法 art. 38).
    ArticleMissing,
    /// Correction asked after the time to accept was up (行政许可法 art. 32).
    CorrectionLate,
    /// Correction asked more than once: everything is to be told at one time (art. 32).
    CorrectionRepeated,
    /// A special procedure took longer than its longest time (art. 45).
    SuspensionLong,
    /// Nobody acted in time: accepted by silence (art. 32).
    AcceptedBySilence,
}

impl Irregularity {
    /// Every kind.
    pub const ALL: [Irregularity; 6] = [
        Irregularity::OutOfOrder,
        Irregularity::ArticleMissing,
        Irregularity::CorrectionLate,
        Irregularity::CorrectionRepeated,
        Irregularity::SuspensionLong,
        Irregularity::AcceptedBySilence,
    ];

    /// The name as stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Irregularity::OutOfOrder => "out_of_order",
            Irregularity::ArticleMissing => "article_missing",
            Irregularity::CorrectionLate => "correction_late",
            Irregularity::CorrectionRepeated => "correction_repeated",
            Irregularity::SuspensionLong => "suspension_long",
            Irregularity::AcceptedBySilence => "accepted_by_silence",
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Irregularity> {
        Irregularity::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// What kind.
    pub kind: Irregularity,
    /// Sequence of the act within the case.
    pub sequence: i64,
    /// When the act was done.
    pub at: Timestamp,
    /// Article named, if any.
    pub article: String,
}

/// Acts that must have been before, by the name of the act; any one of them is enough.
fn needed(kind: &str) -> &'static [&'static str] {
    match kind {
        "accepted" | "deemed_accepted" | "acceptance_refused" | "correction_asked" => &["released"],
        "correction_supplied" => &["correction_asked"],
        "suspended" | "extended" | "decided" => &["accepted", "deemed_accepted"],
        "resumed" => &["suspended"],
        "issued" | "completed" | "revoked" => &["decided"],
        _ => &[],
    }
}

/// Findings in the history of one item's case, oldest first. `now` judges what still lasts.
/// Errors: the calendar's, for years without a notice.
pub fn find(history: &[Happened], calendar: &Calendar, now: Timestamp) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    let mut before: Option<Timestamp> = None;
    let mut done: Vec<&str> = Vec::new();
    let mut accept_by: Option<Timestamp> = None;
    let mut suspended: Option<(&Happened, Option<Timestamp>)> = None;
    for act in history {
        let mut tell = |kind| {
            found.push(Finding {
                kind,
                sequence: act.sequence,
                at: act.at.0,
                article: act.article.clone(),
            });
        };
        let at = act.at.0;
        let lacking = needed(&act.kind);
        let unprepared = !lacking.is_empty() && !lacking.iter().any(|kind| done.contains(kind));
        if unprepared || before.is_some_and(|before| at < before) {
            tell(Irregularity::OutOfOrder);
        }
        match act.kind.as_str() {
            "released" | "correction_supplied" => {
                accept_by = limit(act, "acceptance")
                    .map(|limit| calendar.deadline(at, limit))
                    .transpose()?;
            }
            "deemed_accepted" => tell(Irregularity::AcceptedBySilence),
            "correction_asked" => {
                if accept_by.is_some_and(|due| at >= due) {
                    tell(Irregularity::CorrectionLate);
                }
                if done.contains(&"correction_asked") {
                    tell(Irregularity::CorrectionRepeated);
                }
            }
            "acceptance_refused" | "revoked" if act.article.trim().is_empty() => {
                tell(Irregularity::ArticleMissing);
            }
            "decided" if act.detail["granted"] == false && act.article.trim().is_empty() => {
                tell(Irregularity::ArticleMissing);
            }
            "suspended" => {
                let due =
                    limit(act, "max").map(|limit| calendar.deadline(at, limit)).transpose()?;
                suspended = Some((act, due));
            }
            "resumed" => found.extend(overlong(suspended.take(), at)),
            _ => {}
        }
        done.push(&act.kind);
        before = Some(at);
    }
    found.extend(overlong(suspended, now));
    found.sort();
    Ok(found)
}

/// A suspension that lasted past its end.
fn overlong(
    suspended: Option<(&Happened, Option<Timestamp>)>,
    until: Timestamp,
) -> Option<Finding> {
    let (act, due) = suspended?;
    due.is_some_and(|due| until >= due).then(|| Finding {
        kind: Irregularity::SuspensionLong,
        sequence: act.sequence,
        at: act.at.0,
        article: act.article.clone(),
    })
}

fn limit(act: &Happened, field: &str) -> Option<Limit> {
    serde_json::from_value(act.detail.get(field)?.clone()).ok()
}
