//! The database seam: one type over SQLite and PostgreSQL, chosen by URL at run time.
//!
//! SQLite has one writing connection (`BEGIN IMMEDIATE`, `synchronous=FULL`: acknowledged means
//! durable) and a few reading ones; PostgreSQL has one pool.

use crate::Value;
use crate::sqlite::{self, Sqlite, Writing};
use kernel::{Error, Result};
use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database, DatabaseBackend, DatabaseConnection,
    DatabaseTransaction, DbErr, IsolationLevel, QueryResult, SqlErr, Statement, TransactionTrait,
    TryGetable,
};
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

/// Connections to PostgreSQL.
const POSTGRES_POOL: u32 = 16;
/// Statements a connection to it keeps prepared.
const PREPARED: usize = 400;
/// A connection that has rested this long is tried before it is used.
const RESTED: Duration = Duration::from_secs(1);

/// An open database.
#[derive(Clone, Debug)]
pub struct Db {
    /// Which engine this is.
    pub engine: Engine,
    open: Open,
}

#[derive(Clone, Debug)]
enum Open {
    Sqlite(Sqlite),
    Postgres(DatabaseConnection),
}

/// A write transaction; dropped without a commit it is rolled back.
pub(crate) enum Transaction {
    Sqlite(Writing),
    Postgres(DatabaseTransaction),
}

/// A reading transaction that sees one instant; ended by dropping it.
pub(crate) enum Snapshot {
    Sqlite(sqlite::Snapshot),
    Postgres(DatabaseTransaction),
}

/// Rows of a query.
pub(crate) struct Rows(pub(crate) Vec<QueryResult>);

impl Rows {
    /// The only column of each row. Errors: `internal` when there are several.
    pub(crate) fn column<T: TryGetable>(&self) -> Result<Vec<T>> {
        self.0.iter().map(first).collect()
    }
}

/// The only column of a row.
fn first<T: TryGetable>(row: &QueryResult) -> Result<T> {
    let several = row.try_as_proxy_row().is_some_and(|row| row.values.len() != 1);
    if several {
        return Err(Error::internal("several columns where one is read"));
    }
    row.try_get_by_index(0).map_err(failure)
}

impl Db {
    /// Opens `postgres://…` or `sqlite://PATH` (created when absent). Errors: `unavailable`.
    pub async fn open(url: &str) -> Result<Db> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let mut options = ConnectOptions::new(url);
            options
                .max_connections(POSTGRES_POOL)
                .acquire_timeout(Duration::from_secs(10))
                .test_before_acquire_if_idle_for(RESTED)
                .record_stmt_in_spans(false)
                .map_sqlx_postgres_opts(|options| {
                    // Compiling a plan takes longer than any statement of ours that hurries.
                    options.statement_cache_capacity(PREPARED).options([("jit", "off")])
                })
                .sqlx_logging(false);
            let pool = Database::connect(options).await.map_err(failure)?;
            return Ok(Db { engine: Engine::Postgres, open: Open::Postgres(pool) });
        }
        let path = url.strip_prefix("sqlite://").unwrap_or(url);
        let path = path.split('?').next().unwrap_or(path);
        Ok(Db { engine: Engine::Sqlite, open: Open::Sqlite(Sqlite::open(path)?) })
    }

    /// Opens the embedded database in a file.
    pub async fn open_file(path: &Path) -> Result<Db> {
        let path =
            path.to_str().ok_or_else(|| Error::internal("the folder's name is not Unicode"))?;
        Ok(Db { engine: Engine::Sqlite, open: Open::Sqlite(Sqlite::open(path)?) })
    }

    /// Begins a write transaction; it must be committed, dropping it rolls back.
    pub(crate) async fn begin(&self) -> Result<Transaction> {
        match &self.open {
            Open::Sqlite(file) => file.begin().await.map(Transaction::Sqlite),
            Open::Postgres(pool) => begun(pool, None, None).await.map(Transaction::Postgres),
        }
    }

    /// Begins to read what is stored at this instant.
    pub(crate) async fn snapshot(&self) -> Result<Snapshot> {
        match &self.open {
            Open::Sqlite(file) => file.snapshot().map(Snapshot::Sqlite),
            Open::Postgres(pool) => {
                let (level, mode) = (IsolationLevel::RepeatableRead, AccessMode::ReadOnly);
                let snapshot = Snapshot::Postgres(begun(pool, Some(level), Some(mode)).await?);
                // The instant is that of the first query.
                snapshot.rows("SELECT 1 AS one", Vec::new()).await?;
                Ok(snapshot)
            }
        }
    }

    /// Rows of a query outside any transaction.
    pub(crate) async fn rows(&self, sql: &str, values: Vec<Value>) -> Result<Rows> {
        match &self.open {
            Open::Sqlite(file) => file.rows(sql, &values).map(Rows),
            Open::Postgres(pool) => {
                pool.query_all_raw(statement(sql, values)).await.map(Rows).map_err(failure)
            }
        }
    }

    /// Runs statements outside any transaction: migrations and maintenance only.
    pub async fn script(&self, sql: &str) -> Result<()> {
        match &self.open {
            Open::Sqlite(file) => file.script(sql).await,
            Open::Postgres(pool) => pool.execute_unprepared(sql).await.map(|_| ()).map_err(failure),
        }
    }

    /// Begins (`true`) or ends a load: what is loaded need not survive a power cut before its end,
    /// when it is durable. PostgreSQL loads as it always writes.
    pub async fn set_loading(&self, loading: bool) -> Result<()> {
        match &self.open {
            Open::Sqlite(file) => file.set_loading(loading).await,
            Open::Postgres(_) => Ok(()),
        }
    }

    /// A value of the table `setting`, before any installation is put together; none when absent.
    pub async fn setting(&self, name: &str) -> Result<Option<String>> {
        let sql = "SELECT value FROM setting WHERE name = $1";
        let rows = self.rows(sql, crate::vals![name]).await?;
        Ok(rows.column()?.into_iter().next())
    }

    /// True when the database answers.
    pub async fn ping(&self) -> bool {
        self.rows("SELECT 1 AS one", Vec::new()).await.is_ok()
    }

    /// Lets the engine gather statistics, after a bulk load.
    pub async fn analyze(&self) -> Result<()> {
        self.script("ANALYZE").await
    }

    /// Closes all connections.
    pub async fn close(self) {
        if let Open::Postgres(pool) = self.open {
            let _closed = pool.close().await;
        }
    }
}

impl Transaction {
    /// Runs a statement; the number of rows it changed.
    pub(crate) async fn execute(&self, sql: &str, values: Vec<Value>) -> Result<u64> {
        match self {
            Transaction::Sqlite(file) => file.execute(sql, &values),
            Transaction::Postgres(open) => {
                let done = open.execute_raw(statement(sql, values)).await;
                done.map(|done| done.rows_affected()).map_err(failure)
            }
        }
    }

    /// Rows of a query.
    pub(crate) async fn rows(&self, sql: &str, values: Vec<Value>) -> Result<Rows> {
        match self {
            Transaction::Sqlite(file) => file.rows(sql, &values).map(Rows),
            Transaction::Postgres(open) => {
                open.query_all_raw(statement(sql, values)).await.map(Rows).map_err(failure)
            }
        }
    }

    /// Runs several statements without values.
    pub(crate) async fn script(&self, sql: &str) -> Result<()> {
        match self {
            Transaction::Sqlite(file) => file.script(sql),
            Transaction::Postgres(open) => {
                open.execute_unprepared(sql).await.map(|_| ()).map_err(failure)
            }
        }
    }

    /// Ends the transaction.
    pub(crate) async fn commit(self) -> Result<()> {
        match self {
            Transaction::Sqlite(file) => file.commit().await,
            Transaction::Postgres(open) => open.commit().await.map_err(failure),
        }
    }
}

impl Snapshot {
    /// Rows of a query.
    pub(crate) async fn rows(&self, sql: &str, values: Vec<Value>) -> Result<Rows> {
        match self {
            Snapshot::Sqlite(file) => file.rows(sql, &values).map(Rows),
            Snapshot::Postgres(open) => {
                open.query_all_raw(statement(sql, values)).await.map(Rows).map_err(failure)
            }
        }
    }
}

/// Begins a transaction of PostgreSQL in a task of its own, so that who asked for it may be dropped
/// at any wait. Dropped between `BEGIN` and its answer, the driver would take the transaction for
/// not begun and give its connection back inside it: what is read or written there next would wait
/// for a commit that never comes.
async fn begun(
    pool: &DatabaseConnection,
    level: Option<IsolationLevel>,
    mode: Option<AccessMode>,
) -> Result<DatabaseTransaction> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { pool.begin_with_config(level, mode).await }).await;
    let begun =
        begun.map_err(|error| Error::internal("a transaction did not begin").detail(error))?;
    begun.map_err(failure)
}

/// A statement of PostgreSQL with its bound values.
fn statement(sql: &str, values: Vec<Value>) -> Statement {
    let values = values.into_iter().map(|value| value.0);
    Statement::from_sql_and_values(DatabaseBackend::Postgres, sql, values)
}

/// An error of PostgreSQL as the platform's error: a broken unique rule is `store.unique`, a lost
/// connection is `unavailable`, anything else is a fault of ours.
pub(crate) fn failure(error: DbErr) -> Error {
    if let Some(SqlErr::UniqueConstraintViolation(detail)) = error.sql_err() {
        return Error::conflict("store.unique").detail(detail);
    }
    let text = error.to_string();
    let away = matches!(error, DbErr::Conn(_) | DbErr::ConnectionAcquire(_))
        || [
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

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::Env;
    use std::task::Poll;

    /// Runs a check on a database of its own of the test server, if there is one; it is given a
    /// second connection to that server too.
    pub(crate) async fn on_postgres(check: impl AsyncFnOnce(&Db, &Db)) {
        let Ok(server) = std::env::var("YIPAN_TEST_POSTGRES") else { return };
        let name = format!("yipan_store_{:x}", Env::system_entropy().unwrap().number());
        let admin = Db::open(&server).await.unwrap();
        admin.script(&format!("CREATE DATABASE {name}")).await.unwrap();
        let (head, _) = server.rsplit_once('/').unwrap();
        let db = Db::open(&format!("{head}/{name}")).await.unwrap();
        check(&db, &admin).await;
        db.close().await;
        admin.script(&format!("DROP DATABASE {name}")).await.unwrap();
        admin.close().await;
    }

    /// Polls a future so often, then drops it.
    async fn dropped_after<F: Future>(polls: usize, future: F) {
        let mut future = std::pin::pin!(future);
        let mut left = polls;
        std::future::poll_fn(|context| match left {
            0 => Poll::Ready(()),
            _ => {
                left -= 1;
                future.as_mut().poll(context).map(|_| ())
            }
        })
        .await;
    }

    #[tokio::test]
    async fn a_beginning_that_is_dropped_leaves_no_connection_inside_a_transaction() {
        on_postgres(async |db, server| {
            let name = db.rows("SELECT current_database()::text", Vec::new()).await.unwrap();
            let name = name.column::<String>().unwrap().remove(0);
            let inside = "SELECT COUNT(*) FROM pg_stat_activity
                WHERE datname = $1 AND state LIKE 'idle in%'";
            for polls in 1..6 {
                dropped_after(polls, db.begin()).await;
                dropped_after(polls, db.snapshot()).await;
                let mut tries = 0..1_000;
                loop {
                    let rows = server.rows(inside, crate::vals![&name]).await.unwrap();
                    if rows.column::<i64>().unwrap() == [0] {
                        break;
                    }

                    assert!(tries.next().is_some(), "a connection rests inside a transaction");
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        })
        .await;
    }
}
