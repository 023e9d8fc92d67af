//! Following a case by its number and query code, without signing in: phases, nothing else.

use super::model::{Case, Moment};
use super::shown_list::{Tracked, TrackedItem};
use super::store::{self, COLUMNS, StoredCase};
use super::view;
use ::store::{Ctx, vals};
use kernel::identifier::{CaseNumber, QueryCode};
use kernel::{Error, Result};

/// The phases of a case. Whoever has one of the two codes but not the other is told nothing.
/// Errors: those of the identifiers for a malformed number or code; `not_found`.
pub async fn track(ctx: &mut Ctx, number: &str, query_code: &str) -> Result<Tracked> {
    let mut faults = Error::invalid("case.track");
    let (number, code) = (CaseNumber::parse(number), QueryCode::parse(query_code));
    for (field, error) in [("number", number.as_ref().err()), ("query_code", code.as_ref().err())] {
        if let Some(error) = error {
            faults = faults.field_with(field, error.code, error.args.clone());
        }
    }
    faults.if_any_field()?;
    let (number, code) = (number?, code?);
    let sql = format!("SELECT {COLUMNS} FROM cases c WHERE c.number = $1");
    let stored: StoredCase = ctx.one(&sql, vals![number.as_str()]).await?;
    let found = stored.open(ctx)?;
    let parent = if found.is_parent() { found } else { store::get(ctx, &found.parent_id).await? };
    if parent.query_code != code.as_str() {
        return Err(Error::not_found());
    }
    let children = store::children(ctx, &parent.id).await?;
    let items = children.iter().map(|case| item(ctx, case)).collect();
    let due = parent.due.filter(|_| parent.open != 0);
    Ok(Tracked {
        number: parent.number.clone(),
        title: view::title_of(ctx, &parent),
        phase: parent.phase.as_str().to_owned(),
        submitted: Moment(parent.submitted),
        due: due.map(Moment),
        overdue: due.is_some_and(|due| due <= ctx.now),
        items,
    })
}

fn item(ctx: &Ctx, case: &Case) -> TrackedItem {
    TrackedItem {
        title: view::title_of(ctx, case),
        agency: super::paper::agency_name(ctx, &case.agency),
        phase: case.phase.as_str().to_owned(),
        since: Moment(case.state.at.unwrap_or(case.submitted)),
    }
}
