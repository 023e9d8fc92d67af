//! Every route as everybody: whom its access names gets past the door, everybody else is turned
//! away, and no answer is a fault of ours.

use crate::install::{self, Install};
use crate::modules;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use kernel::{Actor, ActorKind, Error, Result};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::Env;
use tower::ServiceExt;
use webkit::app::{Authenticate, Pending, Visitor};
use webkit::guard::SESSION_COOKIE;
use webkit::{Access, Route};

/// Gives everybody the role whose name he brings; `?` after it, without a second factor.
struct ByName(BTreeMap<String, Actor>);

impl ByName {
    fn visitor(&self, name: &str) -> Result<Visitor> {
        let known = self.0.get(name).ok_or_else(|| Error::unauthenticated("token.invalid"))?;
        Ok(Visitor { actor: known.clone(), form_key: name.to_owned(), unread: 0 })
    }
}

impl Authenticate for ByName {
    fn by_session<'a>(
        &'a self,
        _env: &'a Arc<Env>,
        cookie: &'a str,
    ) -> Pending<'a, Result<Visitor>> {
        Box::pin(async move { self.visitor(cookie) })
    }

    fn by_token<'a>(&'a self, _env: &'a Arc<Env>, token: &'a str) -> Pending<'a, Result<Visitor>> {
        Box::pin(async move { self.visitor(token) })
    }

    fn refused<'a>(&'a self, _: &'a Arc<Env>, _: &'a Actor, _: &'a str) -> Pending<'a, ()> {
        Box::pin(async {})
    }
}

/// One actor of each role, and each again without a second factor.
fn everybody(env: &Env) -> BTreeMap<String, Actor> {
    let agency = env.pack.agency("police-410326").expect("an agency of the demonstration");
    let mut all = BTreeMap::new();
    for role in env.pack.roles() {
        let citizen = role.id == "citizen";
        let actor = Actor {
            kind: if citizen { ActorKind::Citizen } else { ActorKind::Officer },
            account: format!("account-{}", role.id),
            party: format!("party-{}", role.id),
            name: "测试".to_owned(),
            roles: vec![role.id.clone()],
            agency: if citizen { String::new() } else { agency.id.clone() },
            division: "410326000000".to_owned(),
            session: "session".to_owned(),
            assurance: 2,
        };
        all.insert(format!("{}?", role.id), Actor { assurance: 1, ..actor.clone() });
        all.insert(role.id.clone(), actor);
    }
    all
}

/// Whether the door lets the actor in: the same question as the reviewed table answers.
fn admitted(env: &Env, route: &Route, actor: Option<&Actor>) -> bool {
    let Some(actor) = actor else { return route.access == Access::Anyone && !route.strong };
    let granted = match route.access {
        Access::Anyone | Access::SignedIn => true,
        Access::Citizen => actor.kind == ActorKind::Citizen,
        Access::Staff(permission) => {
            actor.kind == ActorKind::Officer
                && env.pack.role_permissions(&actor.roles[0]).iter().any(|one| one == permission)
        }
    };
    granted && (!route.strong || actor.assurance >= 2)
}

/// The path with something in each of its places that names nothing.
fn filled(path: &str) -> String {
    path.split('/')
        .map(|part| if part.starts_with('{') { "0" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

async fn answer(router: &Router, route: &Route, name: Option<&str>) -> (StatusCode, String) {
    let mut request = Request::builder().method(route.method.clone()).uri(filled(route.path));
    request = request.header("sec-fetch-site", "same-origin");
    if let Some(name) = name {
        request = match route.path.starts_with("/api/") {
            true => request.header(header::AUTHORIZATION, format!("Bearer {name}")),
            false => request.header(header::COOKIE, format!("{SESSION_COOKIE}={name}")),
        };
    }
    let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let to = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
    (response.status(), to.unwrap_or_default().to_owned())
}

/// What somebody gets who follows an address: status, where it leads, body.
async fn page(router: &Router, path: &str, name: &str) -> (StatusCode, String, String) {
    let request = Request::builder().uri(path).header("sec-fetch-site", "same-origin");
    let request = request.header(header::COOKIE, format!("{SESSION_COOKIE}={name}"));
    let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (status, to) = (response.status(), response.headers().get(header::LOCATION).cloned());
    let to = to.map(|to| to.to_str().unwrap().to_owned()).unwrap_or_default();
    let body = axum::body::to_bytes(response.into_body(), 4 << 20).await.unwrap();
    (status, to, String::from_utf8_lossy(&body).into_owned())
}

/// Every officer's own first page is one he may open; what he may not open says so in his own shell
/// and leads back to it.
async fn first_pages(router: &Router, everybody: &BTreeMap<String, Actor>) {
    for (name, actor) in everybody.iter().filter(|(_, actor)| actor.assurance >= 2) {
        let first = page(router, "/work", name).await.1;
        let officer = actor.kind == ActorKind::Officer;
        assert_eq!(officer, first != "/my", "{name}: {first}");
        assert_eq!(page(router, &first, name).await.0, StatusCode::OK, "{name}: {first}");
        if officer {
            let (status, _, body) = page(router, "/my", name).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{name}");
            assert!(body.contains("c-rail") && body.contains("class=\"c-btn\" href=\"/work\""));
        }
    }
    let first = async |name| page(router, "/work", name).await.1;
    assert_eq!(first("reviewer").await, "/workbench");
    assert_eq!(first("supervisor").await, "/supervision");
    assert_eq!(first("leader").await, "/cockpit");
    assert_eq!(first("auditor").await, "/audit");
}

#[tokio::test]
async fn every_route_admits_whom_it_names_and_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let env = install::open(&Install {
        data: folder.path().to_owned(),
        database: None,
        base_url: "http://127.0.0.1:8080".to_owned(),
        demo: true,
        smtp: None,
        seed: Some(1),
    })
    .await
    .unwrap();
    let everybody = everybody(&env);
    let mut web = modules::web(&env).unwrap();
    web.authenticate = Arc::new(ByName(everybody.clone()));
    licence::seal::provision(&env).await.unwrap();
    let router = web.router();
    first_pages(&router, &everybody).await;
    let mut faults = Vec::new();
    let mut asked = 0;
    for route in web.routes.iter() {
        let names = everybody.keys().map(|name| Some(name.as_str()));
        for name in std::iter::once(None).chain(names) {
            let actor = name.and_then(|name| everybody.get(name));
            let (status, to) = answer(&router, route, name).await;
            let turned_away = to.starts_with("/sign-in?") || to.starts_with("/account/verify?");
            let refused =
                turned_away || matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
            let good = match admitted(&env, route, actor) {
                // A verb may still refuse what belongs to others; the door does not.
                true => !status.is_server_error() && !to.starts_with("/account/verify?"),
                false => refused,
            };
            asked += 1;
            if !good {
                let who = name.unwrap_or("nobody");
                faults.push(format!("{} {} as {who}: {status} {to}", route.method, route.path));
            }
        }
    }
    assert!(asked > 2_000, "{asked} questions");
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}
