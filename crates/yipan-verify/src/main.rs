//! The verifier alone: what `yipan verify` does, in a program of a few megabytes that knows nothing
//! else.
//!
//! Exit codes: 0 good, 1 a found fault, 2 misuse.

use clap::Parser;
use kernel::Timestamp;
use std::io::Write;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

/// Verify licences, receipts and other sealed files without any server.
#[derive(Parser)]
#[command(name = "yipan-verify", version, about)]
struct Cli {
    #[command(flatten)]
    options: yipan_verify::Options,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut say = |line: &str| {
        // What cannot be told to anybody is not a fault of what is told.
        let _unread = writeln!(std::io::stdout().lock(), "{line}");
    };
    let Some(now) = now() else {
        eprintln!("yipan-verify: the clock of this machine is not set");
        return ExitCode::FAILURE;
    };
    match yipan_verify::run(&cli.options, now, &mut say) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("yipan-verify: {error}");
            ExitCode::FAILURE
        }
    }
}

#[allow(clippy::disallowed_methods)] // there is no installation here whose clock could be asked
fn now() -> Option<Timestamp> {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since_epoch.as_micros()).ok().map(Timestamp)
}
