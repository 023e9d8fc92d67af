//! On what a figure was measured: machine, program, build.

use super::measure::Figures;
use kernel::{Error, Result};
use serde_json::json;
use std::path::Path;
use std::process::Command;

/// The machine, the commit and the build.
pub fn describe() -> Figures {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let machine = json!({
        "cpu": cpu_model(&read("/proc/cpuinfo")),
        "cores": std::thread::available_parallelism().map_or(1, usize::from),
        "memory_mib": mib(&read("/proc/meminfo"), "MemTotal").unwrap_or(0),
        "filesystem": filesystem(&read("/proc/mounts"), &std::env::temp_dir()),
    });
    Figures::from_iter([
        ("machine".to_owned(), machine),
        ("commit".to_owned(), json!(commit())),
        ("profile".to_owned(), json!(profile())),
    ])
}

fn profile() -> &'static str {
    if cfg!(debug_assertions) { "debug" } else { "release" }
}

/// The processor as Linux names it; empty elsewhere.
pub fn cpu_model(cpuinfo: &str) -> String {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"));
    line.and_then(|line| line.split_once(':'))
        .map(|(_, name)| name.trim().to_owned())
        .unwrap_or_default()
}

/// Memory of this process in MiB: `VmRSS` in use now, `VmHWM` the most there ever was.
/// Errors: `unavailable` where Linux does not tell it.
pub fn memory_mib(name: &str) -> Result<u64> {
    let untold = |why: String| Error::unavailable(format!("/proc/self/status: {why}"));
    let text = std::fs::read_to_string("/proc/self/status").map_err(|e| untold(e.to_string()))?;
    mib(&text, name).ok_or_else(|| untold(format!("no {name}")))
}

/// A line `Name:  1234 kB` of a file under `/proc`, in MiB.
pub fn mib(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024)
}

/// Kind of file system a folder lies on, from `/proc/mounts`: writes to `tmpfs` are not durable.
pub fn filesystem(mounts: &str, folder: &Path) -> String {
    let mount = |line: &str| {
        let mut words = line.split_whitespace().skip(1);
        Some((words.next()?.to_owned(), words.next()?.to_owned()))
    };
    let under = mounts.lines().filter_map(mount).filter(|(at, _)| folder.starts_with(at));
    under.max_by_key(|(at, _)| at.len()).map(|(_, kind)| kind).unwrap_or_default()
}

/// The commit named at build, else that of the checkout the program was built in.
fn commit() -> String {
    if let Some(commit) = option_env!("YIPAN_COMMIT") {
        return commit.to_owned();
    }
    let asked = Command::new("git")
        .args([
            "-C",
            env!("CARGO_MANIFEST_DIR"),
            "describe",
            "--always",
            "--dirty",
            "--abbrev=40",
            "--exclude=*",
        ])
        .output();
    let told = asked.ok().filter(|output| output.status.success());
    let text = told.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    text.filter(|text| !text.is_empty()).unwrap_or_else(|| "unknown".to_owned())
}
