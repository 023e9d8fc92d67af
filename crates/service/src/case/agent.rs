//! Who handed an application in in its applicant's place, by his authorisation.
//!
//! Invariants: kept when it is handed in and not changed afterwards, so that an authorisation that
//! ends later does not undo what was true then; one for each application; none when the applicant
//! handed it in himself or a clerk did for him.

use super::model::Case;
use ::store::{Ctx, vals};
use kernel::Result;
use party::delegation::Delegation;
use party::person::{self, Person};

/// Keeps who acts under the delegation with the application.
pub(super) async fn keep(ctx: &mut Ctx, parent: &Case, given: &Delegation) -> Result<()> {
    let now = ctx.now;
    ctx.execute(
        "INSERT INTO case_agent (case_id, delegation_id, agent, at_us) VALUES ($1, $2, $3, $4)",
        vals![&parent.id, &given.id, &given.agent, now],
    )
    .await
    .map(drop)
}

/// Who handed the application in for its applicant, if anybody did.
pub(super) async fn of(ctx: &mut Ctx, case: &Case) -> Result<Option<Person>> {
    let sql = "SELECT agent FROM case_agent WHERE case_id = $1";
    match ctx.scalar::<String>(sql, vals![case.root_id()]).await? {
        Some(agent) => person::find(ctx, &agent).await,
        None => Ok(None),
    }
}
