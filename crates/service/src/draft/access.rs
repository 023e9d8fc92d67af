//! Who may see or change a draft: the applicant, who fills it in in his place while his
//! authorisation to apply holds, and the clerk who does for a citizen present.

use super::model::Draft;
use super::store;
use ::store::Ctx;
use kernel::{Error, Result};
use serde_json::json;

/// True when the actor may file for a citizen present.
pub fn may_file(ctx: &Ctx) -> bool {
    ctx.actor.is_officer() && party::authority::may(ctx, crate::case::ASSIST)
}

/// The draft, to read. Errors: `not_found`, also for others'; the attempt is recorded.
pub(super) async fn get(ctx: &mut Ctx, id: &str) -> Result<Draft> {
    let draft = store::find(ctx, id).await?.ok_or_else(Error::not_found)?;
    let own = ctx.actor.is_citizen() && !draft.person.is_empty() && draft.person == ctx.actor.party;
    let own = own || acts(ctx, &draft).await?;
    let filed = may_file(ctx) && draft.clerk == ctx.actor.account;
    if own || filed { Ok(draft) } else { Err(refuse(ctx, id)) }
}

/// True for the agent of a draft while its applicant lets him apply.
pub(super) async fn acts(ctx: &mut Ctx, draft: &Draft) -> Result<bool> {
    let agent = ctx.actor.party.clone();
    if !ctx.actor.is_citizen() || agent.is_empty() || draft.agent != agent {
        return Ok(false);
    }
    let (principal, scope) = (&draft.person, &draft.one_thing);
    Ok(party::delegation::lets_apply(ctx, principal, &agent, scope).await?.is_some())
}

/// The draft, held until the transaction ends, to change. Errors: as [`get`]; `draft.submitted`
/// once it is a case.
pub(super) async fn hold(ctx: &mut Ctx, id: &str) -> Result<Draft> {
    ctx.lock("draft", id).await?;
    let draft = get(ctx, id).await?;
    if draft.case_id.is_empty() { Ok(draft) } else { Err(Error::conflict("draft.submitted")) }
}

/// Records the attempt apart, since the caller's transaction is rolled back.
fn refuse(ctx: &Ctx, id: &str) -> Error {
    let (env, actor, lang, subject) =
        (ctx.env.clone(), ctx.actor.clone(), ctx.lang, format!("draft:{id}"));
    tokio::spawn(async move {
        let written = async {
            let mut ctx = Ctx::write(&env, actor, lang).await?;
            party::audit::record(&mut ctx, "access.refused", &subject, json!({})).await?;
            ctx.commit().await
        };
        if let Err(error) = written.await {
            tracing::error!(%error, subject, "a refused access could not be recorded");
        }
    });
    Error::not_found()
}
