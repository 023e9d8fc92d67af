//! `yipan register`: which of the 430 rows work, where they live, which tests prove them.

use super::Found;
use crate::capability;
use clap::Args;
use kernel::Result;

/// Options of `yipan register`.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Report in JSON: a list of `{"id","status","where","tests"}`.
    #[arg(long)]
    json: bool,
}

/// Prints the register.
pub fn run(options: &Options) -> Result<Found> {
    let rows = capability::rows()?;
    if options.json {
        say!("{}", serde_json::to_string(&rows).unwrap_or_default());
        return Ok(Found::Good);
    }
    for row in rows.iter().filter(|row| row.status != capability::Status::Absent) {
        say!("{} {:8} {} — {}", row.id, row.status.word(), row.name.zh, row.place);
    }
    let count = |status| rows.iter().filter(|row| row.status == status).count();
    say!(
        "{} works, {} partial, {} absent",
        count(capability::Status::Works),
        count(capability::Status::Partial),
        count(capability::Status::Absent)
    );
    Ok(Found::Good)
}
