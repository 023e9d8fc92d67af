//! The job that goes through the lines of an intake.
//!
//! Invariants: one line is one transaction; the intake's row is held first, so that two workers
//! never take the same line; one run does a slice and asks for the next.
//! Must not know: who sent the table.

use super::model::{Intake, Line, Problem};
use super::{NAME, line, store};
use crate::register::{Begun, enter};
use ::store::job::Later;
use ::store::{Ctx, Env};
use kernel::{Error, Kind, Result};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// Lines of one run of the job: a few seconds.
const SLICE: usize = 200;

pub(super) fn later<'a>(env: &'a Arc<Env>, payload: &'a Json) -> Later<'a> {
    Box::pin(async move {
        let id = payload["intake"].as_str().unwrap_or_default();
        for _ in 0..SLICE {
            if !once(env, id).await? {
                return Ok(());
            }
        }
        let mut ctx = env.system(NAME).await?;
        ctx.enqueue(NAME, &json!({ "intake": id })).await?;
        ctx.commit().await
    })
}

/// The next line: issued, or kept with its reasons; false when none waits.
async fn once(env: &Arc<Env>, id: &str) -> Result<bool> {
    let Some((mut ctx, intake, next)) = take(env, id).await? else { return Ok(false) };
    let problems = match attempt(&mut ctx, &intake, &next).await {
        Ok(()) => {
            ctx.commit().await?;
            return Ok(true);
        }
        Err(Refused::Line(problems)) => problems,
        Err(Refused::Fault(error)) => return Err(error),
    };
    // Nothing of what was tried stays: the reasons are written in a transaction of their own.
    drop(ctx);
    let Some((mut ctx, _, held)) = take(env, id).await? else { return Ok(false) };
    if held.id == next.id {
        store::quarantine(&mut ctx, &next.id, &problems).await?;
        ctx.commit().await?;
    }
    Ok(true)
}

/// Holds the intake and finds its next line.
async fn take(env: &Arc<Env>, id: &str) -> Result<Option<(Ctx, Intake, Line)>> {
    let mut ctx = env.system(NAME).await?;
    if !ctx.lock("licence_intake", id).await? {
        return Ok(None);
    }
    let intake = match store::get(&mut ctx, id).await {
        Err(error) if error.kind == Kind::NotFound => return Ok(None),
        intake => intake?,
    };
    let next = store::waiting(&mut ctx, id).await?;
    Ok(next.map(|next| (ctx, intake, next)))
}

/// Why a line was not issued.
enum Refused {
    /// It is at fault.
    Line(Vec<Problem>),
    /// Something else is; it will be tried again.
    Fault(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Refused {
        Refused::Fault(error)
    }
}

async fn attempt(ctx: &mut Ctx, intake: &Intake, next: &Line) -> std::result::Result<(), Refused> {
    if store::is_double(ctx, &intake.id, next).await? {
        return Err(Refused::Line(vec![Problem::new("double", "")]));
    }
    let pack = ctx.env.pack.clone();
    let kind = pack.licence_type(&intake.type_id).ok_or_else(Error::not_found)?;
    let record = store::record(ctx, &next.id).await?;
    let issue = line::verify(ctx, kind, &intake.agency, &record).await?.map_err(Refused::Line)?;
    // It acts for whoever sent the table.
    ctx.actor.account.clone_from(&intake.account);
    match enter(ctx, issue, Begun::Paper).await {
        Ok(issued) => Ok(store::set_issued(ctx, &next.id, &issued.id).await?),
        Err(error) => Err(Refused::Line(line::refused(error)?)),
    }
}
