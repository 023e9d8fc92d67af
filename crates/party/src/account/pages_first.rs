//! The page on which an officer replaces the password he was given.

use super::pages::{device, landing, next_of, set_cookie};
use super::{first_password, password};
use crate::display::{errors, local_path};
use axum::http::HeaderMap;
use kernel::{Error, Kind};
use serde_json::json;
use webkit::call::Shown;
use webkit::{Answer, Call, Form};

/// `GET /sign-in/first?login=&next=`.
pub(super) async fn form(call: Call) -> Answer {
    let login: String = call.query("login").unwrap_or_default().chars().take(64).collect();
    page(&call, &login, &next_of(&call), &[])
}

pub(super) fn page(call: &Call, login: &str, next: &str, shown: &[Shown]) -> Answer {
    let context = json!({"login": login, "next": next, "min": password::CHARS_MIN,
        "errors": errors(shown)});
    match shown.is_empty() {
        true => call.page("party/account/first.html", &context),
        false => call.page_again("party/account/first.html", &context),
    }
}

/// `POST /sign-in/first`: `login`, `old`, `new`, `again`, `next`. Signs in.
pub(super) async fn post(call: Call, headers: HeaderMap, form: Form) -> Answer {
    let (login, old, new) = (form.text("login"), form.text("old"), form.text("new"));
    let next = local_path(form.text("next")).unwrap_or("").to_owned();
    let call = call.keeping(&form);
    let done = if new == form.text("again") {
        first_password(&call.web.env, call.lang(), login, old, new, device(&headers)).await
    } else {
        Err(Error::invalid("register.again").field("again", "register.again"))
    };
    match done {
        Ok(done) => {
            let next = landing(&next, done.actor.is_officer());
            let mut response = call.resume(&form, next, &done.cookie).await?;
            set_cookie(&call, &mut response, &done.cookie)?;
            Ok(response)
        }
        Err(error) if matches!(error.kind, Kind::Internal | Kind::Unavailable) => Err(error.into()),
        Err(error) => {
            let mut shown = call.faults(&error);
            // What concerns no field concerns the password that was given.
            shown.iter_mut().filter(|one| one.field.is_empty()).for_each(|one| {
                one.field = "old".to_owned();
            });
            page(&call, login, &next, &shown)
        }
    }
}
