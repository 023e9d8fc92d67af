//! What an officer was shown whole or took away of a case, told to those it is about.

use super::model::Case;
use ::store::Ctx;
use data::lookup::NewDisclosure;
use kernel::{Result, Text};

/// Records that the actor was shown something of the case for a purpose.
pub(crate) async fn shown(ctx: &mut Ctx, case: &Case, what: Text, purpose: Text) -> Result<()> {
    let about = [case.names.applicant_number.as_str(), case.names.child_number.as_str()];
    let new = NewDisclosure {
        case_id: &case.id,
        number: &case.number,
        one_thing: &case.one_thing,
        person: &case.applicant,
        about: &about,
        what,
        purpose,
    };
    data::lookup::disclose(ctx, new).await
}

/// Records that an officer takes something of the case away, before he has it: in a transaction of
/// its own, since who takes only reads. Of anybody else nothing is recorded.
pub(crate) async fn taken(ctx: &Ctx, case: &Case, what: Text) -> Result<()> {
    if !ctx.actor.is_officer() {
        return Ok(());
    }
    let (env, actor) = (ctx.env.clone(), ctx.actor.clone());
    let mut own = Ctx::write(&env, actor, ctx.lang).await?;
    shown(&mut own, case, what, Text::new("办理本件", "Handling the case")).await?;
    let body = serde_json::json!({});
    party::audit::record(&mut own, "case.taken", &format!("case:{}", case.id), body).await?;
    own.commit().await
}
