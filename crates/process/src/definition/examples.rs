//! Examples of a bundle, walked before it is deployed: what is handed in with a drawing to show where
//! it goes has to go there.
//!
//! Invariants: every example of the files is walked, on the engine alone; what it calls is taken from
//! the bundle itself, else as it is deployed. Must not know: who hands it in.

use super::definition::calls;
use super::{load, store};
use crate::bundle::{Bundle, Files};
use crate::walk;
use ::store::Ctx;
use flow::process::Finding;
use kernel::{Error, Result};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Bundles that examples may lead into.
const CALLED_MAX: usize = 100;

/// What is wrong with the examples of the files. Errors: those of the database; `process.calls`.
pub(super) async fn failing(ctx: &mut Ctx, files: &Files, bundle: &Bundle) -> Result<Vec<Finding>> {
    let examples = match files.examples() {
        Ok(examples) if examples.is_empty() => return Ok(Vec::new()),
        Ok(examples) => examples,
        Err(finding) => return Ok(vec![finding]),
    };
    let Some(process) = bundle.definitions.first().map(|one| one.id().to_owned()) else {
        return Ok(Vec::new());
    };
    let called = called(ctx, bundle).await?;
    let others: Vec<&Bundle> = called.iter().map(Arc::as_ref).collect();
    let pack = ctx.env.pack.clone();
    let walked = examples.iter();
    Ok(walked
        .filter_map(|one| walk::run_among(bundle, &others, &pack, &process, one).err())
        .collect())
}

/// The bundles of everything the bundle calls, and of what that calls.
async fn called(ctx: &mut Ctx, bundle: &Bundle) -> Result<Vec<Arc<Bundle>>> {
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    let mut rest: Vec<String> =
        bundle.definitions.iter().flat_map(calls).map(str::to_owned).collect();
    while let Some(next) = rest.pop() {
        if bundle.definition(&next).is_some() || !seen.insert(next.clone()) {
            continue;
        }
        if seen.len() > CALLED_MAX {
            return Err(Error::limited("process.calls").arg("max", CALLED_MAX));
        }
        let Some(row) = store::newest(ctx, &next).await? else { continue };
        let other = load::bundle(ctx, &row.bundle).await?;
        rest.extend(other.definition(&next).into_iter().flat_map(calls).map(str::to_owned));
        found.push(other);
    }
    Ok(found)
}
