//! `cargo xtask test`: everything that must hold, in the order in which it fails fastest.

use crate::postgres::Server;
use crate::{Outcome, command, finish, output, setup, tidy, web};
use std::path::PathBuf;
use std::time::Instant;

/// Runs everything.
pub fn run() -> Outcome {
    let mut steps = Steps::default();
    steps.step("packages", setup::test_packages)?;
    steps.step("format", || crate::run("cargo", &["fmt", "--all", "--check"]))?;
    steps.step("tidy", tidy::run)?;
    steps.step("lints", lint)?;
    steps.step("build", || crate::run("cargo", &["build", "--workspace", "--bins"]))?;
    steps.step("build tests", || {
        crate::run("cargo", &["test", "--workspace", "--no-run", "--quiet"])
    })?;
    let server = Server::start()?;
    let python = setup::python()?;
    steps.step("peers", setup::peers)?;
    steps.step("tests", || tests(&server, &python.display().to_string()))?;
    steps.step("packs", || yipan(&["pack", "check", "packs"]))?;
    steps.step("browser", || browser(&server))?;
    steps.report();
    Ok(())
}

/// Type-checks and lints the whole workspace.
pub fn lint() -> Outcome {
    crate::run("cargo", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])
}

fn tests(server: &Server, python: &str) -> Outcome {
    let nextest = output("cargo", &["nextest", "--version"]).is_some();
    let args: &[&str] = if nextest {
        &["nextest", "run", "--workspace"]
    } else {
        &["test", "--workspace", "--quiet"]
    };
    eprintln!("\n── cargo {}", args.join(" "));
    let mut cargo = command("cargo", args);
    cargo.env("YIPAN_TEST_POSTGRES", &server.url).env("YIPAN_TEST_PYTHON", python);
    finish("cargo test", cargo.status())?;
    // Tests of these areas take the one database or the other; those of the rest take both.
    const AREAS: [&str; 5] = ["process", "licence", "service", "supervise", "insight"];
    let filter = AREAS.map(|area| format!("package({area})")).join(" + ");
    let args: Vec<&str> = if nextest {
        vec!["nextest", "run", "--workspace", "-E", &filter]
    } else {
        ["test", "--quiet"].into_iter().chain(AREAS.iter().flat_map(|area| ["-p", area])).collect()
    };
    eprintln!("\n── cargo {}, on SQLite", args.join(" "));
    let mut cargo = command("cargo", &args);
    cargo.env_remove("YIPAN_TEST_POSTGRES").env("YIPAN_TEST_PYTHON", python);
    finish("cargo test on SQLite", cargo.status())
}

fn yipan(args: &[&str]) -> Outcome {
    crate::run(&binary().display().to_string(), args)
}

/// The program as the step before built it: `cargo run --package` would choose other features of
/// the dependencies and build them again.
fn binary() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map(PathBuf::from)
        .unwrap_or_else(|| crate::root().join("target"))
        .join("debug/yipan")
}

fn browser(server: &Server) -> Outcome {
    setup::browser_modules()?;
    let built = web::build()?;
    let mut node = command("node", &["e2e/run.mjs"]);
    node.env("YIPAN_TEST_POSTGRES", &server.url);
    node.env("YIPAN_BIN", binary());
    if let Some(folder) = built {
        node.env("YIPAN_WEB", folder);
    }
    finish("browser tests", node.status())
}

/// How long each step took: build time is a property like any other.
#[derive(Default)]
struct Steps(Vec<(&'static str, u64)>);

impl Steps {
    fn step(&mut self, name: &'static str, act: impl FnOnce() -> Outcome) -> Outcome {
        let begun = Instant::now();
        act()?;
        let seconds = begun.elapsed().as_secs();
        eprintln!("── {name}: {seconds} s");
        self.0.push((name, seconds));
        Ok(())
    }

    fn report(&self) {
        eprintln!("\nall passed");
        for (name, seconds) in &self.0 {
            eprintln!("{seconds:>6} s  {name}");
        }
    }
}
