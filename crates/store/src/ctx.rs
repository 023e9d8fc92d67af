//! What every verb takes: who acts, when, with which randomness, in which transaction.

use crate::db::{Rows, Snapshot, Transaction, failure};
use crate::seal::{self, Owed};
use crate::together::{Asked, together};
use crate::{Db, Engine, Env, Sealed, Value, dialect};
use kernel::{Actor, Error, Lang, Random, Result, Timestamp};
use sea_orm::sqlx::postgres::{PgColumn, PgRow};
use sea_orm::sqlx::{self, Column, Row, TypeInfo};
use sea_orm::{FromQueryResult, QueryResult, TryGetable, Value as Held};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Rows changed by one statement.
const ROWS_MAX: usize = 100;
/// Rows purged at once.
const PURGED: usize = 200;
/// Statements of one message.
const TOGETHER_MAX: usize = 16;

enum Conn {
    Read(Db),
    Snapshot(Snapshot),
    Write(Transaction),
}

/// The context of one verb.
///
/// A writing context is one transaction: [`Ctx::commit`] ends it, dropping it rolls back.
pub struct Ctx {
    /// The installation: database, definitions, keys, settings.
    pub env: Arc<Env>,
    /// Who acts.
    pub actor: Actor,
    /// The language in which answers are told.
    pub lang: Lang,
    /// The instant of the verb; one verb has one instant.
    pub now: Timestamp,
    /// Randomness of the verb.
    pub random: Random,
    /// The last id given: the next sorts after it although both are of one instant.
    last_id: String,
    /// Jobs this transaction has asked for already, by name and payload.
    pub(crate) asked: BTreeSet<(String, String)>,
    /// Statements not yet sent.
    later: Vec<Asked>,
    /// Seals of rows written, owed until the commit.
    pub(crate) owed: Owed,
    conn: Conn,
}

impl Ctx {
    /// A context that can only read.
    pub fn read(env: &Arc<Env>, actor: Actor, lang: Lang) -> Ctx {
        Ctx::over(Conn::Read(env.db.clone()), env, actor, lang)
    }

    /// A context that can only read, and sees everything as it is at this instant: for checks that
    /// compare rows with each other while others write.
    pub async fn snapshot(env: &Arc<Env>, actor: Actor, lang: Lang) -> Result<Ctx> {
        Ok(Ctx::over(Conn::Snapshot(env.db.snapshot().await?), env, actor, lang))
    }

    /// A context that writes: begins its transaction.
    pub async fn write(env: &Arc<Env>, actor: Actor, lang: Lang) -> Result<Ctx> {
        Ok(Ctx::over(Conn::Write(env.db.begin().await?), env, actor, lang))
    }

    fn over(conn: Conn, env: &Arc<Env>, actor: Actor, lang: Lang) -> Ctx {
        Ctx {
            actor,
            lang,
            now: env.clock.now(),
            random: env.random(),
            last_id: String::new(),
            asked: BTreeSet::new(),
            later: Vec::new(),
            owed: Owed::default(),
            conn,
            env: env.clone(),
        }
    }

    /// True when this is a transaction that writes.
    pub(crate) fn writes(&self) -> bool {
        matches!(self.conn, Conn::Write(_))
    }

    /// The engine in use, for functions of [`dialect`].
    pub fn engine(&self) -> Engine {
        self.env.db.engine
    }

    /// A new identifier that sorts by time, and within this context by the order of asking.
    pub fn id(&mut self) -> String {
        let now = self.now;
        let fresh = self.random.id(now);
        let same_ms = self.last_id.get(..10) == fresh.get(..10);
        self.last_id = if same_ms { successor(&self.last_id) } else { fresh };
        self.last_id.clone()
    }

    /// Ends the transaction; jobs it enqueued are woken. A reading context has nothing to end.
    pub async fn commit(mut self) -> Result<()> {
        self.pay().await?;
        self.send().await?;
        if let Conn::Write(transaction) = self.conn {
            transaction.commit().await?;
            self.env.wake();
        }
        Ok(())
    }

    /// The same transaction acting as somebody else (the platform, an officer's deputy).
    pub fn acting_as(&mut self, actor: Actor) -> Actor {
        std::mem::replace(&mut self.actor, actor)
    }

    /// Runs a statement; the number of rows it changed.
    pub async fn execute(&mut self, sql: &str, values: Vec<Value>) -> Result<u64> {
        self.send().await?;
        match seal::written(&self.env, sql).copied().filter(|_| self.writes()) {
            // Apart: whoever executes has no room for it where nothing is sealed.
            Some(sealed) => {
                let rows = Box::pin(self.execute_sealed(sealed, sql, values)).await?;
                Ok(rows.len() as u64)
            }
            None => self.execute_now(sql, values).await,
        }
    }

    /// Runs a statement on a sealed table; the rows it changed.
    async fn execute_sealed(
        &mut self,
        sealed: Sealed,
        sql: &str,
        values: Vec<Value>,
    ) -> Result<Vec<serde_json::Map<String, Json>>> {
        let giving_back = seal::giving_back(self.engine(), &sealed, sql);
        let rows = self.rows_json(&giving_back, values).await?;
        self.owe(sealed, sql, rows.clone()).await?;
        Ok(rows)
    }

    /// Counts `column` on by so many in the row with this key, made when there is none; what it then
    /// is. Names are the program's, never input.
    pub async fn count_on(
        &mut self,
        table: &'static str,
        key: &[&'static str],
        mut values: Vec<Value>,
        column: &'static str,
        by: i64,
    ) -> Result<i64> {
        values.push(Value::from(by));
        let (keys, marks) = (key.join(", "), (1..=values.len()).map(|at| format!("${at}")));
        let sql = format!(
            "INSERT INTO {table} ({keys}, {column}) VALUES ({})
             ON CONFLICT ({keys}) DO UPDATE SET {column} = {table}.{column} + excluded.{column}",
            marks.collect::<Vec<_>>().join(", ")
        );
        let rows = match seal::written(&self.env, &sql).copied() {
            Some(sealed) => Box::pin(self.execute_sealed(sealed, &sql, values)).await?,
            None => self.rows_json(&format!("{sql} RETURNING {column}"), values).await?,
        };
        let counted = rows.first().and_then(|row| row.get(column)).and_then(Json::as_i64);
        counted.ok_or_else(|| Error::internal(format!("{table} did not count on")))
    }

    /// Runs a statement not before the next one, or the commit, needs it: PostgreSQL gets several
    /// in one message, for there a message takes longer than most statements; SQLite gets it at
    /// once. It neither reads nor changes what another statement of a message changes, which
    /// PostgreSQL would carry out in any order, and does not begin with `WITH`.
    pub async fn execute_later(&mut self, sql: &str, values: Vec<Value>) -> Result<()> {
        let now = self.engine() == Engine::Sqlite || !self.writes();
        if now || seal::written(&self.env, sql).is_some() {
            return self.execute(sql, values).await.map(|_| ());
        }
        self.later.push((sql.to_owned(), values));
        if self.later.len() >= TOGETHER_MAX { self.send().await } else { Ok(()) }
    }

    /// Runs a statement that changes a row and gives it back (`RETURNING`), as
    /// [`Ctx::row_json`], in one message with those that were to run later, and on their terms.
    pub async fn changed_row(
        &mut self,
        sql: &str,
        values: Vec<Value>,
    ) -> Result<Option<serde_json::Map<String, Json>>> {
        let mut asked = std::mem::take(&mut self.later);
        asked.push((sql.to_owned(), values));
        let Some((sql, values)) = together(asked) else { return Ok(None) };
        self.row_json(&sql, values).await
    }

    /// Sends what waits.
    async fn send(&mut self) -> Result<()> {
        if let Some((sql, values)) = together(std::mem::take(&mut self.later)) {
            self.execute_now(&sql, values).await?;
        }
        Ok(())
    }

    async fn execute_now(&mut self, sql: &str, values: Vec<Value>) -> Result<u64> {
        let done = match &self.conn {
            Conn::Write(transaction) => transaction.execute(sql, values).await,
            Conn::Read(_) | Conn::Snapshot(_) => Err(Error::internal("write in a reading context")),
        };
        done.map_err(|error| explain(error, sql))
    }

    /// Changes many rows of a table: each of `rows` holds an id and then a value for each of
    /// `columns`. Names are the program's, never input. The number of rows changed.
    pub async fn update_rows(
        &mut self,
        table: &'static str,
        columns: &[&'static str],
        rows: Vec<Vec<Value>>,
    ) -> Result<u64> {
        // Both engines name the columns of a list of values so.
        let sets: Vec<String> = columns
            .iter()
            .zip(2..)
            .map(|(column, at)| format!("{column} = v.column{at}"))
            .collect();
        let (mut rows, mut changed) = (rows.into_iter().peekable(), 0);
        while rows.peek().is_some() {
            let chunk: Vec<Vec<Value>> = rows.by_ref().take(ROWS_MAX).collect();
            let (mut values, mut lines) = (Vec::new(), Vec::new());
            for row in chunk {
                let first = values.len() + 1;
                values.extend(row);
                let marks: Vec<String> =
                    (first..=values.len()).map(|at| format!("${at}")).collect();
                lines.push(format!("({})", marks.join(", ")));
            }
            let sql = format!(
                "UPDATE {table} SET {} FROM (VALUES {}) AS v WHERE {table}.id = v.column1",
                sets.join(", "),
                lines.join(", ")
            );
            changed += self.execute(&sql, values).await?;
        }
        Ok(changed)
    }

    /// All rows of a query.
    pub async fn all<T: FromQueryResult>(
        &mut self,
        sql: &str,
        values: Vec<Value>,
    ) -> Result<Vec<T>> {
        let rows = self.rows(sql, values).await?;
        rows.0
            .iter()
            .map(|row| T::from_query_result(row, "").map_err(|error| explain(failure(error), sql)))
            .collect()
    }

    /// The first row of a query, if any.
    pub async fn optional<T: FromQueryResult>(
        &mut self,
        sql: &str,
        values: Vec<Value>,
    ) -> Result<Option<T>> {
        Ok(self.all(sql, values).await?.into_iter().next())
    }

    /// The first row of a query; `not_found` when there is none.
    pub async fn one<T: FromQueryResult>(&mut self, sql: &str, values: Vec<Value>) -> Result<T> {
        self.optional(sql, values).await?.ok_or_else(Error::not_found)
    }

    /// The only column of the first row, if any.
    pub async fn scalar<T: TryGetable>(
        &mut self,
        sql: &str,
        values: Vec<Value>,
    ) -> Result<Option<T>> {
        Ok(self.column(sql, values).await?.into_iter().next())
    }

    /// The only column of every row.
    pub async fn column<T: TryGetable>(&mut self, sql: &str, values: Vec<Value>) -> Result<Vec<T>> {
        let rows = self.rows(sql, values).await?;
        rows.column().map_err(|error| explain(error, sql))
    }

    /// The first row whatever its columns: text, integers, bytes as hexadecimal after `hex:`, and
    /// null, by column name. The same row is the same JSON on both engines.
    pub async fn row_json(
        &mut self,
        sql: &str,
        values: Vec<Value>,
    ) -> Result<Option<serde_json::Map<String, Json>>> {
        let rows = self.rows(sql, values).await?;
        rows.0.first().map(|row| plain_row(row).map_err(|error| explain(error, sql))).transpose()
    }

    /// As [`Ctx::row_json`], every row.
    pub async fn rows_json(
        &mut self,
        sql: &str,
        values: Vec<Value>,
    ) -> Result<Vec<serde_json::Map<String, Json>>> {
        let rows = self.rows(sql, values).await?;
        rows.0.iter().map(|row| plain_row(row).map_err(|error| explain(error, sql))).collect()
    }

    /// `SELECT COUNT(*)` and the like; 0 when there is no row.
    pub async fn count(&mut self, sql: &str, values: Vec<Value>) -> Result<i64> {
        Ok(self.scalar::<i64>(sql, values).await?.unwrap_or(0))
    }

    /// Waits for and holds the row with this id until the transaction ends; false when absent.
    /// `table` is a name in the program, never input.
    pub async fn lock(&mut self, table: &'static str, id: &str) -> Result<bool> {
        let sql =
            format!("SELECT id FROM {table} WHERE id = $1{}", dialect::for_update(self.engine()));
        Ok(self.scalar::<String>(&sql, crate::vals![id]).await?.is_some())
    }

    /// Holds a name beside others who do, until the transaction ends; waits for who holds it alone.
    /// A name is only what both sides agree on. Errors: internal in a context that only reads.
    pub async fn hold_beside(&mut self, name: &str) -> Result<()> {
        self.hold(name, dialect::hold_beside(self.engine())).await
    }

    /// As [`Ctx::hold_beside`], alone: waits for all who hold it, who come later wait in their turn.
    pub async fn hold_alone(&mut self, name: &str) -> Result<()> {
        self.hold(name, dialect::hold_alone(self.engine())).await
    }

    async fn hold(&mut self, name: &str, statement: Option<&str>) -> Result<()> {
        if !self.writes() {
            return Err(Error::internal("a name is held in a transaction"));
        }
        let Some(statement) = statement else { return Ok(()) };
        let digest = proof::digest::sm3(name.as_bytes());
        let number = digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte));
        self.execute(statement, crate::vals![number.cast_signed()]).await.map(drop)
    }

    /// Deletes rows of which the time in `column` lies before an instant: some of them, so that
    /// whoever adds a row takes away as many as come, and none that another transaction has in hand.
    /// Names are the program's, never input.
    pub async fn purge(
        &mut self,
        table: &'static str,
        column: &'static str,
        before: Timestamp,
    ) -> Result<()> {
        let sql = format!(
            "DELETE FROM {table} WHERE id IN
             (SELECT id FROM {table} WHERE {column} < $1 LIMIT {PURGED}{})",
            dialect::skip_locked(self.engine())
        );
        self.execute(&sql, crate::vals![before]).await.map(drop)
    }

    async fn rows(&mut self, sql: &str, values: Vec<Value>) -> Result<Rows> {
        self.send().await?;
        let rows = match &self.conn {
            Conn::Read(db) => db.rows(sql, values).await,
            Conn::Snapshot(snapshot) => snapshot.rows(sql, values).await,
            Conn::Write(transaction) => transaction.rows(sql, values).await,
        };
        rows.map_err(|error| explain(error, sql))
    }
}

/// The next identifier of the same length: the text as a number in Crockford's base 32, plus one.
fn successor(id: &str) -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut next = id.as_bytes().to_vec();
    for digit in next.iter_mut().rev() {
        let value = DIGITS.iter().position(|one| one == digit).unwrap_or(31);
        *digit = DIGITS[(value + 1) % 32];
        if value < 31 {
            break;
        }
    }
    String::from_utf8_lossy(&next).into_owned()
}

/// A row by the names of its columns.
fn plain_row(row: &QueryResult) -> Result<serde_json::Map<String, Json>> {
    if let Some(row) = row.try_as_proxy_row() {
        return Ok(row.values.iter().map(|(n, v)| (n.clone(), held(v))).collect());
    }
    let Some(row) = row.try_as_pg_row() else { return Err(Error::internal("no row")) };
    let cells = row.columns().iter().map(|column| {
        let value = cell(row, column).map_err(Error::internal)?;
        Ok((column.name().to_owned(), value))
    });
    cells.collect()
}

/// One value as SQLite gave it.
fn held(value: &Held) -> Json {
    match value {
        Held::BigInt(Some(number)) => Json::from(*number),
        Held::String(Some(text)) => Json::from(text.as_str()),
        Held::Bytes(Some(bytes)) => hexadecimal(bytes),
        _ => Json::Null,
    }
}

/// One value of PostgreSQL: of the three types columns have, or null.
fn cell(row: &PgRow, column: &PgColumn) -> std::result::Result<Json, sqlx::Error> {
    let at = column.ordinal();
    Ok(match column.type_info().name() {
        "INT8" => row.try_get::<Option<i64>, _>(at)?.map_or(Json::Null, Json::from),
        "BYTEA" => row.try_get::<Option<&[u8]>, _>(at)?.map_or(Json::Null, hexadecimal),
        _ => row.try_get::<Option<String>, _>(at)?.map_or(Json::Null, Json::from),
    })
}

fn hexadecimal(bytes: &[u8]) -> Json {
    Json::from(proof::digest::hexadecimal("hex:", bytes))
}

fn explain(mut error: Error, sql: &str) -> Error {
    error.detail = format!("{} in: {sql}", error.detail);
    error
}
