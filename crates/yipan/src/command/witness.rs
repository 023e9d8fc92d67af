//! `yipan log witness …`, `erase` and `lag`: who witnesses the evidence log, whose log this node
//! witnesses, what is erased from it, how long it may lag. Each is an act on record.

use super::log::open;
use super::{Found, InstallationArgs};
use clap::{Args, Subcommand};
use kernel::Result;
use serde_json::json;
use store::Ctx;

/// `yipan log witness`.
#[derive(Subcommand)]
pub enum Command {
    /// Show the witnesses asked, and the logs witnessed here.
    List(InstallationArgs),
    /// Ask a witness to cosign the log's checkpoints.
    Add(AddArgs),
    /// Ask a witness no more.
    Remove(NamedArgs),
    /// Say how many cosignatures are wanted.
    Quorum(CountArgs),
    /// Witness the log of another installation, by its verifier key.
    Accept(KeyArgs),
}

/// A witness to be asked.
#[derive(Args, Clone, Debug)]
pub struct AddArgs {
    #[command(flatten)]
    installation: InstallationArgs,
    /// Its address, such as `http://10.0.0.2:8080/witness`.
    address: String,
    /// Its verifier key, `name+identifier+key`.
    verifier: String,
}

/// A witness by name.
#[derive(Args, Clone, Debug)]
pub struct NamedArgs {
    #[command(flatten)]
    installation: InstallationArgs,
    /// Its name.
    name: String,
}

/// A number.
#[derive(Args, Clone, Debug)]
pub struct CountArgs {
    #[command(flatten)]
    installation: InstallationArgs,
    /// How many.
    count: u32,
}

/// A verifier key.
#[derive(Args, Clone, Debug)]
pub struct KeyArgs {
    #[command(flatten)]
    installation: InstallationArgs,
    /// The log's verifier key, `name+identifier+key`, as its page shows it.
    verifier: String,
}

/// What is erased, and why.
#[derive(Args, Clone, Debug)]
pub struct EraseArgs {
    #[command(flatten)]
    installation: InstallationArgs,
    /// Id of the entry.
    entry: String,
    /// Why; it is kept.
    #[arg(long)]
    reason: String,
}

/// Runs `yipan log witness`.
pub async fn run(command: &Command) -> Result<Found> {
    match command {
        Command::List(options) => list(options).await,
        Command::Add(add) => {
            let mut ctx = writing(&add.installation).await?;
            let name = party::evidence::add(&mut ctx, &add.address, &add.verifier).await?;
            ctx.commit().await?;
            tell(&add.installation, "added", &name)
        }
        Command::Remove(named) => {
            let mut ctx = writing(&named.installation).await?;
            party::evidence::remove(&mut ctx, &named.name).await?;
            ctx.commit().await?;
            tell(&named.installation, "removed", &named.name)
        }
        Command::Quorum(wanted) => {
            let mut ctx = writing(&wanted.installation).await?;
            party::evidence::set_quorum(&mut ctx, wanted.count as usize).await?;
            ctx.commit().await?;
            tell(&wanted.installation, "quorum", &wanted.count.to_string())
        }
        Command::Accept(key) => {
            let mut ctx = writing(&key.installation).await?;
            party::witness::accept(&mut ctx, &key.verifier).await?;
            let own = party::witness::verifier(&mut ctx).await?;
            ctx.commit().await?;
            let own = own.map(|own| own.to_string()).unwrap_or_default();
            tell(&key.installation, "witness", &own)
        }
    }
}

/// Sets how many seconds an entry may wait for its place.
pub async fn lag(wanted: &CountArgs) -> Result<Found> {
    let mut ctx = writing(&wanted.installation).await?;
    party::evidence::set_lag_most(&mut ctx, i64::from(wanted.count)).await?;
    ctx.commit().await?;
    tell(&wanted.installation, "lag", &wanted.count.to_string())
}

/// Erases what an entry says; its leaf stays.
pub async fn erase(order: &EraseArgs) -> Result<Found> {
    let mut ctx = writing(&order.installation).await?;
    let by = party::audit::erase(&mut ctx, &order.entry, &order.reason).await?;
    ctx.commit().await?;
    tell(&order.installation, "erased_by", &by)
}

async fn writing(options: &InstallationArgs) -> Result<Ctx> {
    open(options).await?.system("log").await
}

fn tell(options: &InstallationArgs, what: &str, value: &str) -> Result<Found> {
    if options.json {
        say!("{}", json!({ what: value }));
    } else {
        say!("{what}: {value}");
    }
    Ok(Found::Good)
}

async fn list(options: &InstallationArgs) -> Result<Found> {
    let mut ctx = writing(options).await?;
    let figures = party::evidence::monitor(&mut ctx).await?;
    let logs = party::witness::logs(&mut ctx).await?;
    if options.json {
        let witnesses: Vec<_> = figures
            .witnesses
            .iter()
            .map(|one| {
                json!({"name": one.id, "address": one.address, "verifier": one.verifier,
                "size": one.tree_size, "trouble": one.trouble})
            })
            .collect();
        let logs: Vec<_> = logs
            .iter()
            .map(|one| {
                json!({"name": one.id, "size": one.tree_size, "refusals": one.refusals,
                "fork": !one.fork_note.is_empty()})
            })
            .collect();
        let told = json!({"quorum": figures.quorum, "witnesses": witnesses, "logs": logs});
        say!("{told}");
    } else {
        say!("{} of {} wanted", figures.quorum, figures.witnesses.len());
        for one in &figures.witnesses {
            say!("witness {} at {}: {} {}", one.id, one.address, one.tree_size, one.trouble);
        }
        for one in &logs {
            let fork = if one.fork_note.is_empty() { "" } else { " FORKED" };
            say!("log {}: {}, {} refusals{fork}", one.id, one.tree_size, one.refusals);
        }
    }
    Ok(Found::Good)
}
