//! SQL of notices and their tally.
//!
//! Must not know: who may do what.

use super::model::{By, Counts, Kind, Notice, Phase};
use crate::area;
use kernel::{Error, Result, Timestamp, time};
use sea_orm::FromQueryResult;
use store::{Ctx, Value, vals};

/// Notices on one page.
pub(crate) const PAGE: usize = 50;
/// Counting of notices under way stops here.
const COUNT_MAX: i64 = 10_000;

const COLUMNS: &str = "id, mark, number, kind, state, revision, case_id, case_number, item, agency, \
    division, timer, due_us, reason, opened_us, opened_by, opened_name, opened_person, answer_due_us, \
    acknowledged_us, acknowledged_name, explanation, mend, mend_by, answered_us, answered_by, \
    answered_name, answered_person, returned, return_note, closed_us, closed_by, closed_name, close_note";

#[derive(FromQueryResult)]
struct Stored {
    id: String,
    mark: String,
    number: String,
    kind: String,
    state: String,
    revision: i64,
    case_id: String,
    case_number: String,
    item: String,
    agency: String,
    division: String,
    timer: String,
    due_us: i64,
    reason: String,
    opened_us: i64,
    opened_by: String,
    opened_name: String,
    opened_person: String,
    answer_due_us: i64,
    acknowledged_us: Option<i64>,
    acknowledged_name: String,
    explanation: String,
    mend: String,
    mend_by: String,
    answered_us: Option<i64>,
    answered_by: String,
    answered_name: String,
    answered_person: String,
    returned: i64,
    return_note: String,
    closed_us: Option<i64>,
    closed_by: String,
    closed_name: String,
    close_note: String,
}

impl Stored {
    fn notice(self) -> Result<Notice> {
        let damaged = || Error::internal(format!("notice {} is damaged", self.id));
        Ok(Notice {
            kind: Kind::parse(&self.kind).ok_or_else(damaged)?,
            phase: Phase::parse(&self.state).ok_or_else(damaged)?,
            revision: self.revision,
            due: Timestamp(self.due_us),
            opened: Timestamp(self.opened_us),
            opened_by: By {
                account: self.opened_by,
                name: self.opened_name,
                person: self.opened_person,
            },
            answer_due: Timestamp(self.answer_due_us),
            acknowledged: self.acknowledged_us.map(Timestamp),
            acknowledged_name: self.acknowledged_name,
            answered: self.answered_us.map(Timestamp),
            answered_by: By {
                account: self.answered_by,
                name: self.answered_name,
                person: self.answered_person,
            },
            closed: self.closed_us.map(Timestamp),
            closed_by: By {
                account: self.closed_by,
                name: self.closed_name,
                person: String::new(),
            },
            id: self.id,
            mark: self.mark,
            number: self.number,
            case_id: self.case_id,
            case_number: self.case_number,
            item: self.item,
            agency: self.agency,
            division: self.division,
            timer: self.timer,
            reason: self.reason,
            explanation: self.explanation,
            mend: self.mend,
            mend_by: self.mend_by,
            returned: self.returned,
            return_note: self.return_note,
            close_note: self.close_note,
        })
    }
}

/// The notice with this id. Errors: `not_found`.
pub(super) async fn get(ctx: &mut Ctx, id: &str) -> Result<Notice> {
    let sql = format!("SELECT {COLUMNS} FROM supervise_notice WHERE id = $1");
    ctx.one::<Stored>(&sql, vals![id]).await?.notice()
}

/// Inserts a notice; false when its mark was there already.
pub(super) async fn insert(ctx: &mut Ctx, notice: &Notice) -> Result<bool> {
    let (city, county) = area::city_and_county(ctx, &notice.division);
    let mut values: Vec<Value> = vals![
        &notice.id,
        &notice.mark,
        &notice.number,
        notice.kind.as_str(),
        &notice.case_id,
        &notice.case_number,
        &notice.item,
        &notice.agency,
        &notice.division,
        city,
        county,
        &notice.timer,
        notice.due,
        &notice.reason,
        notice.opened,
        &notice.opened_by.account,
        &notice.opened_by.name,
        &notice.opened_by.person
    ];
    values.extend(moving(notice));
    let marks: Vec<String> = (1..=values.len()).map(|at| format!("${at}")).collect();
    let sql = format!(
        "INSERT INTO supervise_notice (id, mark, number, kind, case_id, case_number, item, agency,
         division, city, county, timer, due_us, reason, opened_us, opened_by, opened_name,
         opened_person, {}) VALUES ({}) ON CONFLICT (mark) DO NOTHING",
        MOVING.join(", "),
        marks.join(", ")
    );
    Ok(ctx.execute(&sql, values).await? == 1)
}

/// The notice of this mark, if any.
pub(super) async fn marked(ctx: &mut Ctx, mark: &str) -> Result<Option<Notice>> {
    let sql = format!("SELECT {COLUMNS} FROM supervise_notice WHERE mark = $1");
    ctx.optional::<Stored>(&sql, vals![mark]).await?.map(Stored::notice).transpose()
}

/// True when a notice of this mark was opened.
pub(super) async fn is_marked(ctx: &mut Ctx, mark: &str) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM supervise_notice WHERE mark = $1";
    Ok(ctx.count(sql, vals![mark]).await? > 0)
}

/// Columns that change in the life of a notice, in the order of [`moving`].
const MOVING: [&str; 19] = [
    "state",
    "live",
    "revision",
    "answer_due_us",
    "acknowledged_us",
    "acknowledged_name",
    "explanation",
    "mend",
    "mend_by",
    "answered_us",
    "answered_by",
    "answered_name",
    "answered_person",
    "returned",
    "return_note",
    "closed_us",
    "closed_by",
    "closed_name",
    "close_note",
];

fn moving(notice: &Notice) -> Vec<Value> {
    vals![
        notice.phase.as_str(),
        notice.phase != Phase::Closed,
        notice.revision,
        notice.answer_due,
        notice.acknowledged,
        &notice.acknowledged_name,
        &notice.explanation,
        &notice.mend,
        &notice.mend_by,
        notice.answered,
        &notice.answered_by.account,
        &notice.answered_by.name,
        &notice.answered_by.person,
        notice.returned,
        &notice.return_note,
        notice.closed,
        &notice.closed_by.account,
        &notice.closed_by.name,
        &notice.close_note
    ]
}

/// Writes what changed; the row is locked.
pub(super) async fn update(ctx: &mut Ctx, notice: &Notice) -> Result<()> {
    let mut values: Vec<Value> = vals![&notice.id];
    values.extend(moving(notice));
    let sets: Vec<String> =
        MOVING.iter().enumerate().map(|(at, column)| format!("{column} = ${}", at + 2)).collect();
    let sql = format!("UPDATE supervise_notice SET {} WHERE id = $1", sets.join(", "));
    ctx.execute(&sql, values).await?;
    Ok(())
}

/// Which notices are listed.
pub(super) struct Wanted<'a> {
    /// Division subtree; empty for none, then `agency` is given.
    pub(super) division: &'a str,
    /// Agency, or empty.
    pub(super) agency: &'a str,
    /// Under way, or closed.
    pub(super) live: bool,
    /// Kind, or any.
    pub(super) kind: Option<Kind>,
    /// Older than this id; empty for the newest.
    pub(super) after: &'a str,
}

/// Notices, newest first, one more than a page when there are more.
pub(super) async fn list(ctx: &mut Ctx, wanted: &Wanted<'_>) -> Result<Vec<Notice>> {
    let mut values: Vec<Value> = vals![wanted.live];
    let mut sql = format!("SELECT {COLUMNS} FROM supervise_notice WHERE live = $1");
    if !wanted.division.is_empty() {
        area::within(ctx, wanted.division, &mut sql, &mut values)?;
    }
    let kind = wanted.kind.map(Kind::as_str).unwrap_or_default();
    for (condition, value) in
        [("agency =", wanted.agency), ("kind =", kind), ("id <", wanted.after)]
    {
        if !value.is_empty() {
            values.push(Value::from(value));
            sql.push_str(&format!(" AND {condition} ${}", values.len()));
        }
    }
    values.push(Value::from(PAGE + 1));
    sql.push_str(&format!(" ORDER BY id DESC LIMIT ${}", values.len()));
    read(ctx, &sql, values).await
}

/// Notices of a case, newest first, at most 50.
pub(super) async fn of_case(ctx: &mut Ctx, case: &str) -> Result<Vec<Notice>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM supervise_notice WHERE case_id = $1 ORDER BY id DESC LIMIT 50"
    );
    read(ctx, &sql, vals![case]).await
}

async fn read(ctx: &mut Ctx, sql: &str, values: Vec<Value>) -> Result<Vec<Notice>> {
    let rows: Vec<Stored> = ctx.all(sql, values).await?;
    rows.into_iter().map(Stored::notice).collect()
}

#[derive(FromQueryResult)]
struct Standing {
    state: String,
    answer_due_us: i64,
}

/// How many are under way in a division subtree, or at an agency.
pub(super) async fn counts(ctx: &mut Ctx, division: &str, agency: &str) -> Result<Counts> {
    let mut values: Vec<Value> = vals![true];
    let mut sql = "SELECT state, answer_due_us FROM supervise_notice WHERE live = $1".to_owned();
    if !division.is_empty() {
        area::within(ctx, division, &mut sql, &mut values)?;
    }
    if !agency.is_empty() {
        values.push(Value::from(agency));
        sql.push_str(&format!(" AND agency = ${}", values.len()));
    }
    values.push(Value::from(COUNT_MAX));
    sql.push_str(&format!(" LIMIT ${}", values.len()));
    let now = ctx.now.0;
    let mut counts = Counts::default();
    for row in ctx.all::<Standing>(&sql, values).await? {
        match Phase::parse(&row.state) {
            Some(Phase::Open) => counts.open += 1,
            Some(Phase::Acknowledged) => counts.acknowledged += 1,
            Some(Phase::Answered) => counts.answered += 1,
            _ => continue,
        }
        if row.state != Phase::Answered.as_str() && row.answer_due_us <= now {
            counts.late += 1;
        }
    }
    Ok(counts)
}

/// The next number of a month, `DB2609-0117`.
pub(super) async fn next_number(ctx: &mut Ctx) -> Result<String> {
    let day = ctx.now.date();
    let month = format!("{:02}{:02}", day.year().rem_euclid(100), day.month());
    let last = ctx.count_on("supervise_sequence", &["month"], vals![&month], "last", 1).await?;
    Ok(format!("DB{month}-{last:04}"))
}

/// Counts one of a metric today.
pub(super) async fn tally(ctx: &mut Ctx, metric: &str, notice: &Notice) -> Result<()> {
    let day = time::days_since_epoch(ctx.now.date());
    ctx.execute(
        "INSERT INTO supervise_tally (metric, day, division, agency, count) VALUES ($1, $2, $3, $4, 1)
         ON CONFLICT (metric, day, division, agency) DO UPDATE SET count = supervise_tally.count + 1",
        vals![metric, day, &notice.division, &notice.agency],
    )
    .await?;
    Ok(())
}

/// A sum of the tally.
#[derive(FromQueryResult)]
pub(super) struct Sum {
    pub(super) metric: String,
    pub(super) agency: String,
    pub(super) total: i64,
}

/// Sums by metric and agency from a day on, in a division subtree.
pub(super) async fn sums(ctx: &mut Ctx, division: &str, from_day: i32) -> Result<Vec<Sum>> {
    let found = ctx.env.pack.division(division).ok_or_else(Error::not_found)?;
    let digits = area::digits(found);
    ctx.all(
        "SELECT metric, agency, CAST(SUM(count) AS BIGINT) AS total FROM supervise_tally
         WHERE day >= $1 AND division >= $2 AND division < $3 GROUP BY metric, agency
         ORDER BY agency, metric LIMIT 5000",
        vals![from_day, &digits, format!("{digits}z")],
    )
    .await
}
