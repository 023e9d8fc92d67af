//! Divisions as conditions: which rows lie in a subtree, found by index at every level.
//!
//! Invariant: a row keeps the codes of its city and its county beside its own, so that a subtree
//! of the province, a city or a county is one equality. Must not know: any table.

use kernel::{Error, Result};
use pack::Level;
use party::authority;
use store::{Ctx, Value};

/// The city and the county a division lies in, as their codes; empty above them.
pub(crate) fn city_and_county(ctx: &Ctx, division: &str) -> (String, String) {
    let found = ctx.env.pack.division(division);
    let of = |level| {
        found.and_then(|found| found.ancestor(level)).map(|above| above.code()).unwrap_or_default()
    };
    (of(Level::City), of(Level::County))
}

/// The division asked for when it lies within the actor's reach, the whole of his reach when
/// none is asked for. Errors: `not_found` for a division beyond it or for an actor with none.
pub(crate) fn scope(ctx: &Ctx, asked: &str) -> Result<String> {
    let reach = authority::scope_division(ctx);
    if reach.is_empty() {
        return Err(Error::not_found());
    }
    if asked.is_empty() {
        return Ok(reach);
    }
    let division = ctx.env.pack.division(asked).ok_or_else(Error::not_found)?;
    if !authority::within(&ctx.env.pack, &division.code(), &reach) {
        return Err(Error::not_found());
    }
    Ok(division.code())
}

/// The digits that every code of the division's subtree begins with. A letter put after them sorts
/// after all of those codes, in any collation.
pub(crate) fn digits(division: pack::Division<'_>) -> String {
    let code = division.code();
    let length = [2, 4, 6, 9, 12][division.level().depth()];
    code.get(..length).unwrap_or(&code).to_owned()
}

/// Adds the condition that a row with columns `city`, `county` and `division` lies in the
/// division; nothing for the province, in which every row lies.
pub(crate) fn within(
    ctx: &Ctx,
    division: &str,
    sql: &mut String,
    values: &mut Vec<Value>,
) -> Result<()> {
    let found = ctx.env.pack.division(division).ok_or_else(Error::not_found)?;
    let (column, code) = match found.level() {
        Level::Province => return Ok(()),
        Level::City => ("city", found.code()),
        Level::County => ("county", found.code()),
        // Below the county the county narrows by index and the rest is few.
        Level::Township | Level::Village => {
            let (_, county) = city_and_county(ctx, &found.code());
            values.push(Value::from(county));
            sql.push_str(&format!(" AND county = ${}", values.len()));
            values.push(Value::from(found.code()));
            sql.push_str(&format!(" AND division >= ${}", values.len()));
            values.push(Value::from(format!("{}z", digits(found))));
            sql.push_str(&format!(" AND division < ${}", values.len()));
            return Ok(());
        }
    };
    values.push(Value::from(code));
    sql.push_str(&format!(" AND {column} = ${}", values.len()));
    Ok(())
}
