//! `yipan demo`: the demonstration province, from an empty folder to the first page.
//!
//! Invariants: the same seed gives the same province; what is loaded once is used again at the
//! next start; progress goes to standard error, the sign-ins to standard output. The past cases
//! are made by the same verbs as today's, on a clock that is moved through the past months.

pub mod accounts;
pub mod billed;
pub mod blanks;
pub mod filed;
pub mod load;
pub mod past;
pub mod population;
pub mod records;
pub mod witnesses;

use crate::command::Found;
use crate::install::{self, Install};
use crate::serve;
use clap::Args;
use kernel::{Error, Result, Timestamp};
use serde_json::json;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::{Ctx, Env, vals};

/// Options of `yipan demo`.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
    /// Folder of the demonstration.
    #[arg(long, default_value = "yipan-data")]
    pub data: PathBuf,
    /// Database, `postgres://…`; SQLite in the data folder when absent.
    #[arg(long)]
    pub database: Option<String>,
    /// Synthetic people.
    #[arg(long, default_value_t = 20_000)]
    pub persons: usize,
    /// Cases of the past months, each item counted.
    #[arg(long, default_value_t = 2_000)]
    pub past_cases: usize,
    /// Seed of the province.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Mail server, `host:port`.
    #[arg(long)]
    pub smtp: Option<String>,
    /// Print one line of JSON when the first page can be fetched.
    #[arg(long)]
    pub json: bool,
    /// Folder of the bundled islands, as `cargo xtask demo` builds it; without it procedures are
    /// changed by file.
    #[arg(long)]
    pub web: Option<PathBuf>,
}

/// Name of the setting that says the province is loaded, and how.
const LOADED: &str = "demo_loaded";
/// Name of the setting that says a load has begun; without [`LOADED`] it was broken off.
const LOADING: &str = "demo_loading";

/// Loads the province when the folder is new, then serves it.
pub async fn run(options: Options) -> Result<Found> {
    let listener = serve::listen(SocketAddr::from(([127, 0, 0, 1], options.port))).await?;
    let address = listener.local_addr().map_err(Error::unavailable)?;
    serve::islands(options.web.as_deref())?;
    let install = Install {
        data: options.data.clone(),
        database: options.database.clone(),
        base_url: format!("http://{address}"),
        demo: true,
        smtp: serve::smtp(options.smtp.as_deref(), "noreply@yipan.example")?,
        seed: Some(options.seed),
    };
    let env = install::open(&install).await?;
    ensure(&env, &options).await?;
    party::evidence::seal_tables(&env).await?;
    env.reseed(Env::system_entropy()?);
    let trust = licence::seal::provision(&env).await?;
    remember_trust(&trust);
    announce(&env, &options).await?;
    let beside = [tokio::spawn(witnesses::run(env.clone())), tokio::spawn(filed::run(env.clone()))];
    serve::until_stopped(&env, listener).await?;
    beside.iter().for_each(tokio::task::JoinHandle::abort);
    Ok(Found::Good)
}

/// Loads the province unless it is loaded; what a load that was broken off left is taken back.
pub async fn ensure(env: &Arc<Env>, options: &Options) -> Result<()> {
    let wanted = format!(
        "persons={} past_cases={} seed={}",
        options.persons, options.past_cases, options.seed
    );
    let mut ctx = Ctx::read(env, kernel::Actor::system("demo"), kernel::Lang::Zh);
    let loaded: Option<String> =
        ctx.scalar("SELECT value FROM setting WHERE name = $1", vals![LOADED]).await?;
    match loaded {
        Some(loaded) if loaded == wanted => return Ok(()),
        Some(loaded) => {
            eprintln!("the folder holds a province of {loaded}; it is used as it is");
            return Ok(());
        }
        None => {}
    }
    if env.db.setting(LOADING).await?.is_some() {
        eprintln!("the last load was broken off; it begins anew");
        store::migrate::again(&env.db).await?;
    }
    let mut ctx = env.system("demo").await?;
    ctx.execute("INSERT INTO setting (name, value) VALUES ($1, $2)", vals![LOADING, &wanted])
        .await?;
    ctx.commit().await?;
    load::province(env, options.seed, options.persons, options.past_cases).await?;
    let mut ctx = env.system("demo").await?;
    ctx.execute("INSERT INTO setting (name, value) VALUES ($1, $2)", vals![LOADED, wanted]).await?;
    ctx.commit().await
}

/// Prints the address and the sign-ins.
async fn announce(env: &Arc<Env>, options: &Options) -> Result<()> {
    let accounts = accounts::list(env).await?;
    let url = &env.settings.base_url;
    if options.json {
        say!("{}", json!({ "url": url, "accounts": accounts }));
        return Ok(());
    }
    say!("\n一盘棋 演示省 · Yipan demonstration province\n\n  {url}\n");
    for account in &accounts {
        say!("  {:<22} {:<28} {}", account.role, account.login, account.password);
    }
    say!("\nCtrl-C 停止 · stops");
    Ok(())
}

/// Leaves the demonstration's root certificate where `yipan verify` looks for trust anchors.
fn remember_trust(trust: &Path) {
    let Some(folder) = crate::command::trust_folder() else { return };
    let kept = std::fs::read(trust).and_then(|pem| {
        std::fs::create_dir_all(&folder)?;
        let name = format!("demo-{}.pem", &proof::digest::sm3_hex(&pem)[..16]);
        std::fs::write(folder.join(name), pem)
    });
    if let Err(error) = kept {
        eprintln!("the root certificate was not kept for `yipan verify`: {error}; use --trust");
    }
}

/// The instant at which a new demonstration begins: a Monday whose year's and following months'
/// notices are known, so that no deadline needs a calendar that does not exist yet.
pub fn begins() -> Timestamp {
    Timestamp::from_civil(jiff::civil::date(2026, 6, 15).at(10, 0, 0, 0))
}
