//! `yipan log verify` and `yipan doctor`: is the installation whole?

use super::{Found, InstallationArgs};
use crate::install::{self, Install};
use kernel::{Actor, Lang, Result};
use serde_json::json;
use std::sync::Arc;
use store::{Ctx, Env};

async fn open(options: &InstallationArgs) -> Result<Arc<Env>> {
    install::open(&Install {
        data: options.data.clone(),
        database: options.database.clone(),
        base_url: String::new(),
        demo: false,
        smtp: None,
        seed: None,
    })
    .await
}

/// Recomputes the evidence log from the stored entries and rows; names the first bad entry.
pub async fn verify(options: &InstallationArgs) -> Result<Found> {
    let env = open(options).await?;
    let mut ctx = Ctx::read(&env, Actor::system("log.verify"), Lang::Zh);
    let report = party::evidence::verify(&mut ctx).await?;
    if options.json {
        println!("{}", serde_json::to_string(&report).unwrap_or_default());
    } else if let Some(bad) = &report.first_bad {
        println!("记录不完整 NOT whole: {}", tell(bad));
    } else {
        println!("{} 条记录完整 entries whole, tree root {}", report.entries, report.root);
    }
    Ok(if report.first_bad.is_none() { Found::Good } else { Found::Fault })
}

/// The first bad entry in a line: where it is and how it differs.
fn tell(bad: &party::evidence::FirstBad) -> String {
    let place = bad.position.map_or("-".to_owned(), |position| position.to_string());
    format!("entry {} at {place}: {:?} ({})", bad.entry, bad.differs, bad.detail)
}

/// Checks database, log and waiting jobs.
pub async fn doctor(options: &InstallationArgs) -> Result<Found> {
    let env = open(options).await?;
    let mut ctx = Ctx::read(&env, Actor::system("doctor"), Lang::Zh);
    let report = party::evidence::verify(&mut ctx).await?;
    let waiting = ctx.count("SELECT COUNT(*) FROM job", store::vals![]).await?;
    let incidents =
        ctx.count("SELECT COUNT(*) FROM job WHERE attempts >= 8", store::vals![]).await?;
    let good = report.first_bad.is_none() && incidents == 0;
    if options.json {
        let told = json!({ "good": good, "log": report, "jobs_waiting": waiting, "jobs_failed": incidents });
        println!("{told}");
    } else {
        let state = report.first_bad.as_ref().map_or("whole".to_owned(), tell);
        println!("evidence log: {} entries, {state}", report.entries);
        println!("jobs: {waiting} waiting, {incidents} failed for good");
    }
    Ok(if good { Found::Good } else { Found::Fault })
}
