//! Bundles in memory: read and proved once per process of the program, then shared.
//!
//! Invariant: a bundle is found by the digest of its bytes, so what is kept is never stale.

use super::model::Bundle;
use super::store;
use crate::bundle::form;
use ::store::Ctx;
use kernel::{Error, Result};
use pack::procedure::TaskForm;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Bundles kept: an installation's whole library.
const KEPT: usize = 200;

static MEMORY: Mutex<VecDeque<Arc<Bundle>>> = Mutex::new(VecDeque::new());

fn remembered(digest: &str) -> Option<Arc<Bundle>> {
    let memory = MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
    memory.iter().find(|bundle| bundle.digest == digest).cloned()
}

pub(super) fn remember(bundle: Bundle) -> Arc<Bundle> {
    let bundle = Arc::new(bundle);
    let mut memory = MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
    if !memory.iter().any(|one| one.digest == bundle.digest) {
        memory.push_front(bundle.clone());
        memory.truncate(KEPT);
    }
    bundle
}

/// The bundle of that digest. Errors: `internal` when its row is gone or was changed by hand.
pub(crate) async fn bundle(ctx: &mut Ctx, digest: &str) -> Result<Arc<Bundle>> {
    if let Some(bundle) = remembered(digest) {
        return Ok(bundle);
    }
    let bytes = store::bytes(ctx, digest).await?.ok_or_else(Error::not_found)?;
    if proof::digest::sm3_hex(&bytes) != digest {
        return Err(Error::internal(format!("bundle {digest} is not its digest's")));
    }
    Ok(remember(crate::bundle::load(digest, &bytes, &ctx.env.pack)?))
}

/// The newest version of a process: its number and bundle. Errors: `process.unknown`.
pub(crate) async fn newest_version(ctx: &mut Ctx, process: &str) -> Result<(i64, String)> {
    let row = store::newest(ctx, process).await?;
    let row = row.ok_or_else(|| Error::invalid("process.unknown").arg("process", process))?;
    Ok((row.version, row.bundle))
}

/// What is asked of who begins a version, the newest when none is said. Errors:
/// `process.unknown`, `not_found`.
pub(crate) async fn start_form(
    ctx: &mut Ctx,
    process: &str,
    version: Option<i64>,
) -> Result<Option<TaskForm>> {
    let digest = match version {
        Some(version) => bundle_of(ctx, process, version).await?,
        None => newest_version(ctx, process).await?.1,
    };
    Ok(bundle(ctx, &digest).await?.form(form::START).cloned())
}

/// The number a process has in a bundle. Errors: `internal` when it has none.
pub(crate) async fn version_in(ctx: &mut Ctx, process: &str, bundle: &str) -> Result<i64> {
    let version = store::version_in(ctx, process, bundle).await?;
    version.ok_or_else(|| Error::internal(format!("no version of {process} in {bundle}")))
}

/// The bundle of a version. Errors: `not_found`.
pub(crate) async fn bundle_of(ctx: &mut Ctx, process: &str, version: i64) -> Result<String> {
    Ok(store::version(ctx, process, version).await?.bundle)
}
