//! The database seam: one type over SQLite and PostgreSQL, chosen by URL at run time.
//!
//! SQLite has one writing connection (`BEGIN IMMEDIATE`, `synchronous=FULL`: acknowledged means
//! durable) and a few reading ones; PostgreSQL has one pool.

use kernel::{Error, Result};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseBackend, DatabaseConnection,
    DatabaseTransaction, DbErr, SqlErr, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait,
};
use sqlx::Connection;
use std::path::Path;
use std::time::Duration;

/// The database engine behind a [`Db`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The embedded default.
    Sqlite,
    /// A province's server.
    Postgres,
}

/// Connections used for reading beside the one SQLite writer.
const SQLITE_READERS: u32 = 4;
/// Connections to PostgreSQL.
const POSTGRES_POOL: u32 = 16;

/// An open database.
#[derive(Clone, Debug)]
pub struct Db {
    /// Which engine this is.
    pub engine: Engine,
    read: DatabaseConnection,
    write: DatabaseConnection,
}

impl Db {
    /// Opens `postgres://…` or `sqlite://PATH` (created when absent). Errors: `unavailable`.
    pub async fn open(url: &str) -> Result<Db> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let mut options = ConnectOptions::new(url);
            options
                .max_connections(POSTGRES_POOL)
                .acquire_timeout(Duration::from_secs(10))
                .sqlx_logging(false);
            let pool = Database::connect(options).await.map_err(failure)?;
            return Ok(Db { engine: Engine::Postgres, read: pool.clone(), write: pool });
        }
        let write = sqlite(url, 1).await?;
        let read = sqlite(url, SQLITE_READERS).await?;
        Ok(Db { engine: Engine::Sqlite, read, write })
    }

    /// Opens the embedded database in a file.
    pub async fn open_file(path: &Path) -> Result<Db> {
        Db::open(&format!("sqlite://{}?mode=rwc", path.display())).await
    }

    /// Begins a write transaction; it must be committed, dropping it rolls back.
    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        self.write.begin_with_options(options).await.map_err(failure)
    }

    /// A connection for reading.
    pub(crate) fn reader(&self) -> DatabaseConnection {
        self.read.clone()
    }

    /// Runs statements outside any transaction: migrations and maintenance only.
    pub async fn script(&self, sql: &str) -> Result<()> {
        self.write.execute_unprepared(sql).await.map_err(failure).map(|_| ())
    }

    /// A value of the table `setting`, before any installation is put together; none when absent.
    pub async fn setting(&self, name: &str) -> Result<Option<String>> {
        let sql = "SELECT value FROM setting WHERE name = $1";
        let row = self.read.query_one_raw(statement(self.engine, sql, crate::vals![name])).await;
        row.and_then(|row| row.map(|row| row.try_get_by_index(0)).transpose()).map_err(failure)
    }

    /// True when the database answers.
    pub async fn ping(&self) -> bool {
        self.read.ping().await.is_ok()
    }

    /// Lets the engine gather statistics, after a bulk load.
    pub async fn analyze(&self) -> Result<()> {
        self.script("ANALYZE").await
    }

    /// Closes all connections.
    pub async fn close(self) {
        let _closed = self.write.close().await;
        let _closed = self.read.close().await;
    }
}

async fn sqlite(url: &str, connections: u32) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(30))
        .sqlx_logging(false)
        .test_before_acquire(false)
        // A full disk makes SQLite roll back by itself; the driver then counts a transaction that
        // is none, and what came after would never be committed. Such a connection is replaced.
        // The answer to the ping comes after a rollback that is still queued.
        .map_sqlx_sqlite_before_acquire(|connection, _| {
            Box::pin(async move {
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        })
        .map_sqlx_sqlite_opts(|sqlite| {
            sqlite
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(10))
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", "FULL")
                .pragma("cache_size", "-16000")
                .pragma("temp_store", "MEMORY")
                .statement_cache_capacity(400)
        });
    Database::connect(options).await.map_err(failure)
}

/// A statement with its bound values.
pub(crate) fn statement(engine: Engine, sql: &str, values: Vec<crate::Value>) -> Statement {
    let backend = match engine {
        Engine::Sqlite => DatabaseBackend::Sqlite,
        Engine::Postgres => DatabaseBackend::Postgres,
    };
    Statement::from_sql_and_values(backend, sql, values.into_iter().map(|value| value.0))
}

/// A database error as the platform's error: a broken unique rule is `store.unique`, a lost
/// connection is `unavailable`, anything else is a fault of ours.
pub(crate) fn failure(error: DbErr) -> Error {
    if let Some(SqlErr::UniqueConstraintViolation(detail)) = error.sql_err() {
        return Error::conflict("store.unique").detail(detail);
    }
    let text = error.to_string();
    let away = matches!(error, DbErr::Conn(_) | DbErr::ConnectionAcquire(_))
        || [
            "database or disk is full",
            "disk I/O error",
            "Connection refused",
            "terminating connection",
            "broken pipe",
            "Connection reset",
            "unexpected end of file",
            "pool timed out",
            "the database system is",
            "error communicating with database",
        ]
        .iter()
        .any(|sign| text.contains(sign));
    if away { Error::unavailable(text) } else { Error::internal(text) }
}
