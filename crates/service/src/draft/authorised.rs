//! The other parent has answered: what his or her authorisation fills is looked up at once, and what
//! was looked up under one that was withdrawn is forgotten.

use super::{draft, lookup, store};
use ::store::Ctx;
use kernel::{Error, Result};
use serde::Deserialize;
use serde_json::Value as Json;

/// Name of the job that hears `delegation.granted` and `delegation.revoked`.
pub(super) const JOB: &str = "service.draft_authorised";

/// What the events tell.
#[derive(Deserialize)]
struct News {
    /// `draft:ID`, or what else the delegation is about.
    #[serde(default)]
    reference: String,
}

/// The job. A draft that was handed in or removed is left alone.
pub(super) async fn run(ctx: &mut Ctx, payload: &Json) -> Result<()> {
    let news: News = serde_json::from_value(payload.clone()).map_err(Error::internal)?;
    let Some(id) = news.reference.strip_prefix("draft:") else { return Ok(()) };
    if !ctx.lock("draft", id).await? {
        return Ok(());
    }
    let Some(found) = store::find(ctx, id).await?.filter(|draft| draft.case_id.is_empty()) else {
        return Ok(());
    };
    let mut opened = draft::opened(ctx, found).await?;
    if lookup::gather(ctx, &mut opened).await? {
        opened.draft.revision += 1;
        store::update(ctx, &opened.draft).await?;
    }
    Ok(())
}
