//! The demonstration's witnesses: nodes of two other tiers, which cosign its evidence log.
//!
//! Each is an installation of its own, below the demonstration's folder: with a database, a master key
//! and an address on this machine; only the process is shared. Invariants: a witness judges from what
//! it has cosigned before and nothing else, and is asked over HTTP like any other; the first page
//! waits for none of them; at the next start each stands where it stood.

use crate::install::{self, Install};
use crate::{modules, serve};
use kernel::{Error, Result};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use store::Env;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Folder and name of each: the city above, and its neighbour.
const NODES: [(&str, &str); 2] =
    [("zhengzhou", "zhengzhou.yipan.example"), ("kaifeng", "kaifeng.yipan.example")];
/// How often the log is looked for that has signed nothing yet.
const PAUSE: Duration = Duration::from_secs(1);

/// Runs the witnesses of an installation until dropped.
pub async fn run(env: Arc<Env>) {
    if let Err(error) = serve_all(&env).await {
        eprintln!("the demonstration's log goes on without its witnesses: {error}");
    }
}

async fn serve_all(env: &Arc<Env>) -> Result<()> {
    let log = loop {
        let mut ctx = env.system("witnesses").await?;
        match party::evidence::verifier(&mut ctx).await? {
            Some(log) => break log.to_string(),
            None => drop(ctx),
        }
        tokio::time::sleep(PAUSE).await;
    };
    let mut nodes = JoinSet::new();
    for (folder, host) in NODES {
        let node = open(env, folder, host).await?;
        let mut ctx = node.system("witness").await?;
        party::witness::accept(&mut ctx, &log).await?;
        let verifier = party::witness::verifier(&mut ctx).await?;
        ctx.commit().await?;
        let verifier = verifier.ok_or_else(|| Error::internal("a witness without a key"))?;
        let listener = ask(env, &verifier.to_string()).await?;
        let router = modules::witness(&node)?.router();
        let head = webkit::listen::HEAD_MAX;
        nodes.spawn(webkit::listen::serve(listener, router, head, std::future::pending()));
    }
    nodes.join_all().await;
    Ok(())
}

async fn open(env: &Arc<Env>, folder: &str, host: &str) -> Result<Arc<Env>> {
    let node = install::open(&Install {
        data: env.settings.data_dir.join("witnesses").join(folder),
        database: None,
        base_url: format!("http://{host}"),
        demo: false,
        smtp: None,
        seed: None,
    })
    .await?;
    // Its days are those of the demonstration.
    node.clock.set_offset_us(env.clock.now().since(env.clock.platform()));
    party::evidence::seal_tables(&node).await?;
    Ok(node)
}

/// Has the log ask a witness by this key at an address of its own, the former one while it is free.
async fn ask(env: &Arc<Env>, verifier: &str) -> Result<TcpListener> {
    let mut ctx = env.system("witnesses").await?;
    let known = party::evidence::list(&mut ctx).await?;
    let known = known.into_iter().find(|one| one.verifier == verifier);
    let former = known.as_ref().and_then(|one| {
        let (place, _) = one.address.strip_prefix("http://")?.split_once('/')?;
        place.parse::<SocketAddr>().ok()
    });
    if let Some(former) = former
        && let Ok(listener) = serve::listen(former).await
    {
        return Ok(listener);
    }
    let listener = serve::listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    if let Some(known) = known {
        party::evidence::remove(&mut ctx, &known.id).await?;
    }
    let address = listener.local_addr().map_err(Error::unavailable)?;
    party::evidence::add(&mut ctx, &format!("http://{address}/witness"), verifier).await?;
    ctx.commit().await?;
    Ok(listener)
}
