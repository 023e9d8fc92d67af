//! Letting a grant stand that came into question: one made on a promise, whose later check came to no
//! finding since its procedure was ended otherwise, and one that rests on another grant of the same
//! application, which was revoked.
//!
//! Invariants: only the head of the agency does, who may revoke as well, with reasons and article; a
//! check that goes on, or that found something, is not confirmed; what was confirmed is recorded as
//! the head's own, and the clock of the check stops. Must not know: how a check is made.

use super::body::Confirmation;
use super::model::Done;
use super::result;
use super::verbs::{self, REVOKE};
use ::store::Ctx;
use flow::case::Command;
use kernel::Result;

/// Confirms the grant. Errors: `case.check_found`; those of the lifecycle.
pub async fn confirm_check(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    body: Confirmation,
) -> Result<Done> {
    let mut acting = verbs::officers(ctx, id, revision, REVOKE).await?;
    let cited = acting.cites(ctx, &body.article);
    acting.apply(ctx, &Command::ConfirmCheck { opinion: body.opinion, article: body.article })?;
    cited?;
    acting.finish(ctx).await
}

/// Upholds a grant though another on which it rests was revoked (许可法 69: what is revoked is weighed
/// against the interests of the holder), or after a person has looked at what a machine decided
/// (个人信息保护法 24). Errors: `case.basis_stands`; those of the lifecycle.
pub async fn uphold(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    body: Confirmation,
) -> Result<Done> {
    let mut acting = verbs::officers(ctx, id, revision, REVOKE).await?;
    let cited = acting.cites(ctx, &body.article);
    acting.apply(ctx, &Command::Uphold { opinion: body.opinion, article: body.article })?;
    cited?;
    // A delivery may have waited for this.
    result::deliver(ctx, &mut acting, None).await?;
    acting.finish(ctx).await
}
