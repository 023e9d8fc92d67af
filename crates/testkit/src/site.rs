//! The HTTP service as callers meet it who are known by a name in their cookie or token.

use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use kernel::{Actor, Result};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use store::Env;
use tower::ServiceExt;
use webkit::app::Pending;
use webkit::view::{ViewSet, Views};
use webkit::{Authenticate, Module, Visitor, Web};

/// What forms are signed with, for every caller.
const FORM_KEY: &str = "key";

/// Callers by name; a name nobody was admitted under is nobody.
#[derive(Default)]
struct Callers(Mutex<BTreeMap<String, Actor>>);

impl Callers {
    fn visitor(&self, name: &str) -> Visitor {
        let actor = self.0.lock().unwrap().get(name).cloned().unwrap_or_default();
        Visitor { actor, form_key: FORM_KEY.to_owned(), unread: 0 }
    }
}

impl Authenticate for Callers {
    fn by_session<'a>(&'a self, _: &'a Arc<Env>, cookie: &'a str) -> Pending<'a, Result<Visitor>> {
        Box::pin(async move { Ok(self.visitor(cookie)) })
    }

    fn by_token<'a>(&'a self, _: &'a Arc<Env>, token: &'a str) -> Pending<'a, Result<Visitor>> {
        Box::pin(async move { Ok(self.visitor(token)) })
    }

    fn refused<'a>(&'a self, _: &'a Arc<Env>, _: &'a Actor, _: &'a str) -> Pending<'a, ()> {
        Box::pin(async {})
    }
}

/// The service.
#[derive(Clone)]
pub struct Site {
    /// Its routes and views.
    pub web: Web,
    callers: Arc<Callers>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Status.
    pub status: StatusCode,
    /// Where it leads, or nothing.
    pub location: String,
    /// Body.
    pub text: String,
}

impl Reply {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Json {
        serde_json::from_str(&self.text).unwrap_or(Json::Null)
    }

    /// A whole page with one heading and no sentence missing.
    pub fn is_whole(&self, path: &str) {
        assert_eq!(self.status, StatusCode::OK, "{path}: {}", self.text);
        assert_eq!(self.text.matches("<h1").count(), 1, "{path}");
        assert!(!self.text.contains('⟦'), "{path}");
    }
}

impl Site {
    /// The service of modules over an installation.
    pub fn new(env: &Arc<Env>, modules: &[Module], views: Vec<ViewSet>) -> Site {
        let callers = Arc::new(Callers::default());
        let web = Web {
            env: env.clone(),
            views: Arc::new(Views::new(views).unwrap()),
            authenticate: callers.clone(),
            routes: Arc::new(modules.iter().flat_map(|module| module.routes.clone()).collect()),
            rail: Arc::new(modules.iter().flat_map(|module| module.rail.clone()).collect()),
        };
        Site { web, callers }
    }

    /// Lets somebody come in under a name.
    pub fn admit(&self, name: &str, actor: Actor) {
        self.callers.0.lock().unwrap().insert(name.to_owned(), actor);
    }

    /// Who comes in under a name.
    pub fn actor(&self, name: &str) -> Actor {
        self.callers.visitor(name).actor
    }

    /// Sends a request as somebody; the empty name sends neither cookie nor token.
    pub async fn call(&self, who: &str, request: Builder, body: Vec<u8>) -> Reply {
        let request = match who {
            "" => request,
            who => request
                .header(header::COOKIE, format!("{}={who}", webkit::guard::SESSION_COOKIE))
                .header(header::AUTHORIZATION, format!("Bearer {who}")),
        };
        let request = request.body(Body::from(body)).unwrap();
        let response = self.web.router().oneshot(request).await.unwrap();
        let status = response.status();
        let location = response.headers().get(header::LOCATION);
        let location = location.map(|to| to.to_str().unwrap().to_owned()).unwrap_or_default();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        Reply { status, location, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// Asks for a page.
    pub async fn get(&self, who: &str, path: &str) -> Reply {
        self.call(who, Request::get(path), Vec::new()).await
    }

    /// What a page of ours signs its forms with.
    pub fn csrf(&self) -> String {
        self.web.env.vault.index("form", FORM_KEY)
    }

    /// Sends a form as a page of ours would.
    pub async fn post(&self, who: &str, path: &str, fields: &[(&str, &str)]) -> Reply {
        let mut text = format!("_csrf={}", self.csrf());
        for (name, value) in fields {
            let pair = (webkit::form::encode(name), webkit::form::encode(value));
            text.push_str(&format!("&{}={}", pair.0, pair.1));
        }
        let form = "application/x-www-form-urlencoded";
        let request = Request::post(path).header(header::CONTENT_TYPE, form);
        self.call(who, request, text.into_bytes()).await
    }

    /// Sends a form with files: name of the field, name of the file, content.
    pub async fn upload(
        &self,
        who: &str,
        path: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &str, &[u8])],
    ) -> Reply {
        let mut body = Vec::new();
        let mut part = |head: String, content: &[u8]| {
            let head = format!("--cut\r\nContent-Disposition: form-data; {head}\r\n\r\n");
            body.extend(head.bytes());
            body.extend(content);
            body.extend(b"\r\n");
        };
        part("name=\"_csrf\"".to_owned(), self.csrf().as_bytes());
        for (name, value) in fields {
            part(format!("name=\"{name}\""), value.as_bytes());
        }
        for (name, file, content) in files {
            part(format!("name=\"{name}\"; filename=\"{file}\""), content);
        }
        body.extend(b"--cut--\r\n");
        let form = "multipart/form-data; boundary=cut";
        let request = Request::post(path).header(header::CONTENT_TYPE, form);
        self.call(who, request, body).await
    }

    /// Calls the REST interface.
    pub async fn api(
        &self,
        who: &str,
        method: &str,
        path: &str,
        body: &Json,
    ) -> (StatusCode, Json) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json");
        let body = if method == "GET" { Vec::new() } else { body.to_string().into_bytes() };
        let reply = self.call(who, request, body).await;
        (reply.status, reply.json())
    }
}
