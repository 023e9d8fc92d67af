//! An installation for tests: a database of its own, a frozen clock, numbered randomness, and the
//! HTTP service over this area's modules.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use kernel::{Actor, Lang};
use proof::totp::Secret;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;
use store::Ctx;
pub(crate) use testkit::Reply as Page;
use testkit::{Installation, Place, Setup};
use tower::ServiceExt;
use webkit::Web;
use webkit::view::Views;

pub(crate) const PASSWORD: &str = "a long enough password";

pub(crate) struct World {
    installation: Installation,
    pub(crate) web: Web,
}

impl Deref for World {
    type Target = Installation;

    fn deref(&self) -> &Installation {
        &self.installation
    }
}

/// How the installations of this area's tests are put together.
pub(crate) fn setup() -> Setup {
    let base_url = "http://yipan.test";
    Setup {
        modules: crate::modules(),
        sealed: crate::SEALED.to_vec(),
        seed: 1,
        demo: true,
        base_url,
        lang: Lang::En,
        ..Setup::default()
    }
}

impl World {
    pub(crate) async fn sqlite() -> World {
        World::at(Place::sqlite()).await
    }

    pub(crate) async fn at(place: Place) -> World {
        World::over(setup(), &place).await
    }

    pub(crate) async fn over(setup: Setup, place: &Place) -> World {
        let installation = setup.at(place).await;
        let mut modules = crate::modules();
        modules.extend(crate::demo_modules());
        let web = Web {
            env: installation.env.clone(),
            views: Arc::new(Views::new(vec![crate::views()]).unwrap()),
            authenticate: Arc::new(crate::Gate::new()),
            routes: Arc::new(modules.iter().flat_map(|module| module.routes.clone()).collect()),
            rail: Arc::new(modules.iter().flat_map(|module| module.rail.clone()).collect()),
        };
        World { installation, web }
    }

    pub(crate) async fn as_actor(&self, actor: &Actor) -> Ctx {
        self.write(actor).await
    }

    /// A citizen with an account; the actor with the assurance asked for.
    pub(crate) async fn citizen(&self, login: &str, sequence: u16, assurance: u8) -> Actor {
        let mut ctx = self.system().await;
        let birth = jiff::civil::date(1990, 5, 1);
        let number = kernel::identifier::CitizenNumber::make("410105", birth, sequence).unwrap();
        let new = crate::person::NewPerson {
            name: format!("张{login}"),
            number: Some(number.as_str().to_owned()),
            birth_date: None,
            division: "410105".to_owned(),
        };
        let person = crate::person::ensure(&mut ctx, new).await.unwrap();
        let id =
            crate::account::create_citizen(&mut ctx, &person.id, login, PASSWORD).await.unwrap();
        let actor = crate::account::actor_of(&mut ctx, &id, assurance).await.unwrap();
        ctx.commit().await.unwrap();
        actor
    }

    pub(crate) async fn officer(&self, login: &str, roles: &[&str]) -> Actor {
        self.officer_of(&self.any_agency(), login, roles).await
    }

    pub(crate) async fn officer_of(&self, agency: &str, login: &str, roles: &[&str]) -> Actor {
        let mut ctx = self.system().await;
        let name = "李审查";
        let id = crate::account::create_officer(&mut ctx, login, PASSWORD, name, agency, roles);
        let id = id.await.unwrap();
        let actor = crate::account::actor_of(&mut ctx, &id, 1).await.unwrap();
        ctx.commit().await.unwrap();
        actor
    }

    pub(crate) fn any_agency(&self) -> String {
        let division = self.env.pack.divisions().find("410105").unwrap();
        self.env.pack.agencies_in(division).first().unwrap().id.clone()
    }

    pub(crate) async fn set_totp(&self, actor: &Actor) -> Secret {
        let mut ctx = self.system().await;
        let secret = Secret::generate(&mut ctx.random);
        crate::account::set_totp(&mut ctx, &actor.account, &secret).await.unwrap();
        ctx.commit().await.unwrap();
        secret
    }

    pub(crate) async fn drain(&self) {
        self.worker.drain().await.unwrap();
    }

    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser { world: self, cookies: BTreeMap::new() }
    }
}

/// Somebody's browser: keeps cookies, fills forms.
pub(crate) struct Browser<'a> {
    world: &'a World,
    pub(crate) cookies: BTreeMap<String, String>,
}

impl Browser<'_> {
    pub(crate) async fn get(&mut self, path: &str) -> Page {
        let request = Request::get(path).header(header::COOKIE, self.cookie_line());
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Opens the page, takes the tokens of its forms, and posts.
    pub(crate) async fn fill(&mut self, page: &str, path: &str, fields: &[(&str, &str)]) -> Page {
        let form = self.get(page).await.text;
        let csrf = hidden(&form, "_csrf");
        let once = hidden(&form, "_once");
        let mut all = vec![("_csrf", csrf.as_str()), ("_once", once.as_str())];
        all.extend_from_slice(fields);
        self.post(path, &all).await
    }

    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body: Vec<String> = fields
            .iter()
            .map(|(key, value)| format!("{key}={}", webkit::form::encode(value)))
            .collect();
        let request = Request::post(path)
            .header(header::COOKIE, self.cookie_line())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body.join("&"))).unwrap()).await
    }

    pub(crate) async fn api(
        &mut self,
        method: &str,
        path: &str,
        token: &str,
        body: Json,
    ) -> (StatusCode, Json) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {token}"));
        let request = match token.is_empty() {
            true => Request::builder()
                .method(method)
                .uri(path)
                .header(header::CONTENT_TYPE, "application/json"),
            false => request,
        };
        let page = self.send(request.body(Body::from(body.to_string())).unwrap()).await;
        (page.status, serde_json::from_str(&page.text).unwrap_or(Json::Null))
    }

    fn cookie_line(&self) -> String {
        let pairs = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    async fn send(&mut self, request: Request<Body>) -> Page {
        let response = self.world.web.router().oneshot(request).await.unwrap();
        for value in response.headers().get_all(header::SET_COOKIE) {
            let pair = value.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let status = response.status();
        let location = response.headers().get(header::LOCATION);
        let location = location.and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        Page { status, location, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    pub(crate) async fn sign_in(&mut self, login: &str) -> Page {
        self.fill("/sign-in", "/sign-in", &[("login", login), ("password", PASSWORD)]).await
    }
}

pub(crate) fn hidden(html: &str, name: &str) -> String {
    let at =
        html.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no {name} in {html}"));
    let rest = &html[at..];
    let from = rest.find("value=\"").unwrap() + 7;
    rest[from..].split('"').next().unwrap().to_owned()
}
