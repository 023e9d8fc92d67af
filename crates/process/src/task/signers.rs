//! Who signs a countersigned step and how: told from its history and from where it stands.
//!
//! Must not know: HTTP, pages.

use super::sign::{Signing, account, weight};
use crate::Moment;
use crate::instance::history;
use crate::instance::model::{Act, Standing};
use ::store::Ctx;
use flow::process::{Definition, Event, Id};
use kernel::Result;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// Entries of the history looked at.
const LOOKED: usize = 500;

/// A signer of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Signer {
    /// Account, or the element as drawn.
    pub account: String,
    /// Name.
    pub name: String,
    /// `signed`, `open` or `to_come`.
    pub state: &'static str,
    /// `for`, `against`, `abstain`; empty where there is no vote.
    pub vote: String,
    /// Weight of the vote.
    pub weight: u64,
    /// The opinion written.
    pub opinion: String,
    /// For whom he stood in; empty for himself.
    pub on_behalf: String,
    /// When he signed.
    pub at: Option<Moment>,
}

/// The signers of the step a task belongs to, those who have signed first; none for any other step.
pub(super) async fn signers(
    ctx: &mut Ctx,
    instance: &str,
    definition: &Definition,
    standing: &Standing,
    number: Id,
) -> Result<Vec<Signer>> {
    let Some(signing) = Signing::of(definition, &standing.state, number) else {
        return Ok(Vec::new());
    };
    let mut signers = signed(ctx, instance, signing.scope()).await?;
    for (_, task, item) in signing.open() {
        let holder = standing.office.desks.get(&task).and_then(|desk| desk.assignee.clone());
        let name = holder.map(|who| who.name).filter(|name| !name.is_empty());
        signers.push(waiting(ctx, &item, name, "open").await?);
    }
    for (_, item) in signing.to_come() {
        signers.push(waiting(ctx, &item, None, "to_come").await?);
    }
    Ok(signers)
}

async fn waiting(
    ctx: &mut Ctx,
    item: &Json,
    name: Option<String>,
    state: &'static str,
) -> Result<Signer> {
    let account = account(item).map(str::to_owned).unwrap_or_else(|| item.to_string());
    let name = match name {
        Some(name) => name,
        None => {
            let known = super::offer::officer(ctx, &account).await?;
            known.map(|who| who.name).unwrap_or_else(|| account.clone())
        }
    };
    let weight = weight(item).unwrap_or_default();
    let (vote, opinion, on_behalf) = Default::default();
    Ok(Signer { account, name, state, vote, weight, opinion, on_behalf, at: None })
}

/// Who signed within a repetition, from the history.
async fn signed(ctx: &mut Ctx, instance: &str, scope: Id) -> Result<Vec<Signer>> {
    let mut stored = history::newest(ctx, instance, i64::MAX, LOOKED).await?;
    stored.reverse();
    let (mut tasks, mut signers) = (BTreeSet::new(), Vec::new());
    for one in stored {
        let (entry, _) = one.open(ctx)?;
        if let Act::Completed { task, opinion, .. } | Act::Deemed { task, basis: opinion, .. } =
            &entry.act
            && tasks.contains(task)
        {
            let vote = entry.changes.iter().find_map(|change| match change {
                Event::TurnDone { scope: own, result, .. } if *own == scope => result.clone(),
                _ => None,
            });
            let vote = vote.unwrap_or_default();
            signers.push(Signer {
                account: entry.by.account.clone(),
                name: entry.by.name.clone(),
                state: "signed",
                vote: vote["vote"].as_str().unwrap_or_default().to_owned(),
                weight: vote["weight"].as_u64().unwrap_or(1),
                opinion: opinion.clone(),
                on_behalf: entry.on_behalf.as_ref().map(|who| who.name.clone()).unwrap_or_default(),
                at: Moment::of(entry.at.0),
            });
        }
        for change in &entry.changes {
            if let Event::TokenMade(token) = change
                && token.scope == scope
                && token.turn.is_some()
            {
                tasks.insert(token.id);
            }
        }
    }
    Ok(signers)
}

/// Names of the signers who may be taken out, by account.
pub(super) fn removable(signers: &[Signer]) -> Vec<(String, String)> {
    let waiting = signers.iter().filter(|one| one.state != "signed");
    let named: BTreeMap<String, String> =
        waiting.map(|one| (one.account.clone(), one.name.clone())).collect();
    if named.len() < 2 { Vec::new() } else { named.into_iter().collect() }
}
