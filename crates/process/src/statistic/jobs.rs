//! Makes the rows of steps anew from the histories.
//!
//! Must not know: what the rows are read for.

use super::follow::Watch;
use super::{FILL, store};
use crate::fsck;
use crate::instance::model::{Entry, Standing};
use crate::instance::store as instances;
use ::store::Ctx;
use kernel::{Error, Result};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Instances filled by one job.
const AT_ONCE: usize = 50;

/// Makes the rows of one instance anew. Errors: `not_found`; `internal` when its history is not
/// whole, which [`fsck`](crate::fsck) explains.
pub async fn rebuild(ctx: &mut Ctx, id: &str) -> Result<()> {
    if !ctx.lock("process_instance", id).await? {
        return Err(Error::not_found());
    }
    let row = instances::get(ctx, id).await?;
    let mut watch = Watch::default();
    let mut pools = BTreeMap::new();
    let mut follow = |entry: &Entry, before: &Standing, after: &Standing| {
        watch.follow(entry, before, after);
        let offered =
            after.office.desks.iter().map(|(number, desk)| (*number, desk.pools.first().cloned()));
        pools.extend(offered.map(|(number, pool)| (number, pool.unwrap_or_default())));
    };
    fsck::fold_with(ctx, &row, &mut follow)
        .await?
        .map_err(|at| Error::internal(format!("history of {id}: entry {at}")))?;
    store::clear(ctx, id).await?;
    for one in &watch.closed {
        store::take(ctx, id, one.number, one.taken).await?;
        let pool = pools.get(&one.number).map_or("", String::as_str);
        store::close(ctx, &row, one.number, pool, None).await?;
    }
    for one in &watch.waited {
        store::close_wait(ctx, &row, one).await?;
    }
    let open: Vec<_> = watch.taken().collect();
    for (number, at) in open {
        store::take(ctx, id, number, at).await?;
    }
    Ok(())
}

/// `process.step_fill`: some instances, then a job for those that follow.
pub(super) async fn fill(ctx: &mut Ctx, payload: &Json) -> Result<()> {
    let after = payload["after"].as_str().unwrap_or_default();
    let rows = instances::after(ctx, after, AT_ONCE).await?;
    let Some(last) = rows.last().map(|row| row.id.clone()) else { return Ok(()) };
    for row in &rows {
        // A history that is not whole is told by the check of the installation, not here.
        if let Err(error) = rebuild(ctx, &row.id).await
            && error.kind != kernel::Kind::Internal
        {
            return Err(error);
        }
    }
    ctx.enqueue(FILL, &json!({ "after": last })).await
}
