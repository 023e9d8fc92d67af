//! What a check found wrong with a model, and where in the document.
//!
//! Invariant: the rule is a code of [`MESSAGES`](super::MESSAGES); findings come in the order of
//! the document.

use kernel::Error;
pub use markup::Place;
use serde::Serialize;

/// Findings told of one document: nobody mends more at once.
pub const FINDINGS_MAX: usize = 100;

/// A reason why a model is not deployed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Stable id of the rule, which is also the code of its sentence.
    pub rule: &'static str,
    /// Id of the element at fault, or its name when it has no id.
    pub element: String,
    /// Where it is.
    pub place: Place,
    /// What exactly: a name, a value, a limit.
    pub detail: String,
    /// Ids of the nodes passed on the way to the fault; empty when the fault is not one of flow.
    pub path: Vec<String>,
}

impl Finding {
    /// A finding at an element.
    pub fn new(rule: &'static str, element: impl Into<String>, place: Place) -> Finding {
        let (detail, path) = (String::new(), Vec::new());
        Finding { rule, element: element.into(), place, detail, path }
    }

    /// Adds what exactly is wrong, cut to a length a page can show.
    pub fn detail(mut self, detail: impl std::fmt::Display) -> Finding {
        self.detail = detail.to_string().chars().take(200).collect();
        self
    }

    /// Adds the way to the fault.
    pub fn path(mut self, path: Vec<String>) -> Finding {
        self.path = path;
        self
    }
}

/// The findings as one refusal, `process.model`, with a field per finding.
pub fn refusal(findings: &[Finding]) -> Error {
    let start = Error::invalid("process.model").arg("count", findings.len());
    findings.iter().fold(start, |error, finding| {
        error.field_with(
            finding.element.clone(),
            finding.rule,
            vec![
                ("element", finding.element.clone()),
                ("line", finding.place.line.to_string()),
                ("column", finding.place.column.to_string()),
                ("detail", finding.detail.clone()),
                ("path", finding.path.join(" → ")),
            ],
        )
    })
}
