//! Granting cases of one item together: one opinion, one article and one confirmation by two
//! factors, each case decided, its licence signed and delivered by itself.
//!
//! Invariants
//! - Every case is its own transaction ([`party::batch`]), decision and licence.
//! - The cases are of one item, so that one opinion and one article can be meant for all.
//! - Nothing is refused together: a refusal has reasons of its own.
//! - A repetition under the same command finds every case that was granted, and answers the same.
//!
//! Must not know: HTTP, pages.

use super::body::Decision;
use super::verbs::{DECIDE, decide};
use super::view;
use ::store::{Ctx, Env, command};
use kernel::{Actor, Error, Kind, Lang, Result, Text};
use party::authority;
use party::batch::{Batch, Outcomes};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Cases granted together: a page of the work list.
pub const TOGETHER_MAX: usize = 50;

/// A case as the decider saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// Id.
    pub id: String,
    /// Revision; a case that has moved on since stays.
    pub revision: i64,
}

/// What to grant.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Grants {
    /// Id under which each case is granted once.
    pub command: String,
    /// The cases.
    pub cases: Vec<Seen>,
    /// The decider's opinion, for all.
    pub opinion: String,
    /// The article applied, for all.
    pub article: String,
}

/// A case put before the decider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proposed {
    /// Id.
    pub id: String,
    /// Revision.
    pub revision: i64,
    /// Case number; empty when the actor may not see it.
    pub number: String,
    /// Applicant, as the actor may see it.
    pub applicant: String,
    /// Whether it waits for a decision of his.
    pub may: bool,
    /// Whether its examination proposes to grant; absent without one, or when that was left open.
    pub proposal: Option<bool>,
}

/// Cases that may be granted together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Together {
    /// Their item; empty when none of them may be seen.
    pub item: Text,
    /// Article to begin with.
    pub article: String,
    /// Each, in the order they were named.
    pub cases: Vec<Proposed>,
}

/// Puts cases before the decider. Errors: `denied`, `case.together_size`, `case.together_mixed`.
pub async fn together(ctx: &mut Ctx, ids: &[String]) -> Result<Together> {
    authority::demand(ctx, DECIDE)?;
    let distinct: BTreeSet<&String> = ids.iter().collect();
    if ids.is_empty() || ids.len() > TOGETHER_MAX || distinct.len() != ids.len() {
        let args = vec![("max", TOGETHER_MAX.to_string())];
        let error = Error::invalid("case.together_size").arg("max", TOGETHER_MAX);
        return Err(error.field_with("cases", "case.together_size", args));
    }
    let (mut item, mut article, mut cases) = (None, String::new(), Vec::new());
    for id in ids {
        let proposed = Proposed {
            id: id.clone(),
            revision: 0,
            number: String::new(),
            applicant: String::new(),
            may: false,
            proposal: None,
        };
        // What may not be seen is told by its own line, not by refusing all.
        let shown = match view::show(ctx, id).await {
            Ok(shown) => shown,
            Err(error) if matches!(error.kind, Kind::NotFound | Kind::Denied) => {
                cases.push(proposed);
                continue;
            }
            Err(error) => return Err(error),
        };
        let named = item.get_or_insert_with(|| {
            article = shown.choices.articles.first().cloned().unwrap_or_default();
            (shown.item.id.clone(), shown.title.clone())
        });
        if named.0 != shown.item.id {
            let error = Error::invalid("case.together_mixed");
            return Err(error.field("cases", "case.together_mixed"));
        }
        let proposal = shown.examination.and_then(|one| one.proposal?.granted);
        cases.push(Proposed {
            revision: shown.revision,
            number: shown.number,
            applicant: shown.applicant.name,
            may: shown.allowed.iter().any(|act| act == "decide"),
            proposal,
            ..proposed
        });
    }
    Ok(Together { item: item.map(|(_, title)| title).unwrap_or_default(), article, cases })
}

/// Grants cases one after the other; what became of each. Errors: those of [`together`];
/// `case.together_words` without opinion or article; `sign_in.second_factor`; a fault of the
/// database, after which what was granted stays granted.
pub async fn grant_together(
    env: &Arc<Env>,
    actor: &Actor,
    lang: Lang,
    grants: &Grants,
    sentence: &(dyn Fn(&Error) -> String + Sync),
) -> Result<Outcomes> {
    if actor.assurance < 2 {
        return Err(Error::unauthenticated("sign_in.second_factor"));
    }
    for (field, text) in [("opinion", &grants.opinion), ("article", &grants.article)] {
        if text.trim().is_empty() {
            let error = Error::invalid("case.together_words");
            return Err(error.field(field, "case.together_words"));
        }
    }
    let ids: Vec<String> = grants.cases.iter().map(|one| one.id.clone()).collect();
    let before = together(&mut Ctx::read(env, actor.clone(), lang), &ids).await?;
    let mut acts = Batch::begin(env, actor, lang, sentence);
    for (seen, proposed) in grants.cases.iter().zip(before.cases) {
        let (id, number) = (seen.id.clone(), proposed.number);
        acts.act(id, number, async |ctx| grant(ctx, seen, grants).await).await?;
    }
    acts.confirmed("case.granted_together", "cases", &grants.opinion).await
}

async fn grant(ctx: &mut Ctx, seen: &Seen, grants: &Grants) -> Result<()> {
    if !grants.command.is_empty() {
        let key = format!("{}\n{}", grants.command, seen.id);
        let key = proof::digest::sm3_hex(key.as_bytes());
        if command::begin(ctx, &key, "case.grant_together").await?.is_some() {
            return Ok(());
        }
    }
    let decision = Decision {
        granted: true,
        opinion: grants.opinion.clone(),
        article: grants.article.clone(),
        ..Decision::default()
    };
    decide(ctx, &seen.id, Some(seen.revision), decision).await.map(|_| ())
}
