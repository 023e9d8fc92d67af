//! The same diagram in two engines of others, installed on demand into the cache folder:
//! SpiffWorkflow from PyPI and bpmn-engine from npm. Each runs alone on one core, in memory, the
//! diagram parsed once; the one condition is written in its own language.

use super::{CONDITION, DIAGRAM};
use crate::bench::Options;
use crate::bench::measure::{Figures, put};
use kernel::{Error, Result};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;

const SPIFF: &str = include_str!("../peers/spiff.py");
const BPMN_ENGINE: &str = include_str!("../peers/bpmn_engine.mjs");
/// The versions installed, which the tests of `flow` compare with too (`cargo xtask peers`).
const REQUIREMENTS: &str = include_str!("../peers/requirements.txt");
const PACKAGE: &str = include_str!("../peers/package.json");
const LOCK: &str = include_str!("../peers/package-lock.json");
/// File that says what is installed in a folder.
const MARK: &str = ".installed";

/// What a driver tells.
#[derive(Deserialize)]
struct Told {
    version: String,
    cases_per_cpu_s: f64,
}

/// Measures both. Errors: `unavailable` when one cannot be installed or run.
pub(super) fn run(options: &Options, figures: &mut Figures) -> Result<()> {
    let cache = cache()?;
    let folder = tempfile::tempdir().map_err(Error::unavailable)?;
    let seconds = options.seconds.to_string();
    let diagram = |name: &str, condition: &str| -> Result<PathBuf> {
        let path = folder.path().join(name);
        let condition = format!("{condition}</conditionExpression>");
        let text = DIAGRAM.replace(CONDITION, &condition);
        std::fs::write(&path, text).map_err(Error::unavailable)?;
        Ok(path)
    };
    let python = python(&cache)?;
    let driver = folder.path().join("spiff.py");
    std::fs::write(&driver, SPIFF).map_err(Error::unavailable)?;
    let mut command = Command::new(python);
    command.arg(driver).arg(diagram("spiff.bpmn", "granted == True")?).arg(&seconds);
    tell(figures, "spiffworkflow", &told(&mut command)?);
    let home = node(&cache)?;
    let driver = folder.path().join("bpmn_engine.mjs");
    std::fs::write(&driver, BPMN_ENGINE).map_err(Error::unavailable)?;
    let mut command = Command::new("node");
    let drawn = diagram("bpmn_engine.bpmn", "${environment.output.granted}")?;
    command.arg(driver).arg(drawn).arg(&seconds).arg(home);
    tell(figures, "bpmn_engine", &told(&mut command)?);
    Ok(())
}

fn tell(figures: &mut Figures, name: &str, told: &Told) {
    put(figures, &format!("{name}_cases_per_cpu_s"), told.cases_per_cpu_s);
    figures.insert(format!("{name}_version"), told.version.clone().into());
}

fn cache() -> Result<PathBuf> {
    let named = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let base = named.or_else(home);
    let base = base.ok_or_else(|| Error::unavailable("there is no cache folder: set HOME"))?;
    let folder = base.join("yipan").join("peers");
    std::fs::create_dir_all(&folder).map_err(Error::unavailable)?;
    Ok(folder)
}

/// A Python with SpiffWorkflow.
fn python(cache: &Path) -> Result<PathBuf> {
    let folder = cache.join("python");
    let python = folder.join("bin").join("python");
    if !installed(&folder, REQUIREMENTS) {
        done(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        let wanted = write(&folder, "requirements.txt", REQUIREMENTS)?;
        done(Command::new(&python).args(["-m", "pip", "install", "--quiet", "-r"]).arg(wanted))?;
        write(&folder, MARK, REQUIREMENTS)?;
    }
    Ok(python)
}

/// A folder with bpmn-engine.
fn node(cache: &Path) -> Result<PathBuf> {
    let folder = cache.join("node");
    if !installed(&folder, LOCK) {
        std::fs::create_dir_all(&folder).map_err(Error::unavailable)?;
        write(&folder, "package.json", PACKAGE)?;
        write(&folder, "package-lock.json", LOCK)?;
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--silent", "--no-audit", "--no-fund"]);
        done(npm.current_dir(&folder))?;
        write(&folder, MARK, LOCK)?;
    }
    Ok(folder)
}

/// Whether what is wanted is what was installed: the mark is written last.
fn installed(folder: &Path, wanted: &str) -> bool {
    std::fs::read(folder.join(MARK)).is_ok_and(|installed| installed == wanted.as_bytes())
}

fn write(folder: &Path, name: &str, text: &str) -> Result<PathBuf> {
    let path = folder.join(name);
    std::fs::write(&path, text).map_err(Error::unavailable)?;
    Ok(path)
}

fn done(command: &mut Command) -> Result<()> {
    match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let text: String = String::from_utf8_lossy(&output.stderr).chars().take(500).collect();
            Err(Error::unavailable(format!("{command:?}: {text}")))
        }
        Err(error) => Err(Error::unavailable(format!("{command:?}: {error}"))),
    }
}

fn told(command: &mut Command) -> Result<Told> {
    let output = command.output().map_err(Error::unavailable)?;
    if !output.status.success() {
        let text: String = String::from_utf8_lossy(&output.stderr).chars().take(500).collect();
        return Err(Error::unavailable(format!("{command:?}: {text}")));
    }
    serde_json::from_slice(&output.stdout).map_err(Error::unavailable)
}
