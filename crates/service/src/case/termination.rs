//! Ending a case that can no longer be decided (终止办理), such as one whose applicant has died or whose
//! matter has gone: by the head of the agency, with reason, article and notice.
//!
//! Invariants: only what has been received is ended so; what still waits for another item ends with
//! that one, and what another agency has been asked to take over is answered first. Items that wait for
//! it end with it. What was ended by mistake (an applicant wrongly held for dead) the head opens again, as
//! what was refused by mistake: an agency corrects its own wrong act, and the notice tells the remedies.
//!
//! Must not know: HTTP, how a state comes to be.

use super::body::Termination;
use super::model::Done;
use super::verbs::{self, EXTEND};
use ::store::Ctx;
use flow::case::Command;
use kernel::{Error, Result};

/// Ends the case. Errors: `not_found`, `denied`, `case.stale`; `case.waiting` for what waits for
/// another item; those of the lifecycle.
pub async fn terminate(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    body: Termination,
) -> Result<Done> {
    let mut acting = verbs::officers(ctx, id, revision, EXTEND).await?;
    let cited = acting.cites(ctx, &body.article);
    let article = Some(body.article);
    acting.apply(ctx, &Command::Terminate { reason: body.reason, article })?;
    if acting.was().state.transferring().is_some() {
        return Err(Error::conflict("case.transferring"));
    }
    if acting.case.state.received.is_none() {
        return Err(Error::conflict("case.waiting"));
    }
    cited?;
    acting.finish(ctx).await
}
