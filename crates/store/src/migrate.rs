//! One linear history of the schema for both databases.
//!
//! `migrations/NNNN_module_what/up.sql` runs once, in the order of the numbers; forward only. The
//! text is the same for both engines but for the type of byte columns, written `{blob}`.

use crate::{Db, Engine, dialect};
use include_dir::{Dir, include_dir};
use kernel::{Error, Result};

static HISTORY: Dir = include_dir!("$CARGO_MANIFEST_DIR/../../migrations");

/// Key of the PostgreSQL advisory lock under which one process migrates.
const LOCK: i64 = 0x7969_7061_6e00;

/// One step of the history.
pub struct Step {
    /// Position in the history.
    pub number: u32,
    /// Folder name.
    pub name: String,
    /// Statements, with `{blob}` not yet replaced.
    pub sql: String,
}

/// The whole history in order. Errors: `internal` when a folder is misnamed or doubled.
pub fn steps() -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    // An empty folder is none: version control does not keep it.
    for folder in HISTORY.dirs().filter(|folder| !folder.entries().is_empty()) {
        let name = folder.path().display().to_string();
        let number = name
            .get(..4)
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(|| Error::internal(format!("migration folder {name} has no number")))?;
        let sql = folder
            .get_file(folder.path().join("up.sql"))
            .and_then(|file| file.contents_utf8())
            .ok_or_else(|| Error::internal(format!("migration {name} has no up.sql")))?;
        steps.push(Step { number, name, sql: sql.to_owned() });
    }
    steps.sort_by_key(|step| step.number);
    match steps.windows(2).find(|pair| pair[0].number == pair[1].number) {
        Some(pair) => Err(Error::internal(format!("migrations share a number: {}", pair[1].name))),
        None => Ok(steps),
    }
}

/// Drops every table of the history, and no other, and begins it anew: for a demonstration of which
/// the load was broken off.
pub async fn again(db: &Db) -> Result<usize> {
    let steps = steps()?;
    let made = |name: &str| {
        let words = format!("CREATE TABLE {name} (");
        name == "migration" || steps.iter().any(|step| step.sql.contains(&words))
    };
    let mut names: Vec<String> = db.rows(dialect::tables(db.engine), Vec::new()).await?.column()?;
    names.retain(|name| made(name));
    if !names.is_empty() {
        db.script(&dialect::drop_tables(db.engine, &names)).await?;
    }
    run(db).await
}

/// Brings the database to the newest step; how many steps ran. Safe to call from two processes.
pub async fn run(db: &Db) -> Result<usize> {
    let transaction = db.begin().await?;
    if db.engine == Engine::Postgres {
        transaction.rows("SELECT pg_advisory_xact_lock($1)", crate::vals![LOCK]).await?;
    }
    let table =
        "CREATE TABLE IF NOT EXISTS migration (number BIGINT PRIMARY KEY, name TEXT NOT NULL)";
    transaction.script(table).await?;
    // Every area has its own numbers, so a new step may come before one that has run.
    let done = transaction.rows("SELECT number FROM migration", Vec::new()).await?;
    let done: Vec<i64> = done.column()?;
    let mut ran = 0;
    for step in steps()?.iter().filter(|step| !done.contains(&i64::from(step.number))) {
        let sql = step.sql.replace("{blob}", dialect::blob(db.engine));
        transaction.script(&sql).await.map_err(|error| {
            let detail = format!("{} in migration {}", error.detail, step.name);
            error.detail(detail)
        })?;
        let mark = "INSERT INTO migration (number, name) VALUES ($1, $2)";
        transaction.execute(mark, crate::vals![step.number, &step.name]).await?;
        ran += 1;
    }
    transaction.commit().await?;
    Ok(ran)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn again_empties_its_own_tables(db: &Db) {
        let steps = run(db).await.unwrap();
        assert!(steps > 10);
        db.script(
            "CREATE TABLE somebody_elses (id TEXT PRIMARY KEY);
             INSERT INTO somebody_elses VALUES ('p');
             INSERT INTO setting (name, value) VALUES ('kept', 'x');",
        )
        .await
        .unwrap();
        assert_eq!(again(db).await.unwrap(), steps);
        assert_eq!(db.setting("kept").await.unwrap(), None);
        let rows = db.rows("SELECT id FROM somebody_elses", Vec::new()).await.unwrap();
        assert_eq!(rows.column::<String>().unwrap(), ["p"]);
        assert_eq!(run(db).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn a_database_begins_anew_on_sqlite() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open_file(&folder.path().join("test.db")).await.unwrap();
        again_empties_its_own_tables(&db).await;
    }

    #[tokio::test]
    async fn a_database_begins_anew_on_postgres() {
        crate::db::tests::on_postgres(async |db, _| again_empties_its_own_tables(db).await).await;
    }
}
