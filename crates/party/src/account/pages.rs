//! Sign-in, sign-out and registration pages.

use super::{Registration, pages_first, password, register, session, sign_in, sign_out};
use crate::display::{errors, local_path};
use crate::passkey;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use kernel::time::SECOND_US;
use kernel::{Error, Kind, Result};
use serde_json::json;
use webkit::call::Shown;
use webkit::guard::SESSION_COOKIE;
use webkit::{Answer, Call, Form};

/// Sets the session cookie on an answer.
pub(crate) fn set_cookie(call: &Call, response: &mut Response, secret: &str) -> Result<()> {
    let life_s = if secret.is_empty() { 0 } else { session::LIFE_US / SECOND_US };
    let secure =
        if call.web.env.settings.base_url.starts_with("https://") { "; Secure" } else { "" };
    let cookie = format!(
        "{SESSION_COOKIE}={secret}; Path=/; Max-Age={life_s}; HttpOnly; SameSite=Lax{secure}"
    );
    let value = HeaderValue::from_str(&cookie).map_err(Error::internal)?;
    response.headers_mut().append(header::SET_COOKIE, value);
    Ok(())
}

/// Where the visitor wanted to go: `next`, or `back` as the shell of every page says it.
pub(crate) fn next_of(call: &Call) -> String {
    let asked = call.query("next").or_else(|| call.query("back")).unwrap_or_default();
    local_path(&asked).unwrap_or("").to_owned()
}

/// What the browser says it is, as shown in the list of sessions.
pub(crate) fn device(headers: &HeaderMap) -> &str {
    headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or("")
}

/// `GET /sign-in?next=`.
pub(super) async fn sign_in_form(call: Call) -> Answer {
    let next = next_of(&call);
    if !call.actor().account.is_empty() {
        return call.see(landing(&next, call.actor().is_officer()));
    }
    sign_in_page(&call, "", &next, &[])
}

/// The sign-in page, again when something was wrong.
pub(crate) fn sign_in_page(call: &Call, login: &str, next: &str, shown: &[Shown]) -> Answer {
    let context = json!({"login": login, "next": next, "passkey": passkey::offer(call),
        "errors": errors(shown)});
    match shown.is_empty() {
        true => call.page("party/account/sign_in.html", &context),
        false => call.page_again("party/account/sign_in.html", &context),
    }
}

/// Where somebody goes once signed in. An officer's own first page is found at `/work`: what he may
/// open is not known here.
pub(crate) fn landing(next: &str, officer: bool) -> &str {
    match (next, officer) {
        ("" | "/", true) => "/work",
        ("", false) => "/",
        (next, _) => next,
    }
}

/// `POST /sign-in`: `login`, `password`, `next`.
pub(super) async fn sign_in_post(call: Call, headers: HeaderMap, form: Form) -> Answer {
    let (login, secret) = (form.text("login"), form.text("password"));
    let next = local_path(form.text("next")).unwrap_or("").to_owned();
    let call = call.keeping(&form);
    match sign_in(&call.web.env, call.lang(), login, secret, device(&headers)).await {
        Ok(done) => {
            let next = landing(&next, done.actor.is_officer());
            let mut response = call.resume(&form, next, &done.cookie).await?;
            set_cookie(&call, &mut response, &done.cookie)?;
            Ok(response)
        }
        // What a form sent goes along in the page.
        Err(error) if error.code == "password.initial" && call.carries() => {
            pages_first::page(&call, login, &next, &[])
        }
        Err(error) if error.code == "password.initial" => {
            let (login, next) = (webkit::form::encode(login), webkit::form::encode(&next));
            call.see(&format!("/sign-in/first?login={login}&next={next}"))
        }
        Err(error) if matches!(error.kind, Kind::Unauthenticated | Kind::Limited) => {
            let mut shown = call.faults(&error);
            // The summary links to a field; which of the two is wrong is not told.
            shown.iter_mut().for_each(|one| one.field = "login".to_owned());
            sign_in_page(&call, login, &next, &shown)
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /sign-out`.
pub(super) async fn leave(call: Call, _form: Form) -> Answer {
    if !call.actor().account.is_empty() {
        let mut ctx = call.write().await?;
        sign_out(&mut ctx).await?;
        ctx.commit().await?;
    }
    let mut response = call.see("/?notice=account.signed_out")?;
    set_cookie(&call, &mut response, "")?;
    Ok(response)
}

/// `GET /register`.
pub(super) async fn register_form(call: Call) -> Answer {
    let context = json!({"name": "", "number": "", "mobile": "", "next": next_of(&call),
        "min": password::CHARS_MIN, "errors": errors(&[])});
    call.page("party/account/register.html", &context)
}

/// `POST /register`: registers and signs in.
pub(super) async fn register_post(call: Call, headers: HeaderMap, form: Form) -> Answer {
    let text = |name: &str| form.text(name).to_owned();
    let entered = Registration {
        name: text("name"),
        number: text("number"),
        mobile: text("mobile"),
        password: text("password"),
        again: text("again"),
    };
    let next = local_path(form.text("next")).unwrap_or("").to_owned();
    let mut ctx = call.write().await?;
    match register(&mut ctx, &entered).await {
        Ok(_) => ctx.commit().await?,
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            drop(ctx);
            let context = json!({"name": entered.name, "number": entered.number,
                "mobile": entered.mobile, "next": next, "min": password::CHARS_MIN,
                "errors": errors(&call.faults(&error))});
            return call.page_again("party/account/register.html", &context);
        }
        Err(error) => return Err(error.into()),
    }
    let mobile = kernel::identifier::Mobile::parse(&entered.mobile)?;
    let (env, lang) = (&call.web.env, call.lang());
    let done = sign_in(env, lang, mobile.as_str(), &entered.password, device(&headers)).await?;
    let target = if next.is_empty() { "/account?notice=account.registered" } else { &next };
    let mut response = call.see(target)?;
    set_cookie(&call, &mut response, &done.cookie)?;
    Ok(response)
}
