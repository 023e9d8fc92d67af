//! `GET /preferences?lang=&elder=&contrast=&back=`: keeps the choice in a cookie and goes back.
//!
//! A `GET`, so that the switches work as links without JavaScript; it changes nothing but the
//! asker's own view.

use super::local_path;
use axum::http::{HeaderValue, header};
use kernel::{Error, Lang};
use webkit::call::PREFERENCES_COOKIE;
use webkit::{Answer, Call};

/// How long a choice is kept: a year.
const KEPT_S: i64 = 365 * 24 * 3_600;

pub(super) async fn set(call: Call) -> Answer {
    let mut preferences = call.preferences;
    let switch = |name: &str, now: bool| match call.query(name).as_deref() {
        Some("on" | "1" | "high" | "true") => true,
        Some("off" | "0" | "normal" | "false") => false,
        _ => now,
    };
    preferences.elder = switch("elder", preferences.elder);
    preferences.contrast = switch("contrast", preferences.contrast);
    match call.query("mode").as_deref() {
        Some("elder") => preferences.elder = true,
        Some("normal") => preferences.elder = false,
        _ => {}
    }
    if let Some(lang) = call.query("lang").as_deref().and_then(Lang::parse) {
        preferences.lang = lang;
        if !call.actor().party.is_empty() {
            let mut ctx = call.write().await?;
            let person = ctx.actor.party.clone();
            crate::person::set_lang(&mut ctx, &person, lang).await?;
            ctx.commit().await?;
        }
    }
    let back = call.query("back").unwrap_or_default();
    let mut response = call.see(local_path(&back).unwrap_or("/"))?;
    let secure =
        if call.web.env.settings.base_url.starts_with("https://") { "; Secure" } else { "" };
    let cookie = format!(
        "{PREFERENCES_COOKIE}={}; Path=/; Max-Age={KEPT_S}; HttpOnly; SameSite=Lax{secure}",
        preferences.cookie()
    );
    let value = HeaderValue::from_str(&cookie).map_err(Error::internal)?;
    response.headers_mut().append(header::SET_COOKIE, value);
    Ok(response)
}
