//! Administration over REST.

use super::model::{
    Filter, Given, NewProgram, Officer, OfficerPage, ProgramPage, Registered, TokenPage,
};
use super::officer::{self, NewOfficer};
use super::program;
use axum::extract::Path;
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use webkit::{Access, Answer, Body, Call, Route, get, post};

/// Why.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Why {
    /// Why; at most 500 characters.
    reason: String,
}

/// A new officer.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewBody {
    /// Login, 3 to 64 of `a-z 0-9 . _ @ -`.
    login: String,
    /// Name as shown in opinions.
    name: String,
    /// Agency.
    agency: String,
    /// Role ids.
    roles: Vec<String>,
    /// Why; at most 500 characters.
    reason: String,
}

/// A post.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PostBody {
    /// Agency.
    agency: String,
    /// Role ids.
    roles: Vec<String>,
    /// Why; at most 500 characters.
    reason: String,
}

/// A program to be registered.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ProgramBody {
    /// The program.
    program: NewProgram,
    /// Why; at most 500 characters.
    reason: String,
}

/// `POST /api/v1/officers/{id}/NOUN` with a reason: calls the verb, answers what it gives.
macro_rules! act {
    ($name:ident, $verb:path) => {
        async fn $name(call: Call, Path(id): Path<String>, Body(why): Body<Why>) -> Answer {
            let mut ctx = call.write().await?;
            let done = $verb(&mut ctx, &id, &why.reason).await?;
            ctx.commit().await?;
            call.json(&done)
        }
    };
}

act!(lock, officer::lock);
act!(unlock, officer::unlock);
act!(reset_second_factor, officer::reset_second_factor);
act!(reset_password, officer::reset_password);
act!(end_sessions, officer::end_sessions);
act!(rotate, program::rotate_secret);

pub(super) fn routes(access: Access) -> Vec<Route> {
    vec![
        get("/api/v1/officers", access, list)
            .doc("Lists the officers of the caller's divisions; ?text=, ?agency=, ?role=, ?state=, ?after=.")
            .asks(&["after"])
            .gives::<OfficerPage>(),
        get("/api/v1/officers/{id}", access, show).doc("Shows an officer's account.").gives::<Officer>(),
        post("/api/v1/officers", access, create)
            .strong()
            .doc("Makes an officer's account with a password for the first sign-in.")
            .takes::<NewBody>()
            .gives::<Given>(),
        post("/api/v1/officers/{id}/post", access, set_post)
            .strong()
            .doc("Gives an officer another agency or other roles.")
            .takes::<PostBody>()
            .gives::<Officer>(),
        post("/api/v1/officers/{id}/lock", access, lock)
            .strong()
            .doc("Locks an officer's account.")
            .takes::<Why>()
            .gives::<Officer>(),
        post("/api/v1/officers/{id}/unlock", access, unlock)
            .strong()
            .doc("Opens a locked account again.")
            .takes::<Why>()
            .gives::<Officer>(),
        post("/api/v1/officers/{id}/second-factor-reset", access, reset_second_factor)
            .strong()
            .doc("Removes an officer's authenticator, recovery codes and passkeys.")
            .takes::<Why>()
            .gives::<Officer>(),
        post("/api/v1/officers/{id}/password-reset", access, reset_password)
            .strong()
            .doc("Gives an officer a password for the next sign-in.")
            .takes::<Why>()
            .gives::<Given>(),
        post("/api/v1/officers/{id}/sessions-end", access, end_sessions)
            .strong()
            .doc("Ends every session and token of an officer.")
            .takes::<Why>()
            .gives::<Officer>(),
        get("/api/v1/programs", access, programs)
            .doc("Lists the programs of the caller's divisions; ?after=.")
            .asks(&["after"])
            .gives::<ProgramPage>(),
        post("/api/v1/programs", access, register)
            .strong()
            .doc("Registers a program; its secret is told once.")
            .takes::<ProgramBody>()
            .gives::<Registered>(),
        post("/api/v1/programs/{id}/secret", access, rotate)
            .strong()
            .doc("Gives a program a new secret, told once, and ends its tokens.")
            .takes::<Why>()
            .gives::<Registered>(),
        post("/api/v1/programs/{id}/closure", access, close)
            .strong()
            .doc("Closes a program and ends its tokens.")
            .takes::<Why>(),
        get("/api/v1/tokens", access, tokens)
            .doc("Lists the tokens in use by posts and programs of the caller's divisions; ?after=.")
            .asks(&["after"])
            .gives::<TokenPage>(),
        post("/api/v1/tokens/{id}/revocation", access, revoke)
            .strong()
            .doc("Revokes a family of tokens.")
            .takes::<Why>(),
    ]
}

/// What the query string seeks, cut to a sane length.
pub(super) fn wanted(call: &Call) -> Filter {
    let text = |name: &str| {
        let value = call.query(name).unwrap_or_default();
        value.trim().chars().take(100).collect::<String>()
    };
    Filter { text: text("text"), agency: text("agency"), role: text("role"), state: text("state") }
}

async fn list(call: Call) -> Answer {
    let after = call.query("after").unwrap_or_default();
    call.json(&officer::list(&mut call.read(), &wanted(&call), &after).await?)
}

async fn show(call: Call, Path(id): Path<String>) -> Answer {
    call.json(&officer::show(&mut call.read(), &id).await?)
}

async fn create(call: Call, Body(body): Body<NewBody>) -> Answer {
    let mut ctx = call.write().await?;
    let NewBody { login, name, agency, roles, reason } = body;
    let given =
        officer::create(&mut ctx, &NewOfficer { login, name, agency, roles }, &reason).await?;
    ctx.commit().await?;
    call.json_with(StatusCode::CREATED, &given)
}

async fn set_post(call: Call, Path(id): Path<String>, Body(body): Body<PostBody>) -> Answer {
    let mut ctx = call.write().await?;
    let done = officer::set_post(&mut ctx, &id, &body.agency, &body.roles, &body.reason).await?;
    ctx.commit().await?;
    call.json(&done)
}

async fn programs(call: Call) -> Answer {
    let after = call.query("after").unwrap_or_default();
    call.json(&program::programs(&mut call.read(), &after).await?)
}

async fn register(call: Call, Body(body): Body<ProgramBody>) -> Answer {
    let mut ctx = call.write().await?;
    let made = program::register(&mut ctx, &body.program, &body.reason).await?;
    ctx.commit().await?;
    call.json_with(StatusCode::CREATED, &made)
}

async fn tokens(call: Call) -> Answer {
    let after = call.query("after").unwrap_or_default();
    call.json(&program::tokens(&mut call.read(), &after).await?)
}

async fn close(call: Call, Path(id): Path<String>, Body(why): Body<Why>) -> Answer {
    let mut ctx = call.write().await?;
    program::close_program(&mut ctx, &id, &why.reason).await?;
    ctx.commit().await?;
    call.json(&json!({ "id": id }))
}

async fn revoke(call: Call, Path(id): Path<String>, Body(why): Body<Why>) -> Answer {
    let mut ctx = call.write().await?;
    program::revoke_token(&mut ctx, &id, &why.reason).await?;
    ctx.commit().await?;
    call.json(&json!({ "id": id }))
}
