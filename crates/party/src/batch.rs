//! Acts of one kind done one after the other at one word of an officer's, and what became of each.
//!
//! Invariants
//! - Every act is its own transaction: what one refuses does not stop another.
//! - A fault of ours or of the database ends the rest; what was done stays done.
//!
//! Must not know: what is done, HTTP, pages.

use crate::audit;
use kernel::{Actor, Error, Kind, Lang, Result};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;
use store::{Ctx, Env};

/// What became of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Outcome {
    /// Id of what was acted on.
    pub id: String,
    /// What it is called; empty when the caller may not see it.
    pub name: String,
    /// Whether it is done.
    pub done: bool,
    /// Why not: a code of the errors.
    pub code: String,
    /// Why not, in the caller's language.
    pub message: String,
}

/// What became of all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Outcomes {
    /// How many are done.
    pub done: usize,
    /// Each, in the order they were named.
    pub each: Vec<Outcome>,
}

/// Acts under way.
pub struct Batch<'a> {
    env: &'a Arc<Env>,
    actor: &'a Actor,
    lang: Lang,
    sentence: &'a (dyn Fn(&Error) -> String + Sync),
    outcomes: Outcomes,
}

impl<'a> Batch<'a> {
    /// None done yet; `sentence` tells why one was not.
    pub fn begin(
        env: &'a Arc<Env>,
        actor: &'a Actor,
        lang: Lang,
        sentence: &'a (dyn Fn(&Error) -> String + Sync),
    ) -> Batch<'a> {
        Batch { env, actor, lang, sentence, outcomes: Outcomes::default() }
    }

    /// Does one. Errors: a fault of ours or of the database.
    pub async fn act(
        &mut self,
        id: String,
        name: String,
        act: impl AsyncFnOnce(&mut Ctx) -> Result<()>,
    ) -> Result<()> {
        let mut ctx = Ctx::write(self.env, self.actor.clone(), self.lang).await?;
        let (mut code, mut message) = (String::new(), String::new());
        // On the heap: acts are large, and lie deep in a request.
        match Box::pin(act(&mut ctx)).await {
            Ok(()) => {
                ctx.commit().await?;
                self.outcomes.done += 1;
            }
            Err(error) if matches!(error.kind, Kind::Internal | Kind::Unavailable) => {
                return Err(error);
            }
            Err(error) => (code, message) = (error.code.to_owned(), (self.sentence)(&error)),
        }
        let done = code.is_empty();
        self.outcomes.each.push(Outcome { id, name, done, code, message });
        Ok(())
    }

    /// What became of all.
    pub fn end(self) -> Outcomes {
        self.outcomes
    }

    /// As [`Batch::end`], with evidence of the one confirmation: how many were put before the officer,
    /// which of these `things` were done, and the digest of his opinion.
    pub async fn confirmed(self, kind: &str, things: &str, opinion: &str) -> Result<Outcomes> {
        let mut ctx = Ctx::write(self.env, self.actor.clone(), self.lang).await?;
        let each = &self.outcomes.each;
        let done: Vec<&str> =
            each.iter().filter(|one| one.done).map(|one| one.id.as_str()).collect();
        let body = json!({ "asked": each.len(), things: done,
            "opinion": proof::digest::sm3_hex(opinion.as_bytes()),
            "assurance": self.actor.assurance });
        let subject = format!("account:{}", self.actor.account);
        audit::record(&mut ctx, kind, &subject, body).await?;
        ctx.commit().await?;
        Ok(self.outcomes)
    }
}
