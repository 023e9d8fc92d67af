//! Lists of cases: a post's work list, an applicant's own, those of who authorised him.
//!
//! Invariants: one index range per page whatever the number of cases; lamps are compared with now
//! by columns, never computed from clocks; names leave masked.

use super::model::{Case, Lamp, Moment, Named};
use super::shown_list::{LampCounts, Row, Rows};
use super::store::{COLUMNS, StoredCase};
use super::verbs::{ASSIST, READ};
use super::{examination, view};
use ::store::{Ctx, Value, vals};
use flow::case::Phase;
use kernel::identifier::{PersonName, QueryCode};
use kernel::{Error, Result, Timestamp};
use party::{absence, authority, delegation};
use sea_orm::FromQueryResult;

/// Rows on a page.
const PAGE: usize = 50;
/// Counting of a work list stops here.
pub const COUNT_MAX: i64 = 2_000;

/// Whose cases of the agency a work list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Whose {
    /// Everybody's.
    #[default]
    All,
    /// The actor's and those of officers he stands in for.
    Mine,
    /// Nobody's yet.
    Unclaimed,
    /// Those another agency has handed to the actor's, which has yet to answer.
    Offered,
}

/// What a work list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Whose.
    pub whose: Whose,
    /// Only this phase; ended phases are shown newest first.
    pub phase: Option<Phase>,
    /// Only this item; all when empty.
    pub item: String,
    /// Only this lamp.
    pub lamp: Option<Lamp>,
    /// Beginning of a case number, or a whole query code.
    pub text: String,
}

/// A page of the work list of the actor's agency, the most urgent first. `after` is the cursor of
/// the page before, or empty. Errors: `denied`, `case.cursor`, `case.text`.
pub async fn work_list(ctx: &mut Ctx, filter: &Filter, after: &str) -> Result<Rows> {
    authority::demand(ctx, READ)?;
    let agency = ctx.actor.agency.clone();
    let mut values: Vec<Value> = vals![agency, ctx.now];
    let ended = filter.phase.is_some_and(Phase::is_final);
    let agencys = match filter.whose {
        Whose::Offered => "c.id IN (SELECT case_id FROM case_offered WHERE agency = $1)",
        _ => "c.agency = $1",
    };
    let mut sql = format!("SELECT {COLUMNS} FROM cases c WHERE {agencys} AND c.item <> ''");
    let searching = text(&mut sql, &mut values, &filter.text)?;
    if !searching {
        let open = match filter.phase {
            Some(Phase::Waiting) => 2,
            _ if ended => 0,
            _ => 1,
        };
        add(&mut sql, &mut values, " AND c.open = ?", open);
    }
    whose(ctx, &mut sql, &mut values, filter.whose).await?;
    if let Some(phase) = filter.phase {
        add(&mut sql, &mut values, " AND c.phase = ?", phase.as_str());
    }
    if !filter.item.is_empty() {
        add(&mut sql, &mut values, " AND c.item = ?", &filter.item);
    }
    if let Some(lamp) = filter.lamp {
        sql.push_str(match lamp {
            Lamp::Red => " AND c.open > 0 AND c.red_us <= $2",
            Lamp::Paused => " AND c.open > 0 AND c.red_us > $2 AND c.paused = 1",
            Lamp::Yellow => {
                " AND c.open > 0 AND c.red_us > $2 AND c.paused = 0 AND c.yellow_us <= $2"
            }
            Lamp::Green => {
                " AND c.open > 0 AND c.red_us > $2 AND c.paused = 0 AND c.yellow_us > $2"
            }
            Lamp::Done => " AND c.open = 0",
        });
    } else {
        // Names the instant in every shape of the statement, so that its type is always known.
        sql.push_str(" AND c.submitted_us <= $2");
    }
    page(&mut sql, &mut values, after, ended)?;
    let mut stored: Vec<StoredCase> = ctx.all(&sql, values).await?;
    let more = stored.len() > PAGE;
    stored.truncate(PAGE);
    let next = stored.last().filter(|_| more).map(|last| last.cursor("red_us"));
    let mut rows = rows_of(ctx, stored)?;
    examination::steps(ctx, &mut rows).await?;
    Ok(Rows { rows, next })
}

fn add(sql: &mut String, values: &mut Vec<Value>, condition: &str, value: impl Into<Value>) {
    values.push(value.into());
    sql.push_str(&condition.replace('?', &format!("${}", values.len())));
}

/// Narrows to a case number's beginning or a query code; true when it did. Errors: `case.text`.
fn text(sql: &mut String, values: &mut Vec<Value>, text: &str) -> Result<bool> {
    let wanted: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .collect::<String>()
        .to_ascii_uppercase();
    if wanted.is_empty() {
        return Ok(false);
    }
    if wanted.len() > 43 || !wanted.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(Error::invalid("case.text").field("text", "case.text"));
    }
    if let Ok(code) = QueryCode::parse(&wanted) {
        let sub = " AND c.parent_id IN (SELECT p.id FROM cases p WHERE p.query_code = ?)";
        add(sql, values, sub, code.as_str());
        return Ok(true);
    }
    // The last in any order of letters and digits.
    let last = format!("{wanted:Z<43}");
    add(sql, values, " AND c.number >= ?", wanted);
    add(sql, values, " AND c.number <= ?", last);
    Ok(true)
}

async fn whose(
    ctx: &mut Ctx,
    sql: &mut String,
    values: &mut Vec<Value>,
    whose: Whose,
) -> Result<()> {
    match whose {
        Whose::All | Whose::Offered => {}
        Whose::Unclaimed => add(sql, values, " AND c.assignee = ?", ""),
        Whose::Mine => {
            let mut officers = absence::absent(ctx).await?;
            officers.push(ctx.actor.account.clone());
            let first = values.len();
            values.extend(officers.iter().map(Value::from));
            let marks: Vec<String> =
                (first + 1..=values.len()).map(|at| format!("${at}")).collect();
            sql.push_str(&format!(" AND c.assignee IN ({})", marks.join(", ")));
        }
    }
    Ok(())
}

/// Order and cursor: by the end of the clock, or newest first for what has ended.
fn page(sql: &mut String, values: &mut Vec<Value>, after: &str, ended: bool) -> Result<()> {
    if !after.is_empty() {
        let wrong = || Error::invalid("case.cursor");
        let (red, id) = after.split_once(':').ok_or_else(wrong)?;
        let red: i64 = red.parse().map_err(|_| wrong())?;
        if ended {
            add(sql, values, " AND c.id < ?", id);
        } else {
            values.extend(vals![red, id]);
            let (first, last) = (values.len() - 1, values.len());
            sql.push_str(&format!(
                " AND (c.red_us > ${first} OR (c.red_us = ${first} AND c.id > ${last}))"
            ));
        }
    }
    let order = if ended { "c.id DESC" } else { "c.red_us, c.id" };
    values.extend(vals![PAGE + 1]);
    sql.push_str(&format!(" ORDER BY {order} LIMIT ${}", values.len()));
    Ok(())
}

#[derive(FromQueryResult)]
struct Counted {
    total: i64,
    red: i64,
    paused: i64,
    yellow: i64,
    mine: i64,
    unclaimed: i64,
}

/// Counts of the work list of the actor's agency, of its most urgent cases up to [`COUNT_MAX`].
pub async fn work_counts(ctx: &mut Ctx) -> Result<LampCounts> {
    authority::demand(ctx, READ)?;
    let (agency, now, account) = (ctx.actor.agency.clone(), ctx.now, ctx.actor.account.clone());
    let sum = |when: &str, name: &str| {
        format!("CAST(COALESCE(SUM(CASE WHEN {when} THEN 1 ELSE 0 END), 0) AS BIGINT) AS {name}")
    };
    let sql = format!(
        "SELECT COUNT(*) AS total, {}, {}, {}, {}, {} FROM (SELECT red_us, yellow_us, paused, assignee
         FROM cases WHERE agency = $2 AND open = 1 ORDER BY red_us, id LIMIT $4) w",
        sum("red_us <= $1", "red"),
        sum("red_us > $1 AND paused = 1", "paused"),
        sum("red_us > $1 AND paused = 0 AND yellow_us <= $1", "yellow"),
        sum("assignee = $3", "mine"),
        sum("assignee = ''", "unclaimed"),
    );
    let counted: Counted = ctx.one(&sql, vals![now, &agency, account, COUNT_MAX + 1]).await?;
    let sql =
        "SELECT COUNT(*) FROM (SELECT case_id FROM case_offered WHERE agency = $1 LIMIT $2) o";
    let offered = ctx.count(sql, vals![agency, COUNT_MAX]).await?;
    Ok(LampCounts {
        all: counted.total,
        red: counted.red,
        yellow: counted.yellow,
        paused: counted.paused,
        green: counted.total - counted.red - counted.yellow - counted.paused,
        mine: counted.mine,
        unclaimed: counted.unclaimed,
        offered,
        more: counted.total > COUNT_MAX,
    })
}

/// A page of the actor's own applications, newest first. `after` is the cursor of the page before,
/// or empty. Errors: `sign_in.needed`.
pub async fn mine(ctx: &mut Ctx, after: &str) -> Result<Rows> {
    authority::signed_in(ctx)?;
    let party = ctx.actor.party.clone();
    applications(ctx, "c.applicant = $1", vals![party], after).await
}

/// As [`mine`], of those who authorised the actor, in the matters for which they did.
pub async fn entrusted(ctx: &mut Ctx, after: &str) -> Result<Rows> {
    let held = delegation::entrusted(ctx).await?;
    let (mut any, mut values) = (Vec::new(), Vec::new());
    for one in &held {
        values.push(Value::from(&one.principal));
        let applicant = values.len();
        if one.scope == delegation::SCOPE_ALL {
            any.push(format!("c.applicant = ${applicant}"));
            continue;
        }
        values.push(Value::from(&one.scope));
        any.push(format!("c.applicant = ${applicant} AND c.one_thing = ${}", applicant + 1));
    }
    if any.is_empty() {
        return Ok(Rows::default());
    }
    applications(ctx, &any.join(" OR "), values, after).await
}

/// A page of applications that fulfil a condition, newest first.
async fn applications(
    ctx: &mut Ctx,
    condition: &str,
    mut values: Vec<Value>,
    after: &str,
) -> Result<Rows> {
    let limit = if after.is_empty() { "~" } else { after };
    values.extend(vals![limit, PAGE + 1]);
    let (last, count) = (values.len() - 1, values.len());
    let sql = format!(
        "SELECT {COLUMNS} FROM cases c WHERE ({condition}) AND c.parent_id = '' AND c.id < ${last}
         ORDER BY c.id DESC LIMIT ${count}"
    );
    let mut stored: Vec<StoredCase> = ctx.all(&sql, values).await?;
    let more = stored.len() > PAGE;
    stored.truncate(PAGE);
    let rows = rows_of(ctx, stored)?;
    let next = rows.last().filter(|_| more).map(|row| row.id.clone());
    Ok(Rows { rows, next })
}

/// What the actor handed in at the window for citizens, newest first, at most a page. Errors: `denied`
/// without the permission of a clerk.
pub async fn handed_in(ctx: &mut Ctx) -> Result<Vec<Row>> {
    authority::demand(ctx, ASSIST)?;
    let account = ctx.actor.account.clone();
    let sql = format!(
        "SELECT {COLUMNS} FROM cases c WHERE c.filed_by = $1 AND c.channel = 'window'
         AND c.parent_id = '' ORDER BY c.id DESC LIMIT $2"
    );
    let stored: Vec<StoredCase> = ctx.all(&sql, vals![account, PAGE]).await?;
    rows_of(ctx, stored)
}

/// Stored cases as rows of a list.
pub(crate) fn rows_of(ctx: &Ctx, stored: Vec<StoredCase>) -> Result<Vec<Row>> {
    stored.into_iter().map(|row| row.open(ctx).and_then(|case| shown(ctx, &case))).collect()
}

/// A name as lists show it.
pub(crate) fn masked(name: &str) -> String {
    PersonName::parse(name).map(|name| name.masked()).unwrap_or_default()
}

/// Days and hours left of the clock that runs.
fn left(ctx: &Ctx, case: &Case) -> Result<(Option<i64>, Option<i64>)> {
    let running = case.open != 0 && case.red.0 != i64::MAX;
    if !running {
        return Ok((None, None));
    }
    let pack = ctx.env.pack.clone();
    let calendar = pack.calendar()?;
    let last: Timestamp = case.red.plus_us(-1);
    let days = match calendar.working_days_between(ctx.now.date(), last.date()) {
        Ok(days) => Some(days),
        // The end stands as it was reckoned; a list is not lost for want of the days until then.
        Err(error) if error.code == kernel::calendar::YEAR_MISSING => None,
        Err(error) => return Err(error),
    };
    Ok((days, Some(case.red.since(ctx.now).div_euclid(kernel::time::HOUR_US))))
}

fn shown(ctx: &Ctx, case: &Case) -> Result<Row> {
    let (days_left, hours_left) = left(ctx, case)?;
    let one_thing = ctx.env.pack.one_thing(&case.one_thing);
    let one_thing = one_thing.map(|one| Named::new(&one.id, one.name.clone()));
    Ok(Row {
        id: case.id.clone(),
        parent_id: case.parent_id.clone(),
        number: case.number.clone(),
        title: view::title_of(ctx, case),
        item: case.item.clone(),
        one_thing: one_thing.unwrap_or_default(),
        agency: case.agency.clone(),
        division: case.division.clone(),
        applicant: masked(&case.names.applicant),
        channel: case.channel.clone(),
        phase: case.phase.as_str().to_owned(),
        lamp: Lamp::of(case.open, case.paused, case.yellow.0, case.red.0, ctx.now),
        due: Some(case.red).filter(|red| red.0 != i64::MAX).map(Moment),
        days_left,
        hours_left,
        submitted: Moment(case.submitted),
        decided: case.decided.map(Moment),
        assignee: case.assignee.clone(),
        assignee_name: case.assignee_name.clone(),
        mine: !case.assignee.is_empty() && case.assignee == ctx.actor.account,
        referred: case.referred,
        automatic: case.automatic,
        transferring: case.state.transferring().is_some(),
        questioned: case.open != 0 && case.phase.is_granted() && case.state.is_questioned(),
        examined: case.open != 0 && case.state.examined_by().is_some(),
        steps: Vec::new(),
        revision: case.revision,
    })
}
