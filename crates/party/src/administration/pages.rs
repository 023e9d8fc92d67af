//! The page of programs and tokens in use.

use super::model::{NewProgram, Registered};
use super::pages_officer::roles;
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
        get("/administration/programs/new", access, form),
        post("/administration/programs", access, register).strong(),
        post("/administration/programs/{id}/secret", access, rotate).strong(),
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

/// `GET /administration/programs/new`.
async fn form(call: Call) -> Answer {
    form_page(&call, &NewProgram::default(), "", &[])
}

fn form_page(call: &Call, new: &NewProgram, reason: &str, shown: &[Shown]) -> Answer {
    let context = json!({"name": new.name, "agency": new.agency, "chosen": new.roles,
        "redirect_uri": new.redirect_uri, "confidential": new.confidential, "reason": reason,
        "roles": roles(call), "errors": errors(shown)});
    match shown.is_empty() {
        true => call.page("party/administration/program.html", &context),
        false => call.page_again("party/administration/program.html", &context),
    }
}

/// `POST /administration/programs`: `name`, `agency`, `roles`, `redirect_uri`, `confidential`,
/// `reason`. The secret is shown on the answer, once.
async fn register(call: Call, form: Form) -> Answer {
    let text = |name: &str| form.text(name).to_owned();
    let new = NewProgram {
        name: text("name"),
        agency: text("agency"),
        roles: form.all("roles").into_iter().map(str::to_owned).collect(),
        redirect_uri: text("redirect_uri"),
        confidential: form.text("confidential") == "1",
    };
    let mut ctx = call.write().await?;
    if command::begin(&mut ctx, form.once(), "administration.register").await?.is_some() {
        return call.see("/administration/programs?notice=administration.done_already");
    }
    match program::register(&mut ctx, &new, form.text("reason")).await {
        Ok(made) => {
            ctx.commit().await?;
            registered_page(&call, &made)
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            drop(ctx);
            form_page(&call, &new, form.text("reason"), &call.faults(&error))
        }
        Err(error) => Err(error.into()),
    }
}

fn registered_page(call: &Call, made: &Registered) -> Answer {
    call.page("party/administration/registered.html", &json!({"made": made}))
}

/// `POST /administration/programs/{id}/secret`: `reason`. The secret is shown on the answer, once.
async fn rotate(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    if command::begin(&mut ctx, form.once(), "administration.rotate").await?.is_some() {
        return call.see("/administration/programs?notice=administration.done_already");
    }
    match program::rotate_secret(&mut ctx, &id, form.text("reason")).await {
        Ok(made) => {
            ctx.commit().await?;
            registered_page(&call, &made)
        }
        Err(error) => finish(&call, ctx, &format!("secret-{id}"), Err(error), "").await,
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
