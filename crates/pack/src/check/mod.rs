//! The checker: proves a set of packs whole before it loads.
//!
//! Invariants: it reads everything it can and reports every fault at once, each with its file, the
//! place in it, a stable code and how to mend it in both languages; packs without an error-level
//! finding load. Must not know: databases, pages.

mod entry;
mod examination;
mod example;
mod form;
mod item;
mod licence;
mod one_thing;
mod procedure;
mod reference;
mod text;
mod told;

pub(crate) use text::texts;

use crate::application;
use crate::catalogue::ItemsReport;
use crate::files::Files;
use crate::load;
use crate::province::Province;
use kernel::Text;
use serde::Serialize;

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The pack does not load.
    Error,
    /// It loads; somebody should look.
    Warning,
}

/// A fault of a pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// File, from the folder of packs.
    pub file: String,
    /// Place in it: `materials[2].name`, `row 17`; empty for the file as a whole.
    pub path: String,
    /// Stable code, `kind.reason`.
    pub code: &'static str,
    /// What is wrong and how to mend it.
    pub message: Text,
    /// How grave.
    pub severity: Severity,
}

/// What `pack check` prints.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Every fault, by file.
    pub findings: Vec<Finding>,
    /// How the published list's codes fared; `None` when it could not be entered.
    pub items: Option<ItemsReport>,
    /// Number of definitions read.
    pub definitions: usize,
}

impl Report {
    /// True when the packs would load.
    pub fn is_sound(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity != Severity::Error)
    }
}

/// Gathers findings.
#[derive(Debug, Default)]
pub(crate) struct Findings(pub(crate) Vec<Finding>);

impl Findings {
    /// Adds an error.
    pub(crate) fn error(
        &mut self,
        file: &str,
        path: impl Into<String>,
        code: &'static str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) {
        self.0.push(Finding {
            file: file.to_owned(),
            path: path.into(),
            code,
            message: Text::new(zh, en),
            severity: Severity::Error,
        });
    }
}

/// Reads and proves a set of packs.
pub fn check(files: &dyn Files) -> Report {
    let (province, findings) = prove(files);
    Report {
        findings,
        items: Some(province.items_report().clone()).filter(|report| report.total > 0),
        definitions: province.versions().len(),
    }
}

/// A part of the checker.
type Stage = fn(&Province, &mut Findings);

/// Reads a set of packs and proves it; the province is whole only without errors.
pub(crate) fn prove(files: &dyn Files) -> (Province, Vec<Finding>) {
    let mut findings = Findings::default();
    let mut province = load::read(files, &mut findings);
    text::check(&province, &mut findings);
    // What is made of an item says nothing that the item does not.
    application::derive(&mut province, &mut findings);
    // Each stage rests on the one before: on a broken one it would only repeat the first fault.
    let stages: [&[Stage]; 3] = [
        &[
            item::check,
            reference::check,
            procedure::check,
            entry::check,
            licence::check,
            examination::check,
        ],
        &[one_thing::check],
        &[example::check],
    ];
    for stage in stages {
        if findings.0.iter().all(|finding| finding.severity != Severity::Error) {
            stage.iter().for_each(|check| check(&province, &mut findings));
        }
    }
    findings.0.sort_by(|a, b| (&a.file, &a.path, a.code).cmp(&(&b.file, &b.path, b.code)));
    findings.0.dedup();
    (province, findings.0)
}
