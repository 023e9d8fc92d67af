//! `yipan pack check DIR`: proves packs whole before they are loaded.

use super::Found;
use clap::Args;
use kernel::{Lang, Result};
use std::path::PathBuf;

/// Options of `yipan pack check`.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Folder of packs.
    folder: PathBuf,
    /// Language of the findings.
    #[arg(long, default_value = "zh-CN")]
    lang: String,
    /// Report in JSON.
    #[arg(long)]
    json: bool,
}

/// Prints every finding and the report on imported items.
pub fn check(options: &Options) -> Result<Found> {
    let lang = Lang::parse(&options.lang).unwrap_or_default();
    let files = pack::folder(&options.folder)?;
    let report = pack::check(&files);
    if options.json {
        say!("{}", serde_json::to_string(&report).unwrap_or_default());
    } else {
        for finding in &report.findings {
            say!(
                "{} {} [{}] {}",
                finding.file,
                finding.path,
                finding.code,
                finding.message.get(lang)
            );
        }
        if let Some(items) = &report.items {
            say!(
                "items: {} published, {} valid, {} repaired, {} quarantined",
                items.total,
                items.valid,
                items.repaired.len(),
                items.quarantined.len()
            );
        }
        say!("{} findings", report.findings.len());
    }
    Ok(if report.findings.is_empty() { Found::Good } else { Found::Fault })
}
