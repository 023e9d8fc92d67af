//! Puts the modules together into one HTTP service.
//!
//! Every route passes [`guard`](crate::guard) first: there is no way to register one without
//! saying who may call it.

use crate::guard;
use crate::route::Route;
use crate::unread;
use crate::view::Views;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware;
use axum::response::Response;
use axum::routing::{MethodRouter, options};
use kernel::{Actor, Result};
use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use store::{Env, JobSpec};
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

/// Largest body of an ordinary request: a form with every field at its limit still fits, so that
/// the field at fault can be named instead of the connection being cut.
pub const BODY_MAX: usize = 4 * 1024 * 1024;
/// Largest body with uploads.
pub const UPLOAD_MAX: usize = 24 * 1024 * 1024;
/// Longest a request may take.
const REQUEST_MAX: Duration = Duration::from_secs(30);

/// One module of an area: its routes, jobs and what it listens to.
#[derive(Clone, Default)]
pub struct Module {
    /// Name, `area.module`.
    pub name: &'static str,
    /// Its routes.
    pub routes: Vec<Route>,
    /// Its jobs.
    pub jobs: Vec<JobSpec>,
    /// Topics it listens to, each with the job to enqueue.
    pub subscriptions: Vec<(&'static str, &'static str)>,
    /// Its links in the staff rail.
    pub rail: Vec<Rail>,
}

/// A link of the staff rail, shown to officers who hold the permission.
#[derive(Clone, Copy, Debug)]
pub struct Rail {
    /// Text key of the group's heading.
    pub group: &'static str,
    /// Where it leads.
    pub path: &'static str,
    /// Text key of the label.
    pub label: &'static str,
    /// Icon name.
    pub icon: &'static str,
    /// Permission needed to see it.
    pub permission: &'static str,
}

/// Who came in by which session or token.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    /// The actor, or nobody.
    pub actor: Actor,
    /// Secret of the session from which form tokens are derived.
    pub form_key: String,
    /// Unread messages, shown in the bar.
    pub unread: i64,
}

/// A boxed future of an [`Authenticate`] method.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Finds out who calls. Implemented by `party`.
pub trait Authenticate: Send + Sync {
    /// The visitor with this session cookie, or nobody.
    fn by_session<'a>(&'a self, env: &'a Arc<Env>, cookie: &'a str)
    -> Pending<'a, Result<Visitor>>;
    /// The visitor with this bearer token. Errors: `token.invalid`, `token.expired`.
    fn by_token<'a>(&'a self, env: &'a Arc<Env>, token: &'a str) -> Pending<'a, Result<Visitor>>;
    /// Records that somebody was refused.
    fn refused<'a>(&'a self, env: &'a Arc<Env>, actor: &'a Actor, path: &'a str)
    -> Pending<'a, ()>;
}

/// What every handler can reach.
#[derive(Clone)]
pub struct Web {
    /// The installation.
    pub env: Arc<Env>,
    /// Templates and texts.
    pub views: Arc<Views>,
    /// Finds out who calls.
    pub authenticate: Arc<dyn Authenticate>,
    /// Every route, for the OpenAPI document and the permission table.
    pub routes: Arc<Vec<Route>>,
    /// Links of the staff rail.
    pub rail: Arc<Vec<Rail>>,
}

impl Web {
    /// The HTTP service over these modules.
    pub fn router(&self) -> Router {
        self.router_within(REQUEST_MAX)
    }

    /// A route behind its guard.
    fn guarded(&self, route: &Route) -> MethodRouter<Web> {
        let state = guard::Post { web: self.clone(), route: Arc::new(route.clone()) };
        let handler = route.handler.clone().route_layer(DefaultBodyLimit::max(route.body_max()));
        handler.route_layer(middleware::from_fn_with_state(state, guard::admit))
    }

    /// The answer of one route to a request made within.
    pub(crate) async fn answer(&self, route: &Route, request: Request) -> Response {
        let router = Router::new().route(route.path, self.guarded(route)).with_state(self.clone());
        router.oneshot(request).await.unwrap_or_else(|never| match never {})
    }

    /// The HTTP service over these modules, which answers every request within this time.
    pub fn router_within(&self, longest: Duration) -> Router {
        let mut router = Router::new();
        let mut asked = BTreeSet::new();
        for route in self.routes.iter() {
            if route.shared && asked.insert(route.path) {
                router = router.route(route.path, options(guard::preflight));
            }
            let handler = self.guarded(route);
            let handler = match route.shared {
                true => handler.layer(middleware::from_fn(guard::shared)),
                false => handler,
            };
            router = router.route(route.path, handler);
        }
        router
            .fallback(guard::missing)
            .method_not_allowed_fallback(guard::no_method)
            .layer(middleware::from_fn_with_state((self.clone(), longest), guard::in_time))
            .with_state(self.clone())
            .layer(CompressionLayer::new())
            .layer(CatchPanicLayer::custom(|_panic: Box<dyn std::any::Any + Send>| guard::broken()))
            // Outermost, so that no answer goes without them, whatever made it.
            .layer(middleware::from_fn(guard::headers))
            .layer(middleware::from_fn(unread::settle))
    }
}

/// What a handler returns.
pub type Answer = std::result::Result<Response, crate::Fault>;
