//! The door of every route: who calls, may he, is the request his own, and what does he see when
//! something fails.
//!
//! Invariants: a route without access is not reachable; a refusal is recorded; a page's unsafe
//! request must come from our own pages (`Sec-Fetch-Site` or `Origin`, and the form token checked
//! by [`Form`](crate::Form)), except where a route is shared with other sites, which knows no session;
//! the REST interface is authenticated by bearer token only, so another
//! site's form cannot ride on a session.

use crate::app::{Visitor, Web};
use crate::call::{Call, Preferences};
use crate::fault::{Fault, retry_after_s, status};
use crate::form;
use crate::kept;
use crate::route::{Access, Route, is_api};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use kernel::error::FieldError;
use kernel::{Actor, Error, Kind, Result};
use percent_encoding::percent_decode_str;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;

/// Name of the session cookie.
pub const SESSION_COOKIE: &str = "yipan_session";

/// Name of the cookie that ties a visitor's forms to his browser before he signs in.
pub const VISITOR_COOKIE: &str = "yipan_visitor";

/// The notice that what a form sent was not taken, since its sender must first show who he is.
pub(crate) const NOT_SENT: &str = "form.not_sent";

/// State of the guard of one route.
#[derive(Clone)]
pub struct Post {
    pub(crate) web: Web,
    pub(crate) route: Arc<Route>,
}

/// Admits or refuses a request, and renders whatever error comes out.
pub async fn admit(State(post): State<Post>, mut request: Request, next: Next) -> Response {
    let preferences = Preferences::read(request.headers(), request.uri().query());
    let mut call = Call::new(post.web.clone(), Visitor::default(), preferences, request.uri());
    match identify(&post, request.headers()).await {
        Ok(visitor) => call.visitor = visitor,
        Err(error) => return failure(&call, error),
    }
    let fresh = visitor_key(&mut call, request.headers());
    let (method, headers) = (request.method(), request.headers());
    let permitted = permit(&post.route, &call.visitor.actor, &post.web);
    let own = same_origin(&post.route, method, headers);
    if let Err(error) = permitted {
        return refuse(&call, error, own.is_ok(), &post.route, request).await;
    }
    if let Err(error) = own {
        post.web.authenticate.refused(&post.web.env, &call.visitor.actor, &call.path).await;
        return failure(&call, error);
    }
    // Nothing is named with U+0000, which databases do not keep, nor with what is no UTF-8.
    let path = request.uri().path();
    if path.contains("%00") || percent_decode_str(path).decode_utf8().is_err() {
        return failure(&call, Error::not_found());
    }
    if let Err(error) = form::check_query(request.uri().query().unwrap_or_default()) {
        return failure(&call, error);
    }
    if let Some(kept::Carried(kept)) = request.extensions_mut().remove() {
        call.kept = kept;
    }
    request.extensions_mut().insert(call.clone());
    let mut response = next.run(request).await;
    let mut response = match response.extensions_mut().remove::<Fault>() {
        Some(Fault(error)) => {
            // What another owns answers as if it were not there; that somebody asked is recorded.
            let asked = matches!(error.kind, Kind::Denied | Kind::NotFound);
            if asked && !call.visitor.actor.account.is_empty() {
                let web = &call.web;
                web.authenticate.refused(&web.env, &call.visitor.actor, &call.path).await;
            }
            failure(&call, error)
        }
        None if response.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            failure(&call, Error::limited("form.body_size"))
        }
        None if response.status().is_client_error()
            && !response.headers().contains_key(header::CONTENT_TYPE) =>
        {
            failure(&call, Error::invalid("form.malformed"))
        }
        None => response,
    };
    if let Some(cookie) = fresh.filter(|_| is_page(&response)) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Gives a visitor who has not signed in a key for his forms: that of his browser's cookie, or a
/// fresh one, whose cookie goes out with the page. Without the cookie no form of his is taken.
fn visitor_key(call: &mut Call, headers: &HeaderMap) -> Option<HeaderValue> {
    if is_api(&call.path) || !call.visitor.form_key.is_empty() {
        return None;
    }
    let fits = |key: &&str| key.len() == 64 && key.bytes().all(|b| b.is_ascii_hexdigit());
    if let Some(key) = cookie(headers, VISITOR_COOKIE).filter(fits) {
        call.visitor.form_key = format!("visitor:{key}");
        return None;
    }
    let key = call.web.env.random().secret();
    call.visitor.form_key = format!("visitor:{key}");
    let secure =
        if call.web.env.settings.base_url.starts_with("https://") { "; Secure" } else { "" };
    HeaderValue::from_str(&format!(
        "{VISITOR_COOKIE}={key}; Path=/; HttpOnly; SameSite=Lax{secure}"
    ))
    .ok()
}

fn is_page(response: &Response) -> bool {
    let media = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    media.is_some_and(|media| media.starts_with("text/html"))
}

async fn identify(post: &Post, headers: &HeaderMap) -> Result<Visitor> {
    let web = &post.web;
    if post.route.shared {
        return Ok(Visitor::default());
    }
    if post.route.is_api() {
        let bearer = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        return match bearer {
            Some(token) => web.authenticate.by_token(&web.env, token.trim()).await,
            None => Ok(Visitor::default()),
        };
    }
    match cookie(headers, SESSION_COOKIE) {
        Some(session) => web.authenticate.by_session(&web.env, session).await,
        None => Ok(Visitor::default()),
    }
}

/// Whether the actor may call the route at all.
pub fn permit(route: &Route, actor: &Actor, web: &Web) -> Result<()> {
    let granted = match route.access {
        Access::Anyone => true,
        Access::SignedIn => !actor.account.is_empty(),
        Access::Citizen => actor.is_citizen(),
        Access::Staff(permission) => actor.is_officer() && may(web, actor, permission),
    };
    if !granted && actor.account.is_empty() {
        return Err(Error::unauthenticated("sign_in.needed"));
    }
    if !granted {
        return Err(Error::denied("denied"));
    }
    if route.strong && actor.assurance < 2 {
        return Err(Error::unauthenticated("sign_in.second_factor"));
    }
    Ok(())
}

/// True when one of the actor's roles grants the permission.
pub fn may(web: &Web, actor: &Actor, permission: &str) -> bool {
    actor
        .roles
        .iter()
        .any(|role| web.env.pack.role_permissions(role).iter().any(|granted| granted == permission))
}

fn same_origin(route: &Route, method: &Method, headers: &HeaderMap) -> Result<()> {
    if route.is_api() || route.shared || method == Method::GET || method == Method::HEAD {
        return Ok(());
    }
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok()) {
        return if matches!(site, "same-origin" | "none") {
            Ok(())
        } else {
            Err(Error::denied("form.other_site"))
        };
    }
    let (origin, host) = (text(header::ORIGIN), text(header::HOST));
    match (origin, host) {
        (Some(origin), Some(host)) if origin.split("://").nth(1) != Some(host) => {
            Err(Error::denied("form.other_site"))
        }
        _ => Ok(()),
    }
}

/// Who must first show who he is is sent to do so; what his form sent, from a page of our `own`, is
/// kept meanwhile.
async fn refuse(call: &Call, error: Error, own: bool, route: &Route, request: Request) -> Response {
    let web = &call.web;
    web.authenticate.refused(&web.env, &call.visitor.actor, &call.path).await;
    if error.kind == Kind::Unauthenticated && !is_api(&call.path) {
        let page =
            if error.code == "sign_in.second_factor" { "/account/verify" } else { "/sign-in" };
        let (next, notice) = match matches!(*request.method(), Method::GET | Method::HEAD) {
            true => (call.path_and_query.clone(), String::new()),
            false => {
                let next = form_page(call, request.headers());
                if own
                    && let Some(asked) =
                        kept::ask(call, request, page, &next, route.body_max()).await
                {
                    return asked;
                }
                (next, format!("&notice={NOT_SENT}"))
            }
        };
        let next = form::encode(&next);
        return Redirect::to(&format!("{page}?next={next}{notice}")).into_response();
    }
    failure(call, error)
}

/// Where the form stands that was sent: the page of ours it came from, else the nearest page at or
/// above the address it was sent to.
pub(crate) fn form_page(call: &Call, headers: &HeaderMap) -> String {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let from = text(header::REFERER)
        .and_then(|from| from.split_once("://")?.1.split_once('/'))
        .filter(|(site, _)| text(header::HOST) == Some(*site))
        .map(|(_, path)| format!("/{path}"));
    let above = std::iter::successors(Some(call.path.as_str()), |path| {
        Some(path.rsplit_once('/')?.0).filter(|above| !above.is_empty())
    });
    let page = |address: &String| {
        let path = address.split('?').next().unwrap_or_default();
        page_route(&call.web, path).is_some()
    };
    let found = from.into_iter().chain(above.map(str::to_owned)).find(page);
    found.unwrap_or_else(|| "/".to_owned())
}

/// The page at a path.
pub(crate) fn page_route<'a>(web: &'a Web, path: &str) -> Option<&'a Route> {
    let of_pages = |route: &&Route| route.method == Method::GET && !route.is_api();
    let mut named = web.routes.iter().filter(|route| route.path == path).peekable();
    // What an act is named is no id of a page's.
    match named.peek() {
        Some(_) => named.find(of_pages),
        None => web.routes.iter().filter(of_pages).find(|route| route.leads_to(path)),
    }
}

/// The answer to an error: an RFC 9457 problem under `/api/`, else a page.
pub(crate) fn failure(call: &Call, error: Error) -> Response {
    let again = retry_after_s(&error);
    let mut response = told(call, error);
    if let Some(seconds) = again {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn told(call: &Call, error: Error) -> Response {
    if matches!(error.kind, Kind::Internal | Kind::Unavailable) {
        tracing::error!(path = call.path, %error, "request failed");
    }
    // Too much at once is not too often.
    let status = match error.code {
        "form.body_size" => StatusCode::PAYLOAD_TOO_LARGE,
        "request.method" => StatusCode::METHOD_NOT_ALLOWED,
        _ => status(error.kind),
    };
    if is_api(&call.path) {
        return problem(call, &error, status);
    }
    let context = json!({
        "status": status.as_u16(),
        "code": error.code,
        "message": call.sentence(&error),
        "fields": error.fields.iter().map(|f| call.field_sentence(f)).collect::<Vec<_>>(),
    });
    match call.render("webkit/error.html", &context) {
        Ok(html) => (status, axum::response::Html(html)).into_response(),
        Err(fault) => {
            tracing::error!(%fault, "error page failed");
            status.into_response()
        }
    }
}

fn problem(call: &Call, error: &Error, status: StatusCode) -> Response {
    let fields: Vec<_> = error.fields.iter().map(|field| field_problem(call, field)).collect();
    let body = json!({
        "type": format!("{}/errors/{}", call.web.env.settings.base_url, error.code),
        "title": call.sentence(error),
        "status": status.as_u16(),
        "code": error.code,
        "errors": fields,
    });
    let mut response = (status, body.to_string()).into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// A field at fault, with its line and column where it is one of a file.
fn field_problem(call: &Call, fault: &FieldError) -> Json {
    let mut told = json!({ "field": fault.field, "code": fault.code,
        "message": call.field_sentence(fault) });
    for (name, value) in &fault.args {
        if let ("line" | "column", Ok(number)) = (*name, value.parse::<u32>()) {
            told[*name] = number.into();
        }
    }
    told
}

/// The answer where there is no route.
pub(crate) async fn missing(State(web): State<Web>, request: Request) -> Response {
    unserved(web, request, Error::not_found()).await
}

/// The answer where a path has routes, but none by that method; `Allow` says by which.
pub(crate) async fn no_method(State(web): State<Web>, request: Request) -> Response {
    unserved(web, request, Error::invalid("request.method")).await
}

async fn unserved(web: Web, request: Request, error: Error) -> Response {
    let preferences = Preferences::read(request.headers(), request.uri().query());
    let visitor = match cookie(request.headers(), SESSION_COOKIE) {
        Some(session) => web.authenticate.by_session(&web.env, session).await.unwrap_or_default(),
        None => Visitor::default(),
    };
    failure(&Call::new(web, visitor, preferences, request.uri()), error)
}

/// Answers within a time, or says that it took too long: a body that does not come is not waited
/// for, and what was begun for it is undone.
pub(crate) async fn in_time(
    State((web, longest)): State<(Web, Duration)>,
    request: Request,
    next: Next,
) -> Response {
    let preferences = Preferences::read(request.headers(), request.uri().query());
    let uri = request.uri().clone();
    match tokio::time::timeout(longest, next.run(request)).await {
        Ok(answer) => answer,
        Err(_elapsed) => {
            let call = Call::new(web, Visitor::default(), preferences, &uri);
            failure(&call, Error::new(Kind::Unavailable, "request.timeout"))
        }
    }
}

/// The answer when a handler panicked: plain, since nothing else can be trusted.
pub(crate) fn broken() -> Response {
    tracing::error!("a handler panicked");
    (
        StatusCode::INTERNAL_SERVER_ERROR,
        "系统出错，请稍后再试。Something went wrong; please try again.",
    )
        .into_response()
}

/// What a page may load, run and send to. Browsers hold a form to it also where the answer leads, so
/// that `to` names the one other site that a form of the page leads to; empty for none.
pub(crate) fn policy(to: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; \
         connect-src 'self'; form-action 'self'{}{to}; base-uri 'none'; frame-ancestors 'none'; \
         object-src 'self'; frame-src 'self'; manifest-src 'self'",
        if to.is_empty() { "" } else { " " }
    )
}

/// Headers of every answer: no inline script or style, no framing, no sniffing, no referrer.
pub(crate) async fn headers(request: Request, next: Next) -> Response {
    let cacheable = request.uri().path().starts_with("/assets/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&policy("")) {
        headers.entry("content-security-policy").or_insert(value);
    }
    let mut set = |name: &'static str, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set("x-content-type-options", "nosniff");
    set("x-frame-options", "DENY");
    set("referrer-policy", "same-origin");
    set("cross-origin-opener-policy", "same-origin");
    set("permissions-policy", "camera=(self), geolocation=(), microphone=()");
    set(
        "cache-control",
        if cacheable { "public, max-age=31536000, immutable" } else { "no-store" },
    );
    response
}

/// Lets pages of other sites read an answer (CORS). Never with credentials: `*` excludes them.
pub(crate) async fn shared(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let everybody = HeaderValue::from_static("*");
    let told = HeaderValue::from_static("dpop-nonce, www-authenticate");
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, everybody);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, told);
    response
}

/// What a browser asks before it lets a page of another site call a shared route.
pub(crate) async fn preflight() -> Response {
    let answer = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type, dpop"),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
    ];
    (StatusCode::NO_CONTENT, answer).into_response()
}

/// The value of a cookie.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}
