//! The same acts over REST, as somebody.

use super::world::{HEALTH, World, approver, citizen, modules, reviewer};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use kernel::{Actor, Error, Result};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::Env;
use tower::ServiceExt;
use webkit::app::Pending;
use webkit::view::Views;
use webkit::{Authenticate, Visitor, Web};

/// Knows whoever is on its list by a token of his account.
struct Doors(BTreeMap<String, Actor>);

impl Authenticate for Doors {
    fn by_session<'a>(&'a self, _: &'a Arc<Env>, _: &'a str) -> Pending<'a, Result<Visitor>> {
        Box::pin(async { Ok(Visitor::default()) })
    }

    fn by_token<'a>(&'a self, _: &'a Arc<Env>, token: &'a str) -> Pending<'a, Result<Visitor>> {
        Box::pin(async move {
            let actor = self.0.get(token).cloned();
            let actor = actor.ok_or_else(|| Error::unauthenticated("token.invalid"))?;
            Ok(Visitor { actor, ..Visitor::default() })
        })
    }

    fn refused<'a>(&'a self, _: &'a Arc<Env>, _: &'a Actor, _: &'a str) -> Pending<'a, ()> {
        Box::pin(async {})
    }
}

struct Client {
    web: Web,
}

impl Client {
    fn new(world: &World, actors: &[&Actor]) -> Client {
        let doors =
            Doors(actors.iter().map(|actor| (actor.account.clone(), (*actor).clone())).collect());
        let own =
            |name: &str| name.starts_with("service.case") || name.starts_with("service.figures");
        let mine = modules().into_iter().filter(|module| own(module.name));
        let web = Web {
            env: world.env.clone(),
            views: Arc::new(Views::new(Vec::new()).unwrap()),
            authenticate: Arc::new(doors),
            routes: Arc::new(mine.flat_map(|module| module.routes).collect()),
            rail: Arc::new(Vec::new()),
        };
        Client { web }
    }

    async fn call(
        &self,
        actor: Option<&Actor>,
        method: &str,
        path: &str,
        body: Json,
    ) -> (StatusCode, Json) {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(actor) = actor {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", actor.account));
        }
        let body = if method == "GET" { Body::empty() } else { Body::from(body.to_string()) };
        let reply = self.web.router().oneshot(request.body(body).unwrap()).await.unwrap();
        let status = reply.status();
        let bytes = reply.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap_or(Json::Null))
    }
}

#[tokio::test]
async fn a_case_is_accepted_and_granted_over_rest_and_a_repetition_changes_nothing() {
    let world = World::new().await;
    let (mother, done, birth) = world.referred("draft-1").await;
    let officer = approver(HEALTH);
    let client = Client::new(&world, &[&mother, &officer]);
    let (status, list) =
        client.call(Some(&officer), "GET", "/api/v1/work-list?lamp=green", Json::Null).await;
    assert_eq!(
        (status, &list["rows"][0]["id"], &list["counts"]["all"]),
        (StatusCode::OK, &json!(birth), &json!(1))
    );
    let accept = format!("/api/v1/cases/{birth}/acceptance");
    let seen = list["rows"][0]["revision"].clone();
    let body = json!({ "revision": seen, "once": "accept-1" });
    let (status, first) = client.call(Some(&officer), "POST", &accept, body.clone()).await;
    assert_eq!((status, &first["phase"]), (StatusCode::OK, &json!("accepted")));
    let (status, again) = client.call(Some(&officer), "POST", &accept, body).await;
    assert_eq!((status, &again), (StatusCode::OK, &first));
    let (status, stale) =
        client.call(Some(&officer), "POST", &accept, json!({ "revision": seen })).await;
    assert_eq!((status, &stale["code"]), (StatusCode::CONFLICT, &json!("case.stale")));
    let decide = format!("/api/v1/cases/{birth}/decision");
    let (status, missing) = client
        .call(
            Some(&officer),
            "POST",
            &decide,
            json!({ "granted": true, "opinion": "", "article": "" }),
        )
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(missing["errors"].as_array().unwrap().len(), 2);
    let grant = json!({ "granted": true, "opinion": "同意", "article": "母婴保健法第二十三条" });
    let (status, granted) = client.call(Some(&officer), "POST", &decide, grant).await;
    assert_eq!((status, &granted["phase"]), (StatusCode::OK, &json!("completed")));
    let (_, timeline) = client
        .call(Some(&mother), "GET", &format!("/api/v1/cases/{birth}/timeline"), Json::Null)
        .await;
    let kinds: Vec<&str> = timeline["events"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["kind"].as_str())
        .collect();
    assert_eq!(kinds, ["released", "accepted", "decided", "issued", "completed"]);
    assert_eq!(timeline["whole"], json!(true));
    let path = format!("/api/v1/tracking?number={}&query_code={}", done.number, done.query_code);
    let (status, tracked) = client.call(None, "GET", &path, Json::Null).await;
    assert_eq!((status, tracked["items"].as_array().unwrap().len()), (StatusCode::OK, 6));
}

#[tokio::test]
async fn every_route_refuses_nobody_and_the_wrong_person() {
    let world = World::new().await;
    let (mother, done, birth) = world.referred("draft-1").await;
    let stranger = citizen(&world.person("陈一禾", "410105199207083419").await);
    let elsewhere = approver("health-410102");
    let client = Client::new(&world, &[&mother, &stranger, &elsewhere, &reviewer(HEALTH)]);
    let bodies = json!({
        "granted": true, "opinion": "x", "article": "y", "reasons": "z", "note": "n", "fields": ["child_name"],
        "procedure": "p", "needed": "n", "result": "r", "amount": 1, "reason": "r", "to": "t",
        "material_id": "m", "how": "upload",
    });
    let mut acts = 0;
    for route in client
        .web
        .routes
        .iter()
        .filter(|route| route.path.contains("{id}") && route.path.contains("cases"))
    {
        let path =
            route.path.replace("{id}", &birth).replace("{document}", "x").replace("{file}", "x");
        let method = route.method.as_str();
        let (nobody, _) = client.call(None, method, &path, bodies.clone()).await;
        assert_eq!(nobody, StatusCode::UNAUTHORIZED, "{path}");
        for actor in [&stranger, &elsewhere] {
            let (status, _) = client.call(Some(actor), method, &path, bodies.clone()).await;
            let shut = matches!(status, StatusCode::NOT_FOUND | StatusCode::FORBIDDEN);
            assert!(shut, "{method} {path} as {}: {status}", actor.name);
        }
        acts += 1;
    }
    assert!(acts >= 20, "{acts}");
    assert_eq!(world.phase(&birth).await, "submitted");
    assert_eq!(world.phase(&done.id).await, "submitted");
}
