//! The evaluator of the expressions in diagrams: FEEL, compiled once per text.
//!
//! Must not know: diagrams.

use decision::feel::Feel;
use flow::process::Evaluate;
use std::sync::LazyLock;

static FEEL: LazyLock<Feel> = LazyLock::new(Feel::new);

/// The evaluator in force.
pub(crate) fn evaluator() -> &'static (dyn Evaluate + Send + Sync) {
    &*FEEL
}
