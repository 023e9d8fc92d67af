//! One request as a handler sees it: who calls, in which language, and the ways to answer.

use crate::app::{Answer, Visitor, Web};
use crate::fault::Fault;
use crate::form::encode;
use crate::route::Route;
use crate::view::{Demo, Flash, PageActor, PageContext, RailGroup, RailLink};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Redirect};
use kernel::{Actor, Error, Lang, Result, error::FieldError};
use serde::Serialize;
use store::Ctx;

/// Name of the cookie of display preferences: `en.elder.contrast`.
pub const PREFERENCES_COOKIE: &str = "yipan_ui";

/// How the visitor wants to see pages.
#[derive(Clone, Copy, Debug, Default)]
pub struct Preferences {
    /// Language of the interface.
    pub lang: Lang,
    /// 长者模式: large type and targets.
    pub elder: bool,
    /// High contrast.
    pub contrast: bool,
}

impl Preferences {
    /// From `?lang=`, else the cookie, else `Accept-Language`, else Chinese.
    pub fn read(headers: &HeaderMap, query: Option<&str>) -> Preferences {
        let cookie = crate::guard::cookie(headers, PREFERENCES_COOKIE).unwrap_or("");
        let asked = query
            .and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("lang=")))
            .and_then(Lang::parse);
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let chosen = cookie.split('.').next().and_then(Lang::parse);
        Preferences {
            lang: asked.or(chosen).or(accepted.and_then(Lang::parse)).unwrap_or_default(),
            elder: cookie.split('.').any(|part| part == "elder"),
            contrast: cookie.split('.').any(|part| part == "contrast"),
        }
    }

    /// The cookie's value.
    pub fn cookie(&self) -> String {
        let mut value = self.lang.tag().to_owned();
        if self.elder {
            value.push_str(".elder");
        }
        if self.contrast {
            value.push_str(".contrast");
        }
        value
    }
}

/// One request.
#[derive(Clone)]
pub struct Call {
    /// What every handler can reach.
    pub web: Web,
    /// Who calls.
    pub visitor: Visitor,
    /// How he wants to see pages.
    pub preferences: Preferences,
    /// Path without the query.
    pub path: String,
    /// Path with the query.
    pub path_and_query: String,
    /// What a form sent before its sender showed who he is, as the page carries it; empty for nothing.
    pub(crate) kept: String,
}

impl Call {
    pub(crate) fn new(web: Web, visitor: Visitor, preferences: Preferences, uri: &Uri) -> Call {
        Call {
            web,
            visitor,
            preferences,
            path: uri.path().to_owned(),
            path_and_query: uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
            kept: String::new(),
        }
    }

    /// Who calls.
    pub fn actor(&self) -> &Actor {
        &self.visitor.actor
    }

    /// The language of the answer.
    pub fn lang(&self) -> Lang {
        self.preferences.lang
    }

    /// True when one of the caller's roles grants the permission.
    pub fn may(&self, permission: &str) -> bool {
        crate::guard::may(&self.web, self.actor(), permission)
    }

    /// A context that can only read.
    pub fn read(&self) -> Ctx {
        Ctx::read(&self.web.env, self.actor().clone(), self.lang())
    }

    /// A context that writes; it must be committed.
    pub async fn write(&self) -> Result<Ctx> {
        Ctx::write(&self.web.env, self.actor().clone(), self.lang()).await
    }

    /// A value of the query string.
    pub fn query(&self, name: &str) -> Option<String> {
        let query = self.path_and_query.split_once('?')?.1;
        crate::form::decode(query.as_bytes())
            .into_iter()
            .find(|(key, _)| key == name)
            .map(|pair| pair.1)
    }

    /// A translated text.
    pub fn t(&self, key: &str) -> String {
        self.web.views.text(self.lang(), key, &[])
    }

    /// The sentence of an error.
    pub fn sentence(&self, error: &Error) -> String {
        self.web.views.error_text(self.lang(), error)
    }

    /// The sentence of a field's error.
    pub fn field_sentence(&self, error: &FieldError) -> String {
        self.web.views.field_text(self.lang(), error)
    }

    /// The fields at fault as pages show them: `[{field, message}]`.
    pub fn faults(&self, error: &Error) -> Vec<Shown> {
        let mut shown: Vec<Shown> = error
            .fields
            .iter()
            .map(|f| Shown { field: f.field.clone(), message: self.field_sentence(f) })
            .collect();
        if shown.is_empty() {
            shown.push(Shown { field: String::new(), message: self.sentence(error) });
        }
        shown
    }

    /// Renders a template.
    pub fn render(&self, template: &str, context: &impl Serialize) -> Result<String> {
        let page = self.page_context();
        let html = self.web.views.render(template, self.lang(), page.clone(), context)?;
        if !self.wants_factor(&html) {
            return Ok(html);
        }
        let verify = Some(format!("/account/verify?next={}", encode(&self.path_and_query)));
        self.web.views.render(template, self.lang(), PageContext { verify, ..page }, context)
    }

    /// True for a page with a form whose sending takes a second factor that its reader has not shown.
    fn wants_factor(&self, html: &str) -> bool {
        let actor = self.actor();
        if actor.account.is_empty() || actor.assurance >= 2 {
            return false;
        }
        let strong: Vec<&Route> =
            self.web.routes.iter().filter(|one| one.is_strong_page()).collect();
        let addresses = html.split(" action=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let paths = addresses.filter_map(|address| address.split('?').next());
        paths.into_iter().any(|path| strong.iter().any(|route| route.leads_to(path)))
    }

    /// A page.
    pub fn page(&self, template: &str, context: &impl Serialize) -> Answer {
        Ok(Html(self.render(template, context)?).into_response())
    }

    /// A page shown again because of faults in what was entered (422).
    pub fn page_again(&self, template: &str, context: &impl Serialize) -> Answer {
        Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(self.render(template, context)?))
            .into_response())
    }

    /// After an act: see there. `POST`, redirect, `GET`.
    pub fn see(&self, location: &str) -> Answer {
        Ok(Redirect::to(location).into_response())
    }

    /// A JSON reply of the REST interface.
    pub fn json(&self, value: &impl Serialize) -> Answer {
        self.json_with(StatusCode::OK, value)
    }

    /// A page of which a form leads to another site: to `address`, which its visitor was told.
    pub fn page_leading_to(
        &self,
        template: &str,
        context: &impl Serialize,
        address: &str,
    ) -> Answer {
        let mut response = self.page(template, context)?;
        let wrong = || Error::internal("an address without a site");
        let (scheme, rest) = address.split_once("://").ok_or_else(wrong)?;
        let site =
            format!("{scheme}://{}", rest.split(['/', '?', ';', ',', ' ']).next().unwrap_or(""));
        let policy = crate::guard::policy(&site);
        let value = HeaderValue::from_str(&policy).map_err(Error::internal)?;
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, value);
        Ok(response)
    }

    /// A JSON reply with a status.
    pub fn json_with(&self, status: StatusCode, value: &impl Serialize) -> Answer {
        let text = serde_json::to_string(value).map_err(Error::internal)?;
        let mut response = (status, text).into_response();
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(response)
    }

    /// A file to save or show.
    pub fn file(&self, media_type: &str, name: &str, content: Vec<u8>) -> Answer {
        let mut response = content.into_response();
        let headers = response.headers_mut();
        let set = |text: &str| HeaderValue::from_str(text).map_err(Error::internal);
        headers.insert(header::CONTENT_TYPE, set(media_type)?);
        let encoded = encode(name);
        headers.insert(
            header::CONTENT_DISPOSITION,
            set(&format!("inline; filename*=UTF-8''{encoded}"))?,
        );
        // A stored file is shown in a sandbox of its own: it can run nothing and reach nothing.
        headers.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox"),
        );
        Ok(response)
    }

    /// The token that proves a form came from our own page for this session.
    pub fn csrf(&self) -> String {
        self.web.env.vault.index("form", &self.visitor.form_key)
    }

    fn page_context(&self) -> PageContext {
        let env = &self.web.env;
        let actor = self.actor();
        let now = env.clock.now();
        PageContext {
            lang: self.lang(),
            path: self.path_and_query.clone(),
            title: None,
            actor: (!actor.account.is_empty()).then(|| PageActor {
                name: actor.name.clone(),
                roles: actor.roles.clone(),
                kind: if actor.is_officer() { "officer" } else { "citizen" }.to_owned(),
            }),
            csrf: self.csrf(),
            whose: crate::kept::whose(&self.web, &actor.account),
            kept: self.kept.clone(),
            once: env.random().id(now),
            elder: self.preferences.elder,
            contrast: self.preferences.contrast,
            demo: env.settings.demo.then(|| Demo { now, banner: self.t("demo.banner") }),
            flash: self.flash(),
            verify: None,
            rail: self.rail(),
            messages: u64::try_from(self.visitor.unread).unwrap_or(0),
            now: Some(now),
        }
    }

    /// What the last act reports: `?notice=KEY` names a sentence `notice.KEY`.
    fn flash(&self) -> Option<Flash> {
        let key = self.query("notice")?;
        let known =
            key.len() < 80 && key.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
        let kind = if key.starts_with("form.") { "warn" } else { "ok" };
        known.then(|| Flash { kind: kind.to_owned(), text: self.t(&format!("notice.{key}")) })
    }

    /// The staff rail: what this officer may open.
    fn rail(&self) -> Vec<RailGroup> {
        if !self.actor().is_officer() {
            return Vec::new();
        }
        let mut groups: Vec<RailGroup> = Vec::new();
        let open = || self.web.rail.iter().filter(|entry| self.may(entry.permission));
        // Of entries one below the other the nearest is where the reader is.
        let above = |path: &str| self.path == path || self.path.starts_with(&format!("{path}/"));
        let here =
            open().map(|entry| entry.path).filter(|path| above(path)).max_by_key(|p| p.len());
        for entry in open() {
            let title = self.t(entry.group);
            let link = RailLink {
                href: entry.path.to_owned(),
                label: self.t(entry.label),
                icon: entry.icon.to_owned(),
                count: None,
                current: here == Some(entry.path),
            };
            match groups.iter_mut().find(|group| group.title == title) {
                Some(group) => group.links.push(link),
                None => groups.push(RailGroup { title, links: vec![link] }),
            }
        }
        groups
    }
}

/// A field at fault as a page shows it.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    /// Name of the field; empty for the whole form.
    pub field: String,
    /// The sentence.
    pub message: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Call {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> std::result::Result<Call, Fault> {
        parts
            .extensions
            .get::<Call>()
            .cloned()
            .ok_or_else(|| Fault(Error::internal("route without a guard")))
    }
}
