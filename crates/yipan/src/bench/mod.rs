//! `yipan bench`: figures of the hot paths on this machine, each named with its unit.
//!
//! Invariants: a bench works on an installation of its own, in a temporary folder and, on a
//! server, in a database of its own that is dropped afterwards; a page that does not answer 200 and
//! a job that fails are errors, never fast answers; figures only, no verdict.
//! Must not know: what a good figure is.
//!
//! Time is read here by [`std::time::Instant`], which the rest of the platform may not do.

mod application;
mod calendar;
mod copy;
mod evidence;
mod issuer;
mod machine;
mod measure;
mod memory;
mod pages;
mod procedure;
mod proofs;
mod register;
mod whole_flow;
mod world;

#[cfg(test)]
mod tests;

use crate::command::Found;
use clap::{Args, ValueEnum};
use kernel::Result;
use measure::Figures;
use serde_json::{Value as Json, json};
use std::path::PathBuf;
use std::time::Duration;

/// Options of `yipan bench`.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// What to measure; everything when absent.
    #[arg(value_enum)]
    pub name: Option<Name>,
    /// Report in JSON.
    #[arg(long)]
    pub json: bool,
    /// Server on which a database is made, measured and dropped, `postgres://…`; SQLite when absent.
    #[arg(long)]
    pub database: Option<String>,
    /// Most cases a bench makes.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(100..=10_000_000))]
    pub cases: u64,
    /// Seconds of one measurement; `flow` takes six of them.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub seconds: u64,
    /// Running instances that `process` takes to another version.
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u64).range(100..=1_000_000))]
    pub instances: u64,
    /// Measures engines of others beside `process`, installed into the cache folder.
    #[arg(long)]
    pub peers: bool,
    /// Installation a stage works on; the program calls itself with it.
    #[arg(long, hide = true, requires = "stage")]
    folder: Option<PathBuf>,
    /// Stage of `memory`, which needs a fresh process.
    #[arg(long, hide = true, value_enum, requires = "folder")]
    stage: Option<memory::Stage>,
}

impl Options {
    /// Time of one measurement.
    fn time(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    /// Name of the engine.
    fn engine(&self) -> &'static str {
        if self.database.is_some() { "postgres" } else { "sqlite" }
    }
}

/// A bench.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Name {
    /// Deadlines and clocks on the working calendar.
    Calendar,
    /// SM2, SM3, licences issued and verified, beside OpenSSL's own figures where it is.
    Proof,
    /// The register of licences as it grows: issue, lookup by holder.
    Licence,
    /// Acts recorded in the evidence log, entries placed, proofs read.
    Log,
    /// Applications from the form to the last decision.
    Flow,
    /// Work list and case page among many cases.
    Pages,
    /// A drawn procedure: in memory, durably, among many tasks, taken to another version.
    Process,
    /// Memory of a running demonstration.
    Memory,
}

impl Name {
    /// Every bench. `memory` runs first, while the machine has memory to spare.
    const ALL: [Name; 8] = [
        Name::Memory,
        Name::Calendar,
        Name::Proof,
        Name::Licence,
        Name::Log,
        Name::Flow,
        Name::Process,
        Name::Pages,
    ];

    /// The name as it is typed.
    fn as_str(self) -> &'static str {
        match self {
            Name::Calendar => "calendar",
            Name::Proof => "proof",
            Name::Licence => "licence",
            Name::Log => "log",
            Name::Flow => "flow",
            Name::Pages => "pages",
            Name::Process => "process",
            Name::Memory => "memory",
        }
    }
}

/// Measures. With a name, one object of figures; else one object by name of the bench. A bench
/// that cannot be run is told in its place, as `error`, and is a fault.
pub async fn run(options: Options) -> Result<Found> {
    if let (Some(stage), Some(folder)) = (options.stage, &options.folder) {
        say!("{}", Json::Object(memory::stage(stage, folder, &options).await?));
        return Ok(Found::Good);
    }
    if let Some(name) = options.name {
        let figures = one(name, &options).await?;
        tell(&options, name, &figures);
        return Ok(Found::Good);
    }
    let (mut all, mut found) = (Figures::new(), Found::Good);
    for name in Name::ALL {
        let figures = one(name, &options).await.unwrap_or_else(|error| {
            eprintln!("{}: {error}", name.as_str());
            found = Found::Fault;
            Figures::from_iter([("error".to_owned(), json!(error.to_string()))])
        });
        if !options.json {
            tell(&options, name, &figures);
        }
        all.insert(name.as_str().to_owned(), Json::Object(figures));
    }
    if options.json {
        say!("{}", Json::Object(all));
    }
    Ok(found)
}

/// Runs a bench and says on what it was run.
async fn one(name: Name, options: &Options) -> Result<Figures> {
    eprintln!("bench {}", name.as_str());
    let measured = match name {
        Name::Calendar => calendar::run(options),
        Name::Proof => proofs::run(options).await,
        Name::Licence => register::run(options).await,
        Name::Log => evidence::run(options).await,
        Name::Flow => whole_flow::run(options).await,
        Name::Pages => pages::run(options).await,
        Name::Process => procedure::run(options).await,
        Name::Memory => memory::run(options).await,
    }?;
    let mut figures = machine::describe();
    figures.insert("engine".to_owned(), json!(options.engine()));
    figures.extend(measured);
    Ok(figures)
}

fn tell(options: &Options, name: Name, figures: &Figures) {
    if options.json {
        say!("{}", Json::Object(figures.clone()));
        return;
    }
    say!("{}", name.as_str());
    for (figure, value) in figures {
        say!("  {figure:<36} {value}");
    }
}
