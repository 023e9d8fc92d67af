//! A finished application's database, of which every column of every table is changed by hand in
//! its turn: `yipan log verify` names the change, or the column stands in the reviewed list of
//! those it does not prove.

use crate::command::log;
use crate::demo::{begins, load};
use std::sync::Arc;
use store::{Ctx, Env, vals};

/// Columns whose change by hand goes unseen, by table, and why that is borne.
const UNPROVEN: [(&str, &str, &str); 2] = [
    (
        "job",
        "attempts failure leased_until_us",
        "how often it was tried, which an operator may set back: work that stands still is told",
    ),
    ("migration", "name number", "steps of the schema, which the program compares with its own"),
];

/// Tables that have no row here, and why a change of one would be seen or does no harm.
const EMPTY: [(&str, &str); 4] = [
    (
        "archive_folder archive_list authority_order bill_receipt bill_statement credential \
         data_objection data_refusal licence_ask licence_intake licence_link licence_objection \
         passkey rating rating_task seal_paper sealed_document stand_in stand_in_posts supervise_notice",
        "an entry records each row whenever it is written",
    ),
    (
        "process_candidate process_job process_subscription process_timer",
        "compared with what the history waits for",
    ),
    ("passkey_challenge", "lives for minutes, and admits nobody but who signs it with his key"),
    ("case_stand_in", "read by nobody: absences are the party's now"),
];

/// Rows of a table that are changed: the first and the last.
const ENDS: [&str; 2] = ["MIN(rowid)", "MAX(rowid)"];

async fn texts(env: &Arc<Env>, sql: &str) -> Vec<String> {
    let mut ctx = Ctx::read(env, kernel::Actor::system("test"), kernel::Lang::Zh);
    ctx.column(sql, vals![]).await.unwrap()
}

/// What a column of a row would hold after a change by hand, as SQL.
fn changed(column: &str) -> String {
    format!(
        "CASE typeof({column}) WHEN 'integer' THEN {column} + 1 WHEN 'null' THEN 1
         WHEN 'blob' THEN CAST(CASE substr({column}, 1, 1) WHEN x'5a' THEN x'a5' ELSE x'5a' END
           || substr({column}, 2) AS BLOB) ELSE {column} || '0' END"
    )
}

/// Whether the log, or the seal of the table, which is looked at first for it is sooner done, tells
/// that something was changed.
async fn seen(env: &Arc<Env>, table: &str) -> bool {
    if let Some(sealed) = env.sealed.get(table) {
        let mut ctx = Ctx::read(env, kernel::Actor::system("test"), kernel::Lang::Zh);
        if ctx.broken(*sealed).await.unwrap().is_some() {
            return true;
        }
    }
    // What can no longer be read at all is not whole either.
    log::check(env).await.map_or(true, |report| report.first_bad.is_some())
}

/// The columns of a table whose change in one of its rows goes unseen.
async fn unseen(env: &Arc<Env>, table: &str) -> Vec<String> {
    let mut found = Vec::new();
    let columns = format!("SELECT name FROM pragma_table_info('{table}') ORDER BY name");
    for column in texts(env, &columns).await {
        for end in ENDS {
            let row = format!("WHERE rowid = (SELECT {end} FROM {table})");
            let was = texts(env, &format!("SELECT quote({column}) FROM {table} {row}")).await;
            let Some(was) = was.first() else { continue };
            let place = texts(env, &format!("SELECT CAST({end} AS TEXT) FROM {table}")).await;
            let set = |value: &str| {
                format!("UPDATE {table} SET {column} = {value} WHERE rowid = {}", place[0])
            };
            // What the database itself refuses needs no finding.
            if env.db.script(&set(&changed(&column))).await.is_err() {
                continue;
            }
            let seen = seen(env, table).await;
            env.db.script(&set(was)).await.unwrap();
            if !seen && !found.contains(&column) {
                found.push(column.clone());
            }
        }
    }
    found
}

/// Writes a row to every sealed table that has none; the other tables without a row.
async fn fill(env: &Arc<Env>, tables: &[String]) -> Vec<String> {
    let mut others = Vec::new();
    for table in tables {
        if !texts(env, &format!("SELECT '' FROM {table} LIMIT 1")).await.is_empty() {
            continue;
        }
        if !env.sealed.contains_key(table.as_str()) {
            others.push(table.clone());
            continue;
        }
        let columns = format!("SELECT name FROM pragma_table_info('{table}')");
        let values = format!(
            "SELECT CASE WHEN name = 'open' THEN '0'
             WHEN name = 'instance_id' THEN '(SELECT MIN(id) FROM process_instance)' ELSE
             CASE type WHEN 'BIGINT' THEN '1' WHEN 'BLOB' THEN 'x''00''' ELSE '''0''' END END
             FROM pragma_table_info('{table}')"
        );
        let (columns, values) = (texts(env, &columns).await, texts(env, &values).await);
        let sql =
            format!("INSERT INTO {table} ({}) VALUES ({})", columns.join(", "), values.join(", "));
        let mut ctx = env.system("test").await.unwrap();
        ctx.execute(&sql, vals![]).await.unwrap();
        ctx.commit().await.unwrap();
    }
    others
}

async fn every_column() {
    let folder = tempfile::tempdir().unwrap();
    let env = super::demo::province_in(&folder).await;
    load::province(&env, 9, 200, 2).await.unwrap();
    crate::modules::worker(&env).drain().await.unwrap();
    assert!(env.clock.now() >= begins());
    let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
         ORDER BY name";
    let tables = texts(&env, tables).await;
    let empty = fill(&env, &tables).await;
    assert_eq!(log::check(&env).await.unwrap().first_bad, None);
    let mut found = Vec::new();
    for table in tables {
        let columns = unseen(&env, &table).await;
        if !columns.is_empty() {
            found.push((table, columns.join(" ")));
        }
    }
    let known: Vec<(String, String)> = UNPROVEN
        .iter()
        .map(|(table, columns, _)| ((*table).to_owned(), (*columns).to_owned()))
        .collect();
    let mut borne: Vec<&str> =
        EMPTY.iter().flat_map(|(tables, _)| tables.split_whitespace()).collect();
    borne.sort_unstable();
    assert_eq!((found, empty), (known, borne.into_iter().map(str::to_owned).collect()));
}

#[test]
fn a_column_changed_by_hand_is_found_or_known_not_to_be() {
    // Unoptimised, a load waits within more waits than the stack of a test has room for.
    let wide = std::thread::Builder::new().stack_size(64 << 20);
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    wide.spawn(move || runtime().block_on(every_column())).unwrap().join().unwrap();
}
