//! SQL of irregularities.
//!
//! Must not know: what is irregular.

use super::anomaly::{Finding, Irregularity};
use crate::area;
use kernel::{Error, Result, time};
use sea_orm::FromQueryResult;
use store::{Ctx, Value, vals};

/// Rows of a page.
pub(super) const PAGE: usize = 50;

const COLUMNS: &str = "id, case_id, kind, case_number, item, agency, at_us, article";

/// A stored irregularity.
#[derive(FromQueryResult)]
pub(super) struct Stored {
    pub(super) id: String,
    pub(super) case_id: String,
    pub(super) kind: String,
    pub(super) case_number: String,
    pub(super) item: String,
    pub(super) agency: String,
    pub(super) at_us: i64,
    pub(super) article: String,
}

/// Keeps a finding; its id, or `None` when it was kept before.
pub(super) async fn keep(
    ctx: &mut Ctx,
    case: &service::case::Watched,
    finding: &Finding,
) -> Result<Option<String>> {
    let id = ctx.id();
    let (city, county) = area::city_and_county(ctx, &case.division);
    let kind = finding.kind.as_str();
    let inserted = ctx
        .execute(
            "INSERT INTO supervise_anomaly (id, case_id, sequence, kind, case_number, item, agency,
             division, city, county, at_us, article)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
             ON CONFLICT (case_id, kind, sequence) DO NOTHING",
            vals![
                &id,
                &case.id,
                finding.sequence,
                kind,
                &case.number,
                &case.item,
                &case.agency,
                &case.division,
                city,
                county,
                finding.at,
                &finding.article
            ],
        )
        .await?;
    if inserted == 0 {
        return Ok(None);
    }
    let day = time::days_since_epoch(finding.at.date());
    ctx.execute(
        "INSERT INTO supervise_tally (metric, day, division, agency, count) VALUES ($1, $2, $3, $4, 1)
         ON CONFLICT (metric, day, division, agency) DO UPDATE SET count = supervise_tally.count + 1",
        vals![format!("anomaly.{kind}"), day, &case.division, &case.agency],
    )
    .await?;
    Ok(Some(id))
}

/// How many of a kind there are in a division subtree, or at one agency of it.
pub(super) async fn count(
    ctx: &mut Ctx,
    kind: Irregularity,
    division: &str,
    agency: &str,
) -> Result<i64> {
    let found = ctx.env.pack.division(division).ok_or_else(Error::not_found)?;
    let digits = area::digits(found);
    let mut values = vals![format!("anomaly.{}", kind.as_str()), &digits, format!("{digits}z")];
    let mut sql = "SELECT CAST(COALESCE(SUM(count), 0) AS BIGINT) FROM supervise_tally
         WHERE metric = $1 AND division >= $2 AND division < $3"
        .to_owned();
    if !agency.is_empty() {
        values.push(Value::from(agency));
        sql.push_str(" AND agency = $4");
    }
    ctx.count(&sql, values).await
}

/// Irregularities of a division subtree, newest first, one more than a page when there are more.
pub(super) async fn list(
    ctx: &mut Ctx,
    division: &str,
    agency: &str,
    kind: Option<Irregularity>,
    after: &str,
) -> Result<Vec<Stored>> {
    let mut values: Vec<Value> = Vec::new();
    let mut sql = format!("SELECT {COLUMNS} FROM supervise_anomaly WHERE 1 = 1");
    area::within(ctx, division, &mut sql, &mut values)?;
    let kind = kind.map(Irregularity::as_str).unwrap_or_default();
    for (condition, value) in [("kind =", kind), ("agency =", agency), ("id <", after)] {
        if !value.is_empty() {
            values.push(Value::from(value));
            sql.push_str(&format!(" AND {condition} ${}", values.len()));
        }
    }
    values.push(Value::from(PAGE + 1));
    sql.push_str(&format!(" ORDER BY id DESC LIMIT ${}", values.len()));
    ctx.all(&sql, values).await
}

/// Irregularities of a case, oldest first.
pub(super) async fn of_case(ctx: &mut Ctx, case: &str) -> Result<Vec<Stored>> {
    let sql =
        format!("SELECT {COLUMNS} FROM supervise_anomaly WHERE case_id = $1 ORDER BY id LIMIT 50");
    ctx.all(&sql, vals![case]).await
}
