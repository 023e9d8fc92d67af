//! The embedded engine: one writing connection, and readers beside it.
//!
//! Statements run on the thread that asks: most take microseconds, and handing each to another
//! thread took longer than the statement itself. Only a commit, which waits for the disk, runs on a
//! thread made for waiting.
//!
//! Invariants: one transaction at a time writes, and it holds the writing connection until it ends;
//! a transaction that SQLite has ended by itself (a full disk) executes and commits nothing more;
//! readers cannot write. In a load many transactions are one for the file: one of them that is dropped
//! after it wrote takes its group with it, and the load goes no further.
//! Must not know: what is stored, contexts, jobs.

use crate::Value;
use kernel::{Error, Result};
use rusqlite::hooks::Wal;
use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Connection, ErrorCode, OpenFlags};
use sea_orm::{ProxyRow, QueryResult, Value as Held};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::OwnedMutexGuard;

/// Readers kept open; more are opened when more read at once.
const READERS_KEPT: usize = 8;
/// Statements a connection keeps prepared.
const PREPARED: usize = 400;
/// How long a transaction waits for the one before it, and for another process.
const WAIT: Duration = Duration::from_secs(30);
/// Between two attempts to begin while another process writes.
const RETRY: Duration = Duration::from_millis(20);

/// Transactions of a load that are committed together: what each would write to the log anew (the
/// pages most of them change) is written once.
const GROUP: u32 = 200;

/// How a load is written: without waiting for the disk, with more memory.
const LOADING: &str = "PRAGMA synchronous = OFF; PRAGMA cache_size = -64000";
/// After it, everything on the disk and written as at first. The log is emptied into the file with
/// waiting again, and has something to empty: else nobody would wait for what was written before.
const LOADED: &str = "PRAGMA synchronous = FULL; PRAGMA user_version = 1;
    PRAGMA wal_checkpoint(TRUNCATE); PRAGMA cache_size = -16000; PRAGMA shrink_memory";

/// Pages of the log after which what it holds is copied into the file, beside the writer: in a large
/// file the pages lie far apart, and a commit that copied them would wait for the disk a hundred
/// times as long as the others.
const LOG_PAGES: u32 = 1_000;
/// Pages after which the writer waits for it: copying no longer keeps up.
const LOG_PAGES_MAX: u32 = 50_000;

/// A database file.
#[derive(Clone)]
pub(crate) struct Sqlite {
    path: Arc<str>,
    writer: Arc<tokio::sync::Mutex<Connection>>,
    readers: Arc<Mutex<Vec<Connection>>>,
    load: Arc<Load>,
    log: Arc<Log>,
}

/// The log of a database file, as far as it has to be copied into the file.
struct Log {
    path: Arc<str>,
    /// Pages in it at the last commit.
    pages: AtomicU32,
    /// Somebody copies.
    copying: AtomicBool,
    /// Who copies, kept: a new connection would read the whole schema first.
    copier: Mutex<Option<Connection>>,
}

/// A load under way.
#[derive(Default)]
struct Load {
    on: AtomicBool,
    /// Transactions that wait for the commit of their group.
    waiting: AtomicU32,
}

impl Load {
    /// True when transactions wait for the commit of their group.
    fn is_waiting(&self) -> bool {
        self.waiting.load(Relaxed) > 0
    }
}

/// A write transaction; dropped without a commit it is rolled back.
pub(crate) struct Writing {
    held: Mutex<Option<OwnedMutexGuard<Connection>>>,
    /// In a load, where it is one of a group.
    load: Option<Part>,
    log: Arc<Log>,
}

/// A transaction of a load.
struct Part {
    load: Arc<Load>,
    /// Rows that the connection had changed before it.
    changes: u64,
}

/// A reading transaction with a connection of its own, closed with it.
pub(crate) struct Snapshot(Mutex<Connection>);

impl Snapshot {
    /// Rows of a query.
    pub(crate) fn rows(&self, sql: &str, values: &[Value]) -> Result<Vec<QueryResult>> {
        query(&lock(&self.0), sql, values)
    }
}

impl Sqlite {
    /// Opens or creates the file. Errors: `unavailable`.
    pub(crate) fn open(path: &str) -> Result<Sqlite> {
        let path: Arc<str> = path.into();
        let log = Arc::new(Log {
            path: path.clone(),
            pages: AtomicU32::new(0),
            copying: false.into(),
            copier: Mutex::default(),
        });
        let writer = Arc::new(tokio::sync::Mutex::new(writer(&log)?));
        Ok(Sqlite { path, writer, readers: Arc::default(), load: Arc::default(), log })
    }

    /// Begins a write transaction. Errors: `unavailable` after half a minute of waiting, and when
    /// the database took back a group of a load.
    pub(crate) async fn begin(&self) -> Result<Writing> {
        let mut held = self.hold().await?;
        let load = self.load.on.load(Relaxed).then(|| self.load.clone());
        if let Some(load) = &load
            && load.is_waiting()
        {
            if held.is_autocommit() {
                return Err(Error::unavailable("the database has taken back a part of the load"));
            }
            let part = Part { load: load.clone(), changes: held.total_changes() };
            return Ok(self.writing(held, Some(part)));
        }
        // What a lost transaction left is taken back; a connection that cannot is replaced.
        if !held.is_autocommit() && held.execute_batch("ROLLBACK").is_err() {
            *held = writer(&self.log)?;
        }
        let mut waited = Duration::ZERO;
        while let Err(error) = held.execute_batch("BEGIN IMMEDIATE") {
            let busy = error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy);
            if !busy || waited >= WAIT {
                return Err(failure(error));
            }
            tokio::time::sleep(RETRY).await;
            waited += RETRY;
        }
        let load = load.map(|load| Part { load, changes: held.total_changes() });
        Ok(self.writing(held, load))
    }

    fn writing(&self, held: OwnedMutexGuard<Connection>, load: Option<Part>) -> Writing {
        Writing { held: Mutex::new(Some(held)), load, log: self.log.clone() }
    }

    /// Begins or ends a load: what is loaded need not survive a power cut until the load has ended.
    pub(crate) async fn set_loading(&self, loading: bool) -> Result<()> {
        self.script(if loading { LOADING } else { LOADED }).await?;
        self.load.on.store(loading, Relaxed);
        Ok(())
    }

    /// Runs statements outside any transaction.
    pub(crate) async fn script(&self, sql: &str) -> Result<()> {
        let held = self.hold().await?;
        if self.load.is_waiting() {
            commit(&held)?;
            self.load.waiting.store(0, Relaxed);
        }
        held.execute_batch(sql).map_err(failure)
    }

    /// What is stored at one instant, whatever is written meanwhile.
    pub(crate) fn snapshot(&self) -> Result<Snapshot> {
        let reader = self.reader()?;
        // The instant is that of the first read.
        let begun = reader.execute_batch("BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1");
        begun.map_err(failure)?;
        Ok(Snapshot(Mutex::new(reader)))
    }

    /// A connection that cannot write.
    fn reader(&self) -> Result<Connection> {
        let reader = connect(&self.path)?;
        reader.execute_batch("PRAGMA query_only = ON").map_err(failure)?;
        Ok(reader)
    }

    /// Rows of a query, by a reader. In a load, which one task does alone, by the writer: what its
    /// group has not committed yet is seen there only. Errors: `unavailable` when a load reads
    /// beside a transaction of its own.
    pub(crate) fn rows(&self, sql: &str, values: &[Value]) -> Result<Vec<QueryResult>> {
        if self.load.on.load(Relaxed) {
            let held = self.writer.try_lock().map_err(|_| {
                Error::unavailable("a load has a transaction open and reads beside it")
            })?;
            return query(&held, sql, values);
        }
        let kept = lock(&self.readers).pop();
        let reader = kept.map_or_else(|| self.reader(), Ok)?;
        let rows = query(&reader, sql, values);
        let mut readers = lock(&self.readers);
        if readers.len() < READERS_KEPT {
            readers.push(reader);
        }
        rows
    }

    async fn hold(&self) -> Result<OwnedMutexGuard<Connection>> {
        tokio::time::timeout(WAIT, self.writer.clone().lock_owned())
            .await
            .map_err(|_| Error::unavailable("the writing connection stayed taken"))
    }
}

impl std::fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sqlite({})", self.path)
    }
}

impl Writing {
    /// Runs a statement; the number of rows it changed.
    pub(crate) fn execute(&self, sql: &str, values: &[Value]) -> Result<u64> {
        self.within(|connection| {
            let mut statement = prepared(connection, sql, values)?;
            let changed = statement.raw_execute().map_err(failure)?;
            u64::try_from(changed).map_err(Error::internal)
        })
    }

    /// Rows of a query.
    pub(crate) fn rows(&self, sql: &str, values: &[Value]) -> Result<Vec<QueryResult>> {
        self.within(|connection| query(connection, sql, values))
    }

    /// Runs several statements without values.
    pub(crate) fn script(&self, sql: &str) -> Result<()> {
        self.within(|connection| connection.execute_batch(sql).map_err(failure))
    }

    /// Ends the transaction. Errors: `unavailable` when it could not be made durable; it is rolled
    /// back then.
    pub(crate) async fn commit(self) -> Result<()> {
        let Some(held) = lock(&self.held).take() else { return Err(ended()) };
        if let Some(part) = &self.load {
            release(&held, &part.load)?;
        } else {
            let log = self.log.clone();
            let done = tokio::task::spawn_blocking(move || {
                commit(&held)?;
                if log.pages.load(Relaxed) > LOG_PAGES_MAX {
                    held.execute_batch("PRAGMA wal_checkpoint(RESTART)").map_err(failure)?;
                }
                Ok(())
            });
            done.await.map_err(Error::unavailable)??;
        }
        self.log.copy(self.load.is_some());
        Ok(())
    }

    fn within<T>(&self, act: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let held = lock(&self.held);
        match held.as_ref() {
            Some(connection) if !connection.is_autocommit() => act(connection),
            _ => Err(ended()),
        }
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        if let Some(held) = lock(&self.held).take() {
            match &self.load {
                // What read only leaves the group as it was.
                Some(part) if part.load.is_waiting() && held.total_changes() == part.changes => {}
                _ => take_back(&held),
            }
        }
    }
}

impl Log {
    /// Has what the log holds copied into the file, if it is time and nobody does.
    fn copy(self: &Arc<Log>, loading: bool) {
        if self.pages.load(Relaxed) < LOG_PAGES || self.copying.swap(true, Relaxed) {
            return;
        }
        let log = self.clone();
        tokio::task::spawn_blocking(move || {
            if let Err(error) = log.copy_now(loading) {
                tracing::warn!(%error, "the log of the database was not copied into its file");
            }
            log.copying.store(false, Relaxed);
        });
    }

    /// Copies what no reader needs any more. A copier that failed is not used again.
    fn copy_now(&self, loading: bool) -> Result<()> {
        let mut kept = lock(&self.copier);
        let copier = kept.take().map_or_else(|| connect(&self.path), Ok)?;
        let wait = if loading { "OFF" } else { "FULL" };
        let copy = format!("PRAGMA synchronous = {wait}; PRAGMA wal_checkpoint(PASSIVE)");
        copier.execute_batch(&copy).map_err(failure)?;
        *kept = Some(copier);
        Ok(())
    }
}

/// Ends a transaction of a load, and with the last of a group commits them all.
fn release(connection: &Connection, load: &Load) -> Result<()> {
    if connection.is_autocommit() {
        return Err(ended());
    }
    if load.waiting.fetch_add(1, Relaxed) + 1 < GROUP {
        return Ok(());
    }
    commit(connection)?;
    load.waiting.store(0, Relaxed);
    Ok(())
}

fn commit(connection: &Connection) -> Result<()> {
    if connection.is_autocommit() {
        return Err(ended());
    }
    let done = connection.execute_batch("COMMIT").map_err(failure);
    if done.is_err() {
        take_back(connection);
    }
    done
}

/// Rolls back what is open. That this fails is seen by the next to begin.
fn take_back(connection: &Connection) {
    if !connection.is_autocommit()
        && let Err(error) = connection.execute_batch("ROLLBACK")
    {
        tracing::warn!(%error, "a transaction could not be rolled back");
    }
}

fn ended() -> Error {
    Error::unavailable("the database has ended the transaction by itself")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The connection that writes, and tells after each commit how long the log is.
fn writer(log: &Arc<Log>) -> Result<Connection> {
    let mut writer = connect(&log.path)?;
    let log = log.clone();
    let told = move |_: &mut Wal, pages: i32| {
        log.pages.store(pages.unsigned_abs(), Relaxed);
        Ok(())
    };
    writer.wal_hook(Some(told)).map_err(failure)?;
    Ok(writer)
}

fn connect(path: &str) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failure)?;
    connection.set_prepared_statement_cache_capacity(PREPARED);
    connection.busy_timeout(Duration::from_secs(5)).map_err(failure)?;
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
             PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY;",
        )
        .map_err(failure)?;
    Ok(connection)
}

/// The statement with its values bound.
fn prepared<'a>(
    connection: &'a Connection,
    sql: &str,
    values: &[Value],
) -> Result<CachedStatement<'a>> {
    let mut statement = connection.prepare_cached(&numbered(sql)).map_err(failure)?;
    if statement.parameter_count() != values.len() {
        return Err(Error::internal(format!(
            "{} values for {} places",
            values.len(),
            statement.parameter_count()
        )));
    }
    for (value, place) in values.iter().zip(1..) {
        let bound = match &value.0 {
            Held::BigInt(number) => statement.raw_bind_parameter(place, number),
            Held::String(text) => statement.raw_bind_parameter(place, text.as_deref()),
            Held::Bytes(bytes) => statement.raw_bind_parameter(place, bytes.as_deref()),
            other => return Err(Error::internal(format!("no column holds {other:?}"))),
        };
        bound.map_err(failure)?;
    }
    Ok(statement)
}

fn query(connection: &Connection, sql: &str, values: &[Value]) -> Result<Vec<QueryResult>> {
    let mut statement = prepared(connection, sql, values)?;
    // In the order of their names, in which a row is built fastest.
    let mut names: Vec<(String, usize)> =
        statement.column_names().zip(0..).map(|(name, at)| (name.to_owned(), at)).collect();
    names.sort_unstable();
    let mut rows = statement.raw_query();
    let mut out = Vec::new();
    while let Some(row) = rows.next().map_err(failure)? {
        let mut held = Vec::with_capacity(names.len());
        for (name, at) in &names {
            let value = match row.get_ref(*at).map_err(failure)? {
                ValueRef::Null => Held::String(None),
                ValueRef::Integer(number) => Held::from(number),
                ValueRef::Text(text) => {
                    Held::from(std::str::from_utf8(text).map_err(Error::internal)?)
                }
                ValueRef::Blob(bytes) => Held::from(bytes.to_vec()),
                ValueRef::Real(_) => return Err(Error::internal("no column holds a fraction")),
            };
            held.push((name.clone(), value));
        }
        out.push(QueryResult::from(ProxyRow::new(BTreeMap::from_iter(held))));
    }
    Ok(out)
}

/// `$1` as `?1`: SQLite numbers what is written `$1` by its first appearance, not by its number.
fn numbered(sql: &str) -> Cow<'_, str> {
    if !sql.contains('$') {
        return Cow::Borrowed(sql);
    }
    let mut quoted = false;
    let mut mark = |byte: u8| {
        quoted ^= byte == b'\'';
        if byte == b'$' && !quoted { b'?' } else { byte }
    };
    // One ASCII byte stands for another: what was UTF-8 still is.
    match String::from_utf8(sql.bytes().map(&mut mark).collect()) {
        Ok(out) => Cow::Owned(out),
        Err(_) => Cow::Borrowed(sql),
    }
}

/// A database error as the platform's error, as [`crate::db::failure`] does it for PostgreSQL.
fn failure(error: rusqlite::Error) -> Error {
    use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};
    let text = error.to_string();
    let Some(code) = error.sqlite_error() else { return Error::internal(text) };
    match (code.code, code.extended_code) {
        (_, SQLITE_CONSTRAINT_UNIQUE | SQLITE_CONSTRAINT_PRIMARYKEY) => {
            Error::conflict("store.unique").detail(text)
        }
        (
            ErrorCode::DiskFull
            | ErrorCode::SystemIoFailure
            | ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::CannotOpen
            | ErrorCode::ReadOnly
            | ErrorCode::FileLockingProtocolFailed,
            _,
        ) => Error::unavailable(text),
        _ => Error::internal(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_numbered_outside_of_texts() {
        assert_eq!(numbered("a = $2 AND b = '$1' OR c = $1"), "a = ?2 AND b = '$1' OR c = ?1");
    }

    #[tokio::test]
    async fn what_the_log_holds_comes_into_the_file_beside_the_writer() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        let db = Sqlite::open(&path.display().to_string()).unwrap();
        db.script("CREATE TABLE one (id BIGINT PRIMARY KEY, text TEXT)").await.unwrap();
        let add = "INSERT INTO one VALUES ($1, $2)";
        let text = "x".repeat(3_000);
        let most = i64::from(LOG_PAGES) * 2;
        for n in 0..most {
            let one = db.begin().await.unwrap();
            one.execute(add, &[Value::from(n), Value::from(&text)]).unwrap();
            one.commit().await.unwrap();
        }
        for _ in 0..1_000 {
            if std::fs::metadata(&path).unwrap().len() > u64::from(LOG_PAGES) * 4_000 {
                let other = Sqlite::open(&path.display().to_string()).unwrap();
                assert_eq!(other.rows("SELECT id FROM one", &[]).unwrap().len() as i64, most);
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the file holds nothing of the log");
    }

    #[tokio::test]
    async fn a_load_commits_whole_transactions_in_groups() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db").display().to_string();
        let db = Sqlite::open(&path).unwrap();
        db.script("CREATE TABLE one (id BIGINT PRIMARY KEY)").await.unwrap();
        db.set_loading(true).await.unwrap();
        let add = "INSERT INTO one VALUES ($1)";
        for n in 0..i64::from(GROUP) + 2 {
            let kept = db.begin().await.unwrap();
            kept.execute(add, &[Value::from(n)]).unwrap();
            kept.commit().await.unwrap();
            let reading = db.begin().await.unwrap();
            assert!(!reading.rows("SELECT id FROM one", &[]).unwrap().is_empty());
            assert!(db.rows("SELECT id FROM one", &[]).is_err(), "read beside a transaction");
        }
        // The load itself sees all of it, another process the groups that are whole.
        let all = usize::try_from(GROUP).unwrap() + 2;
        let sql = "SELECT id FROM one";
        assert_eq!(db.rows(sql, &[]).unwrap().len(), all);
        let other = Sqlite::open(&path).unwrap();
        assert_eq!(other.rows(sql, &[]).unwrap().len(), all - 2);
        db.set_loading(false).await.unwrap();
        assert_eq!(other.rows(sql, &[]).unwrap().len(), all);
        let after = db.begin().await.unwrap();
        after.execute(add, &[Value::from(5_000i64)]).unwrap();
        after.commit().await.unwrap();
        assert_eq!(other.rows(sql, &[]).unwrap().len(), all + 1);
    }

    #[tokio::test]
    async fn a_load_that_drops_what_it_wrote_goes_no_further() {
        let folder = tempfile::tempdir().unwrap();
        let db = Sqlite::open(&folder.path().join("test.db").display().to_string()).unwrap();
        db.script("CREATE TABLE one (id BIGINT PRIMARY KEY)").await.unwrap();
        db.set_loading(true).await.unwrap();
        let first = db.begin().await.unwrap();
        first.execute("INSERT INTO one VALUES (1)", &[]).unwrap();
        first.commit().await.unwrap();
        let dropped = db.begin().await.unwrap();
        dropped.execute("INSERT INTO one VALUES (2)", &[]).unwrap();
        drop(dropped);
        let code = db.begin().await.err().unwrap();
        assert_eq!(code.kind, kernel::Kind::Unavailable, "a transaction that wrote was dropped");
        assert!(db.set_loading(false).await.is_err(), "a load with a hole ended well");
    }

    #[tokio::test]
    async fn a_load_whose_group_the_disk_took_back_goes_no_further() {
        let folder = tempfile::tempdir().unwrap();
        let db = Sqlite::open(&folder.path().join("test.db").display().to_string()).unwrap();
        db.script("CREATE TABLE one (id BIGINT PRIMARY KEY)").await.unwrap();
        db.set_loading(true).await.unwrap();
        let first = db.begin().await.unwrap();
        first.execute("INSERT INTO one VALUES (1)", &[]).unwrap();
        first.commit().await.unwrap();
        let second = db.begin().await.unwrap();
        // As SQLite does by itself when the disk is full.
        second.script("ROLLBACK").unwrap();
        assert!(second.commit().await.is_err());
        assert_eq!(db.begin().await.err().unwrap().kind, kernel::Kind::Unavailable);
        assert!(db.set_loading(false).await.is_err(), "a load with a hole ended well");
    }

    #[tokio::test]
    async fn a_dropped_transaction_leaves_nothing_and_a_committed_one_everything() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db").display().to_string();
        let db = Sqlite::open(&path).unwrap();
        db.script("CREATE TABLE one (id TEXT PRIMARY KEY, n BIGINT, b BLOB)").await.unwrap();
        let dropped = db.begin().await.unwrap();
        dropped
            .execute(
                "INSERT INTO one VALUES ($1, $2, NULL)",
                &[Value::from("a"), Value::from(1i64)],
            )
            .unwrap();
        drop(dropped);
        let kept = db.begin().await.unwrap();
        // The second value is named first.
        kept.execute(
            "INSERT INTO one (n, id, b) VALUES ($2, $1, $3)",
            &[Value::from("b"), Value::from(2i64), Value::from(vec![7u8])],
        )
        .unwrap();
        kept.commit().await.unwrap();
        let rows = db.rows("SELECT id, n, b FROM one", &[]).unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].try_get::<String>("", "id").unwrap(), "b");
        assert_eq!(rows[0].try_get::<i64>("", "n").unwrap(), 2);
        assert_eq!(rows[0].try_get::<Vec<u8>>("", "b").unwrap(), vec![7]);
        let refused = db.rows("INSERT INTO one VALUES ('c', 1, NULL)", &[]);
        assert!(refused.is_err(), "a reader wrote");
        let again = db.begin().await.unwrap();
        let twice = again.execute("INSERT INTO one VALUES ('b', 1, NULL)", &[]).unwrap_err();
        assert_eq!(twice.code, "store.unique");
        let short = again.execute("DELETE FROM one WHERE id = $1", &[]).unwrap_err();
        assert_eq!(short.kind, kernel::Kind::Internal);
        // What SQLite ends by itself accepts nothing more.
        again.script("ROLLBACK").unwrap();
        assert!(again.execute("DELETE FROM one", &[]).is_err());
        assert!(again.commit().await.is_err());
        assert_eq!(db.rows("SELECT id FROM one", &[]).unwrap().len(), 1);
    }
}
