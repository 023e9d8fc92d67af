//! `yipan doctor --fsck`: is what the database shows of procedures what their histories say, and do
//! the cases they examine say the same?

use super::{Found, InstallationArgs};
use kernel::{Actor, Lang, Result};
use store::Ctx;

/// Folds the history of every instance and compares row, tasks, timers, subscriptions and jobs with
/// what it gives; tells every fault.
pub async fn run(options: &InstallationArgs) -> Result<Found> {
    let env = super::log::open(options).await?;
    let mut ctx = Ctx::snapshot(&env, Actor::system("doctor"), Lang::Zh).await?;
    let report = process::fsck::check(&mut ctx).await?;
    let apart = service::case::disagreements(&mut ctx).await?;
    if options.json {
        let told = serde_json::json!({ "instances": report.instances, "faults": report.faults,
            "disagreements": apart });
        say!("{told}");
    } else {
        for fault in &report.faults {
            say!("{}: {}: {}", fault.instance, fault.what, fault.detail);
        }
        for one in &apart {
            say!("{}: case {}: {}", one.instance, one.case_id, one.detail);
        }
        say!(
            "procedures: {} instances, {} faults; {} disagree with their case",
            report.instances,
            report.faults.len(),
            apart.len()
        );
    }
    Ok(if report.faults.is_empty() && apart.is_empty() { Found::Good } else { Found::Fault })
}
