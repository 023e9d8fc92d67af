//! The timer: an objection not answered in time is marked, recorded and told to who objected, to who
//! answers and to who supervises.

use super::model::Status;
use super::{ANSWER, notify, store};
use ::store::Ctx;
use ::store::job::Later;
use serde_json::{Value as Json, json};

/// What officers are told.
const LATE: &str = "objection.overdue";

/// The job, at the instant an objection is due.
pub(super) fn job<'a>(ctx: &'a mut Ctx, payload: &'a Json) -> Later<'a> {
    Box::pin(async move {
        let id = payload.get("objection").and_then(Json::as_str).unwrap_or_default();
        if !ctx.lock("data_objection", id).await? {
            return Ok(());
        }
        let Some(objection) = store::by_id(ctx, id).await? else { return Ok(()) };
        if objection.status != Status::Open || objection.overdue || ctx.now < objection.due {
            return Ok(());
        }
        store::mark_overdue(ctx, id).await?;
        let body = json!({"registry": objection.registry, "source": objection.source});
        let subject = format!("objection:{id}");
        party::audit::record_row(ctx, "objection.overdue", &subject, body, "data_objection", id)
            .await?;
        let payload = json!({"objection": id, "registry": objection.registry,
            "source": objection.source, "division": objection.division, "case": objection.case_id});
        ctx.emit("objection.overdue", &payload).await?;
        notify::person(ctx, &objection, "objection.late").await?;
        let (source, link) = ([objection.source.clone()], format!("/desk/objections/{id}"));
        notify::officers(ctx, &source, ANSWER, &objection, LATE, &link).await?;
        let agencies = notify::agencies_above(ctx, &objection);
        let link = "/supervision/objections";
        notify::officers(ctx, &agencies, "case.supervise", &objection, LATE, link).await?;
        Ok(())
    })
}
