//! `yipan doctor --fsck`: is what the database shows of procedures what their histories say, do the
//! cases they examine say the same, and is every stored file there and whole?

use super::{Found, InstallationArgs};
use kernel::{Actor, Lang, Result};
use store::Ctx;

/// Folds the history of every instance and compares row, tasks, timers, subscriptions and jobs with
/// what it gives, and reads every stored file; tells every fault.
pub async fn run(options: &InstallationArgs) -> Result<Found> {
    let env = super::log::open(options).await?;
    let mut ctx = Ctx::snapshot(&env, Actor::system("doctor"), Lang::Zh).await?;
    let report = process::fsck::check(&mut ctx).await?;
    let apart = service::case::disagreements(&mut ctx).await?;
    let lost = ctx.lost_objects(&[service::FILES, licence::FILES].concat()).await?;
    if options.json {
        let told = serde_json::json!({ "instances": report.instances, "faults": report.faults,
            "disagreements": apart, "files": lost });
        say!("{told}");
    } else {
        for fault in &report.faults {
            say!("{}: {}: {}", fault.instance, fault.what, fault.detail);
        }
        for one in &apart {
            say!("{}: case {}: {}", one.instance, one.case_id, one.detail);
        }
        for one in &lost {
            say!("file {} of {} {}: {}", one.digest, one.table, one.id, one.how);
        }
        say!(
            "procedures: {} instances, {} faults; {} disagree with their case; {} stored files damaged or gone",
            report.instances,
            report.faults.len(),
            apart.len(),
            lost.len()
        );
    }
    Ok(if report.faults.is_empty() && apart.is_empty() && lost.is_empty() {
        Found::Good
    } else {
        Found::Fault
    })
}
