//! The verbs of filters: permit, keep, walk.
//!
//! Must not know: HTTP, SQL, pages.

use super::model::{FILTERS_MAX, Filter, Filtered, Wanted};
use super::store;
use crate::WORK;
use crate::task::{self, ListKind};
use ::store::Ctx;
use kernel::{Error, Result};
use party::authority;

/// Rows one page looks at.
const LOOKED_MAX: usize = 1_000;
/// Tasks after which a page ends, with what the walk has brought with them.
const PAGE: usize = 50;

/// The actor's filters. Errors: `denied`.
pub async fn list(ctx: &mut Ctx) -> Result<Vec<Filter>> {
    authority::demand(ctx, WORK)?;
    let owner = ctx.actor.account.clone();
    store::of(ctx, &owner).await
}

/// Saves a filter. Errors: `denied`, `process.filter_text`, `process.filters`.
pub async fn create(ctx: &mut Ctx, wanted: Wanted) -> Result<String> {
    let wanted = wanted.checked()?;
    let has = i64::try_from(list(ctx).await?.len()).unwrap_or(i64::MAX);
    if has >= FILTERS_MAX {
        return Err(Error::limited("process.filters").arg("max", FILTERS_MAX));
    }
    let owner = ctx.actor.account.clone();
    store::insert(ctx, &owner, &wanted).await
}

/// Forgets a filter. Errors: `denied`, `not_found`.
pub async fn delete(ctx: &mut Ctx, id: &str) -> Result<()> {
    authority::demand(ctx, WORK)?;
    let owner = ctx.actor.account.clone();
    match store::delete(ctx, &owner, id).await? {
        0 => Err(Error::not_found()),
        _ => Ok(()),
    }
}

/// A page of one of the actor's lists through one of his filters. Errors: `denied`, `not_found`.
pub async fn show(ctx: &mut Ctx, id: &str, kind: ListKind, after: &str) -> Result<Filtered> {
    authority::demand(ctx, WORK)?;
    let owner = ctx.actor.account.clone();
    let filter = store::get(ctx, &owner, id).await?;
    let (mut tasks, mut looked, mut after) = (Vec::new(), 0, after.to_owned());
    loop {
        let page = task::list(ctx, kind, &after).await?;
        looked += page.tasks.len();
        // The lists of open tasks are in the order of deadlines: after the first that is not
        // overdue none is.
        let ordered = filter.wanted.overdue && kind != ListKind::Done;
        let past = ordered
            && page.tasks.last().is_some_and(|task| task.due.is_none_or(|due| due.0 > ctx.now));
        tasks.extend(page.tasks.into_iter().filter(|task| filter.wanted.fits(task, ctx.now)));
        let next = page.next.filter(|_| !past);
        match next {
            Some(next) if tasks.len() < PAGE && looked < LOOKED_MAX => after = next,
            next => return Ok(Filtered { filter, tasks, looked, next }),
        }
    }
}
