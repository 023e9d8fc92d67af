//! What the engine asks while it steps: the value of an expression, FEEL compiled once per text, and
//! the end of a period of working days.
//!
//! Must not know: diagrams.

use decision::feel::Feel;
use flow::process::{Evaluate, WorkingDays};
use kernel::{Result, Timestamp};
use pack::Province;
use std::sync::LazyLock;

static FEEL: LazyLock<Feel> = LazyLock::new(Feel::new);

/// The evaluator in force.
pub(crate) fn evaluator() -> &'static (dyn Evaluate + Send + Sync) {
    &*FEEL
}

/// The working days of a province. Errors: `calendar.year_missing` naming the year.
pub(crate) struct Days<'a>(pub(crate) &'a Province);

impl WorkingDays for Days<'_> {
    fn end(&self, from: Timestamp, days: u32) -> Result<Timestamp> {
        self.0.calendar()?.end(from, days)
    }
}
