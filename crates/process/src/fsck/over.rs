//! What is kept of tasks and waits that are over, against the history: every row as it is to be.
//!
//! Must not know: what waits still.

use super::tell;
use crate::definition::{self, Bundle};
use crate::instance::store::Row;
use crate::instance::{job_id, project};
use crate::statistic::{Waited, Watch};
use ::store::{Ctx, vals};
use kernel::{Kind, Result, Timestamp};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// Rows by their number, each by the names of its columns.
type Rows = BTreeMap<i64, Map<String, Json>>;

/// Where the rows of an instance's tasks that are closed, and its steps, differ from its history.
pub(super) async fn compare(
    ctx: &mut Ctx,
    row: &Row,
    bundle: &Bundle,
    watch: &Watch,
) -> Result<Vec<(&'static str, String)>> {
    let mut drawn = BTreeMap::new();
    for version in &watch.versions {
        let id = match definition::bundle_of(ctx, &row.process, *version).await {
            Err(error) if error.kind == Kind::NotFound => continue,
            other => other?,
        };
        drawn.insert(*version, definition::bundle(ctx, &id).await?);
    }
    let mut differ = Vec::new();
    let (mut tasks, mut steps) = (Rows::new(), Rows::new());
    for one in &watch.closed {
        let version = watch.versions.get(one.moves).copied().unwrap_or(row.version);
        let bundle = drawn.get(&version).map_or(bundle, |drawn| drawn.as_ref());
        let place = one.node.zip(bundle.definition(&row.process));
        let Some(node) = place.and_then(|(node, drawn)| drawn.node(node)) else {
            differ.push(("tasks", format!("{}: was nowhere", one.number)));
            return Ok(differ);
        };
        let (number, known) = (number(one.number), project::open_task(node, &one.desk, true));
        let (by, outcome) = (one.by.as_str(), outcome(one.done));
        let (offered, taken, closed) = (one.offered, one.taken, one.closed);
        let task = json!({ "id": job_id(&row.id, one.number), "instance_id": row.id,
            "number": number, "process": row.process, "node": node.id, "name": node.name,
            "form": known.form, "agency": row.agency, "assignee": known.assignee,
            "assignee_name": known.assignee_name, "owner": known.owner, "open": 0,
            "due_us": known.due_us, "missing_year": known.missing_year, "urged": known.urged,
            "created_us": offered.0, "taken_us": one.noted.map_or(0, |at| at.0),
            "closed_us": closed.0, "closed_by": by, "outcome": outcome });
        let pool = one.desk.pools.first().map_or("", String::as_str);
        let late = closed.0 > known.due_us;
        let step = json!({ "node": node.id, "pool": pool, "doer": by, "outcome": outcome,
            "due_us": known.due_us, "late": i64::from(late), "kind": "task", "version": version });
        tasks.insert(number, columns(task));
        steps.insert(number, step_row(row, number, (offered, taken, closed), step));
    }
    for Waited { number: token, waiting, until, done } in &watch.waited {
        let number = number(*token);
        let step = json!({ "node": waiting.node, "pool": "", "doer": "", "outcome": outcome(*done),
            "due_us": i64::MAX, "late": 0, "kind": waiting.kind, "version": row.version });
        steps.insert(number, step_row(row, number, (waiting.since, waiting.since, *until), step));
    }
    let sql = "SELECT * FROM process_task WHERE instance_id = $1 AND open = 0";
    let mut shown = by_number(ctx.rows_json(sql, vals![&row.id]).await?);
    for one in &watch.closed {
        // Where steps were made anew it says when the task was taken as the step does.
        let noted = shown.get_mut(&number(one.number)).and_then(|task| task.get_mut("taken_us"));
        if let Some(noted) = noted.filter(|noted| noted.as_i64() == Some(one.taken.0)) {
            *noted = one.noted.map_or(0, |at| at.0).into();
        }
    }
    tell(&mut differ, "tasks", &tasks, &shown);
    let sql = "SELECT * FROM process_step WHERE instance_id = $1";
    let mut shown = by_number(ctx.rows_json(sql, vals![&row.id]).await?);
    // A step bears the version its instance was at when it was kept, or was made anew.
    let versions: Vec<Json> =
        watch.versions.iter().chain([&row.version]).map(|v| json!(v)).collect();
    for (number, step) in &mut steps {
        let held = shown.get_mut(number).and_then(|shown| shown.get_mut("version"));
        if let Some(held) = held.filter(|held| versions.contains(held)) {
            *held = step["version"].clone();
        }
    }
    tell(&mut differ, "steps", &steps, &shown);
    Ok(differ)
}

/// When something was offered, taken and closed.
type Times = (Timestamp, Timestamp, Timestamp);

/// The row of a step: what it says of its instance and its times, and the rest.
fn step_row(row: &Row, number: i64, times: Times, rest: Json) -> Map<String, Json> {
    let (offered, taken, done) = times;
    let mut step = columns(json!({ "instance_id": row.id, "number": number,
        "process": row.process, "agency": row.agency, "division": row.division,
        "offered_us": offered.0, "taken_us": taken.0, "done_us": done.0,
        "took_us": done.since(offered), "waited_us": taken.since(offered) }));
    step.extend(columns(rest));
    step
}

fn outcome(done: bool) -> &'static str {
    if done { "done" } else { "withdrawn" }
}

fn number(of: u64) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}

fn columns(row: Json) -> Map<String, Json> {
    match row {
        Json::Object(row) => row,
        _ => Map::new(),
    }
}

fn by_number(rows: Vec<Map<String, Json>>) -> Rows {
    let number = |row: &Map<String, Json>| row.get("number").and_then(Json::as_i64);
    rows.into_iter().map(|row| (number(&row).unwrap_or_default(), row)).collect()
}
