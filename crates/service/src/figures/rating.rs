//! Figures of ratings: how many were satisfied, how many bad ones are not put right yet.
//!
//! Invariant: a bad rating counts from the day it is given, closed or not. Must not know: who rated,
//! what was said.

use super::metric::Scope;
use super::read::Share;
use kernel::Result;
use pack::standard::Ratings;
use sea_orm::FromQueryResult;
use store::{Ctx, Value, vals};

#[derive(FromQueryResult)]
struct Stars {
    stars: i64,
    count: i64,
}

fn filter(ctx: &Ctx, scope: &Scope, values: &mut Vec<Value>) -> Result<String> {
    let mut sql = String::new();
    if let Some((from, to)) = scope.codes(ctx)? {
        values.extend(vals![from, to]);
        sql = format!(" AND division >= ${} AND division < ${}", values.len() - 1, values.len());
    }
    for (column, value) in [("item", &scope.item), ("agency", &scope.agency)] {
        if !value.is_empty() {
            values.push(Value::from(value));
            sql.push_str(&format!(" AND {column} = ${}", values.len()));
        }
    }
    Ok(sql)
}

/// Ratings that are not bad by the pack's scale, of all that are counted. Days of the scope do not
/// matter. Errors: `figures.division`.
pub async fn satisfaction(ctx: &mut Ctx, scope: &Scope) -> Result<Share> {
    let mut values = Vec::new();
    let filter = filter(ctx, scope, &mut values)?;
    let sql = format!(
        "SELECT stars, CAST(SUM(count) AS BIGINT) AS count FROM rating_tally WHERE 1 = 1{filter}
         GROUP BY stars"
    );
    let rows: Vec<Stars> = ctx.all(&sql, values).await?;
    let pack = ctx.env.pack.clone();
    let scale: &Ratings = pack.ratings()?;
    let bad =
        |stars: i64| scale.levels.iter().any(|level| i64::from(level.stars) == stars && level.bad);
    let open = bad_open(ctx, scope).await?;
    let mut share = Share { whole: open, ..Share::default() };
    for row in rows {
        share.whole += row.count;
        if !bad(row.stars) {
            share.part += row.count;
        }
    }
    Ok(share)
}

/// Bad ratings whose rectification is not closed. Days of the scope do not matter.
/// Errors: `figures.division`.
pub async fn bad_open(ctx: &mut Ctx, scope: &Scope) -> Result<i64> {
    let mut values = Vec::new();
    let filter = filter(ctx, scope, &mut values)?;
    ctx.count(&format!("SELECT COUNT(*) FROM rating_task WHERE open = 1{filter}"), values).await
}
