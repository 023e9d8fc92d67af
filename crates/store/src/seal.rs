//! Row seals: what shows that a row no evidence speaks of was changed, added or taken away by hand.
//!
//! Areas name the tables. Whatever a [`Ctx`] writes to one of them it gets back from the statement
//! itself, and at the commit one statement writes the seals of all rows the transaction changed:
//! HMAC-SM3 over table and row, under a key that is not in the database.
//!
//! A table whose writes must not wait for a message more keeps the seal in the row itself, in a column
//! `seal`, which its one writer fills in ([`Sealed::within`]): a row taken away is not missed there.
//!
//! A row is sealed as canonical JSON of its columns by name, those that hold NULL left out. So a
//! migration that adds a column of NULLs leaves every seal as it is; one that writes to rows there
//! are (a column with a default, `UPDATE`, `INSERT`, `DELETE`) raises `since` of their table to its
//! own number, and the next start seals the table anew. A test of `yipan` reads the migrations and
//! sees to that.
//!
//! Invariants: a row of a sealed table and its seal change in one transaction; a statement on a
//! sealed table begins with `INSERT INTO`, `UPDATE` or `DELETE FROM`, gives the table no other name,
//! and has no `RETURNING` of its own.
//! What it does not show: a row put back together with the seal it had before, both from a copy.
//!
//! Must not know: any area's table, what an entry of the evidence log is.

use crate::{Ctx, Engine, Env, Value, dialect, job};
use kernel::{Error, Result, canonical};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// Rows read at once.
const BATCH: usize = 500;
/// Seals of one statement.
const TOGETHER: usize = 100;
/// Digits of a seal: 128 bits.
const DIGITS: usize = 32;

/// A table whose rows are sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Its name.
    pub table: &'static str,
    /// The columns of its primary key.
    pub key: &'static [&'static str],
    /// Number of the last migration that changed its rows, which are then sealed anew; 1 for none.
    pub since: u32,
    /// What a seal in the row itself covers, by the row's `id`; empty where the seal lies apart and
    /// covers the row.
    pub within: &'static [&'static str],
}

/// The sealed tables of the platform's own.
pub const SEALED: &[Sealed] = &[Sealed::by_id("command"), job::SEALED];

impl Sealed {
    /// A table with the key `id`.
    pub const fn by_id(table: &'static str) -> Sealed {
        Sealed::by(table, &["id"])
    }

    /// A table with another key.
    pub const fn by(table: &'static str, key: &'static [&'static str]) -> Sealed {
        Sealed { table, key, since: 1, within: &[] }
    }

    /// A table whose rows hold their seal, of these columns, themselves.
    pub const fn within(table: &'static str, within: &'static [&'static str]) -> Sealed {
        Sealed { table, key: &["id"], since: 1, within }
    }

    /// The key of a row as text.
    fn key_of(&self, row: &Row) -> Result<String> {
        let part = |column: &&str| match row.get(*column) {
            Some(Json::String(text)) => Ok(text.clone()),
            Some(Json::Number(number)) => Ok(number.to_string()),
            _ => Err(Error::internal(format!("{} without {column}", self.table))),
        };
        Ok(self.key.iter().map(part).collect::<Result<Vec<_>>>()?.join("/"))
    }
}

/// A row that is not as the platform wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Table.
    pub table: &'static str,
    /// Key of the row, parts between strokes.
    pub key: String,
    /// `changed`, `added` or `gone`.
    pub how: &'static str,
}

/// A row by the names of its columns.
type Row = Map<String, Json>;

/// Rows of which a transaction owes the seals, by table and key, as they were written last: a row
/// that is written several times is sealed once. None for one that is gone.
#[derive(Default)]
pub(crate) struct Owed(BTreeMap<(&'static str, String), Option<Row>>);

/// The sealed table a statement writes to.
pub(crate) fn written<'a>(env: &'a Env, sql: &str) -> Option<&'a Sealed> {
    let mut words = sql.split_ascii_whitespace();
    let table = match words.next()? {
        "UPDATE" => words.next()?,
        "INSERT" | "DELETE" => words.nth(1)?,
        _ => return None,
    };
    env.sealed.get(table).filter(|sealed| sealed.within.is_empty())
}

/// The statement, giving back the rows it wrote.
pub(crate) fn giving_back(engine: Engine, sealed: &Sealed, sql: &str) -> String {
    match engine {
        Engine::Sqlite => format!("{sql} RETURNING *"),
        // There the tables of a `FROM` are given back too where no table is named.
        Engine::Postgres => format!("{sql} RETURNING {}.*", sealed.table),
    }
}

/// The seal of a row, of which it keeps the columns it is to cover.
pub(crate) fn seal_within(env: &Env, sealed: &Sealed, mut row: Row) -> Result<String> {
    row.retain(|column, _| sealed.within.contains(&column.as_str()));
    seal(env, sealed.table, row)
}

fn seal(env: &Env, table: &str, mut row: Row) -> Result<String> {
    row.retain(|_, value| !value.is_null());
    let text = format!("{table}\n{}", canonical::to_string(&Json::Object(row))?);
    let mut seal = env.vault.index("store.row_seal", &text);
    seal.truncate(DIGITS);
    Ok(seal)
}

impl Ctx {
    /// Notes the rows a statement wrote.
    pub(crate) async fn owe(&mut self, sealed: Sealed, sql: &str, rows: Vec<Row>) -> Result<()> {
        let gone = sql.starts_with("DELETE");
        for row in rows {
            let key = sealed.key_of(&row)?;
            self.owed.0.insert((sealed.table, key), (!gone).then_some(row));
        }
        if self.owed.0.len() >= BATCH { self.pay().await } else { Ok(()) }
    }

    /// Writes the seals that are owed.
    pub(crate) async fn pay(&mut self) -> Result<()> {
        let (mut kept, mut gone) = (Vec::new(), BTreeMap::<&str, Vec<String>>::new());
        for ((table, key), row) in std::mem::take(&mut self.owed.0) {
            match row {
                Some(row) => kept.push((table, key, seal(&self.env, table, row)?)),
                None => gone.entry(table).or_default().push(key),
            }
        }
        for (table, keys) in gone {
            for some in keys.chunks(TOGETHER) {
                let marks: Vec<String> = (2..some.len() + 2).map(|at| format!("${at}")).collect();
                let sql = format!(
                    "DELETE FROM row_seal WHERE table_name = $1 AND row_key IN ({})",
                    marks.join(", ")
                );
                let keys = some.iter().map(Value::from);
                let values = std::iter::once(Value::from(table)).chain(keys).collect();
                self.execute_later(&sql, values).await?;
            }
        }
        for some in kept.chunks(TOGETHER) {
            let mut values = Vec::with_capacity(some.len() * 3);
            for (table, key, seal) in some {
                values.extend([Value::from(*table), Value::from(key), Value::from(seal)]);
            }
            let marks: Vec<String> = (0..some.len())
                .map(|at| format!("(${}, ${}, ${})", at * 3 + 1, at * 3 + 2, at * 3 + 3))
                .collect();
            let sql = format!(
                "INSERT INTO row_seal (table_name, row_key, seal) VALUES {}
                 ON CONFLICT (table_name, row_key) DO UPDATE SET seal = excluded.seal",
                marks.join(", ")
            );
            self.execute_later(&sql, values).await?;
        }
        Ok(())
    }

    /// Waits for those who write to a table, and keeps others from it until the transaction ends.
    pub async fn hold_table(&mut self, sealed: Sealed) -> Result<()> {
        match dialect::hold_table(self.engine(), sealed.table) {
            Some(statement) => self.execute(&statement, Vec::new()).await.map(drop),
            None => Ok(()),
        }
    }

    /// Seals every row of a table as it now is, held by [`Ctx::hold_table`]; how many there were.
    /// Errors: in a context that only reads.
    pub async fn seal_table(&mut self, sealed: Sealed) -> Result<u64> {
        let sql = "DELETE FROM row_seal WHERE table_name = $1";
        self.execute(sql, vec![Value::from(sealed.table)]).await?;
        let (mut after, mut rows_seen) = (Vec::new(), 0);
        loop {
            let rows = self.rows_after(sealed, &after).await?;
            let Some(last) = rows.last() else { return Ok(rows_seen) };
            after = place(sealed, last);
            rows_seen += rows.len() as u64;
            if sealed.within.is_empty() {
                self.owe(sealed, "INSERT", rows).await?;
                self.pay().await?;
            } else {
                self.seal_rows_within(sealed, rows).await?;
            }
        }
    }

    async fn seal_rows_within(&mut self, sealed: Sealed, rows: Vec<Row>) -> Result<()> {
        let sealed_anew = rows.into_iter().map(|row| {
            let key = sealed.key_of(&row)?;
            Ok(crate::vals![key, seal_within(&self.env, &sealed, row)?])
        });
        let rows = sealed_anew.collect::<Result<_>>()?;
        self.update_rows(sealed.table, &["seal"], rows).await.map(drop)
    }

    /// The first row of the table that is not as it was sealed. Reads every row of it once, in
    /// parts; memory does not grow with the table.
    pub async fn broken(&mut self, sealed: Sealed) -> Result<Option<Broken>> {
        let told = |key: String, how| Broken { table: sealed.table, key, how };
        let (mut after, mut rows_seen) = (Vec::new(), 0);
        loop {
            let rows = self.rows_after(sealed, &after).await?;
            let Some(last) = rows.last() else { break };
            after = place(sealed, last);
            rows_seen += rows.len() as i64;
            if !sealed.within.is_empty() {
                for row in rows {
                    let (key, held) = (sealed.key_of(&row)?, row.get("seal").cloned());
                    let Some(Json::String(held)) = held else {
                        return Ok(Some(told(key, "added")));
                    };
                    if held != seal_within(&self.env, &sealed, row)? {
                        return Ok(Some(told(key, "changed")));
                    }
                }
                continue;
            }
            let keys: Vec<String> =
                rows.iter().map(|row| sealed.key_of(row)).collect::<Result<_>>()?;
            let seals = self.seals(sealed.table, &keys).await?;
            for (key, row) in keys.into_iter().zip(rows) {
                match seals.get(&key) {
                    None => return Ok(Some(told(key, "added"))),
                    Some(held) if *held != seal(&self.env, sealed.table, row)? => {
                        return Ok(Some(told(key, "changed")));
                    }
                    Some(_) => {}
                }
            }
        }
        // A table that holds its seals itself has none apart.
        rows_seen *= i64::from(sealed.within.is_empty());
        let sql = "SELECT COUNT(*) FROM row_seal WHERE table_name = $1";
        if self.count(sql, vec![Value::from(sealed.table)]).await? == rows_seen {
            return Ok(None);
        }
        let columns: Vec<String> =
            sealed.key.iter().map(|column| format!("CAST(t.{column} AS TEXT)")).collect();
        let sql = format!(
            "SELECT s.row_key FROM row_seal s WHERE s.table_name = $1 AND NOT EXISTS (SELECT 1
             FROM {} t WHERE {} = s.row_key) ORDER BY s.row_key LIMIT 1",
            sealed.table,
            columns.join(" || '/' || ")
        );
        let gone: Option<String> = self.scalar(&sql, vec![Value::from(sealed.table)]).await?;
        Ok(gone.map(|key| told(key, "gone")))
    }

    /// The next rows of a table in the order of its key.
    async fn rows_after(&mut self, sealed: Sealed, after: &[Json]) -> Result<Vec<Row>> {
        let key = sealed.key.join(", ");
        let marks: Vec<String> = (1..=after.len()).map(|at| format!("${at}")).collect();
        let from = match after.is_empty() {
            true => String::new(),
            false => format!("WHERE ({key}) > ({})", marks.join(", ")),
        };
        let sql = format!("SELECT * FROM {} {from} ORDER BY {key} LIMIT {BATCH}", sealed.table);
        let values = after.iter().map(|part| match part {
            Json::Number(number) => Value::from(number.as_i64()),
            other => Value::from(other.as_str()),
        });
        self.rows_json(&sql, values.collect()).await
    }

    async fn seals(&mut self, table: &str, keys: &[String]) -> Result<BTreeMap<String, String>> {
        let marks: Vec<String> = (2..keys.len() + 2).map(|at| format!("${at}")).collect();
        let sql = format!(
            "SELECT row_key, seal FROM row_seal WHERE table_name = $1 AND row_key IN ({})",
            marks.join(", ")
        );
        let mut values = vec![Value::from(table)];
        values.extend(keys.iter().map(Value::from));
        let rows = self.rows_json(&sql, values).await?;
        let text = |row: &Row, column: &str| {
            row.get(column).and_then(Json::as_str).unwrap_or_default().to_owned()
        };
        Ok(rows.iter().map(|row| (text(row, "row_key"), text(row, "seal"))).collect())
    }
}

/// Where a row stands in the order of the key.
fn place(sealed: Sealed, row: &Row) -> Vec<Json> {
    sealed.key.iter().map(|column| row.get(*column).cloned().unwrap_or_default()).collect()
}
