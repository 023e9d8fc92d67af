//! What every verb takes: who acts, when, with which randomness, in which transaction.

use crate::db::{failure, statement};
use crate::{Engine, Env, Value, dialect};
use kernel::{Actor, Error, Lang, Random, Result, Timestamp};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, ExecResult, FromQueryResult,
    QueryResult, TryGetable,
};
use std::sync::Arc;

enum Conn {
    Read(DatabaseConnection),
    Write(DatabaseTransaction),
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
    conn: Conn,
}

impl Ctx {
    /// A context that can only read.
    pub fn read(env: &Arc<Env>, actor: Actor, lang: Lang) -> Ctx {
        let conn = Conn::Read(env.db.reader());
        Ctx {
            actor,
            lang,
            now: env.clock.now(),
            random: env.random(),
            last_id: String::new(),
            conn,
            env: env.clone(),
        }
    }

    /// A context that writes: begins its transaction.
    pub async fn write(env: &Arc<Env>, actor: Actor, lang: Lang) -> Result<Ctx> {
        let conn = Conn::Write(env.db.begin().await?);
        Ok(Ctx {
            actor,
            lang,
            now: env.clock.now(),
            random: env.random(),
            last_id: String::new(),
            conn,
            env: env.clone(),
        })
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
    pub async fn commit(self) -> Result<()> {
        if let Conn::Write(transaction) = self.conn {
            transaction.commit().await.map_err(failure)?;
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
        let statement = statement(self.engine(), sql, values);
        let result: std::result::Result<ExecResult, _> = match &self.conn {
            Conn::Write(transaction) => transaction.execute_raw(statement).await,
            Conn::Read(_) => {
                return Err(Error::internal(format!("write in a reading context: {sql}")));
            }
        };
        result.map(|done| done.rows_affected()).map_err(|error| explain(error, sql))
    }

    /// All rows of a query.
    pub async fn all<T: FromQueryResult>(
        &mut self,
        sql: &str,
        values: Vec<Value>,
    ) -> Result<Vec<T>> {
        let rows = self.rows(sql, values).await?;
        rows.iter()
            .map(|row| T::from_query_result(row, "").map_err(|error| explain(error, sql)))
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

    /// The first column of the first row, if any.
    pub async fn scalar<T: TryGetable>(
        &mut self,
        sql: &str,
        values: Vec<Value>,
    ) -> Result<Option<T>> {
        let rows = self.rows(sql, values).await?;
        rows.first()
            .map(|row| row.try_get_by_index::<T>(0).map_err(|error| explain(error, sql)))
            .transpose()
    }

    /// The first column of every row.
    pub async fn column<T: TryGetable>(&mut self, sql: &str, values: Vec<Value>) -> Result<Vec<T>> {
        let rows = self.rows(sql, values).await?;
        rows.iter()
            .map(|row| row.try_get_by_index::<T>(0).map_err(|error| explain(error, sql)))
            .collect()
    }

    /// The first row whatever its columns: text, integers, bytes as hexadecimal after `hex:`, and
    /// null, by column name. The same row is the same JSON on both engines.
    pub async fn row_json(
        &mut self,
        sql: &str,
        values: Vec<Value>,
    ) -> Result<Option<serde_json::Map<String, serde_json::Value>>> {
        let rows = self.rows(sql, values).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let mut out = serde_json::Map::new();
        for column in row.column_names() {
            let value = cell(row, &column).map_err(|error| explain(error, sql))?;
            out.insert(column, value);
        }
        Ok(Some(out))
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

    async fn rows(&mut self, sql: &str, values: Vec<Value>) -> Result<Vec<QueryResult>> {
        let statement = statement(self.engine(), sql, values);
        let rows = match &self.conn {
            Conn::Read(connection) => connection.query_all_raw(statement).await,
            Conn::Write(transaction) => transaction.query_all_raw(statement).await,
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

/// One value by its type as stored: the three types columns have, or null.
fn cell(row: &QueryResult, column: &str) -> std::result::Result<serde_json::Value, sea_orm::DbErr> {
    // A typed read of another type fails, so the types are tried in turn; NULL reads as any.
    if let Ok(value) = row.try_get::<Option<i64>>("", column) {
        return Ok(value.map_or(serde_json::Value::Null, serde_json::Value::from));
    }
    if let Ok(value) = row.try_get::<Option<String>>("", column) {
        return Ok(value.map_or(serde_json::Value::Null, serde_json::Value::from));
    }
    let bytes = row.try_get::<Option<Vec<u8>>>("", column)?;
    Ok(bytes.map_or(serde_json::Value::Null, |bytes| {
        let digits: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
        serde_json::Value::from(format!("hex:{digits}"))
    }))
}

fn explain(error: sea_orm::DbErr, sql: &str) -> Error {
    let mut error = failure(error);
    error.detail = format!("{} in: {sql}", error.detail);
    error
}
