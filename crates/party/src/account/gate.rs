//! Finds out who calls, for the guard of every route.

use super::session;
use crate::{audit, token};
use ::store::{Ctx, Env};
use kernel::time::SECOND_US;
use kernel::{Actor, Lang, Result};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use webkit::app::Pending;
use webkit::{Authenticate, Visitor};

/// Refusals recorded for one actor in one window; more are counted on the next entry.
const RECORDED_MAX: u32 = 10;
/// The window.
const WINDOW_US: i64 = 60 * SECOND_US;
/// Actors watched at once.
const WATCHED_MAX: usize = 10_000;

/// The platform's [`Authenticate`]: sessions by cookie, programs by bearer token.
#[derive(Debug, Default)]
pub struct Gate {
    refusals: Mutex<BTreeMap<String, Window>>,
}

#[derive(Debug)]
struct Window {
    began_us: i64,
    count: u32,
}

impl Gate {
    /// A gate that has refused nobody yet.
    pub fn new() -> Gate {
        Gate::default()
    }

    /// Counts a refusal; true when it is to be recorded.
    fn count(&self, who: &str, now_us: i64) -> bool {
        let mut watched = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        if watched.len() >= WATCHED_MAX {
            watched.retain(|_, window| now_us - window.began_us < WINDOW_US);
        }
        let window = watched.entry(who.to_owned()).or_insert(Window { began_us: now_us, count: 0 });
        if now_us - window.began_us >= WINDOW_US {
            *window = Window { began_us: now_us, count: 0 };
        }
        window.count = window.count.saturating_add(1);
        window.count <= RECORDED_MAX
    }
}

async fn by_session(env: &Arc<Env>, cookie: &str) -> Result<Visitor> {
    let mut ctx = Ctx::read(env, Actor::anonymous(), Lang::Zh);
    let Some(found) = session::find(&mut ctx, cookie).await? else {
        return Ok(Visitor::default());
    };
    if found.needs_touch {
        let mut ctx = Ctx::write(env, Actor::anonymous(), Lang::Zh).await?;
        session::touch(&mut ctx, &found.actor.session).await?;
        ctx.commit().await?;
    }
    let form_key = format!("session:{}", found.actor.session);
    Ok(Visitor { actor: found.actor, form_key, unread: found.unread })
}

async fn by_token(env: &Arc<Env>, secret: &str) -> Result<Visitor> {
    let mut ctx = Ctx::read(env, Actor::anonymous(), Lang::Zh);
    let actor = token::authenticate(&mut ctx, secret).await?;
    Ok(Visitor { actor, ..Visitor::default() })
}

async fn refused(env: &Arc<Env>, actor: &Actor, path: &str) -> Result<()> {
    let path: String = path.chars().take(200).collect();
    let mut ctx = Ctx::write(env, actor.clone(), Lang::Zh).await?;
    let subject = format!("account:{}", actor.account);
    audit::record(&mut ctx, "access.refused", &subject, json!({"path": path})).await?;
    ctx.commit().await
}

impl Authenticate for Gate {
    fn by_session<'a>(
        &'a self,
        env: &'a Arc<Env>,
        cookie: &'a str,
    ) -> Pending<'a, Result<Visitor>> {
        Box::pin(by_session(env, cookie))
    }

    fn by_token<'a>(&'a self, env: &'a Arc<Env>, token: &'a str) -> Pending<'a, Result<Visitor>> {
        Box::pin(by_token(env, token))
    }

    fn refused<'a>(
        &'a self,
        env: &'a Arc<Env>,
        actor: &'a Actor,
        path: &'a str,
    ) -> Pending<'a, ()> {
        Box::pin(async move {
            if !self.count(&actor.account, env.clock.platform().0) {
                return;
            }
            if let Err(error) = refused(env, actor, path).await {
                tracing::warn!(%error, "a refusal was not recorded");
            }
        })
    }
}
