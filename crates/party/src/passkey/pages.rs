//! Pages of passkeys: signing in, showing the second factor, adding, removing.
//!
//! A small script (`assets/islands/passkey.js`) asks the device and puts its answer into a form;
//! the form is sent like any other.

use super::model::{NAME_MAX, Site};
use crate::account::pages::{device, landing, set_cookie, sign_in_page};
use crate::account::pages_account::verify_page;
use crate::display::{errors, local_path};
use axum::extract::Path;
use axum::http::HeaderMap;
use kernel::{Error, Kind};
use serde_json::{Value as Json, json};
use webkit::call::Shown;
use webkit::{Answer, Call, Form};

/// The address under which passkeys work; null when there is none.
pub(crate) fn offer(call: &Call) -> Json {
    json!(Site::of(&call.web.env.settings.base_url).map(|site| site.address()))
}

/// Faults of an answer: the summary links to the button that asks the device again.
fn at_button(call: &Call, error: &Error) -> Vec<Shown> {
    let mut shown = call.faults(error);
    shown.iter_mut().for_each(|one| one.field = "passkey".to_owned());
    shown
}

fn is_users(error: &Error) -> bool {
    matches!(error.kind, Kind::Invalid | Kind::Limited | Kind::Conflict)
}

/// `POST /sign-in/passkey/challenge`: the options for the browser, as JSON.
pub(super) async fn challenge_post(call: Call, _form: Form) -> Answer {
    let mut ctx = call.write().await?;
    let options = super::challenge(&mut ctx, &call.visitor.form_key).await?;
    ctx.commit().await?;
    call.json(&options)
}

/// `POST /sign-in/passkey`: `credential`, `next`.
pub(super) async fn sign_in_post(call: Call, headers: HeaderMap, form: Form) -> Answer {
    let next = local_path(form.text("next")).unwrap_or("").to_owned();
    let call = call.keeping(&form);
    let (env, lang, browser) = (&call.web.env, call.lang(), &call.visitor.form_key);
    let answer = form.text("credential");
    match super::sign_in(env, lang, browser, answer, device(&headers)).await {
        Ok(done) => {
            let next = landing(&next, done.actor.is_officer());
            let mut response = call.resume(&form, next, &done.cookie).await?;
            set_cookie(&call, &mut response, &done.cookie)?;
            Ok(response)
        }
        Err(error) if is_users(&error) => sign_in_page(&call, "", &next, &at_button(&call, &error)),
        Err(error) => Err(error.into()),
    }
}

/// `POST /account/verify/passkey`: `credential`, `next`.
pub(super) async fn verify_post(call: Call, form: Form) -> Answer {
    let next = local_path(form.text("next")).unwrap_or("/account").to_owned();
    let call = call.keeping(&form);
    let (env, lang, browser) = (&call.web.env, call.lang(), &call.visitor.form_key);
    match super::verify(env, lang, call.actor(), browser, form.text("credential")).await {
        Ok(cookie) => {
            let mut response = call.resume(&form, &next, &cookie).await?;
            set_cookie(&call, &mut response, &cookie)?;
            Ok(response)
        }
        Err(error) if is_users(&error) => verify_page(&call, &next, at_button(&call, &error)).await,
        Err(error) => Err(error.into()),
    }
}

fn new_page(call: &Call, name: &str, shown: &[Shown]) -> Answer {
    let context =
        json!({"name": name, "max": NAME_MAX, "passkey": offer(call), "errors": errors(shown)});
    match shown.is_empty() {
        true => call.page("party/passkey/new.html", &context),
        false => call.page_again("party/passkey/new.html", &context),
    }
}

/// Sends whoever has not shown his second factor to do so, then back.
fn step_up(call: &Call, error: Error, back: &str) -> Answer {
    match error.code {
        "sign_in.second_factor" => call.see(&format!("/account/verify?next={back}")),
        _ => Err(error.into()),
    }
}

/// `GET /account/passkeys/new`.
pub(super) async fn new_form(call: Call) -> Answer {
    let mut ctx = call.read();
    let account = ctx.actor.account.clone();
    match crate::account::demand_second_factor(&mut ctx, &account).await {
        Ok(()) => new_page(&call, "", &[]),
        Err(error) => step_up(&call, error, "/account/passkeys/new"),
    }
}

/// `POST /account/passkeys/new`: `name`, `password`. The answer asks the device.
pub(super) async fn new_post(call: Call, form: Form) -> Answer {
    let (name, secret) = (form.text("name"), form.text("password"));
    let (env, lang, browser) = (&call.web.env, call.lang(), &call.visitor.form_key);
    match super::begin(env, lang, call.actor(), browser, name, secret).await {
        Ok(options) => {
            let context =
                json!({"name": name, "options": options.to_string(), "passkey": offer(&call)});
            call.page("party/passkey/create.html", &context)
        }
        Err(error) if is_users(&error) => {
            let mut shown = call.faults(&error);
            // What is not the name's fault is mended, if at all, by typing the password again.
            let elsewhere = shown.iter_mut().filter(|one| one.field.is_empty());
            elsewhere.for_each(|one| one.field = "password".to_owned());
            new_page(&call, name, &shown)
        }
        Err(error) => step_up(&call, error, "/account/passkeys/new"),
    }
}

/// `POST /account/passkeys`: `credential`.
pub(super) async fn add_post(call: Call, form: Form) -> Answer {
    let (env, lang, browser) = (&call.web.env, call.lang(), &call.visitor.form_key);
    match super::add(env, lang, call.actor(), browser, form.text("credential")).await {
        Ok(_) => call.see("/account?notice=passkey.added"),
        Err(error) if is_users(&error) => {
            let mut shown = call.faults(&error);
            shown.iter_mut().for_each(|one| one.field = "name".to_owned());
            new_page(&call, "", &shown)
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /account/passkeys/{id}/removal`.
pub(super) async fn removal_form(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.read();
    let found = super::find(&mut ctx, &id).await?;
    let account = ctx.actor.account.clone();
    if let Err(error) = crate::account::demand_second_factor(&mut ctx, &account).await {
        return step_up(&call, error, &format!("/account/passkeys/{id}/removal"));
    }
    let context = json!({"id": found.id, "name": found.name, "created": found.created_us,
        "used": found.used_us});
    call.page("party/passkey/removal.html", &context)
}

/// `POST /account/passkeys/{id}/removal`.
pub(super) async fn removal_post(call: Call, Path(id): Path<String>, _form: Form) -> Answer {
    let mut ctx = call.write().await?;
    super::remove(&mut ctx, &id).await?;
    ctx.commit().await?;
    call.see("/account?notice=passkey.removed")
}
