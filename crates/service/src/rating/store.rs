//! SQL of ratings, tasks and tallies.
//!
//! Must not know: who may read them; every list is told whose eyes it is for.

use super::model::{NewRating, Task};
use crate::case::{COLUMNS, Case, StoredCase};
use ::store::{Ctx, FromQueryResult, Value, vals};
use kernel::time::DAY_US;
use kernel::{Error, Result};

/// Purpose under which comments are sealed.
const COMMENT: &str = "service.rating.comment";
/// Purpose under which the notes of a task are sealed.
const TASK: &str = "service.rating.task";
/// Rows of a page.
pub(super) const PAGE: usize = 50;

/// How far a reader reaches, and who he is: things about himself are hidden while open.
#[derive(Clone, Debug)]
pub(super) struct Reach {
    /// Agency; empty when the division counts.
    pub(super) agency: String,
    /// Leading digits of the division code; empty when the agency counts.
    pub(super) division: String,
    /// Account of the reader.
    pub(super) reader: String,
}

impl Reach {
    /// The condition on a table's row, from placeholder `first` on, with its values.
    fn condition(&self, first: usize) -> (String, Vec<Value>) {
        let (column, value) = match self.agency.as_str() {
            "" => ("division LIKE", format!("{}%", self.division)),
            agency => ("agency =", agency.to_owned()),
        };
        let sql = format!("{column} ${first} AND (open = 0 OR rated NOT LIKE ${})", first + 1);
        (sql, vals![value, mark(&self.reader)])
    }
}

/// The pattern that finds an account in a list of accounts.
fn mark(account: &str) -> String {
    format!("%\"{account}\"%")
}

/// A rating as stored.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct StoredRating {
    pub(super) id: String,
    pub(super) case_id: String,
    pub(super) item: String,
    pub(super) agency: String,
    pub(super) division: String,
    pub(super) person: String,
    pub(super) rated: String,
    pub(super) channel: String,
    pub(super) stars: i64,
    pub(super) dimensions: String,
    comment: Vec<u8>,
    pub(super) bad: i64,
    pub(super) open: i64,
    pub(super) annulled: i64,
    pub(super) at_us: i64,
}

impl StoredRating {
    /// The comment, opened.
    pub(super) fn comment(&self, ctx: &Ctx) -> Result<String> {
        let plain = ctx.env.vault.open(COMMENT, &self.comment).map_err(Error::internal)?;
        String::from_utf8(plain).map_err(Error::internal)
    }

    /// True while the rating may not be seen by this account: it decided the case.
    pub(super) fn is_hidden_from(&self, account: &str) -> bool {
        self.open != 0 && names(&self.rated, account)
    }
}

/// True when a list of accounts holds this one.
pub(super) fn names(rated: &str, account: &str) -> bool {
    serde_json::from_str::<Vec<String>>(rated)
        .is_ok_and(|list| list.iter().any(|one| one == account))
}

const RATING: &str = "id, case_id, item, agency, division, person, rated, channel, stars, dimensions, \
    comment, bad, open, annulled, at_us";

/// The case with this id, whoever asks. Errors: `not_found`.
pub(super) async fn case(ctx: &mut Ctx, id: &str) -> Result<Case> {
    let sql = format!("SELECT {COLUMNS} FROM cases c WHERE c.id = $1");
    ctx.one::<StoredCase>(&sql, vals![id]).await?.open(ctx)
}

/// The item cases of a parent, oldest first.
pub(super) async fn children(ctx: &mut Ctx, parent: &str) -> Result<Vec<Case>> {
    let sql =
        format!("SELECT {COLUMNS} FROM cases c WHERE c.parent_id = $1 ORDER BY c.id LIMIT 100");
    let rows: Vec<StoredCase> = ctx.all(&sql, vals![parent]).await?;
    rows.into_iter().map(|row| row.open(ctx)).collect()
}

/// Keeps a new rating. `open` while its task is.
pub(super) async fn insert(
    ctx: &mut Ctx,
    id: &str,
    case: &Case,
    rated: &[String],
    new: &NewRating,
    bad: bool,
) -> Result<()> {
    let comment = ctx.env.vault.clone().seal(COMMENT, new.comment.as_bytes(), &mut ctx.random)?;
    let dimensions = serde_json::to_string(&new.dimensions).map_err(Error::internal)?;
    let rated = serde_json::to_string(rated).map_err(Error::internal)?;
    let now = ctx.now;
    ctx.execute(
        "INSERT INTO rating (id, case_id, item, agency, division, person, rated, channel, stars, dimensions,
         comment, bad, open, annulled, at_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, 0, $13)",
        vals![
            id, &case.id, &case.item, &case.agency, &case.division, &case.applicant, rated, &case.channel,
            new.stars, dimensions, comment, bad, now
        ],
    )
    .await?;
    Ok(())
}

/// The rating of a case, if any.
pub(super) async fn of_case(ctx: &mut Ctx, case: &str) -> Result<Option<StoredRating>> {
    ctx.optional(&format!("SELECT {RATING} FROM rating WHERE case_id = $1"), vals![case]).await
}

/// The rating with this id. Errors: `not_found`.
pub(super) async fn get(ctx: &mut Ctx, id: &str) -> Result<StoredRating> {
    ctx.one(&format!("SELECT {RATING} FROM rating WHERE id = $1"), vals![id]).await
}

/// Marks the rating's task as ended: it may now be seen by everybody in reach.
pub(super) async fn settle(ctx: &mut Ctx, id: &str, annulled: bool) -> Result<()> {
    let sql = "UPDATE rating SET open = 0, annulled = $2 WHERE id = $1";
    ctx.execute(sql, vals![id, annulled]).await?;
    Ok(())
}

/// Ratings in reach, newest first, older than `after`; one more than a page.
pub(super) async fn list(ctx: &mut Ctx, reach: &Reach, after: &str) -> Result<Vec<StoredRating>> {
    let (condition, mut values) = reach.condition(1);
    let before = if after.is_empty() { "~" } else { after };
    values.extend(vals![before, PAGE + 1]);
    let sql = format!(
        "SELECT {RATING} FROM rating WHERE {condition} AND id < $3 ORDER BY id DESC LIMIT $4"
    );
    ctx.all(&sql, values).await
}

/// A task as stored.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct StoredTask {
    pub(super) id: String,
    pub(super) rating_id: String,
    pub(super) case_id: String,
    pub(super) item: String,
    pub(super) agency: String,
    pub(super) division: String,
    pub(super) rated: String,
    pub(super) open: i64,
    pub(super) due_us: i64,
    pub(super) revision: i64,
    state: Vec<u8>,
}

impl StoredTask {
    /// The task, opened.
    pub(super) fn task(&self, ctx: &Ctx) -> Result<Task> {
        let plain = ctx.env.vault.open(TASK, &self.state).map_err(Error::internal)?;
        serde_json::from_slice(&plain).map_err(Error::internal)
    }

    /// True while the task may not be seen by this account: it decided the case.
    pub(super) fn is_hidden_from(&self, account: &str) -> bool {
        self.open != 0 && names(&self.rated, account)
    }
}

const TASK_COLUMNS: &str =
    "id, rating_id, case_id, item, agency, division, rated, open, due_us, revision, state";

/// The end of time: nothing is due.
pub(super) const NEVER: i64 = i64::MAX;

/// Keeps a new task of a rating.
pub(super) async fn insert_task(
    ctx: &mut Ctx,
    id: &str,
    rating: &StoredRating,
    task: &Task,
) -> Result<()> {
    let (state, due) = sealed(ctx, task)?;
    ctx.execute(
        "INSERT INTO rating_task (id, rating_id, case_id, item, agency, division, rated, phase, open, due_us,
         appealed, revision, state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, 0, 1, $10)",
        vals![
            id, &rating.id, &rating.case_id, &rating.item, &rating.agency, &rating.division, &rating.rated,
            task.phase().as_str(), due, state
        ],
    )
    .await?;
    Ok(())
}

/// Writes a task back with the next revision.
pub(super) async fn update_task(ctx: &mut Ctx, id: &str, task: &Task) -> Result<()> {
    let (state, due) = sealed(ctx, task)?;
    ctx.execute(
        "UPDATE rating_task SET phase = $2, open = $3, due_us = $4, appealed = $5, state = $6,
         revision = revision + 1 WHERE id = $1",
        vals![id, task.phase().as_str(), task.is_open(), due, task.is_appealed(), state],
    )
    .await?;
    Ok(())
}

fn sealed(ctx: &mut Ctx, task: &Task) -> Result<(Vec<u8>, i64)> {
    let text = serde_json::to_vec(task).map_err(Error::internal)?;
    let state = ctx.env.vault.clone().seal(TASK, &text, &mut ctx.random)?;
    let due = task.due(ctx.env.pack.calendar()?)?;
    Ok((state, due.map_or(NEVER, |due| due.0)))
}

/// The task with this id. Errors: `not_found`.
pub(super) async fn get_task(ctx: &mut Ctx, id: &str) -> Result<StoredTask> {
    ctx.one(&format!("SELECT {TASK_COLUMNS} FROM rating_task WHERE id = $1"), vals![id]).await
}

/// Tasks in reach, by due time, from the cursor `DUE.ID` on; one more than a page.
pub(super) async fn list_tasks(
    ctx: &mut Ctx,
    reach: &Reach,
    open: bool,
    after: &str,
) -> Result<Vec<StoredTask>> {
    let (condition, mut values) = reach.condition(1);
    let (due, id) = after.split_once('.').unwrap_or((after, ""));
    let due: i64 = due.parse().unwrap_or(i64::MIN);
    values.extend(vals![open, due, id, PAGE + 1]);
    let sql = format!(
        "SELECT {TASK_COLUMNS} FROM rating_task WHERE {condition} AND open = $3
         AND (due_us > $4 OR (due_us = $4 AND id > $5)) ORDER BY due_us, id LIMIT $6"
    );
    ctx.all(&sql, values).await
}

/// The cursor after a task.
pub(super) fn cursor(task: &StoredTask) -> String {
    format!("{}.{}", task.due_us, task.id)
}

/// Counts a rating in the figures.
pub(super) async fn count(ctx: &mut Ctx, rating: &StoredRating) -> Result<()> {
    ctx.execute(
        "INSERT INTO rating_tally (division, agency, item, stars, count) VALUES ($1, $2, $3, $4, 1)
         ON CONFLICT (agency, item, stars) DO UPDATE SET count = rating_tally.count + 1",
        vals![&rating.division, &rating.agency, &rating.item, rating.stars],
    )
    .await?;
    Ok(())
}

/// A line of the tally.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Tally {
    pub(super) agency: String,
    pub(super) item: String,
    pub(super) stars: i64,
    pub(super) count: i64,
}

/// Figures in reach: by agency for an agency, summed over agencies by item for a division; with the bad
/// ratings whose task is open, but those the reader may not know of yet.
pub(super) async fn tallies(ctx: &mut Ctx, reach: &Reach) -> Result<Vec<Tally>> {
    let (condition, values) = reach.condition(1);
    let (place, agency) = match reach.agency.is_empty() {
        true => ("division LIKE $1", "''"),
        false => ("agency = $1", "agency"),
    };
    let sql = format!(
        "SELECT agency, item, stars, CAST(SUM(count) AS BIGINT) AS count FROM (
         SELECT {agency} AS agency, item, stars, count FROM rating_tally WHERE {place} UNION ALL
         SELECT {agency} AS agency, item, stars, 1 AS count FROM rating WHERE {condition} AND open = 1) r
         GROUP BY agency, item, stars ORDER BY item, stars"
    );
    ctx.all(&sql, values).await
}

/// Events of which whoever made them handled the case.
const HANDLED: [&str; 5] =
    ["accepted", "acceptance_refused", "correction_asked", "suspended", "decided"];

/// Accounts that handled a case: who accepted or refused to accept it, asked for corrections, had it
/// stand still or decided it, and whoever acted for them, as history and evidence say.
pub(super) async fn deciders(ctx: &mut Ctx, case: &Case) -> Result<Vec<String>> {
    let mut accounts: Vec<String> = Vec::new();
    if let Some(decided) = case.state.decided.as_ref().filter(|decided| !decided.automatic) {
        accounts.push(decided.by.clone());
    }
    let subject = format!("case:{}", case.id);
    for event in HANDLED {
        let sql = "SELECT DISTINCT actor FROM evidence_entry WHERE subject = $1 AND body LIKE $2
             ORDER BY actor LIMIT 20";
        let acted: Vec<String> = ctx.column(sql, vals![&subject, format!("%\"{event}\"%")]).await?;
        // Of what the platform did by rule nobody is rated.
        accounts.extend(acted.into_iter().filter(|actor| !actor.starts_with("service.")));
    }
    if !case.assignee.is_empty() && !case.automatic {
        accounts.push(case.assignee.clone());
    }
    accounts.sort();
    accounts.dedup();
    Ok(accounts)
}

/// Days after the end of a case at which a rating is asked for once more.
pub(super) const REMINDER_US: i64 = 3 * DAY_US;
