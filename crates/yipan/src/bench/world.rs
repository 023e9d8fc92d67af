//! The installation a bench works on: a temporary folder, and on a server a database of its own.

use super::Options;
use crate::demo::load;
use crate::install::{self, Install};
use kernel::{Error, Result};
use std::path::Path;
use std::sync::Arc;
use store::{Clock, Db, Env};
use tempfile::TempDir;

/// Seed of every bench's province: the same people each time.
pub const SEED: u64 = 1;

/// An installation that goes away.
pub struct World {
    /// The installation.
    pub env: Arc<Env>,
    place: Place,
}

/// Where an installation lies.
pub struct Place {
    /// Its folder.
    pub folder: TempDir,
    /// Its database; none for SQLite in the folder.
    pub database: Option<String>,
    scratch: Option<Scratch>,
}

/// A database made on a server.
struct Scratch {
    server: String,
    name: String,
}

impl Place {
    /// A fresh folder, and a fresh database when a server is named. Errors: `unavailable`.
    pub async fn make(options: &Options) -> Result<Place> {
        let folder = tempfile::Builder::new()
            .prefix("yipan-bench-")
            .tempdir()
            .map_err(Error::unavailable)?;
        let Some(server) = &options.database else {
            return Ok(Place { folder, database: None, scratch: None });
        };
        let name = format!("yipan_bench_{}", Env::system_entropy()?.code(12).to_lowercase());
        on_server(server, &format!("CREATE DATABASE {name}")).await?;
        let database = Some(beside(server, &name));
        Ok(Place { folder, database, scratch: Some(Scratch { server: server.clone(), name }) })
    }

    /// Removes folder and database.
    pub async fn remove(self) -> Result<()> {
        if let Some(Scratch { server, name }) = &self.scratch {
            on_server(server, &format!("DROP DATABASE {name} WITH (FORCE)")).await?;
        }
        self.folder.close().map_err(Error::unavailable)
    }
}

async fn on_server(server: &str, sql: &str) -> Result<()> {
    let db = Db::open(server).await?;
    let done = db.script(sql).await;
    db.close().await;
    done
}

/// The URL of another database of the same server.
pub fn beside(server: &str, name: &str) -> String {
    let (base, query) = match server.split_once('?') {
        Some((base, query)) => (base, format!("?{query}")),
        None => (server, String::new()),
    };
    let host_at = base.find("://").map_or(0, |at| at + 3);
    let head = base[host_at..].find('/').map_or(base, |at| &base[..host_at + at]);
    format!("{head}/{name}{query}")
}

/// Opens the installation in a folder.
pub async fn open(folder: &Path, database: Option<String>) -> Result<Arc<Env>> {
    install::open(&Install {
        data: folder.to_owned(),
        database,
        base_url: "http://127.0.0.1:8080".to_owned(),
        demo: true,
        smtp: None,
        seed: Some(SEED),
    })
    .await
}

/// The same installation on the same connections, writing no seals of rows.
pub fn without_seals(env: &Env) -> Result<Arc<Env>> {
    Ok(Arc::new(Env::new(
        env.db.clone(),
        env.objects.clone(),
        env.pack.clone(),
        env.vault.clone(),
        Clock::system(env.clock.now().since(env.clock.platform())),
        env.settings.clone(),
        env.typeset.clone(),
        env.subscribers.clone(),
        Env::system_entropy()?,
    )))
}

impl World {
    /// An installation without people, with its keys.
    pub async fn empty(options: &Options) -> Result<World> {
        let place = Place::make(options).await?;
        let env = open(place.folder.path(), place.database.clone()).await?;
        licence::seal::provision(&env).await?;
        Ok(World { env, place })
    }

    /// An installation with the demonstration's people, registries and sign-ins, without cases.
    pub async fn province(options: &Options, persons: usize) -> Result<World> {
        let place = Place::make(options).await?;
        let env = open(place.folder.path(), place.database.clone()).await?;
        load::province(&env, SEED, persons, 0).await?;
        Ok(World { env, place })
    }

    /// Removes it.
    pub async fn remove(self) -> Result<()> {
        let db = self.env.db.clone();
        drop(self.env);
        db.close().await;
        self.place.remove().await
    }
}
