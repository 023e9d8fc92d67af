//! Procedures of the packs, deployed when the program starts: the same files are the same version,
//! changed ones a new version. They belong to the platform, and every agency runs them.
//!
//! Invariant: a procedure that an agency has deployed under the same id stays the agency's.

use super::definition::{called, deploy_files};
use super::store;
use crate::bundle::Files;
use ::store::{Ctx, Env};
use kernel::{Error, Kind, Result, Text};
use pack::Province;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Tries of one procedure: another program on the same database may be deploying it too.
const TRIES: usize = 3;

/// Deploys every procedure of the packs, those that are called before those that call them; which
/// were refused, and why. Errors: those of the database.
pub async fn deploy_packs(env: &Arc<Env>) -> Result<Vec<(String, Error)>> {
    let (mut waiting, mut refused) = (Vec::new(), Vec::new());
    for drawn in env.pack.procedures() {
        waiting.push((drawn.procedure.id.clone(), Files::drawn(&drawn)?));
    }
    while !waiting.is_empty() {
        let ids: BTreeSet<&str> = waiting.iter().map(|(id, _)| id.as_str()).collect();
        let ready = waiting.iter().position(|(id, files)| {
            called(files).iter().all(|called| called == id || !ids.contains(called.as_str()))
        });
        // Those that call each other in a circle are refused when they are deployed.
        let (id, files) = waiting.remove(ready.unwrap_or_default());
        let mut tries = TRIES;
        loop {
            tries -= 1;
            let mut ctx = env.system("process.packs").await?;
            match deploy_one(&mut ctx, &id, &files).await {
                Ok(()) => {
                    ctx.commit().await?;
                    break;
                }
                Err(error) if may_pass(&error) => {
                    if tries == 0 {
                        return Err(error);
                    }
                }
                Err(error) => {
                    refused.push((id, error));
                    break;
                }
            }
        }
    }
    Ok(refused)
}

/// Whether another try may go better: the database was away, or another program was faster.
fn may_pass(error: &Error) -> bool {
    matches!(error.kind, Kind::Internal | Kind::Unavailable) || error.code == "store.unique"
}

/// The name of a procedure in both languages, as the packs have it; one drawn under another name has
/// that alone.
pub fn named(pack: &Province, process: &str, drawn: &str) -> Text {
    let known = pack.procedure(process).map(|known| known.procedure.name.clone());
    known.filter(|name| name.zh == drawn).unwrap_or_else(|| Text::new(drawn, drawn))
}

async fn deploy_one(ctx: &mut Ctx, id: &str, files: &Files) -> Result<()> {
    let newest = store::newest(ctx, id).await?;
    if newest.is_some_and(|row| !row.agency.is_empty()) {
        return Err(Error::denied("process.owned").arg("process", id));
    }
    deploy_files(ctx, files).await.map(|_| ())
}
