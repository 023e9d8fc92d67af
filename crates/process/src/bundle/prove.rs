//! Makes a bundle of files: the diagram proved, the decisions compiled and tested, the forms
//! checked, everything the diagram names there.
//!
//! Invariants: only what passes everything becomes a bundle; findings name rule, element and line.
//! Must not know: databases; what is deployed already it is told.

use super::files::Files;
use super::form;
use crate::definition::{Bundle, Needs, check_definitions};
use decision::model::Model;
use flow::process::Finding;
use kernel::Error;
use pack::Province;

/// Decision models, compiled, by file name.
#[derive(Default)]
pub struct Decisions(Vec<(String, Model)>);

impl std::fmt::Debug for Decisions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl Decisions {
    /// The model that can be asked a decision by its id, else by its name, and the file it is of.
    pub fn find(&self, decision: &str) -> Option<(&str, &Model)> {
        let (by_id, by_name) = self.all(decision);
        let (file, model) = by_id.first().or(by_name.first())?;
        Some((file, model))
    }

    /// True when several models have a decision of that id, or of that name and none of that id.
    pub fn is_ambiguous(&self, decision: &str) -> bool {
        let (by_id, by_name) = self.all(decision);
        by_id.len() > 1 || (by_id.is_empty() && by_name.len() > 1)
    }

    /// Models by file name.
    pub fn models(&self) -> impl Iterator<Item = (&str, &Model)> {
        self.0.iter().map(|(file, model)| (file.as_str(), model))
    }

    #[allow(clippy::type_complexity)] // Two lists of the same kind.
    fn all(&self, decision: &str) -> (Vec<(&str, &Model)>, Vec<(&str, &Model)>) {
        let (mut by_id, mut by_name) = (Vec::new(), Vec::new());
        for (file, model) in self.models() {
            for (id, name, _) in model.questions() {
                if id == decision {
                    by_id.push((file, model));
                } else if name == decision {
                    by_name.push((file, model));
                }
            }
        }
        (by_id, by_name)
    }
}

/// Reads and proves the files of a bundle. `known` says whether a process that the diagram does not
/// hold is deployed. Errors: everything found wrong, in order.
pub fn prove(
    files: &Files,
    pack: &Province,
    known: &dyn Fn(&str) -> bool,
) -> Result<Bundle, Vec<Finding>> {
    let faults = files.faults();
    if !faults.is_empty() {
        return Err(faults);
    }
    let deployed = flow::process::deploy(files.diagram(), crate::evaluate::evaluator())?;
    let (decisions, mut findings) = compile(files);
    findings.extend(decisions.models().flat_map(|(file, model)| failing(file, model)));
    let forms = files.forms().unwrap_or_else(|finding| {
        findings.push(finding);
        Vec::new()
    });
    findings.extend(form::faults(&forms));
    let needs = Needs { decisions: &decisions, forms: &forms, known };
    let (extras, further) = check_definitions(&deployed, pack, &needs);
    // What the diagram names of a file that cannot be read would be told twice.
    if findings.is_empty() {
        findings = further;
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    let digest = proof::digest::sm3_hex(&files.to_bytes());
    let (document, definitions) = (deployed.document, deployed.definitions);
    let about = files.about();
    Ok(Bundle { digest, document, definitions, extras, decisions, forms, about })
}

/// The bundle of bytes that were deployed. What it names was there then; what has gone since shows
/// when it is used. Errors: `internal` for what was never deployed.
pub(crate) fn load(digest: &str, bytes: &[u8], pack: &Province) -> kernel::Result<Bundle> {
    let files = Files::from_bytes(bytes)?;
    let broken = |findings| Error::internal(format!("bundle {digest}: {findings:?}"));
    let deployed = flow::process::deploy(files.diagram(), crate::evaluate::evaluator());
    let deployed = deployed.map_err(broken)?;
    let (decisions, findings) = compile(&files);
    if !findings.is_empty() {
        return Err(broken(findings));
    }
    let forms = files.forms().map_err(|finding| broken(vec![finding]))?;
    let needs = Needs { decisions: &decisions, forms: &forms, known: &|_| true };
    let (extras, _) = check_definitions(&deployed, pack, &needs);
    let (document, definitions) = (deployed.document, deployed.definitions);
    let (digest, about) = (digest.to_owned(), files.about());
    Ok(Bundle { digest, document, definitions, extras, decisions, forms, about })
}

/// Compiles every decision model; one that imports others is given those beside it.
fn compile(files: &Files) -> (Decisions, Vec<Finding>) {
    let (mut models, mut findings) = (Vec::new(), Vec::new());
    for (file, bytes) in files.decisions() {
        let imports = |found: &Finding| found.rule == "decision.import_missing";
        let made = match Model::deploy(bytes) {
            Err(found) if found.iter().any(imports) => {
                let beside = files.decisions().filter(|(name, _)| *name != file);
                let beside: Vec<&[u8]> = beside.map(|(_, bytes)| bytes).collect();
                Model::deploy_with(bytes, &beside)
            }
            made => made,
        };
        match made {
            Ok(model) => models.push((file.to_owned(), model)),
            Err(found) => findings.extend(found.into_iter().map(|finding| {
                let element = within(file, &finding.element);
                Finding { element, ..finding }
            })),
        }
    }
    (Decisions(models), findings)
}

/// A decision model that is still being written, with what is wrong with it; `None` when there is
/// no such file. The inner error is for one of which nothing can be made.
#[allow(clippy::type_complexity)] // A model with findings, or findings alone.
pub(crate) fn drafted(
    files: &Files,
    file: &str,
) -> Option<Result<(Model, Vec<Finding>), Vec<Finding>>> {
    let bytes = files.get(file)?;
    let alone = Model::draft(bytes, &[]);
    let found = match &alone {
        Ok((_, found)) | Err(found) => found,
    };
    if found.iter().all(|finding| finding.rule != "decision.import_missing") {
        return Some(alone);
    }
    let beside = files.decisions().filter(|(name, _)| *name != file);
    let beside: Vec<&[u8]> = beside.map(|(_, bytes)| bytes).collect();
    Some(Model::draft(bytes, &beside))
}

/// Tests of a definition that fail.
fn failing(file: &str, model: &Model) -> Vec<Finding> {
    let failed = model.run_tests().into_iter().filter(|test| !test.passed);
    failed
        .map(|test| {
            let place = flow::process::Place { line: test.line, column: 1 };
            let told = match test.error {
                Some(error) => format!("{}: {error}", test.name),
                None => format!("{}: {} ≠ {}", test.name, test.actual, test.expected),
            };
            Finding::new("process.decision_test", within(file, &test.decision), place).detail(told)
        })
        .collect()
}

/// An element of a file.
fn within(file: &str, element: &str) -> String {
    if element.is_empty() { file.to_owned() } else { format!("{file}#{element}") }
}
