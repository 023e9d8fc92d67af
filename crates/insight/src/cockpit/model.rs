//! What the cockpit shows.
//!
//! Must not know: SQL, HTTP, templates.

use super::health::Health;
use crate::indicator::Indicator;
use kernel::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use service::case::{Moment, Named, Row};
use service::figures::Share;

/// Days the numbers are of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Range {
    /// Today.
    #[default]
    Today,
    /// The month so far.
    Month,
    /// The year so far.
    Year,
}

impl Range {
    /// Every range.
    pub const ALL: [Range; 3] = [Range::Today, Range::Month, Range::Year];

    /// The name as written in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Range::Today => "today",
            Range::Month => "month",
            Range::Year => "year",
        }
    }

    /// The range of that name; today for any other.
    pub fn parse(name: &str) -> Range {
        Range::ALL.into_iter().find(|range| range.as_str() == name).unwrap_or_default()
    }
}

/// Of what the cockpit is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Division subtree; empty for the whole reach of the actor.
    pub division: String,
    /// One item; empty for all.
    pub item: String,
    /// Days.
    pub range: Range,
}

/// The numbers of a scope and its days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Numbers {
    /// Submitted.
    pub submitted: i64,
    /// Accepted.
    pub accepted: i64,
    /// Decided.
    pub decided: i64,
    /// Of them after the promised time.
    pub late: i64,
    /// Closed with their result delivered.
    pub completed: i64,
    /// Open and overdue now, whatever the days.
    pub overdue: i64,
}

/// A line of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Line {
    /// Division or item.
    pub of: Named,
    /// Its numbers.
    pub numbers: Numbers,
    /// True when the line is a subtree of its own, so that it can be opened.
    pub narrows: bool,
}

/// A metric day by day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Trend {
    /// `submitted`, `decided`, `late`.
    pub metric: String,
    /// One count per day of [`Overview::days`].
    pub counts: Vec<i64>,
}

/// A city's rate of decisions in time over the last 30 days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct City {
    /// City.
    pub of: Named,
    /// Decided.
    pub decided: i64,
    /// Of them after the promised time.
    pub late: i64,
}

/// Something that needs attention.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Attention {
    /// Cases overdue longest, at most 5.
    pub overdue: Vec<Row>,
    /// Bad ratings whose rectification is open.
    pub bad_ratings: i64,
    /// Targets whose deadline has passed unmet.
    pub missed: i64,
}

/// The cockpit of a scope.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Overview {
    /// Division subtree.
    pub division: Named,
    /// Division above, when it is within the actor's reach.
    pub above: Option<Named>,
    /// Item, if one was asked for.
    pub item: Option<Named>,
    /// First day of the numbers.
    pub from: String,
    /// Last day.
    pub until: String,
    /// When they were taken.
    pub as_of: Moment,
    /// Whether the work that feeds them is behind.
    pub health: Health,
    /// The numbers.
    pub total: Numbers,
    /// Ratings that are not bad, of all, since the beginning.
    pub satisfied: Share,
    /// By division below.
    pub divisions: Vec<Line>,
    /// By item.
    pub items: Vec<Line>,
    /// The last 30 days.
    pub days: Vec<String>,
    /// Metrics over those days.
    pub trends: Vec<Trend>,
    /// Cities, when the scope is the province.
    pub cities: Vec<City>,
    /// The plans' targets.
    pub targets: Vec<Indicator>,
    /// What needs attention.
    pub attention: Attention,
}

/// A name that may be missing from the pack.
pub(super) fn text(id: &str, name: Option<Text>) -> Text {
    name.unwrap_or_else(|| Text::new(id, id))
}
