//! Instances in bulk: copies, made by the database, of instances that the verbs began.
//!
//! Invariants: a copy's rows are those the engine wrote, with an id of its own wherever a row names
//! the instance; timers are spread over the month to come, deadlines over some days back, so that
//! one task of thirty is late. Not copied: evidence, which neither a list nor a move reads; for lists
//! nor what they do not read, which is most of an instance's bytes.

use kernel::time::SECOND_US;
use kernel::{Error, Result};
use std::sync::Arc;
use std::time::Instant;
use store::{Ctx, Env, vals};

/// Copies made in one transaction.
const COMMITTED: u64 = 50_000;
/// Copies after which what was written is emptied into the file, so that a disk holds it once.
const LOADED: u64 = 500_000;
/// Seconds between the timers of one copy and the next, and by which its deadlines are earlier.
const TIMER_APART: i64 = 26;
const DUE_APART: i64 = 9;
/// Copies after which both begin again.
const ROUND: u64 = 100_000;

/// Tables of an instance that lists and claims read, and which of their rows `t` are an instance's:
/// that of the template `b`.
const LISTED: [(&str, &str); 5] = [
    ("process_instance", "t.id = b.instance_id"),
    ("process_task", "t.instance_id = b.instance_id"),
    ("process_candidate", "substr(t.task_id, 1, 26) = b.instance_id"),
    ("process_copy", "t.instance_id = b.instance_id"),
    ("job", "substr(t.job_key, 1, 26) = b.instance_id"),
];
/// The other tables of an instance.
const OTHERS: [(&str, &str); 4] = [
    ("process_event", "t.instance_id = b.instance_id"),
    ("process_step", "t.instance_id = b.instance_id"),
    ("process_timer", "t.instance_id = b.instance_id"),
    ("process_subscription", "t.instance_id = b.instance_id"),
];

/// How much of an instance is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// All of it: the copy runs.
    Whole,
    /// What lists and claims read: neither sealed state nor history.
    Listed,
}

/// What is copied.
pub(super) struct Bulk {
    statements: Vec<String>,
}

impl Bulk {
    /// Prepares copying instances without children in turn: the n-th copy is of the n-th of them.
    pub(super) async fn of(env: &Arc<Env>, instances: &[String], extent: Extent) -> Result<Bulk> {
        let mut ctx = env.system("bench").await?;
        let mut statements = Vec::new();
        ctx.execute("DROP TABLE IF EXISTS bench_template", vals![]).await?;
        let sql =
            "CREATE TABLE bench_template (place BIGINT PRIMARY KEY, instance_id TEXT NOT NULL)";
        ctx.execute(sql, vals![]).await?;
        for (place, instance) in instances.iter().enumerate() {
            let sql = "INSERT INTO bench_template (place, instance_id) VALUES ($1, $2)";
            ctx.execute(sql, vals![place, instance]).await?;
        }
        let others = OTHERS.into_iter().filter(|_| extent == Extent::Whole);
        for (table, whose) in LISTED.into_iter().chain(others) {
            statements.extend(statement(&mut ctx, table, whose, instances.len()).await?);
        }
        if extent == Extent::Listed {
            // The copies are of what is kept here.
            let sql = "UPDATE bench_process_instance SET state = $1";
            ctx.execute(sql, vals![Vec::<u8>::new()]).await?;
        }
        ctx.commit().await?;
        Ok(Bulk { statements })
    }

    /// Makes the copies from one number to before another.
    pub(super) async fn fill(&self, env: &Arc<Env>, from: u64, to: u64) -> Result<()> {
        let begun = Instant::now();
        let mut at = from;
        while at < to {
            let next = to.min(at + LOADED);
            env.db.set_loading(true).await?;
            let filled = self.rows(env, at, next).await;
            env.db.set_loading(false).await?;
            filled?;
            at = next;
        }
        env.db.analyze().await?;
        eprintln!("{to} instances after {:.0} s", begun.elapsed().as_secs_f64());
        Ok(())
    }

    async fn rows(&self, env: &Arc<Env>, from: u64, to: u64) -> Result<()> {
        let mut at = from;
        while at < to {
            let next = to.min(at + COMMITTED);
            let mut ctx = env.system("bench").await?;
            for statement in &self.statements {
                ctx.execute(statement, vals![at, next]).await?;
            }
            ctx.commit().await?;
            at = next;
        }
        // The copies hold the seals of what they are copies of.
        let mut ctx = env.system("bench").await?;
        ctx.hold_table(store::job::SEALED).await?;
        ctx.seal_table(store::job::SEALED).await?;
        ctx.commit().await
    }
}

/// The statement that makes a table's rows of the copies from `$1` to before `$2`, by way of a table
/// of the templates' rows alone; none when they have no rows there.
async fn statement(
    ctx: &mut Ctx,
    table: &str,
    whose: &str,
    templates: usize,
) -> Result<Option<String>> {
    ctx.execute(&format!("DROP TABLE IF EXISTS bench_{table}"), vals![]).await?;
    let sql = format!(
        "CREATE TABLE bench_{table} AS
         SELECT b.place AS bench_place, t.* FROM bench_template b JOIN {table} t ON {whose}"
    );
    ctx.execute(&sql, vals![]).await?;
    let sql = format!("CREATE INDEX bench_{table}_by_place ON bench_{table} (bench_place)");
    ctx.execute(&sql, vals![]).await?;
    let sql = format!("SELECT * FROM bench_{table} LIMIT 1");
    let Some(mut row) = ctx.row_json(&sql, vals![]).await? else { return Ok(None) };
    row.remove("bench_place").ok_or_else(|| Error::internal("a row without its place"))?;
    let columns: Vec<&str> = row.keys().map(String::as_str).collect();
    let values: Vec<String> = columns.iter().map(|column| value(table, column)).collect();
    Ok(Some(format!(
        "WITH RECURSIVE n(n) AS (SELECT $1 UNION ALL SELECT n + 1 FROM n WHERE n + 1 < $2)
         INSERT INTO {table} ({}) SELECT {} FROM n
         JOIN bench_template b ON b.place = n % {templates}
         JOIN bench_{table} t ON t.bench_place = b.place",
        columns.join(", "),
        values.join(", ")
    )))
}

/// What a copy has in a column. Every id begins with one of 26 characters, ten of them its time, of
/// which the copy's number takes the place: copies are older than what is begun by the verbs.
fn value(table: &str, column: &str) -> String {
    let id = |of: &str| {
        format!("substr({of}, 1, 1) || substr(CAST(1000000000 + n AS TEXT), 2) || substr({of}, 11)")
    };
    match column {
        "id" | "instance_id" | "task_id" | "job_key" => id(&format!("t.{column}")),
        "payload" => format!("replace(t.payload, b.instance_id, {})", id("b.instance_id")),
        "due_us" | "run_at_us" => {
            let timer = matches!(table, "process_timer" | "job");
            let apart = if timer { TIMER_APART } else { -DUE_APART } * SECOND_US;
            format!(
                "CASE WHEN t.{column} = {} THEN t.{column}
                 ELSE t.{column} + n % {ROUND} * {apart} END",
                i64::MAX
            )
        }
        _ => format!("t.{column}"),
    }
}
