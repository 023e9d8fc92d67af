//! `yipan doctor --fsck`: is what the database shows of procedures what their histories say?

use super::{Found, InstallationArgs};
use kernel::{Actor, Lang, Result};
use store::Ctx;

/// Folds the history of every instance and compares row, tasks, timers, subscriptions and jobs with
/// what it gives; tells every fault.
pub async fn run(options: &InstallationArgs) -> Result<Found> {
    let env = super::log::open(options).await?;
    let mut ctx = Ctx::snapshot(&env, Actor::system("doctor"), Lang::Zh).await?;
    let report = process::fsck::check(&mut ctx).await?;
    if options.json {
        println!("{}", serde_json::to_string(&report).unwrap_or_default());
    } else {
        for fault in &report.faults {
            println!("{}: {}: {}", fault.instance, fault.what, fault.detail);
        }
        println!("procedures: {} instances, {} faults", report.instances, report.faults.len());
    }
    Ok(if report.faults.is_empty() { Found::Good } else { Found::Fault })
}
