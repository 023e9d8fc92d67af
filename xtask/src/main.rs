//! The developer's door: `cargo xtask demo`, `test`, `peers`, `tidy`, `check`.
//!
//! Each command gets by itself what it needs and the machine lacks, through the package
//! registries; what cannot be had is an error that says so, never a silent skip.

mod demo;
mod licences;
mod postgres;
mod setup;
mod test;
mod tidy;
mod web;

use std::path::PathBuf;
use std::process::{Command, ExitCode};

const HELP: &str = "cargo xtask COMMAND

  demo [ARGS]   build and run the demonstration province (ARGS go to `yipan demo`)
  test          everything CI runs: format, lints, tidy, tests on both databases, browser
  peers         install the two engines that tests of procedures compare with
  tidy          the repository's own rules
  check         type-check and lint the whole workspace";

/// What a step of a command returns: nothing, or a sentence for the developer.
type Outcome = Result<(), String>;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let command = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    let outcome = match command.as_str() {
        "demo" => demo::run(&rest),
        "test" | "ci" => test::run(),
        "peers" => setup::peers(),
        "tidy" => tidy::run(),
        "check" => test::lint(),
        _ => {
            eprintln!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("\nxtask {command}: {sentence}");
            ExitCode::FAILURE
        }
    }
}

/// The workspace's folder.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().map(PathBuf::from).unwrap_or_default()
}

/// A command that runs in the workspace's folder.
fn command(program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(root());
    command
}

/// Runs a program, showing what it says. Errors: it cannot be started or ends badly.
fn run(program: &str, args: &[&str]) -> Outcome {
    eprintln!("\n── {program} {}", args.join(" "));
    finish(program, command(program, args).status())
}

fn finish(program: &str, status: std::io::Result<std::process::ExitStatus>) -> Outcome {
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{program} ended with {status}")),
        Err(error) => Err(format!("{program} cannot be started: {error}")),
    }
}

/// What a program printed, when it ended well.
fn output(program: &str, args: &[&str]) -> Option<String> {
    let output = command(program, args).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// True when a program is on the path.
fn has(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    })
}
