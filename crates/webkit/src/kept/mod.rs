//! What a form sent that was not taken, since its sender must first show who he is: kept in the page on
//! which he does, and put back into its form afterwards.
//!
//! Invariants
//! - Nothing kept is ever executed: the form is shown again, filled, with fresh tokens, and sent by
//!   hand.
//! - It is kept sealed, in a field of the page alone, never in an address or on the server, and opened
//!   for the account that the form was shown to and no other.
//! - Secrets and files are not kept.
//! - What finds no place in the form as it now is is shown as text: nothing typed is lost.
//!
//! Must not know: how anybody signs in.

use crate::app::Web;
use crate::call::Call;
use crate::form::{self, Form};
use crate::{Answer, guard};
use axum::body::{Body, to_bytes};
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::json;

mod fill;

/// Field that carries it.
pub(crate) const FIELD: &str = "_kept";
/// Field that says to whom a form was shown.
const WHOSE: &str = "_whose";
/// Longest that is kept, in bytes of names and values.
const KEPT_MAX: usize = 512 * 1024;
/// Longest the sealed text may be.
pub(crate) const SEALED_MAX: usize = 2 * KEPT_MAX;
/// Largest page that is filled.
const PAGE_MAX: usize = 8 * 1024 * 1024;
/// Purpose of the seal.
const PURPOSE: &str = "webkit.kept";
/// Purpose of the index that says to whom a form was shown.
const OWNER: &str = "webkit.whose";
/// The notice on the page on which somebody shows who he is.
const HELD: &str = "form.held";
/// The notice above a form filled again.
pub(crate) const FILLED: &str = "form.filled";

/// What a form sent.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// To whom the form was shown, as [`whose`] says it.
    whose: String,
    /// Path it was sent to.
    action: String,
    /// Path and query of the page on which it stands.
    page: String,
    /// Names and values.
    fields: Vec<(String, String)>,
}

/// Says in a form to whom it was shown; empty for nobody.
pub(crate) fn whose(web: &Web, account: &str) -> String {
    match account {
        "" => String::new(),
        account => web.env.vault.index(OWNER, account),
    }
}

impl Kept {
    /// Of a form as it was sent; none when it was shown to nobody, or nothing was filled in.
    fn of(call: &Call, form: &Form, page: String) -> Option<Kept> {
        let whose = form.text(WHOSE).to_owned();
        let fields: Vec<(String, String)> =
            form.repeatable().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let size: usize = fields.iter().map(|(name, value)| name.len() + value.len()).sum();
        let fits = !whose.is_empty() && (1..=KEPT_MAX).contains(&size);
        fits.then(|| Kept { whose, action: call.path.clone(), page, fields })
    }

    fn seal(&self, web: &Web) -> Result<String> {
        let plain = serde_json::to_vec(self).map_err(Error::internal)?;
        let sealed = web.env.vault.seal(PURPOSE, &plain, &mut web.env.random())?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    fn open(web: &Web, text: &str) -> Option<Kept> {
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let plain = web.env.vault.open(PURPOSE, &sealed).ok()?;
        serde_json::from_slice(&plain).ok()
    }

    /// What was typed, for a page that has no place for it.
    fn texts(&self) -> Vec<&str> {
        self.fields
            .iter()
            .map(|(_, value)| value.as_str())
            .filter(|text| !text.is_empty())
            .collect()
    }

    /// The page with the form filled, or the texts where the form is not there as it was.
    async fn shown(&self, call: &Call, headers: &HeaderMap) -> Answer {
        let address = with_notice(&self.page, FILLED);
        let page = within(&call.web, &address, headers, String::new()).await;
        if let Some(page) = page.filter(|page| page.status() == StatusCode::OK) {
            let (parts, body) = page.into_parts();
            let bytes = to_bytes(body, PAGE_MAX).await.map_err(Error::internal)?;
            let html = String::from_utf8_lossy(&bytes);
            if let Some(filled) = fill::fill(&html, &self.action, &self.fields) {
                let mut answer = Html(filled).into_response();
                if let Some(policy) = parts.headers.get(header::CONTENT_SECURITY_POLICY) {
                    answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy.clone());
                }
                return Ok(answer);
            }
        }
        call.page("webkit/form_kept.html", &json!({ "back": self.page, "texts": self.texts() }))
    }
}

/// The page on which somebody shows who he is, with what his form sent kept in it; none where there is
/// nothing to keep. `page` is where the form stands.
pub(crate) async fn ask(
    call: &Call,
    mut request: Request,
    proof: &str,
    page: &str,
    most: usize,
) -> Option<Response> {
    // A script that sends does not show a page.
    let mode = request.headers().get("sec-fetch-mode").and_then(|mode| mode.to_str().ok());
    if mode.is_some_and(|mode| mode != "navigate") {
        return None;
    }
    let headers = request.headers().clone();
    DefaultBodyLimit::max(most).apply(&mut request);
    let sent = form::fields(request, &call.web).await.ok()?;
    let kept = Kept::of(call, &sent, page.to_owned())?.seal(&call.web).ok()?;
    let address = with_notice(&format!("{proof}?next={}", form::encode(page)), HELD);
    let mut answer = within(&call.web, &address, &headers, kept).await?;
    if answer.status() != StatusCode::OK {
        return None;
    }
    // The form was not taken, whatever the page says.
    *answer.status_mut() = StatusCode::FORBIDDEN;
    Some(answer)
}

/// A form sent in a session that has begun since it was shown, to the same account: shown again,
/// filled; none where it was shown to another.
pub(crate) async fn again(call: &Call, headers: &HeaderMap, form: &Form) -> Option<Response> {
    let page = guard::form_page(call, headers);
    let kept = Kept::of(call, form, page)?;
    if kept.whose != whose(&call.web, &call.actor().account) {
        return None;
    }
    let mut answer = kept.shown(call, headers).await.ok()?;
    *answer.status_mut() = StatusCode::FORBIDDEN;
    Some(answer)
}

impl Call {
    /// The call, whose page carries on what this form carried.
    pub fn keeping(self, form: &Form) -> Call {
        Call { kept: form.text(FIELD).to_owned(), ..self }
    }

    /// Whether the page carries on what a form sent.
    pub fn carries(&self) -> bool {
        !self.kept.is_empty()
    }

    /// The call, as from whoever the session is of: pages shown to him have its tokens. `session` is its
    /// secret.
    pub async fn in_session(self, session: &str) -> Result<Call> {
        let visitor = self.web.authenticate.by_session(&self.web.env, session).await?;
        Ok(Call { visitor, ..self })
    }

    /// Where somebody goes who has shown who he is by this form: to the form he filled in before, filled
    /// again, or to `next`. `session` is the secret of his session from now on.
    pub async fn resume(&self, form: &Form, next: &str, session: &str) -> Answer {
        let Some(kept) = Kept::open(&self.web, form.text(FIELD)) else { return self.see(next) };
        let call = Call { kept: String::new(), ..self.clone() }.in_session(session).await?;
        if kept.whose != whose(&call.web, &call.actor().account) {
            return self.see("/?notice=form.other");
        }
        let mut headers = HeaderMap::new();
        let cookies = format!(
            "{}={session}; {}={}",
            guard::SESSION_COOKIE,
            crate::call::PREFERENCES_COOKIE,
            self.preferences.cookie()
        );
        let cookies = HeaderValue::from_str(&cookies).map_err(Error::internal)?;
        headers.insert(header::COOKIE, cookies);
        kept.shown(&call, &headers).await
    }
}

fn with_notice(address: &str, notice: &str) -> String {
    let sign = if address.contains('?') { '&' } else { '?' };
    format!("{address}{sign}notice={notice}")
}

/// A page of ours, asked for within, as whoever these headers say; none where there is no such page.
async fn within(web: &Web, address: &str, headers: &HeaderMap, kept: String) -> Option<Response> {
    let path = address.split('?').next().unwrap_or_default();
    let route = guard::page_route(web, path)?;
    let mut request = Request::get(address).body(Body::empty()).ok()?;
    for name in [header::COOKIE, header::ACCEPT_LANGUAGE, header::HOST] {
        if let Some(value) = headers.get(&name) {
            request.headers_mut().insert(name, value.clone());
        }
    }
    request.extensions_mut().insert(Carried(kept));
    Some(web.answer(route, request).await)
}

/// What a page asked for within is to carry.
#[derive(Clone)]
pub(crate) struct Carried(pub(crate) String);
