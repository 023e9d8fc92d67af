//! `yipan process check FILE|FOLDER…`: proves procedures before anybody takes them up: diagrams and
//! decisions by themselves, procedures of a pack with their forms and examples. `yipan process
//! rewrite FILE` shows what becomes of a diagram that is read and written.

use super::Found;
use clap::Args;
use decision::feel::Feel;
use decision::model::Model;
use flow::process::{self, Finding, Place};
use kernel::{Error, Lang, Result};
use pack::procedure::DIAGRAM;
use pack::{Memory, Province};
use serde_json::json;
use std::path::{Path, PathBuf};
use webkit::view::Views;

/// Files read of one folder, and bytes of one file: as much as a pack may have.
const FILES_MAX: usize = 100;

/// Options of `yipan process check`.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// BPMN 2.0 files, DMN files, folders of one procedure in the shape of a pack, or packs.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Language of the findings.
    #[arg(long, default_value = "zh-CN")]
    lang: String,
    /// Report in JSON.
    #[arg(long)]
    json: bool,
}

/// Options of `yipan process rewrite`.
#[derive(Args, Clone, Debug)]
pub struct RewriteOptions {
    /// BPMN 2.0 file.
    file: PathBuf,
    /// Language of what is wrong with it.
    #[arg(long, default_value = "zh-CN")]
    lang: String,
}

/// What was found in one file or procedure.
#[derive(Debug)]
pub(crate) struct Told {
    name: String,
    pub(crate) findings: Vec<Finding>,
    /// Faults of the files of a pack, as its own check words them.
    pub(crate) pack: Vec<pack::Finding>,
}

/// Prints what is wrong with each file or procedure: rule, element, line and column, the way to a
/// deadlock, an expression that is no FEEL, the step at which an example stops.
/// Errors: `file` for one that cannot be opened.
pub fn check(options: &Options) -> Result<Found> {
    let lang = Lang::parse(&options.lang).unwrap_or_default();
    let views = crate::modules::views()?;
    let mut found = Found::Good;
    for path in &options.files {
        for told in look(path)? {
            if !(told.findings.is_empty() && told.pack.is_empty()) {
                found = Found::Fault;
            }
            print(&told, options.json, lang, &views);
        }
    }
    Ok(found)
}

/// Prints a diagram read and written again: what others wrote into it is there. Errors: `file` for
/// one that cannot be opened.
pub fn rewrite(options: &RewriteOptions) -> Result<Found> {
    let lang = Lang::parse(&options.lang).unwrap_or_default();
    match process::Document::parse(&read(&options.file)?) {
        Ok(document) => {
            say!("{}", document.write().trim_end());
            Ok(Found::Good)
        }
        Err(finding) => {
            let name = options.file.display().to_string();
            print_findings(&name, &[finding], lang, &crate::modules::views()?);
            Ok(Found::Fault)
        }
    }
}

/// What is wrong with what a path names. Errors: `file` for what cannot be opened.
pub(crate) fn look(path: &Path) -> Result<Vec<Told>> {
    let name = path.display().to_string();
    if !path.is_dir() {
        let bytes = read(path)?;
        let findings = match path.extension().is_some_and(|extension| extension == "dmn") {
            true => decisions(&bytes),
            false => process::deploy(&bytes, &Feel::new()).err().unwrap_or_default(),
        };
        return Ok(vec![Told { name, findings, pack: Vec::new() }]);
    }
    if !path.join(DIAGRAM).is_file() && !path.join("procedure.yaml").is_file() {
        return Ok(walked(&name, &pack::folder(path)?, ""));
    }
    // One procedure stands among the definitions that come with the program.
    let whole = std::fs::canonicalize(path).map_err(|error| unreadable(path, &error))?;
    let id = whole.file_name().map(|name| name.to_string_lossy().into_owned());
    let id = id.unwrap_or_default();
    let folder = format!("standard/procedures/{id}/");
    let mut files = Memory::of(&pack::Embedded);
    files.0.retain(|path, _| !path.starts_with(&folder));
    let entries = std::fs::read_dir(&whole).map_err(|error| unreadable(path, &error))?;
    for entry in entries.filter_map(std::result::Result::ok).take(FILES_MAX) {
        if entry.path().is_file() {
            let name = entry.file_name().to_string_lossy().into_owned();
            files.0.insert(format!("{folder}{name}"), read(&entry.path())?);
        }
    }
    Ok(walked(&name, &files, &id))
}

/// Procedures of packs, or one of them, with their examples.
fn walked(name: &str, files: &Memory, only: &str) -> Vec<Told> {
    let province = match Province::load(files) {
        Ok(province) => province,
        Err(_) => {
            let mut pack = pack::check(files).findings;
            if !only.is_empty() {
                let folder = format!("standard/procedures/{only}");
                pack.retain(|finding| finding.file.starts_with(&folder));
            }
            return vec![Told { name: name.to_owned(), findings: Vec::new(), pack }];
        }
    };
    let mut wrong = ::process::walk::check(&province);
    let all = province.procedures().map(|drawn| drawn.procedure.id.clone());
    let told = all.filter(|id| only.is_empty() || id == only).map(|id| Told {
        findings: wrong.remove(&id).unwrap_or_default(),
        name: if only.is_empty() { format!("{name}/{id}") } else { name.to_owned() },
        pack: Vec::new(),
    });
    told.collect()
}

/// What is wrong with a decision model, its failing tests among it.
fn decisions(bytes: &[u8]) -> Vec<Finding> {
    let model = match Model::deploy(bytes) {
        Ok(model) => model,
        Err(findings) => return findings,
    };
    let failed = model.run_tests().into_iter().filter(|test| !test.passed);
    let finding = |test: decision::model::TestOutcome| {
        let place = Place { line: test.line, column: 1 };
        let told = test.error.unwrap_or_else(|| format!("{} ≠ {}", test.actual, test.expected));
        let told = format!("{}: {told}", test.name);
        Finding::new("process.decision_test", test.decision, place).detail(told)
    };
    failed.map(finding).collect()
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| unreadable(path, &error))
}

pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::invalid("file").detail(format!("{}: {error}", path.display()))
}

fn print(told: &Told, as_json: bool, lang: Lang, views: &Views) {
    let Told { name, findings, pack } = told;
    if as_json {
        say!("{}", json!({ "file": name, "findings": findings, "pack": pack }));
        return;
    }
    for finding in pack {
        let said = finding.message.get(lang);
        say!("{} {} [{}] {said}", finding.file, finding.path, finding.code);
    }
    print_findings(name, findings, lang, views);
    say!("{name}: {} findings", findings.len() + pack.len());
}

/// A line for each finding: where it is, its element, rule and sentence, and the way to it.
pub(super) fn print_findings(name: &str, findings: &[Finding], lang: Lang, views: &Views) {
    for (finding, fault) in findings.iter().zip(process::refusal(findings).fields) {
        let way = match finding.path.is_empty() {
            true => String::new(),
            false => format!(" ({})", finding.path.join(" → ")),
        };
        say!(
            "{name}:{}:{} {} [{}] {}{way}",
            finding.place.line,
            finding.place.column,
            finding.element,
            finding.rule,
            views.field_text(lang, &fault),
        );
    }
}
