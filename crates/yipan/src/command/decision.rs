//! `yipan decision evaluate` and `yipan decision test`: decision models asked from the command
//! line, by hand or by test cases in the schema of the public conformance suite.
//!
//! Invariant: a model is asked as a procedure would ask it; a test may also ask one that would not
//! be deployed, whose faults are told. Must not know: DMN.

use super::Found;
use super::process::{print_findings, read, unreadable};
use ::decision::model::{Decided, Explained, Model, Suite, SuiteOutcome};
use clap::Args;
use flow::process::{Finding, Place};
use kernel::{Error, Lang, Result};
use serde_json::{Map, Value as Json, json};
use std::path::{Path, PathBuf};
use webkit::view::Views;

/// Files of one folder, and folders inside each other.
const FILES_MAX: usize = 2_000;
const DEPTH_MAX: usize = 8;

/// Options of `yipan decision evaluate`.
#[derive(Args, Clone, Debug)]
pub struct EvaluateOptions {
    /// The model, and models it imports.
    #[arg(required = true)]
    models: Vec<PathBuf>,
    /// What is asked, by name or id: a decision, a service or a knowledge model.
    #[arg(long)]
    decision: String,
    /// File of a JSON object, an entry for each input.
    #[arg(long)]
    input: Option<PathBuf>,
    /// Language of what is wrong.
    #[arg(long, default_value = "zh-CN")]
    lang: String,
    /// Answer in JSON, with the reasons.
    #[arg(long)]
    json: bool,
}

/// Options of `yipan decision test`.
#[derive(Args, Clone, Debug)]
pub struct TestOptions {
    /// A model, models it imports and files of its test cases; or folders, in which each file of
    /// cases names its model.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Language of the report.
    #[arg(long, default_value = "zh-CN")]
    lang: String,
    /// Report in JSON, a line for each result.
    #[arg(long)]
    json: bool,
}

/// Makes a decision and prints it with its reasons. Errors: files that cannot be read, inputs that
/// are missing or wrong.
pub fn evaluate(options: &EvaluateOptions) -> Result<Found> {
    let lang = Lang::parse(&options.lang).unwrap_or_default();
    let views = crate::modules::views()?;
    let documents: Vec<Vec<u8>> =
        options.models.iter().map(|path| read(path)).collect::<Result<_>>()?;
    let Some(((path, document), others)) = first(&options.models, &documents) else {
        return Ok(Found::Fault);
    };
    let model = match Model::deploy_with(document, &others) {
        Ok(model) => model,
        Err(findings) => {
            print_wrong(&path.display().to_string(), &findings, options.json, lang, &views);
            return Ok(Found::Fault);
        }
    };
    let inputs = match &options.input {
        Some(path) => inputs(path)?,
        None => Map::new(),
    };
    match model.decide(&options.decision, &inputs) {
        Ok(decided) => print_decided(&decided, options.json),
        Err(error) => {
            print_refused(&error, options.json, lang, &views);
            return Ok(Found::Fault);
        }
    }
    Ok(Found::Good)
}

type Named<'a> = (&'a Path, &'a [u8]);

/// The first document and the others.
fn first<'a>(paths: &'a [PathBuf], documents: &'a [Vec<u8>]) -> Option<(Named<'a>, Vec<&'a [u8]>)> {
    let (document, others) = documents.split_first()?;
    let others = others.iter().map(Vec::as_slice).collect();
    Some(((paths.first()?.as_path(), document.as_slice()), others))
}

fn inputs(path: &Path) -> Result<Map<String, Json>> {
    let wrong = |error: serde_json::Error| {
        Error::invalid("file").detail(format!("{}: {error}", path.display()))
    };
    serde_json::from_slice(&read(path)?).map_err(wrong)
}

fn print_wrong(file: &str, findings: &[Finding], as_json: bool, lang: Lang, views: &Views) {
    match as_json {
        true => say!("{}", json!({"file": file, "findings": findings})),
        false => print_findings(file, findings, lang, views),
    }
}

fn print_decided(decided: &Decided, as_json: bool) {
    if as_json {
        say!("{}", json!(decided));
        return;
    }
    say!("{}", decided.value);
    for explained in &decided.explained {
        print_explained(explained, 1);
    }
}

/// What a decision came to, and beneath it what it read and the rules that matched, with their notes.
fn print_explained(explained: &Explained, depth: usize) {
    let pad = "  ".repeat(depth);
    let because = explained.because.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
    say!("{pad}{} = {}{because}", explained.name, explained.result);
    for used in &explained.inputs {
        say!("{pad}  {}: {}", used.name, used.value);
    }
    for hit in &explained.tables {
        for matched in &hit.rules {
            let notes: String =
                matched.notes.iter().map(|note| format!("; {}", note.text)).collect();
            let (table, policy) = (&hit.table, hit.policy);
            say!("{pad}  {table} {policy} {} → {}{notes}", matched.rule, matched.output);
        }
    }
    for child in explained.children.iter().filter(|child| !child.repeated) {
        print_explained(child, depth + 1);
    }
}

fn print_refused(error: &Error, as_json: bool, lang: Lang, views: &Views) {
    if as_json {
        let fields =
            error.fields.iter().map(|field| json!({"field": field.field, "code": field.code}));
        say!("{}", json!({"code": error.code, "fields": fields.collect::<Vec<_>>()}));
        return;
    }
    say!("{}", views.error_text(lang, error));
    for field in &error.fields {
        say!("  {} [{}] {}", field.field, field.code, views.field_text(lang, field));
    }
}

/// A file of test cases, run.
#[derive(Debug)]
pub(crate) struct Ran {
    file: String,
    model: String,
    findings: Vec<Finding>,
    pub(crate) outcomes: Vec<SuiteOutcome>,
}

/// Runs test cases and prints every result, and at last how many passed; that there are none is a
/// fault. Errors: files that cannot be read.
pub fn test(options: &TestOptions) -> Result<Found> {
    let lang = Lang::parse(&options.lang).unwrap_or_default();
    let views = crate::modules::views()?;
    let (mut passed, mut failed, mut broken) = (0, 0, 0);
    for ran in run(&options.paths)? {
        if !ran.findings.is_empty() {
            print_wrong(&ran.model, &ran.findings, options.json, lang, &views);
        }
        broken += usize::from(ran.outcomes.is_empty());
        for outcome in &ran.outcomes {
            if outcome.passed {
                passed += 1
            } else {
                failed += 1
            }
            print_outcome(&ran.file, outcome, options.json, lang, &views);
        }
    }
    if options.json {
        say!("{}", json!({"passed": passed, "failed": failed, "broken": broken}));
    } else {
        let count = |n: usize| n.to_string();
        let args =
            [("passed", count(passed)), ("failed", count(failed)), ("broken", count(broken))];
        say!("{}", views.text(lang, "yipan.decision.summary", &args));
    }
    Ok(if passed > 0 && failed + broken == 0 { Found::Good } else { Found::Fault })
}

fn print_outcome(file: &str, outcome: &SuiteOutcome, as_json: bool, lang: Lang, views: &Views) {
    if as_json {
        say!("{}", json!({"file": file, "outcome": outcome}));
        return;
    }
    let SuiteOutcome { case, name, line, expected, actual, passed } = outcome;
    let args = [("expected", expected.clone()), ("actual", actual.clone())];
    let told = match passed {
        true => views.text(lang, "yipan.decision.passed", &[]),
        false => views.text(lang, "yipan.decision.failed", &args),
    };
    say!("{file}:{line} {case} {name}: {told}");
}

/// Every file of test cases among the paths, run on its model. Errors: what cannot be read.
pub(crate) fn run(paths: &[PathBuf]) -> Result<Vec<Ran>> {
    let (folders, files): (Vec<_>, Vec<_>) = paths.iter().cloned().partition(|path| path.is_dir());
    let mut ran = if files.is_empty() { Vec::new() } else { together(&files)? };
    for folder in folders {
        let mut files = Vec::new();
        gather(&folder, 0, &mut files)?;
        ran.extend(together(&files)?);
    }
    Ok(ran)
}

/// Files of a folder and the folders in it, in order of their names.
fn gather(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let mut entries: Vec<PathBuf> =
        entries.filter_map(std::result::Result::ok).map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() && depth < DEPTH_MAX {
            gather(&path, depth + 1, files)?;
        } else if path.is_file() && files.len() < FILES_MAX {
            files.push(path);
        }
    }
    Ok(())
}

/// Runs the cases among some files on the models among them.
fn together(files: &[PathBuf]) -> Result<Vec<Ran>> {
    let is = |path: &&PathBuf, wanted: &str| path.extension().is_some_and(|end| end == wanted);
    let mut models = Vec::new();
    for path in files.iter().filter(|path| is(path, "dmn")) {
        models.push((path, read(path)?));
    }
    let mut ran = Vec::new();
    for path in files.iter().filter(|path| is(path, "xml")) {
        ran.push(one(path, &read(path)?, &models));
    }
    Ok(ran)
}

/// Runs a file of cases on the model it names, which stands nearest, or on the first.
fn one(path: &Path, cases: &[u8], models: &[(&PathBuf, Vec<u8>)]) -> Ran {
    let mut ran = Ran {
        file: path.display().to_string(),
        model: path.display().to_string(),
        findings: Vec::new(),
        outcomes: Vec::new(),
    };
    let suite = match Suite::read(cases) {
        Ok(suite) => suite,
        Err(finding) => {
            ran.findings.push(finding);
            return ran;
        }
    };
    let beside = |model: &Path| model.parent() == path.parent();
    let named = |model: &Path| model.file_name().is_some_and(|name| *name == *suite.model);
    let mut nearest: Vec<_> = models.iter().collect();
    nearest.sort_by_key(|(model, _)| (!named(model), !beside(model)));
    let Some(((model, document), others)) = nearest.split_first() else {
        let missing = Finding::new("decision.import_missing", "", Place::default());
        ran.findings.push(missing.detail(&suite.model));
        return ran;
    };
    ran.model = model.display().to_string();
    let others: Vec<&[u8]> = others.iter().map(|(_, bytes)| bytes.as_slice()).collect();
    match Model::draft(document, &Model::imported(document, &others)) {
        Ok((model, findings)) => {
            ran.findings = findings;
            ran.outcomes = suite.run(&model);
        }
        Err(findings) => ran.findings = findings,
    }
    ran
}
