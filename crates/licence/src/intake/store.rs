//! Rows of intakes.

use super::model::{Intake, Line, Problem, Progress};
use super::table::Record;
use ::store::{Ctx, vals};
use kernel::{Error, Result};
use sea_orm::FromQueryResult;

/// Purpose under which lines are sealed.
const BODY: &str = "licence.intake.line";
/// Rows on one page.
pub(super) const PAGE: usize = 50;
/// Distinct sets of problems that are counted.
const GAPS_MAX: i64 = 1000;

const COLUMNS: &str = "id, agency, account, type_id, source, digest, begun_us, total";
const LINE_COLUMNS: &str = "id, line, state, record_key, holder, problems, licence_id";

pub(super) async fn insert(ctx: &mut Ctx, intake: &Intake) -> Result<()> {
    ctx.execute(
        "INSERT INTO licence_intake (id, agency, account, type_id, source, digest, begun_us, total)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        vals![
            &intake.id,
            &intake.agency,
            &intake.account,
            &intake.type_id,
            &intake.source,
            &intake.digest,
            intake.begun_us,
            intake.total
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn insert_line(
    ctx: &mut Ctx,
    intake: &str,
    line: i64,
    key: &str,
    holder: &str,
    record: &Record,
) -> Result<()> {
    let body = serde_json::to_vec(record).map_err(Error::internal)?;
    let sealed = ctx.env.vault.clone().seal(BODY, &body, &mut ctx.random)?;
    let id = ctx.id();
    ctx.execute(
        "INSERT INTO licence_intake_line (id, intake_id, line, state, record_key, holder,
         body_sealed, problems, licence_id) VALUES ($1, $2, $3, 'waiting', $4, $5, $6, '[]', '')",
        vals![id, intake, line, key, holder, sealed],
    )
    .await?;
    Ok(())
}

/// The intake. Errors: `not_found`.
pub(super) async fn get(ctx: &mut Ctx, id: &str) -> Result<Intake> {
    let sql = format!("SELECT {COLUMNS} FROM licence_intake WHERE id = $1");
    ctx.optional(&sql, vals![id]).await?.ok_or_else(Error::not_found)
}

/// An agency's intakes, newest first, at most 50.
pub(super) async fn of_agency(ctx: &mut Ctx, agency: &str) -> Result<Vec<Intake>> {
    let sql =
        format!("SELECT {COLUMNS} FROM licence_intake WHERE agency = $1 ORDER BY id DESC LIMIT $2");
    ctx.all(&sql, vals![agency, PAGE]).await
}

/// The next line that waits.
pub(super) async fn waiting(ctx: &mut Ctx, intake: &str) -> Result<Option<Line>> {
    let sql = format!(
        "SELECT {LINE_COLUMNS} FROM licence_intake_line
         WHERE intake_id = $1 AND state = 'waiting' ORDER BY line LIMIT 1"
    );
    ctx.optional(&sql, vals![intake]).await
}

/// Lines in a state after a number, in order of the file.
pub(super) async fn lines(
    ctx: &mut Ctx,
    intake: &str,
    state: &str,
    after: i64,
    limit: usize,
) -> Result<Vec<Line>> {
    let sql = format!(
        "SELECT {LINE_COLUMNS} FROM licence_intake_line
         WHERE intake_id = $1 AND state = $2 AND line > $3 ORDER BY line LIMIT $4"
    );
    ctx.all(&sql, vals![intake, state, after, limit]).await
}

/// What the line holds.
pub(super) async fn record(ctx: &mut Ctx, line: &str) -> Result<Record> {
    let sql = "SELECT body_sealed FROM licence_intake_line WHERE id = $1";
    let sealed: Option<Vec<u8>> = ctx.scalar(sql, vals![line]).await?;
    let sealed = sealed.ok_or_else(Error::not_found)?;
    let body = ctx.env.vault.open(BODY, &sealed).map_err(Error::internal)?;
    serde_json::from_slice(&body).map_err(Error::internal)
}

/// True when the paper record was issued already, or an earlier line of the table is the same.
pub(super) async fn is_double(ctx: &mut Ctx, intake: &str, line: &Line) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM licence_intake_line WHERE record_key = $1
         AND (state = 'issued' OR (intake_id = $2 AND line < $3))";
    Ok(ctx.count(sql, vals![&line.record_key, intake, line.line]).await? > 0)
}

pub(super) async fn set_issued(ctx: &mut Ctx, line: &str, licence: &str) -> Result<()> {
    ctx.execute(
        "UPDATE licence_intake_line SET state = 'issued', licence_id = $2, problems = '[]'
         WHERE id = $1",
        vals![line, licence],
    )
    .await?;
    Ok(())
}

pub(super) async fn quarantine(ctx: &mut Ctx, line: &str, problems: &[Problem]) -> Result<()> {
    let problems = serde_json::to_string(problems).map_err(Error::internal)?;
    ctx.execute(
        "UPDATE licence_intake_line SET state = 'quarantined', problems = $2 WHERE id = $1",
        vals![line, problems],
    )
    .await?;
    Ok(())
}

/// Lets quarantined lines wait again; how many.
pub(super) async fn release(ctx: &mut Ctx, intake: &str) -> Result<u64> {
    let sql = "UPDATE licence_intake_line SET state = 'waiting', problems = '[]'
         WHERE intake_id = $1 AND state = 'quarantined'";
    ctx.execute(sql, vals![intake]).await
}

#[derive(FromQueryResult)]
struct Count {
    state: String,
    problems: String,
    n: i64,
}

pub(super) async fn progress(ctx: &mut Ctx, intake: &str) -> Result<Progress> {
    let counts: Vec<Count> = ctx
        .all(
            "SELECT state, problems, COUNT(*) AS n FROM licence_intake_line
             WHERE intake_id = $1 GROUP BY state, problems ORDER BY n DESC LIMIT $2",
            vals![intake, GAPS_MAX],
        )
        .await?;
    let mut progress = Progress::default();
    for count in counts {
        match count.state.as_str() {
            "waiting" => progress.waiting += count.n,
            "issued" => progress.issued += count.n,
            _ => progress.quarantined += count.n,
        }
        let problems: Vec<Problem> =
            serde_json::from_str(&count.problems).map_err(Error::internal)?;
        for problem in problems {
            *progress.gaps.entry(problem).or_default() += count.n;
        }
    }
    Ok(progress)
}
