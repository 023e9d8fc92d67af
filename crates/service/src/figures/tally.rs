//! The projection: counts by day, county, item and agency, and how many cases stand in each phase.
//!
//! Invariants: written in the transaction of the act, last of all and in the order of the keys, so
//! that two acts never wait for each other; a case is counted once per metric.

use super::metric::{APPLICATION, Metric};
use crate::case::Case;
use kernel::Result;
use kernel::time::days_since_epoch;
use std::collections::BTreeMap;
use store::{Ctx, Value, vals};

/// Rows of one statement.
const ROWS_MAX: usize = 60;

/// Metric or phase, day, county, item, agency.
type Key = (&'static str, i64, String, String, String);

/// Counts gathered in one act.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    metrics: BTreeMap<Key, i64>,
    standing: BTreeMap<Key, i64>,
}

impl Tally {
    /// Takes note that a case went from one stand to another. One that another agency took over is
    /// counted there, with all that had happened to it.
    pub(crate) fn moved(&mut self, before: Option<&Case>, after: &Case) {
        let key = |of: &Case, name: &'static str, day: i64| {
            // Deeper divisions are counted under their county.
            let county: String = of.division.chars().take(6).collect();
            let item = match of.is_parent() {
                true => format!("{APPLICATION}{}", of.one_thing),
                false => of.item.clone(),
            };
            (name, day, county, item, of.agency.clone())
        };
        let stays = before
            .is_none_or(|was| (&was.agency, &was.division) == (&after.agency, &after.division));
        let former = before.unwrap_or(after);
        for metric in Metric::ALL {
            let was = before.and_then(|before| metric.happened(before));
            let is = metric.happened(after);
            if was == is && stays {
                continue;
            }
            for (of, happened, sign) in [(former, was, -1), (after, is, 1)] {
                if let Some((at, count)) = happened {
                    let day = i64::from(days_since_epoch(at.date()));
                    *self.metrics.entry(key(of, metric.as_str(), day)).or_default() += sign * count;
                }
            }
        }
        let was = before.map(|before| before.phase);
        if was != Some(after.phase) || !stays {
            *self.standing.entry(key(after, after.phase.as_str(), 0)).or_default() += 1;
            if let Some(was) = was {
                *self.standing.entry(key(former, was.as_str(), 0)).or_default() -= 1;
            }
        }
    }

    /// Writes what was gathered.
    pub(crate) async fn flush(self, ctx: &mut Ctx) -> Result<()> {
        let changed = |counts: BTreeMap<Key, i64>| {
            counts.into_iter().filter(|(_, count)| *count != 0).collect::<Vec<_>>()
        };
        for chunk in changed(self.metrics).chunks(ROWS_MAX) {
            let (mut values, mut rows) = (Vec::<Value>::new(), Vec::new());
            for ((metric, day, division, item, agency), count) in chunk {
                let first = values.len();
                values.extend(vals![*metric, *day, division, item, agency, *count]);
                rows.push(marks(first, values.len()));
            }
            let sql = format!(
                "INSERT INTO case_tally (metric, day, division, item, agency, count) VALUES {}
                 ON CONFLICT (metric, day, division, item, agency)
                 DO UPDATE SET count = case_tally.count + excluded.count",
                rows.join(", ")
            );
            ctx.execute(&sql, values).await?;
        }
        for chunk in changed(self.standing).chunks(ROWS_MAX) {
            let (mut values, mut rows) = (Vec::<Value>::new(), Vec::new());
            for ((phase, _, division, item, agency), count) in chunk {
                let first = values.len();
                values.extend(vals![*phase, division, item, agency, *count]);
                rows.push(marks(first, values.len()));
            }
            let sql = format!(
                "INSERT INTO case_standing (phase, division, item, agency, count) VALUES {}
                 ON CONFLICT (phase, division, item, agency)
                 DO UPDATE SET count = case_standing.count + excluded.count",
                rows.join(", ")
            );
            ctx.execute(&sql, values).await?;
        }
        Ok(())
    }
}

fn marks(first: usize, last: usize) -> String {
    let marks: Vec<String> = (first + 1..=last).map(|at| format!("${at}")).collect();
    format!("({})", marks.join(", "))
}
