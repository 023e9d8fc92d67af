//! Offline verification as a command: `yipan verify FILE…`, and the verifier alone, `yipan-verify`.
//!
//! Trust anchors come from `--trust`, else `trust.pem` of the data folder, else the user's own
//! trust folder, where `yipan demo` and `yipan serve` leave their root certificate.
//!
//! Invariant: both programs make the same checks and say the same, since both call [`run`].
//! Must not know: any area, a database, the network, the clock; where lines are written.

use clap::Args;
use kernel::{Error, Lang, Result, Timestamp};
use proof::certificate::Certificate;
use proof::certificate::revocation::Crl;
use proof::verify::{Report, verify_file, with_lists};
use serde_json::json;
use std::path::{Path, PathBuf};

/// What is verified, and against what.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Files to verify: licences, receipts, notices (PDF, OFD), signed data (JSON) or case folders (ZIP).
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Signed status list, as saved from the issuer.
    #[arg(long)]
    status: Option<PathBuf>,
    /// List of certificates taken back (DER or PEM); may be given more than once.
    #[arg(long)]
    crl: Vec<PathBuf>,
    /// Certificates to trust (PEM); may be given more than once.
    #[arg(long)]
    trust: Vec<PathBuf>,
    /// Data folder of an installation whose root is trusted.
    #[arg(long, default_value = "yipan-data")]
    data: PathBuf,
    /// Judge as of a date, `2026-09-15`; now when absent.
    #[arg(long)]
    at: Option<String>,
    /// Language of the details.
    #[arg(long, default_value = "zh-CN")]
    lang: String,
    /// Report in JSON.
    #[arg(long)]
    json: bool,
}

/// Verifies every file at an instant, or at the end of the day that `--at` names, and says line by
/// line what it found; true when every file holds.
///
/// Errors: a file that cannot be read, a status list, revocation list or root that is none, a date
/// that is none.
pub fn run(options: &Options, now: Timestamp, say: &mut dyn FnMut(&str)) -> Result<bool> {
    let lang = Lang::parse(&options.lang).unwrap_or_default();
    let anchors = anchors(options)?;
    let status = options
        .status
        .as_ref()
        .map(|path| proof::status::SignedStatus::parse(&read(path)?))
        .transpose()?;
    let lists =
        options.crl.iter().map(|path| Crl::read(&read(path)?)).collect::<Result<Vec<_>>>()?;
    let at = options.at.as_deref().map_or(Ok(now), end_of)?;
    let mut good = true;
    let mut reports = Vec::new();
    for path in &options.files {
        let mut report = verify_file(&read(path)?, &anchors, status.as_ref(), at);
        if !lists.is_empty() {
            report = with_lists(report, &lists, &anchors, at);
        }
        good &= report.valid;
        match options.json {
            true => reports.push(report.to_json(lang)),
            false => tell(path, &report, lang, say),
        }
    }
    match reports.as_slice() {
        [] => {}
        [report] => say(&report.to_string()),
        _ => say(&json!(reports).to_string()),
    }
    Ok(good)
}

fn tell(path: &Path, report: &Report, lang: Lang, say: &mut dyn FnMut(&str)) {
    let found = if report.valid { "有效 valid" } else { "无效 NOT valid" };
    say(&format!("{}: {found}", path.display()));
    for check in &report.checks {
        let mark = if check.ok { "✓" } else { "✗" };
        say(&format!("  {mark} {}: {}", check.name, check.detail.get(lang)));
    }
}

/// Where a user's own trust anchors are kept.
pub fn trust_folder() -> Option<PathBuf> {
    let share = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    share.or_else(home).map(|folder| folder.join("yipan/trust"))
}

fn anchors(options: &Options) -> Result<Vec<Certificate>> {
    let mut paths = options.trust.clone();
    if paths.is_empty() {
        let own = options.data.join("trust.pem");
        if own.exists() {
            paths.push(own);
        }
        let folder = trust_folder().and_then(|folder| std::fs::read_dir(folder).ok());
        paths.extend(folder.into_iter().flatten().flatten().map(|entry| entry.path()));
    }
    let mut anchors = Vec::new();
    for path in paths {
        let text = String::from_utf8_lossy(&read(&path)?).into_owned();
        anchors.extend(Certificate::all_from_pem(&text)?);
    }
    Ok(anchors)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path)
        .map_err(|error| Error::invalid("file").detail(format!("{}: {error}", path.display())))
}

/// The last instant of a day in China.
fn end_of(date: &str) -> Result<Timestamp> {
    let date: jiff::civil::Date = date
        .parse()
        .map_err(|_| Error::invalid("date").detail("--at wants a date like 2026-09-15"))?;
    Ok(Timestamp::start_of(date).plus_days(1).plus_us(-1))
}
