//! The page of programs and tokens in use.

use super::program;
use crate::display::errors;
use ::store::command;
use axum::extract::Path;
use kernel::{Kind, Result};
use serde_json::json;
use webkit::call::Shown;
use webkit::{Access, Answer, Call, Form, Route, get, post};

pub(super) fn routes(access: Access) -> Vec<Route> {
    vec![
        get("/administration/programs", access, list),
        post("/administration/programs/{id}/closure", access, close).strong(),
        post("/administration/tokens/{id}/revocation", access, revoke).strong(),
    ]
}

/// `GET /administration/programs?programs=&tokens=`: the cursors of the two lists.
async fn list(call: Call) -> Answer {
    page(&call, &[]).await
}

async fn page(call: &Call, shown: &[Shown]) -> Answer {
    let text = |name: &str| call.query(name).unwrap_or_default();
    let mut ctx = call.read();
    let programs = program::programs(&mut ctx, &text("programs")).await?;
    let tokens = program::tokens(&mut ctx, &text("tokens")).await?;
    let context = json!({"programs": programs, "tokens": tokens, "errors": errors(shown)});
    match shown.is_empty() {
        true => call.page("party/administration/programs.html", &context),
        false => call.page_again("party/administration/programs.html", &context),
    }
}

/// `POST /administration/programs/{id}/closure`: `reason`.
async fn close(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    if command::begin(&mut ctx, form.once(), "administration.close").await?.is_some() {
        return call.see("/administration/programs?notice=administration.program_closed");
    }
    let done = program::close_program(&mut ctx, &id, form.text("reason")).await;
    finish(&call, ctx, &id, done, "program_closed").await
}

/// `POST /administration/tokens/{id}/revocation`: `reason`.
async fn revoke(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    if command::begin(&mut ctx, form.once(), "administration.revoke").await?.is_some() {
        return call.see("/administration/programs?notice=administration.token_revoked");
    }
    let done = program::revoke_token(&mut ctx, &id, form.text("reason")).await;
    finish(&call, ctx, &id, done, "token_revoked").await
}

async fn finish(
    call: &Call,
    ctx: ::store::Ctx,
    id: &str,
    done: Result<()>,
    notice: &str,
) -> Answer {
    match done {
        Ok(()) => {
            ctx.commit().await?;
            call.see(&format!("/administration/programs?notice=administration.{notice}"))
        }
        Err(error) if error.kind == Kind::Invalid => {
            drop(ctx);
            let mut shown = call.faults(&error);
            shown.iter_mut().for_each(|one| one.field = format!("reason-{id}"));
            page(call, &shown).await
        }
        Err(error) => Err(error.into()),
    }
}
