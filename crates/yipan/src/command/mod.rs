//! The command line. Commands are stable: scripts outside the project call them.
//!
//! Exit codes: 0 good, 1 a found fault, 2 misuse.

pub(crate) mod administrator;
pub(crate) mod decision;
mod fsck;
pub(crate) mod log;
mod pack;
pub(crate) mod process;
mod register;
mod verify;
pub(crate) mod watch;
mod witness;

pub use yipan_verify::trust_folder;

use clap::{Args, Parser, Subcommand};
use kernel::Error;
use std::path::PathBuf;
use std::process::ExitCode;

/// 一盘棋: one program on which a province runs its digital government.
#[derive(Parser)]
#[command(name = "yipan", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the demonstration province.
    Demo(crate::demo::Options),
    /// Run an installation.
    Serve(crate::serve::Options),
    /// Verify licences, receipts and other sealed files without any server.
    Verify(yipan_verify::Options),
    /// The evidence log.
    #[command(subcommand)]
    Log(LogCommand),
    /// Packs: a province's definitions.
    #[command(subcommand)]
    Pack(PackCommand),
    /// Procedures drawn in BPMN 2.0.
    #[command(subcommand)]
    Process(ProcessCommand),
    /// Decisions written in DMN.
    #[command(subcommand)]
    Decision(DecisionCommand),
    /// Which rows of the requirements register work, and where.
    Register(register::Options),
    /// Measure the hot paths.
    Bench(crate::bench::Options),
    /// Make the first administrator, from whom all other officers' accounts come.
    Administrator(administrator::Options),
    /// Check an installation: database, log, jobs, and that somebody can administer it.
    Doctor(DoctorArgs),
}

#[derive(Subcommand)]
enum LogCommand {
    /// Prove the evidence log whole, or name the first bad entry.
    Verify(InstallationArgs),
    /// Prove that a log elsewhere has only grown since the checkpoint kept here.
    Watch(watch::Options),
    /// Witnesses of the log, and logs witnessed here.
    #[command(subcommand)]
    Witness(witness::Command),
    /// Set how many seconds an entry may wait for its place.
    Lag(witness::CountArgs),
    /// Erase what an entry says; every proof stays.
    Erase(witness::EraseArgs),
}

#[derive(Subcommand)]
enum PackCommand {
    /// Prove packs whole before they are loaded.
    Check(pack::Options),
}

#[derive(Subcommand)]
enum ProcessCommand {
    /// Prove that diagrams can be run, or name what is wrong and where.
    Check(process::Options),
    /// Print a diagram as it is written here, foreign elements and attributes included.
    Rewrite(process::RewriteOptions),
}

#[derive(Subcommand)]
enum DecisionCommand {
    /// Make a decision and tell why.
    Evaluate(decision::EvaluateOptions),
    /// Run test cases in the schema of the public conformance suite for DMN.
    Test(decision::TestOptions),
}

/// Which installation a command works on.
#[derive(Args, Clone, Debug)]
pub struct InstallationArgs {
    /// Folder of the installation.
    #[arg(long, default_value = "yipan-data")]
    pub data: PathBuf,
    /// Database, `postgres://…`; SQLite in the data folder when absent.
    #[arg(long)]
    pub database: Option<String>,
    /// Report in JSON.
    #[arg(long)]
    pub json: bool,
}

/// What `yipan doctor` looks at.
#[derive(Args, Clone, Debug)]
pub struct DoctorArgs {
    #[command(flatten)]
    installation: InstallationArgs,
    /// Prove that what is shown of every procedure is what its history says, and that every stored
    /// file is there and whole.
    #[arg(long)]
    fsck: bool,
}

/// What a command ends with when it ran: good, or a fault was found.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Nothing is wrong.
    Good,
    /// A fault was found and told.
    Fault,
}

/// Runs the command line.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    // What a reader of PDF says of a damaged file, the report of its verification says in words.
    let filter = tracing_subscriber::EnvFilter::try_from_env("YIPAN_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,lopdf=off"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    // Statements of the embedded database run on these threads: more of them than processors, so
    // that one long query does not keep a page waiting.
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = match runtime.worker_threads(processors.max(2) * 2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("yipan: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(cli.command)) {
        Ok(Found::Good) => ExitCode::SUCCESS,
        Ok(Found::Fault) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("yipan: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<Found, Error> {
    match command {
        Command::Demo(options) => crate::demo::run(options).await,
        Command::Serve(options) => crate::serve::run(options).await,
        Command::Verify(options) => verify::run(&options),
        Command::Log(LogCommand::Verify(options)) => log::verify(&options).await,
        Command::Log(LogCommand::Watch(options)) => watch::run(&options).await,
        Command::Log(LogCommand::Witness(command)) => witness::run(&command).await,
        Command::Log(LogCommand::Lag(wanted)) => witness::lag(&wanted).await,
        Command::Log(LogCommand::Erase(order)) => witness::erase(&order).await,
        Command::Pack(PackCommand::Check(options)) => pack::check(&options),
        Command::Process(ProcessCommand::Check(options)) => process::check(&options),
        Command::Process(ProcessCommand::Rewrite(options)) => process::rewrite(&options),
        Command::Decision(DecisionCommand::Evaluate(options)) => decision::evaluate(&options),
        Command::Decision(DecisionCommand::Test(options)) => decision::test(&options),
        Command::Register(options) => register::run(&options),
        Command::Administrator(options) => administrator::run(&options).await,
        Command::Bench(options) => crate::bench::run(options).await,
        Command::Doctor(options) if options.fsck => fsck::run(&options.installation).await,
        Command::Doctor(options) => log::doctor(&options.installation).await,
    }
}
