//! `yipan log verify` and `yipan doctor`: is the installation whole?

use super::{Found, InstallationArgs};
use crate::install::{self, Install};
use kernel::{Actor, Lang, Result};
use party::evidence::{Difference, FirstBad, LogReport};
use serde_json::json;
use std::sync::Arc;
use store::{Ctx, Env};

pub(super) async fn open(options: &InstallationArgs) -> Result<Arc<Env>> {
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

/// The evidence log against the stored rows, then the histories whose heads those rows hold.
pub(crate) async fn check(env: &Arc<Env>) -> Result<LogReport> {
    let mut ctx = Ctx::snapshot(env, Actor::system("log.verify"), Lang::Zh).await?;
    let mut report = party::evidence::verify(&mut ctx).await?;
    if report.ok
        && let Some(bad) = service::case::verify_histories(&mut ctx).await?
    {
        report.ok = false;
        report.first_bad = Some(FirstBad {
            entry: String::new(),
            position: None,
            differs: Difference::History,
            detail: format!("case_event {}/{}", bad.case_id, bad.sequence),
        });
    }
    if report.ok
        && let Some(broken) = party::evidence::broken_seal(&mut ctx).await?
    {
        report.ok = false;
        report.first_bad = Some(FirstBad {
            entry: String::new(),
            position: None,
            differs: Difference::Seal,
            detail: format!("{} {}: {}", broken.table, broken.key, broken.how),
        });
    }
    if report.ok
        && let Some(bad) = data::registry::verify_loads(&mut ctx).await?
    {
        report.ok = false;
        report.first_bad = Some(FirstBad {
            entry: String::new(),
            position: None,
            differs: Difference::Row,
            detail: format!("registry_record {} ({}, load {})", bad.record, bad.registry, bad.load),
        });
    }
    if report.ok
        && let Some(fault) = process::fsck::check(&mut ctx).await?.faults.into_iter().next()
    {
        report.ok = false;
        report.first_bad = Some(FirstBad {
            entry: String::new(),
            position: None,
            differs: Difference::History,
            detail: format!(
                "process_instance {}: {}: {}",
                fault.instance, fault.what, fault.detail
            ),
        });
    }
    if report.ok
        && let Some(apart) = service::case::disagreements(&mut ctx).await?.into_iter().next()
    {
        report.ok = false;
        report.first_bad = Some(FirstBad {
            entry: String::new(),
            position: None,
            differs: Difference::History,
            detail: format!("case {} / {}: {}", apart.case_id, apart.instance, apart.detail),
        });
    }
    Ok(report)
}

/// Recomputes the evidence log from the stored entries, rows and histories; names the first that
/// is not as it was written.
pub async fn verify(options: &InstallationArgs) -> Result<Found> {
    let env = open(options).await?;
    let report = check(&env).await?;
    if options.json {
        say!("{}", serde_json::to_string(&report).unwrap_or_default());
    } else {
        match &report.first_bad {
            Some(bad) => say!("记录不完整 NOT whole: {}", tell(bad)),
            None => say!("{} 条记录完整 entries whole, tree root {}", report.entries, report.root),
        }
        tell_unsealed(&report);
    }
    Ok(if report.first_bad.is_none() { Found::Good } else { Found::Fault })
}

/// Says which tables nothing is known of yet.
fn tell_unsealed(report: &LogReport) {
    if !report.unsealed.is_empty() {
        say!("尚未加封 not sealed yet, until `yipan serve` starts: {}", report.unsealed.join(", "));
    }
}

/// The first bad entry in a line: where it is and how it differs.
fn tell(bad: &FirstBad) -> String {
    let place = bad.position.map_or("-".to_owned(), |position| position.to_string());
    format!("entry {} at {place}: {:?} ({})", bad.entry, bad.differs, bad.detail)
}

/// Checks database, log, waiting jobs, and whether anybody can make accounts.
pub async fn doctor(options: &InstallationArgs) -> Result<Found> {
    let env = open(options).await?;
    let report = check(&env).await?;
    let mut ctx = Ctx::read(&env, Actor::system("doctor"), Lang::Zh);
    let waiting = ctx.count("SELECT COUNT(*) FROM job", store::vals![]).await?;
    let incidents =
        ctx.count("SELECT COUNT(*) FROM job WHERE attempts >= 8", store::vals![]).await?;
    let figures = party::evidence::monitor(&mut ctx).await?;
    let refused =
        figures.witnesses.iter().filter(|one| ["fork", "behind"].contains(&&*one.trouble));
    let refused = refused.count();
    let administrators = party::administration::administrators(&mut ctx).await?;
    let good = report.first_bad.is_none() && incidents == 0 && refused == 0 && administrators > 0;
    if options.json {
        let told = json!({ "good": good, "log": report, "jobs_waiting": waiting, "jobs_failed": incidents,
            "administrators": administrators,
            "log_lag_s": figures.lag_s, "log_lag_most_s": figures.lag_most_s, "log_late": figures.late(),
            "witnesses": figures.witnesses.len(), "witnesses_refusing": refused });
        say!("{told}");
    } else {
        let state = report.first_bad.as_ref().map_or("whole".to_owned(), tell);
        say!("evidence log: {} entries, {state}", report.entries);
        tell_unsealed(&report);
        say!(
            "log: lag {} s of {} s{}, {} witnesses, {refused} refuse",
            figures.lag_s,
            figures.lag_most_s,
            if figures.late() { " TOO LONG" } else { "" },
            figures.witnesses.len()
        );
        say!("jobs: {waiting} waiting, {incidents} failed for good");
        let none = if administrators == 0 { "; `yipan administrator` makes one" } else { "" };
        say!("administrators: {administrators}{none}");
    }
    Ok(if good { Found::Good } else { Found::Fault })
}
