//! Countersigning: signers added before, after or last, and taken out; votes with weights and their
//! count.
//!
//! Nouns: a signer is an element of the collection a step is done for, an account or
//! `{account, weight}`; a [`Tally`] is how the votes stand.
//!
//! Invariants
//! - Where a step is drawn to be voted on, who completes it votes, and the engine's completion
//!   condition sees the tally with his vote in it.
//! - Weights are whole numbers from 0 to [`WEIGHT_MAX`], checked before the step is offered.
//! - A signer who has signed stays; the last who has not stays too, so that the step ends as its
//!   condition says and not by taking somebody out.
//!
//! Must not know: HTTP, SQL, pages.

use super::verbs::{Held, colleague, held};
use crate::instance::act::{Acting, Done};
use crate::instance::model::{Act, Who};
use crate::instance::words;
use ::store::Ctx;
use flow::process::{Command, Definition, Each, Id, Repeat, State, Token, TurnAt, Variables};
use kernel::{Error, Result};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// Largest weight of a vote.
pub const WEIGHT_MAX: u64 = 1_000_000;
/// The votes there are.
pub const VOTES: [&str; 3] = ["for", "against", "abstain"];

/// How the votes stand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Tally {
    /// Signers in all.
    pub signers: u64,
    /// Those who have signed.
    pub signed: u64,
    /// Votes for.
    pub votes_for: u64,
    /// Votes against.
    pub votes_against: u64,
    /// Abstentions.
    pub votes_abstained: u64,
    /// Weight of the votes for.
    pub weight_for: u64,
    /// Weight of the votes against.
    pub weight_against: u64,
    /// Weight of the abstentions.
    pub weight_abstained: u64,
    /// Weight of all signers.
    pub weight_total: u64,
}

impl Tally {
    fn count(&mut self, vote: &str, weight: u64) {
        let (votes, sum) = match vote {
            "for" => (&mut self.votes_for, &mut self.weight_for),
            "against" => (&mut self.votes_against, &mut self.weight_against),
            _ => (&mut self.votes_abstained, &mut self.weight_abstained),
        };
        *votes += 1;
        *sum = sum.saturating_add(weight);
        self.signed += 1;
        self.expect(weight);
    }

    fn expect(&mut self, weight: u64) {
        self.signers += 1;
        self.weight_total = self.weight_total.saturating_add(weight);
    }
}

/// A step done once for each signer, seen from one of its tokens.
pub(super) struct Signing<'a> {
    each: &'a Each,
    state: &'a State,
    token: &'a Token,
}

impl<'a> Signing<'a> {
    /// `None` for a token of any other step.
    pub(super) fn of(definition: &'a Definition, state: &'a State, number: Id) -> Option<Self> {
        let token = state.token(number).filter(|token| token.turn.is_some())?;
        match definition.node(token.node)?.repeat.as_ref()? {
            Repeat::Each(each) if !each.collection.is_empty() => {
                Some(Signing { each, state, token })
            }
            _ => None,
        }
    }

    /// Number of the scope of its turns.
    pub(super) fn scope(&self) -> Id {
        self.token.scope
    }

    /// Signers whose turn it is: turn, number of the task, element.
    pub(super) fn open(&self) -> Vec<(u32, Id, Json)> {
        let tokens = self.state.tokens.iter().filter(|token| token.scope == self.token.scope);
        let open = tokens.filter_map(|token| {
            let item = token.locals.get(&self.each.item).cloned().unwrap_or(Json::Null);
            Some((token.turn?, token.id, item))
        });
        open.collect()
    }

    /// Signers whose turn comes: turn and element.
    pub(super) fn to_come(&self) -> Vec<(u32, Json)> {
        let turns = self.state.scope(self.token.scope).and_then(|scope| scope.turns.as_ref());
        let Some(turns) = turns else { return Vec::new() };
        let all = turns.items.iter().cloned().enumerate();
        let rest = all.filter_map(|(at, item)| Some((u32::try_from(at).ok()?, item)));
        rest.filter(|(at, _)| *at >= turns.started).collect()
    }

    /// Votes already cast.
    fn cast(&self) -> Vec<&'a Json> {
        let turns = self.state.scope(self.token.scope).and_then(|scope| scope.turns.as_ref());
        let results = turns.map(|turns| turns.results.as_slice()).unwrap_or_default();
        results.iter().filter(|one| one.get("vote").is_some()).collect()
    }

    /// How the votes stand. Errors: `process.weight`.
    pub(super) fn tally(&self) -> Result<Tally> {
        let mut tally = Tally::default();
        for one in self.cast() {
            let vote = one["vote"].as_str().unwrap_or_default();
            tally.count(vote, one["weight"].as_u64().unwrap_or_default());
        }
        let open = self.open().into_iter().map(|(_, _, item)| item);
        for item in open.chain(self.to_come().into_iter().map(|(_, item)| item)) {
            tally.expect(weight(&item)?);
        }
        Ok(tally)
    }

    /// Signers who have not signed: turn, and account or, for who has none, text as drawn.
    async fn waiting(&self, ctx: &mut Ctx) -> Result<Vec<(u32, String)>> {
        let open = self.open().into_iter().map(|(turn, _, item)| (turn, item));
        let mut waiting = Vec::new();
        for (turn, item) in open.chain(self.to_come()) {
            if let Some(named) = account(&item) {
                waiting.push((turn, resolved(ctx, named).await?));
            }
        }
        Ok(waiting)
    }

    /// Refuses a signer who is to vote, or has voted, already. Errors: `process.signer_twice`.
    async fn new_to(&self, ctx: &mut Ctx, signer: &Who) -> Result<()> {
        let waits = self.waiting(ctx).await?.iter().any(|(_, one)| *one == signer.account);
        let has_voted = self.cast().iter().any(|one| one["signer"] == signer.account);
        match waits || has_voted {
            true => Err(twice(&signer.name).field("to", "process.signer_twice")),
            false => Ok(()),
        }
    }
}

/// The account of an officer named by id or login; the text itself for anybody else.
async fn resolved(ctx: &mut Ctx, named: &str) -> Result<String> {
    let officer = super::offer::officer(ctx, named).await?;
    Ok(officer.map_or_else(|| named.trim().to_owned(), |who| who.account))
}

fn twice(signer: &str) -> Error {
    Error::invalid("process.signer_twice").arg("signer", signer)
}

/// Refuses a vote for which somebody is listed twice, before anybody has voted: he would count
/// twice. Nothing for any other step. Errors: `process.signer_twice`.
pub(crate) async fn check_signers(
    ctx: &mut Ctx,
    definition: &Definition,
    state: &State,
    task: Id,
) -> Result<()> {
    let Some(signing) = Signing::of(definition, state, task) else { return Ok(()) };
    let first = signing.open().first().is_some_and(|(_, number, _)| *number == task);
    if !first || !signing.cast().is_empty() {
        return Ok(());
    }
    let mut seen = BTreeSet::new();
    for (_, signer) in signing.waiting(ctx).await? {
        if let Some(signer) = seen.replace(signer) {
            let known = super::offer::officer(ctx, &signer).await?;
            return Err(twice(&known.map_or(signer, |who| who.name)));
        }
    }
    Ok(())
}

/// The account an element names.
pub(super) fn account(item: &Json) -> Option<&str> {
    item.as_str().or_else(|| item.get("account").and_then(Json::as_str)).map(str::trim)
}

/// The weight of an element: 1 when it names none. Errors: `process.weight`.
pub(super) fn weight(item: &Json) -> Result<u64> {
    let wrong = || {
        let who = account(item).unwrap_or_default().to_owned();
        Error::invalid("process.weight").arg("signer", who).arg("max", WEIGHT_MAX)
    };
    match item.get("weight") {
        None => Ok(1),
        Some(given) => given.as_u64().filter(|given| *given <= WEIGHT_MAX).ok_or_else(wrong),
    }
}

/// Refuses a step to be voted on whose signers have impossible weights. Errors: `process.weight`.
pub(crate) fn check_weights(definition: &Definition, state: &State, task: Id) -> Result<()> {
    match Signing::of(definition, state, task) {
        Some(signing) => signing.tally().map(|_| ()),
        None => Ok(()),
    }
}

/// Makes the vote of who completes a task what the engine gathers, and counts it. Nothing for a
/// step that is not voted on. Errors: `process.vote`, `process.weight`.
pub(super) fn vote(
    acting: &Acting,
    task: Id,
    signer: &Who,
    variables: &mut Variables,
) -> Result<()> {
    let node = acting.node_of(task)?;
    let Some(name) = acting.extra(&node).and_then(|extra| extra.vote.clone()) else {
        return Ok(());
    };
    let Some(signing) = Signing::of(acting.definition()?, &acting.standing.state, task) else {
        return Ok(());
    };
    let field = signing.each.output_item.clone();
    let given = variables.get(&field).or(variables.get("vote")).and_then(Json::as_str);
    let Some(vote) = VOTES.into_iter().find(|one| Some(*one) == given) else {
        return Err(Error::invalid("process.vote").field("vote", "process.vote"));
    };
    let item = signing.token.locals.get(&signing.each.item).cloned().unwrap_or(Json::Null);
    let weight = weight(&item)?;
    let mut tally = signing.tally()?;
    // His own weight is among those expected already.
    tally.signers = tally.signers.saturating_sub(1);
    tally.weight_total = tally.weight_total.saturating_sub(weight);
    tally.count(vote, weight);
    variables.remove("vote");
    let record = json!({ "signer": signer.account, "name": signer.name, "vote": vote,
        "weight": weight });
    variables.insert(field, record);
    variables.insert(name, serde_json::to_value(tally).map_err(Error::internal)?);
    Ok(())
}

/// Counts the vote of a signer whom the law takes to have signed: what is drawn, else that he
/// abstains. Errors: as [`vote`].
pub(crate) fn deemed_vote(acting: &Acting, task: Id, variables: &mut Variables) -> Result<()> {
    let node = acting.node_of(task)?;
    if acting.extra(&node).is_none_or(|extra| extra.vote.is_none()) {
        return Ok(());
    }
    let holder = acting.standing.office.desks.get(&task).and_then(|desk| desk.assignee.clone());
    variables.entry("vote".to_owned()).or_insert_with(|| Json::from("abstain"));
    vote(acting, task, &holder.unwrap_or_default(), variables)
}

/// Whether the actor sent it to be signed: did the step before, which is not one of its signatures.
pub(super) async fn sent(ctx: &mut Ctx, held: &Held) -> Result<bool> {
    let node = held.acting.node_of(held.number)?;
    let other = held.desk.after.as_ref().is_some_and(|step| step.node != node);
    Ok(other && held.before(ctx).await?)
}

/// A signer to be added.
#[derive(Clone, Debug, Default)]
pub struct NewSigner<'a> {
    /// Account or login of a colleague.
    pub signer: &'a str,
    /// Where he comes.
    pub at: TurnAt,
    /// The weight of his vote; none for one that counts once.
    pub weight: Option<u64>,
}

/// Adds a signer to a step done once for each of a list: before this one, who then signs after him,
/// next after this one, or last; where all sign at once, beside them. Errors: those of a held task;
/// `process.not_yours`, `process.colleague`, `process.signer_twice`, `process.weight`,
/// `process.not_repeated`, `process.turns_at_once`.
pub async fn add_signer(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    new: NewSigner<'_>,
    reason: &str,
) -> Result<Done> {
    let reason = words(reason, "words", true)?;
    let mut held = held(ctx, id, revision).await?;
    held.mine_or_managed(ctx)?;
    let who = colleague(ctx, new.signer).await?;
    let weighed = {
        let state = &held.acting.standing.state;
        let signing = Signing::of(held.acting.definition()?, state, held.number);
        if let Some(signing) = &signing {
            signing.new_to(ctx, &who).await?;
        }
        let open = signing.map(|signing| signing.open()).unwrap_or_default();
        new.weight.is_some() || open.iter().any(|(_, _, item)| item.is_object())
    };
    let item = match weighed {
        true => json!({ "account": who.account, "weight": new.weight.unwrap_or(1) }),
        false => Json::from(who.account.clone()),
    };
    weight(&item)?;
    held.acting.step(ctx, &Command::AddTurn { token: held.number, item, at: new.at })?;
    let act = Act::SignerAdded { task: held.number, signer: who.name, reason };
    held.acting.finish(ctx, act).await
}

/// Takes a signer out who has not signed, for who did the step before or manages the instance.
/// `signer` is his account or login, or the element as drawn. Errors: those of a held task;
/// `process.not_yours_to_remove`, `process.no_signer`, `process.not_repeated`, `process.turn_last`.
pub async fn remove_signer(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    signer: &str,
    reason: &str,
) -> Result<Done> {
    let reason = words(reason, "words", true)?;
    let mut held = held(ctx, id, revision).await?;
    if !(held.manages || sent(ctx, &held).await?) {
        return Err(Error::denied("process.not_yours_to_remove"));
    }
    let number = held.number;
    let wanted = resolved(ctx, signer).await?;
    let waiting = {
        let state = &held.acting.standing.state;
        let signing = Signing::of(held.acting.definition()?, state, number);
        let signing = signing.ok_or_else(|| Error::conflict("process.not_repeated"))?;
        signing.waiting(ctx).await?
    };
    let turn = waiting.into_iter().find(|(_, one)| *one == wanted).map(|(turn, _)| turn);
    let missing = || Error::invalid("process.no_signer").field("to", "process.no_signer");
    let turn = turn.ok_or_else(missing)?;
    held.acting.step(ctx, &Command::DropTurn { token: number, turn })?;
    let known = super::offer::officer(ctx, signer).await?;
    let signer = known.map(|who| who.name).unwrap_or_else(|| signer.trim().to_owned());
    held.acting.finish(ctx, Act::SignerRemoved { task: number, signer, reason }).await
}
