//! The account page and what is behind it: second factor, passkeys, sessions, tokens, password.

use super::pages::{next_of, set_cookie};
use super::{change_password, confirm, enrol, find, password, second_factor, session, verify};
use crate::display::{errors, local_path};
use crate::{message, passkey, token};
use axum::extract::Path;
use axum::http::HeaderMap;
use kernel::{Error, Kind, Timestamp};
use serde_json::{Value as Json, json};
use webkit::call::Shown;
use webkit::guard::{SESSION_COOKIE, cookie};
use webkit::{Answer, Call, Form};

/// `GET /account`.
pub(super) async fn account(call: Call) -> Answer {
    let mut ctx = call.read();
    let id = ctx.actor.account.clone();
    let account = find(&mut ctx, &id).await?.ok_or_else(Error::not_found)?;
    let now = ctx.env.clock.platform();
    let own = ctx.actor.session.clone();
    let sessions: Vec<Json> = session::list(&mut ctx)
        .await?
        .iter()
        .map(|one| {
            let idle_min = now.since(Timestamp(one.seen_us)) / (60 * kernel::time::SECOND_US);
            json!({"id": one.id, "device": one.device_name(), "created": one.created_us,
                "strong": one.assurance >= 2, "own": one.id == own, "idle": idle_min})
        })
        .collect();
    let tokens = token::families(&mut ctx).await?;
    let tokens: Vec<Json> = tokens
        .iter()
        .map(|one| json!({"id": one.id, "client": one.name, "created": one.created_us}))
        .collect();
    let passkeys: Vec<Json> = passkey::list(&mut ctx)
        .await?
        .iter()
        .map(|one| {
            json!({"id": one.id, "name": one.name, "created": one.created_us, "used": one.used_us})
        })
        .collect();
    let codes = second_factor::codes_left(&mut ctx, &id).await?;
    let agency = call.web.env.pack.agency(&account.agency).map(|agency| agency.name);
    let roles: Vec<_> = account
        .roles
        .iter()
        .filter_map(|role| call.web.env.pack.role(role))
        .map(|role| role.name.get(call.lang()).to_owned())
        .collect();
    let unread = message::unread(&mut ctx, &account.person).await?;
    let proven = super::is_proven(&mut ctx).await?;
    call.page(
        "party/account/account.html",
        &json!({"login": account.login, "name": call.actor().name, "agency": agency,
            "roles": roles.join(" · "), "has_totp": account.has_totp, "codes": codes,
            "sessions": sessions, "tokens": tokens, "passkeys": passkeys, "unread": unread,
            "proven": proven, "passkey": passkey::offer(&call), "citizen": call.actor().is_citizen()}),
    )
}

/// `GET /account/verify?next=`.
pub(super) async fn verify_form(call: Call) -> Answer {
    verify_page(&call, &next_of(&call), Vec::new()).await
}

pub(crate) async fn verify_page(call: &Call, next: &str, shown: Vec<Shown>) -> Answer {
    let mut ctx = call.read();
    let id = ctx.actor.account.clone();
    let account = find(&mut ctx, &id).await?.ok_or_else(Error::not_found)?;
    let has_passkey = passkey::any(&mut ctx, &id).await?;
    let context = json!({"next": next, "has_totp": account.has_totp, "has_passkey": has_passkey,
        "passkey": passkey::offer(call), "errors": errors(&shown)});
    match shown.is_empty() {
        true => call.page("party/account/verify.html", &context),
        false => call.page_again("party/account/verify.html", &context),
    }
}

/// `POST /account/verify`: `code`, `next`.
pub(super) async fn verify_post(call: Call, form: Form) -> Answer {
    let next = local_path(form.text("next")).unwrap_or("/account").to_owned();
    let call = call.keeping(&form);
    match verify(&call.web.env, call.lang(), call.actor(), form.text("code")).await {
        Ok(cookie) => {
            let mut response = call.resume(&form, &next, &cookie).await?;
            set_cookie(&call, &mut response, &cookie)?;
            Ok(response)
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Limited | Kind::Conflict) => {
            let mut shown = call.faults(&error);
            shown.iter_mut().for_each(|one| one.field = "code".to_owned());
            verify_page(&call, &next, shown).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /account/totp?next=`.
pub(super) async fn totp_form(call: Call) -> Answer {
    totp_page(&call, &next_of(&call), Vec::new()).await
}

async fn totp_page(call: &Call, next: &str, shown: Vec<Shown>) -> Answer {
    let mut ctx = call.write().await?;
    let enrolment = match enrol(&mut ctx).await {
        Err(error) if error.code == "sign_in.second_factor" => {
            return call.see("/account/verify?next=/account/totp");
        }
        other => other?,
    };
    ctx.commit().await?;
    let qr = call.web.env.typeset.qr_svg(&enrolment.uri)?;
    let context = json!({"secret": enrolment.secret, "uri": enrolment.uri, "qr": qr, "next": next,
        "errors": errors(&shown)});
    match shown.is_empty() {
        true => call.page("party/account/totp.html", &context),
        false => call.page_again("party/account/totp.html", &context),
    }
}

/// `POST /account/totp`: `code`, `next`. The recovery codes are shown on the answer, once. With
/// `begin` it is the page itself, for who carries a form there.
pub(super) async fn totp_post(call: Call, form: Form) -> Answer {
    let next = local_path(form.text("next")).unwrap_or("/account").to_owned();
    let call = call.keeping(&form);
    if !form.text("begin").is_empty() {
        return totp_page(&call, &next, Vec::new()).await;
    }
    let mut ctx = call.write().await?;
    match confirm(&mut ctx, form.text("code")).await {
        Ok((cookie, codes)) => {
            ctx.commit().await?;
            let context = json!({"codes": codes, "next": next});
            let call = call.in_session(&cookie).await?;
            let mut response = call.page("party/account/recovery.html", &context)?;
            set_cookie(&call, &mut response, &cookie)?;
            Ok(response)
        }
        Err(error) if error.kind == Kind::Invalid => {
            drop(ctx);
            totp_page(&call, &next, call.faults(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /account/resume`: `next`. From the recovery codes on, to the form that was filled in before.
pub(super) async fn resume(call: Call, headers: HeaderMap, form: Form) -> Answer {
    let next = local_path(form.text("next")).unwrap_or("/account");
    let session = cookie(&headers, SESSION_COOKIE).unwrap_or_default();
    call.resume(&form, next, session).await
}

/// `GET /account/password`.
pub(super) async fn password_form(call: Call) -> Answer {
    let context = json!({"min": password::CHARS_MIN, "errors": errors(&[])});
    call.page("party/account/password.html", &context)
}

/// `POST /account/password`: `old`, `new`, `again`.
pub(super) async fn password_post(call: Call, form: Form) -> Answer {
    let (old, new) = (form.text("old"), form.text("new"));
    let done = if new == form.text("again") {
        change_password(&call.web.env, call.lang(), call.actor(), old, new).await
    } else {
        Err(Error::invalid("register.again").field("again", "register.again"))
    };
    match done {
        Ok(()) => call.see("/account?notice=account.password_changed"),
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Limited) => {
            let shown = call.faults(&error);
            let context = json!({"min": password::CHARS_MIN, "errors": errors(&shown)});
            call.page_again("party/account/password.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /account/sessions/{id}/revocation`: a session, or a program's tokens.
pub(super) async fn revoke(call: Call, Path(id): Path<String>, _form: Form) -> Answer {
    let mut ctx = call.write().await?;
    match id.strip_prefix("token:") {
        Some(family) => token::revoke_family(&mut ctx, family).await?,
        None => session::revoke(&mut ctx, &id).await?,
    }
    ctx.commit().await?;
    call.see("/account?notice=account.session_revoked")
}

/// `POST /account/sessions/revocation`: all sessions but this one.
pub(super) async fn revoke_others(call: Call, _form: Form) -> Answer {
    let mut ctx = call.write().await?;
    let (account, own) = (ctx.actor.account.clone(), ctx.actor.session.clone());
    session::revoke_all(&mut ctx, &account, &own).await?;
    let subject = format!("account:{account}");
    crate::audit::record(&mut ctx, "session.revoked", &subject, json!({"but": own})).await?;
    ctx.commit().await?;
    call.see("/account?notice=account.session_revoked")
}
