//! Notices in numbers, from a tally written with every act.
//!
//! Invariant: the lines add up to the totals. Must not know: single notices.

use super::SUPERVISE;
use super::store;
use crate::area;
use ::store::Ctx;
use kernel::{Result, Text, time};
use party::authority;
use schemars::JsonSchema;
use serde::Serialize;
use service::case::Named;
use std::collections::BTreeMap;

/// Days looked back over.
pub const DAYS: i32 = 30;

/// What was done in the days looked back over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Line {
    /// Agency; empty for the total.
    pub agency: Named,
    /// Yellow cards opened.
    pub yellow: i64,
    /// Red cards opened.
    pub red: i64,
    /// Notices opened by hand.
    pub urge: i64,
    /// Answers given in time.
    pub answered: i64,
    /// Answers given late.
    pub answered_late: i64,
    /// Answers sent back.
    pub returned: i64,
    /// Closed by a supervisor.
    pub closed: i64,
    /// Yellow cards closed since the case was decided in time.
    pub settled: i64,
}

/// Notices of a division subtree in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Statistics {
    /// First day counted, `2026-08-16`.
    pub from: String,
    /// Last day counted.
    pub until: String,
    /// All agencies together.
    pub total: Line,
    /// By agency, those with most red cards first.
    pub agencies: Vec<Line>,
}

impl Line {
    fn add(&mut self, metric: &str, count: i64) {
        let field = match metric {
            "opened.yellow" => &mut self.yellow,
            "opened.red" => &mut self.red,
            "opened.urge" => &mut self.urge,
            "answered" => &mut self.answered,
            "answered.late" => &mut self.answered_late,
            "returned" => &mut self.returned,
            "closed" => &mut self.closed,
            "settled" => &mut self.settled,
            _ => return,
        };
        *field += count;
    }
}

/// Notices of the last 30 days in a division subtree. Errors: `denied`, `not_found`.
pub async fn statistics(ctx: &mut Ctx, division: &str) -> Result<Statistics> {
    authority::demand(ctx, SUPERVISE)?;
    let division = area::scope(ctx, division)?;
    let today = time::days_since_epoch(ctx.now.date());
    let from = today - DAYS + 1;
    let mut total = Line::default();
    let mut agencies: BTreeMap<String, Line> = BTreeMap::new();
    for sum in store::sums(ctx, &division, from).await? {
        total.add(&sum.metric, sum.total);
        agencies.entry(sum.agency).or_default().add(&sum.metric, sum.total);
    }
    let pack = ctx.env.pack.clone();
    let mut agencies: Vec<Line> = agencies
        .into_iter()
        .map(|(id, line)| {
            let name = pack.agency(&id).map_or_else(|| Text::new(&id, &id), |agency| agency.name);
            Line { agency: Named::new(id, name), ..line }
        })
        .collect();
    agencies.sort_by(|a, b| (b.red, b.yellow, &a.agency.id).cmp(&(a.red, a.yellow, &b.agency.id)));
    let day = |day| time::date_of_days(day).to_string();
    Ok(Statistics { from: day(from), until: day(today), total, agencies })
}
