//! Pages of officers' accounts.

use super::api::wanted;
use super::model::{Given, Officer};
use super::officer::{self, NewOfficer};
use crate::display::errors;
use ::store::{Ctx, command};
use axum::extract::Path;
use kernel::{Error, Kind, Result};
use serde_json::{Value as Json, json};
use webkit::call::Shown;
use webkit::{Access, Answer, Call, Form, Route, get, post};

/// The acts of an officer's page: what is at the end of its path.
const ACTS: [&str; 6] = ["post", "lock", "unlock", "second-factor", "password", "sessions"];

pub(super) fn routes(access: Access) -> Vec<Route> {
    let mut routes = vec![
        get("/administration/officers", access, list),
        get("/administration/officers/new", access, form),
        post("/administration/officers", access, create).strong(),
        get("/administration/officers/{id}", access, show),
    ];
    // Paths are data of the program: a route keeps them for its whole life.
    let paths = [
        "/administration/officers/{id}/post",
        "/administration/officers/{id}/lock",
        "/administration/officers/{id}/unlock",
        "/administration/officers/{id}/second-factor",
        "/administration/officers/{id}/password",
        "/administration/officers/{id}/sessions",
    ];
    routes.extend(ACTS.into_iter().zip(paths).map(|(act, path)| {
        let handler =
            move |call: Call, Path(id): Path<String>, form: Form| perform(act, call, id, form);
        post(path, access, handler).strong()
    }));
    routes
}

/// `GET /administration/officers?text=&agency=&role=&state=&after=`.
async fn list(call: Call) -> Answer {
    let wanted = wanted(&call);
    let after = call.query("after").unwrap_or_default();
    let page = officer::list(&mut call.read(), &wanted, &after).await?;
    let query = |key: &str, value: &str| format!("{key}={}", webkit::form::encode(value));
    let next = page.next.map(|after| {
        let parts = [
            query("text", &wanted.text),
            query("agency", &wanted.agency),
            query("role", &wanted.role),
            query("state", &wanted.state),
            query("after", &after),
        ];
        format!("/administration/officers?{}", parts.join("&"))
    });
    let officers: Vec<Json> = page.officers.iter().map(|one| row(&call, one)).collect();
    call.page(
        "party/administration/officers.html",
        &json!({"officers": officers, "next": next, "text": wanted.text, "agency": wanted.agency,
            "role": wanted.role, "state": wanted.state, "roles": roles(&call)}),
    )
}

/// An officer as pages show him, his roles by name.
fn row(call: &Call, officer: &Officer) -> Json {
    let pack = &call.web.env.pack;
    let named = officer.roles.iter().filter_map(|id| pack.role(id));
    let names: Vec<&str> = named.map(|role| role.name.get(call.lang())).collect();
    json!({"officer": officer, "roles": names.join(" · ")})
}

/// Roles to choose from.
pub(super) fn roles(call: &Call) -> Vec<Json> {
    let lang = call.lang();
    officer::roles(&call.web.env.pack)
        .iter()
        .map(|role| {
            json!({"value": role.id, "text": role.name.get(lang), "note": role.summary.get(lang)})
        })
        .collect()
}

/// `GET /administration/officers/new`.
async fn form(call: Call) -> Answer {
    form_page(&call, &NewOfficer::default(), "", &[])
}

fn form_page(call: &Call, new: &NewOfficer, reason: &str, shown: &[Shown]) -> Answer {
    let context = json!({"login": new.login, "name": new.name, "agency": new.agency,
        "chosen": new.roles, "reason": reason, "roles": roles(call), "errors": errors(shown)});
    match shown.is_empty() {
        true => call.page("party/administration/new.html", &context),
        false => call.page_again("party/administration/new.html", &context),
    }
}

/// `POST /administration/officers`: `login`, `name`, `agency`, `roles`, `reason`. The password is
/// shown on the answer, once.
async fn create(call: Call, form: Form) -> Answer {
    let text = |name: &str| form.text(name).to_owned();
    let new = NewOfficer {
        login: text("login"),
        name: text("name"),
        agency: text("agency"),
        roles: form.all("roles").into_iter().map(str::to_owned).collect(),
    };
    let mut ctx = call.write().await?;
    if command::begin(&mut ctx, form.once(), "administration.create").await?.is_some() {
        return call.see("/administration/officers?notice=administration.done_already");
    }
    match officer::create(&mut ctx, &new, form.text("reason")).await {
        Ok(given) => {
            ctx.commit().await?;
            given_page(&call, &given)
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            drop(ctx);
            form_page(&call, &new, form.text("reason"), &call.faults(&error))
        }
        Err(error) => Err(error.into()),
    }
}

fn given_page(call: &Call, given: &Given) -> Answer {
    call.page("party/administration/given.html", &json!({"given": given}))
}

/// `GET /administration/officers/{id}`.
async fn show(call: Call, Path(id): Path<String>) -> Answer {
    let officer = officer::show(&mut call.read(), &id).await?;
    officer_page(&call, &officer, "", &json!({}), &[])
}

fn officer_page(
    call: &Call,
    officer: &Officer,
    act: &str,
    typed: &Json,
    shown: &[Shown],
) -> Answer {
    let own = officer.id == call.actor().account;
    let context = json!({"row": row(call, officer), "own": own, "act": act, "typed": typed,
        "roles": roles(call), "errors": errors(shown)});
    match shown.is_empty() {
        true => call.page("party/administration/officer.html", &context),
        false => call.page_again("party/administration/officer.html", &context),
    }
}

/// `POST /administration/officers/{id}/ACT`: `reason`, and `agency` and `roles` of a post.
async fn perform(act: &'static str, call: Call, id: String, form: Form) -> Answer {
    let to = format!("/administration/officers/{id}?notice=administration.{}", notice(act));
    let mut ctx = call.write().await?;
    if command::begin(&mut ctx, form.once(), act).await?.is_some() {
        return call.see(&to);
    }
    match done(&mut ctx, act, &id, &form).await {
        Ok(given) => {
            ctx.commit().await?;
            given.map_or_else(|| call.see(&to), |given| given_page(&call, &given))
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            drop(ctx);
            let officer = officer::show(&mut call.read(), &id).await?;
            let mut shown = call.faults(&error);
            // Each act has its own form on the page, and its own field for the reason.
            for one in &mut shown {
                one.field =
                    format!("{act}-{}", if one.field.is_empty() { "reason" } else { &one.field });
            }
            let typed = json!({"reason": form.text("reason"), "agency": form.text("agency"),
                "roles": form.all("roles")});
            officer_page(&call, &officer, act, &typed, &shown)
        }
        Err(error) => Err(error.into()),
    }
}

async fn done(ctx: &mut Ctx, act: &str, id: &str, form: &Form) -> Result<Option<Given>> {
    let why = form.text("reason");
    match act {
        "post" => {
            let roles: Vec<String> = form.all("roles").into_iter().map(str::to_owned).collect();
            officer::set_post(ctx, id, form.text("agency"), &roles, why).await?;
        }
        "lock" => {
            officer::lock(ctx, id, why).await?;
        }
        "unlock" => {
            officer::unlock(ctx, id, why).await?;
        }
        "second-factor" => {
            officer::reset_second_factor(ctx, id, why).await?;
        }
        "password" => return officer::reset_password(ctx, id, why).await.map(Some),
        "sessions" => {
            officer::end_sessions(ctx, id, why).await?;
        }
        _ => return Err(Error::not_found()),
    }
    Ok(None)
}

/// What is reported after an act: sentence `notice.administration.<key>`.
fn notice(act: &str) -> &'static str {
    match act {
        "post" => "post_set",
        "lock" => "locked",
        "unlock" => "unlocked",
        "second-factor" => "second_factor_reset",
        "sessions" => "sessions_ended",
        _ => "done_already",
    }
}
