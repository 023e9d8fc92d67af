//! Offline verification as a command: `yipan verify FILE…`, and the verifier alone, `yipan-verify`.
//!
//! Trust anchors come from `--trust`, else `trust.pem` of the data folder, else the user's own
//! trust folder, where `yipan demo` leaves its root certificate; what leads there is told as a
//! demonstration's, since its keys are in nobody's safe.
//!
//! Invariant: both programs make the same checks and say the same, since both call [`run`].
//! Must not know: any area, a database, the network, the clock; where lines are written.

use clap::Args;
use kernel::{Error, Lang, Result, Text, Timestamp};
use proof::certificate::revocation::Crl;
use proof::certificate::{Certificate, verify_chain};
use proof::verify::{Report, verify_file, with_lists};
use serde_json::json;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// More bytes than anything that is verified may have.
const READ_MAX: u64 = (64 << 20) + 1;

/// What is verified, and against what.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Files to verify: licences, receipts, notices (PDF, OFD), signed data (JSON, CMS), case folders
    /// (ZIP), credentials (SD-JWT VC) or certificates.
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
    let Anchors { all: anchors, demonstrations } = anchors(options)?;
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
        let signed = report.signed.as_ref();
        let demonstration = signed
            .is_some_and(|signed| verify_chain(&signed.chain, &demonstrations, signed.at).is_ok());
        match options.json {
            true => {
                let mut told = report.to_json(lang);
                told["demonstration"] = demonstration.into();
                reports.push(told);
            }
            false => tell(path, &report, demonstration, lang, say),
        }
    }
    match reports.as_slice() {
        [] => {}
        [report] => say(&report.to_string()),
        _ => say(&json!(reports).to_string()),
    }
    Ok(good)
}

fn tell(path: &Path, report: &Report, demonstration: bool, lang: Lang, say: &mut dyn FnMut(&str)) {
    let all_made = report.checks.iter().all(|check| check.made);
    let found = match (report.valid, all_made) {
        (true, true) => "有效 valid",
        (true, false) => "有效，但有未核对项 valid, but not everything was checked",
        (false, _) => "无效 NOT valid",
    };
    say(&format!("{}: {found}", path.display()));
    for check in &report.checks {
        let mark = match (check.made, check.ok) {
            (false, _) => "–",
            (true, true) => "✓",
            (true, false) => "✗",
        };
        say(&format!("  {mark} {}: {}", check.name, check.detail.get(lang)));
    }
    if demonstration {
        let told = Text::new(
            "根证书是演示环境留下的，不是任何机关的。",
            "The root is one a demonstration left on this machine, no authority's.",
        );
        say(&format!("  ! demonstration: {}", told.get(lang)));
    }
}

/// Where a user's own trust anchors are kept.
pub fn trust_folder() -> Option<PathBuf> {
    let share = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    share.or_else(home).map(|folder| folder.join("yipan/trust"))
}

/// Roots to trust.
struct Anchors {
    all: Vec<Certificate>,
    /// Those among them that demonstrations left in the user's trust folder.
    demonstrations: Vec<Certificate>,
}

fn anchors(options: &Options) -> Result<Anchors> {
    let mut paths = options.trust.clone();
    let mut left = Vec::new();
    if paths.is_empty() {
        let own = options.data.join("trust.pem");
        if own.exists() {
            paths.push(own);
        }
        let folder = trust_folder().and_then(|folder| std::fs::read_dir(folder).ok());
        let kept = folder.into_iter().flatten().flatten();
        let by_demonstration = |path: &PathBuf| {
            path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"demo-"))
        };
        let (of_demonstrations, own): (Vec<_>, Vec<_>) =
            kept.map(|entry| entry.path()).partition(by_demonstration);
        paths.extend(own);
        left = of_demonstrations;
    }
    let demonstrations = certificates(&left)?;
    let mut all = certificates(&paths)?;
    all.extend(demonstrations.iter().cloned());
    Ok(Anchors { all, demonstrations })
}

fn certificates(paths: &[PathBuf]) -> Result<Vec<Certificate>> {
    let mut found = Vec::new();
    for path in paths {
        found.extend(Certificate::all_from_pem(&String::from_utf8_lossy(&read(path)?))?);
    }
    Ok(found)
}

/// A file as far as anything here reads: what is larger is cut, and refused as too large.
fn read(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(READ_MAX).read_to_end(&mut bytes))
        .map_err(|error| Error::invalid("file").detail(format!("{}: {error}", path.display())))?;
    Ok(bytes)
}

/// The last instant of a day in China.
fn end_of(date: &str) -> Result<Timestamp> {
    let date: jiff::civil::Date = date
        .parse()
        .map_err(|_| Error::invalid("date").detail("--at wants a date like 2026-09-15"))?;
    Ok(Timestamp::start_of(date).plus_days(1).plus_us(-1))
}
