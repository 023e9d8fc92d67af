//! `yipan serve`: an installation for real use.

use crate::command::Found;
use crate::install::{self, Install};
use crate::modules;
use clap::Args;
use kernel::{Error, Result};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::{Env, Smtp};
use tokio::net::TcpListener;

/// Options of `yipan serve`.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Folder of the installation.
    #[arg(long, default_value = "yipan-data")]
    data: PathBuf,
    /// Database, `postgres://…`; SQLite in the data folder when absent.
    #[arg(long)]
    database: Option<String>,
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Address under which users reach the platform.
    #[arg(long)]
    base_url: Option<String>,
    /// Mail server, `host:port`.
    #[arg(long)]
    smtp: Option<String>,
    /// Address that mail comes from.
    #[arg(long, default_value = "noreply@localhost")]
    mail_from: String,
    /// Folder of the bundled islands, as `cargo xtask demo` builds it; without it procedures are
    /// changed by file.
    #[arg(long)]
    web: Option<PathBuf>,
}

/// Runs an installation until it is told to stop.
pub async fn run(options: Options) -> Result<Found> {
    let listener = listen(options.listen).await?;
    islands(options.web.as_deref())?;
    let install = Install {
        data: options.data,
        database: options.database,
        base_url: options.base_url.unwrap_or_else(|| format!("http://{}", options.listen)),
        demo: false,
        smtp: smtp(options.smtp.as_deref(), &options.mail_from)?,
        seed: None,
    };
    let env = install::open(&install).await?;
    party::evidence::seal_tables(&env).await?;
    licence::seal::provision(&env).await?;
    eprintln!("{}", env.settings.base_url);
    until_stopped(&env, listener).await?;
    Ok(Found::Good)
}

/// Takes in the bundled islands. Errors: the folder cannot be read.
pub fn islands(folder: Option<&Path>) -> Result<()> {
    let Some(folder) = folder else { return Ok(()) };
    webkit::view::asset::install(folder)
        .map_err(|error| Error::unavailable(format!("--web {}: {error}", folder.display())))?;
    Ok(())
}

/// Reads `host:port`.
pub fn smtp(address: Option<&str>, from: &str) -> Result<Option<Smtp>> {
    let Some(address) = address else { return Ok(None) };
    let wrong = || Error::invalid("smtp.address").detail("--smtp wants host:port");
    let (host, port) = address.rsplit_once(':').ok_or_else(wrong)?;
    let port = port.parse().map_err(|_| wrong())?;
    Ok(Some(Smtp { host: host.to_owned(), port, from: from.to_owned() }))
}

/// Binds the address.
pub async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .map_err(|error| Error::unavailable(format!("cannot listen on {address}: {error}")))
}

/// Serves pages and runs jobs until the process is told to stop; then lets requests under way end.
pub async fn until_stopped(env: &Arc<Env>, listener: TcpListener) -> Result<()> {
    procedures(env).await?;
    let router = modules::web(env)?.router();
    // What waits for other installations has a worker of its own.
    let waiting = &[party::evidence::COSIGN];
    let jobs = tokio::spawn(modules::worker(env).leaving(waiting).run());
    let asking = tokio::spawn(modules::worker(env).only(waiting).run());
    webkit::listen::serve(listener, router, webkit::listen::HEAD_MAX, stopped()).await;
    jobs.abort();
    asking.abort();
    Ok(())
}

/// Deploys the procedures of the packs; one that is refused is told, and the rest are there.
async fn procedures(env: &Arc<Env>) -> Result<()> {
    for (id, error) in process::definition::deploy_packs(env).await? {
        tracing::error!("procedure {id} of the packs was not deployed: {error}");
    }
    Ok(())
}

async fn stopped() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! { _ = interrupt => {}, _ = terminate.recv() => {} }
            return;
        }
    }
    let _stopped = interrupt.await;
}
