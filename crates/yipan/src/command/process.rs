//! `yipan process check FILE…`: proves diagrams of procedures before anybody takes them up.

use super::Found;
use clap::Args;
use flow::process::{self, Context, Evaluate, Finding, MESSAGES};
use kernel::{Error, Lang, Result};
use serde_json::{Value as Json, json};
use std::path::PathBuf;

/// Options of `yipan process check`.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// BPMN 2.0 files.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Language of the findings.
    #[arg(long, default_value = "zh-CN")]
    lang: String,
    /// Report in JSON.
    #[arg(long)]
    json: bool,
}

/// Leaves expressions unread: their grammar belongs to whoever runs the procedure.
struct Unread;

impl Evaluate for Unread {
    fn check(&self, _text: &str) -> std::result::Result<(), String> {
        Ok(())
    }

    fn evaluate(&self, _text: &str, _context: &Context) -> std::result::Result<Json, String> {
        Err("expressions are not evaluated here".to_owned())
    }
}

/// Prints what is wrong with each file: rule, element, line and column, and the way to a deadlock.
/// Expressions are not read. Errors: `file` for one that cannot be opened.
pub fn check(options: &Options) -> Result<Found> {
    let lang = Lang::parse(&options.lang).unwrap_or_default();
    let mut found = Found::Good;
    for file in &options.files {
        let name = file.display().to_string();
        let bytes = std::fs::read(file)
            .map_err(|error| Error::invalid("file").detail(format!("{name}: {error}")))?;
        let findings = process::deploy(&bytes, &Unread).err().unwrap_or_default();
        if !findings.is_empty() {
            found = Found::Fault;
        }
        if options.json {
            println!("{}", json!({ "file": name, "findings": findings }));
            continue;
        }
        for finding in &findings {
            println!("{name}:{}", tell(finding, lang));
        }
        println!("{name}: {} findings", findings.len());
    }
    Ok(found)
}

/// A finding in a line.
fn tell(finding: &Finding, lang: Lang) -> String {
    let said = MESSAGES.iter().find(|(code, ..)| *code == finding.rule);
    let sentence = said.map_or("", |(_, zh, en)| match lang {
        Lang::Zh => zh,
        Lang::En => en,
    });
    let path = finding.path.join(" → ");
    let sentence = sentence
        .replace("{detail}", &finding.detail)
        .replace("{element}", &finding.element)
        .replace("{path}", &path);
    format!(
        "{}:{} {} [{}] {sentence}",
        finding.place.line, finding.place.column, finding.element, finding.rule,
    )
}
