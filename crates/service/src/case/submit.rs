//! Submission: a draft becomes a case, with one case per item, in one transaction.
//!
//! Invariants: one draft is one case, also when it is submitted twice at once; numbers are unique
//! and may have gaps; an item starts when the items it depends on have their results.

use super::act::{emit, project};
use super::definition::{self, Pin};
use super::model::{Case, ITEMS_MAX, Names, PARTS_MAX, Submission, Submitted, SubmittedItem};
use super::supply::{self, Held};
use super::verbs::ASSIST;
use super::{about, agent, automatic, document, family, history, notice, store, timer};
use crate::figures::Tally;
use ::store::Ctx;
use flow::case::{Command, Env, Event, Phase, State};
use flow::composition::{Need, Plan};
use kernel::identifier::{CaseNumber, ItemCode, QueryCode};
use kernel::{ActorKind, Error, Result};
use pack::item::Item;
use party::delegation::Delegation;
use party::person::{self, NewPerson, Person};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// An item to be opened.
struct Opening {
    item: Item,
    agency: String,
    code: String,
    pin: Pin,
}

/// Makes the case of a draft, or returns the one it has become already.
///
/// Errors: `case.items` for none, too many or unknown items; `case.division`; `case.agency` when no
/// agency is competent; those of `flow::composition`; `not_found` when the actor may not apply for
/// this person; `case.applied_already` when one about the same is under way; `case.parts`, `case.answer_size`, `case.material_unknown`.
pub async fn submit(ctx: &mut Ctx, new: Submission) -> Result<Submitted> {
    let agent = authorize(ctx, &new).await?;
    if let Some(known) = store::by_draft(ctx, &new.draft_id).await? {
        return again(ctx, &known).await;
    }
    check(&new)?;
    let applicant = person::get(ctx, &new.applicant_person).await?;
    let plan = plan(ctx, &new)?;
    let openings = openings(ctx, &new, &plan)?;
    let child = child(ctx, &new).await?;
    let parent = parent(ctx, &new, &plan, &openings, &applicant, child.as_ref()).await?;
    let numbers = numbers(ctx, &parent, &openings).await?;
    let mut parent = Case { number: numbers.whole, ..parent };
    let mut children = Vec::new();
    for (opening, number) in openings.iter().zip(numbers.items) {
        children.push(open(ctx, &parent, opening, number, &plan)?);
    }
    let cases: Vec<Case> = children.iter().map(|(case, _)| case.clone()).collect();
    family::stand(ctx, &mut parent, &plan, &cases)?;
    if !store::insert(ctx, &parent, Some(&new.draft_id)).await? {
        // Somebody submitted the same draft while we did: theirs stands.
        let known = store::by_draft(ctx, &new.draft_id).await?;
        return again(ctx, &known.ok_or_else(|| Error::internal("draft neither new nor known"))?)
            .await;
    }
    about::claim(ctx, &parent.id, &new.about).await?;
    if let Some(given) = &agent {
        agent::keep(ctx, &parent, given).await?;
    }
    // On the heap: what is under way here is large, and lies deep in a request.
    Box::pin(write(ctx, &new, &parent, &applicant, &openings, &mut children)).await
}

/// The answer given before.
async fn again(ctx: &mut Ctx, parent: &Case) -> Result<Submitted> {
    let children = store::children(ctx, &parent.id).await?;
    Ok(told(parent, &children))
}

fn told(parent: &Case, children: &[Case]) -> Submitted {
    let item = |case: &Case| SubmittedItem {
        id: case.id.clone(),
        item: case.item.clone(),
        number: case.number.clone(),
        phase: case.phase.as_str().to_owned(),
    };
    Submitted {
        id: parent.id.clone(),
        number: parent.number.clone(),
        query_code: parent.query_code.clone(),
        items: children.iter().map(item).collect(),
    }
}

/// The delegation under which the actor applies in the applicant's place; none for the applicant
/// himself and the clerk. Errors: `not_found`.
async fn authorize(ctx: &mut Ctx, new: &Submission) -> Result<Option<Delegation>> {
    match ctx.actor.kind {
        ActorKind::System => Ok(None),
        ActorKind::Officer => party::authority::demand(ctx, ASSIST).map(|()| None),
        ActorKind::Anonymous => Err(Error::unauthenticated("sign_in.needed")),
        ActorKind::Citizen if ctx.actor.party == new.applicant_person => Ok(None),
        ActorKind::Citizen => {
            let agent = ctx.actor.party.clone();
            let (principal, scope) = (&new.applicant_person, &new.one_thing);
            let given = party::delegation::lets_apply(ctx, principal, &agent, scope).await?;
            given.map(Some).ok_or_else(Error::not_found)
        }
    }
}

fn check(new: &Submission) -> Result<()> {
    if new.draft_id.is_empty() || new.draft_id.len() > 80 {
        return Err(Error::invalid("case.draft"));
    }
    let distinct: BTreeSet<&String> = new.items.iter().collect();
    if new.items.is_empty() || new.items.len() > ITEMS_MAX || distinct.len() != new.items.len() {
        return Err(Error::invalid("case.items").arg("max", ITEMS_MAX));
    }
    if new.facts.len() > PARTS_MAX
        || new.uploads.len() > PARTS_MAX
        || new.receipts.len() > PARTS_MAX
    {
        return Err(Error::limited("case.parts").arg("max", PARTS_MAX));
    }
    if !matches!(new.channel.as_str(), "online" | "window") {
        return Err(Error::invalid("case.channel"));
    }
    supply::check_answers(&new.answers)
}

/// Which of the chosen items waits for which.
fn plan(ctx: &Ctx, new: &Submission) -> Result<Plan> {
    let pack = ctx.env.pack.clone();
    let promised = |id: &str| {
        let unknown = || Error::invalid("case.items").arg("max", ITEMS_MAX);
        pack.item(id).map(|item| item.limits.promised).ok_or_else(unknown)
    };
    let Some(one_thing) = pack.one_thing(&new.one_thing) else {
        let single = |id: &String| {
            let (need, after) = (Need::Required, Vec::new());
            Ok(flow::composition::Item { id: id.clone(), after, need, promised: promised(id)? })
        };
        return Plan::new(new.items.iter().map(single).collect::<Result<_>>()?);
    };
    let whole: Vec<flow::composition::Item> = one_thing
        .members
        .iter()
        .map(|member| {
            // Whether an item applies was for the guide to say: what was not chosen is not needed.
            let required = new.items.contains(&member.item) && !member.optional;
            let need = if required { Need::Required } else { Need::Optional };
            let (id, after) = (member.item.clone(), member.after.clone());
            Ok(flow::composition::Item { promised: promised(&id)?, id, after, need })
        })
        .collect::<Result<_>>()?;
    Plan::new(whole)?.choose(&new.items.iter().cloned().collect())
}

/// The items with the agencies that are competent, their codes and their definitions.
fn openings(ctx: &Ctx, new: &Submission, plan: &Plan) -> Result<Vec<Opening>> {
    let pack = ctx.env.pack.clone();
    let place = pack.division(&new.division).ok_or_else(|| Error::invalid("case.division"))?;
    let unknown = || Error::invalid("case.items").arg("max", ITEMS_MAX);
    plan.items()
        .iter()
        .map(|member| {
            let item = pack.item(&member.id).ok_or_else(unknown)?.clone();
            let agency = pack
                .competent(&item.agency, item.level, place)
                .ok_or_else(|| Error::invalid("case.agency").arg("item", &item.name.zh))?;
            let code = pack.item_code(&item, &agency)?;
            let pin = definition::pin(ctx, "item", &item.id)?;
            Ok(Opening { item, agency: agency.id, code, pin })
        })
        .collect()
}

async fn child(ctx: &mut Ctx, new: &Submission) -> Result<Option<Person>> {
    let Some(child) = &new.child else { return Ok(None) };
    let known = NewPerson {
        name: child.name.clone(),
        number: child.number.clone(),
        birth_date: Some(child.birth_date),
        division: new.division.clone(),
    };
    person::ensure(ctx, known).await.map(Some)
}

/// The parent, without its number and not yet standing.
async fn parent(
    ctx: &mut Ctx,
    new: &Submission,
    plan: &Plan,
    openings: &[Opening],
    applicant: &Person,
    child: Option<&Person>,
) -> Result<Case> {
    let lead = lead(ctx, new, openings);
    let pin = match new.one_thing.as_str() {
        "" => openings.get(lead).map(|opening| opening.pin.clone()),
        id => Some(definition::pin(ctx, "one_thing", id)?),
    };
    let pin = pin.ok_or_else(|| Error::internal("a case without a definition"))?;
    let names = Names {
        applicant: applicant.name.clone(),
        applicant_number: applicant.number.clone().unwrap_or_default(),
        child: child.map(|child| child.name.clone()).unwrap_or_default(),
        child_number: child.and_then(|child| child.number.clone()).unwrap_or_default(),
        mobile: new.mobile.chars().take(20).collect(),
    };
    Ok(Case {
        id: ctx.id(),
        query_code: QueryCode::make(&mut ctx.random)?.as_str().to_owned(),
        one_thing: new.one_thing.clone(),
        definition_version: pin.version,
        definition_digest: pin.digest,
        division: new.division.clone(),
        agency: openings.get(lead).map(|opening| opening.agency.clone()).unwrap_or_default(),
        applicant: applicant.id.clone(),
        child: child.map(|child| child.id.clone()).unwrap_or_default(),
        filed_by: ctx.actor.account.clone(),
        channel: new.channel.clone(),
        phase: Phase::Submitted,
        revision: 1,
        names,
        plan: plan.items().to_vec(),
        ..Case::blank(ctx.now)
    })
}

/// Position of the item in the lead: of the one-thing's leading agency, else the first.
fn lead(ctx: &Ctx, new: &Submission, openings: &[Opening]) -> usize {
    let leading = ctx.env.pack.one_thing(&new.one_thing).map(|one| one.lead_agency.clone());
    let found =
        leading.and_then(|kind| openings.iter().position(|opening| opening.item.agency == kind));
    found.unwrap_or(0)
}

struct Numbers {
    whole: String,
    items: Vec<String>,
}

/// Case numbers: the whole counts in the series of the item in the lead. Series are taken in the
/// order of their codes, so that two submissions never wait for each other.
async fn numbers(ctx: &mut Ctx, parent: &Case, openings: &[Opening]) -> Result<Numbers> {
    let lead = openings.iter().find(|opening| opening.agency == parent.agency).or(openings.first());
    let lead = lead.map(|opening| opening.code.clone()).unwrap_or_default();
    let mut wanted: BTreeMap<&str, i64> = BTreeMap::from([(lead.as_str(), 1)]);
    for opening in openings {
        *wanted.entry(&opening.code).or_default() += 1;
    }
    let today = ctx.now.date();
    let day = kernel::time::days_since_epoch(today);
    let mut next: BTreeMap<&str, i64> = BTreeMap::new();
    for (code, count) in wanted {
        let last = store::next_numbers(ctx, code, day, count).await?;
        next.insert(code, last - count + 1);
    }
    let mut take = |code: &str| {
        let slot = next.get_mut(code).ok_or_else(|| Error::internal("no series for a case"))?;
        let sequence = u16::try_from(*slot).map_err(|_| Error::limited("case.numbers_spent"))?;
        *slot += 1;
        Ok(CaseNumber::make(&ItemCode::parse(code)?, today, sequence)?.as_str().to_owned())
    };
    let whole = take(&lead)?;
    let items = openings.iter().map(|opening| take(&opening.code)).collect::<Result<_>>()?;
    Ok(Numbers { whole, items })
}

/// Opens the case of an item, and releases it when it waits for nothing.
fn open(
    ctx: &mut Ctx,
    parent: &Case,
    opening: &Opening,
    number: String,
    plan: &Plan,
) -> Result<(Case, Vec<Event>)> {
    let pack = ctx.env.pack.clone();
    let calendar = pack.calendar()?;
    let actor = ctx.actor.account.clone();
    let env = Env { now: ctx.now, calendar, actor: &actor, approver: false };
    let (mut state, mut events): (State, Vec<Event>) = flow::case::open(&env);
    if plan.items().iter().any(|item| item.id == opening.item.id && item.after.is_empty()) {
        let profile = opening.item.profile();
        let (next, more) = flow::case::apply(&profile, &state, &Command::Release, &env)?;
        state = next;
        events.extend(more);
    }
    let mut case = Case {
        id: ctx.id(),
        parent_id: parent.id.clone(),
        number,
        query_code: String::new(),
        item: opening.item.id.clone(),
        definition_version: opening.pin.version,
        definition_digest: opening.pin.digest.clone(),
        agency: opening.agency.clone(),
        plan: Vec::new(),
        state,
        ..parent.clone()
    };
    project(&mut case, &events, calendar)?;
    Ok((case, events))
}

/// Writes everything a submission entails.
async fn write(
    ctx: &mut Ctx,
    new: &Submission,
    parent: &Case,
    applicant: &Person,
    openings: &[Opening],
    children: &mut [(Case, Vec<Event>)],
) -> Result<Submitted> {
    let pack = ctx.env.pack.clone();
    let calendar = pack.calendar()?;
    let mut pins: Vec<Pin> = openings.iter().map(|opening| opening.pin.clone()).collect();
    if !new.one_thing.is_empty() {
        pins.push(definition::pin(ctx, "one_thing", &new.one_thing)?);
    }
    definition::keep(ctx, &pins).await?;
    let mut tally = Tally::default();
    tally.moved(None, parent);
    for (case, events) in children.iter_mut() {
        history::append(ctx, case, events).await?;
        store::insert(ctx, case, None).await?;
        timer::plan(ctx, case, calendar).await?;
        tally.moved(None, case);
    }
    let materials = contents(ctx, new, parent, applicant, openings).await?;
    admit(ctx, new, parent, applicant).await?;
    let opened: Vec<(Case, Item)> = children
        .iter()
        .zip(openings)
        .map(|((case, _), opening)| (case.clone(), opening.item.clone()))
        .collect();
    let agent = agent::of(ctx, parent).await?;
    let receipt = document::receipt(ctx, parent, agent.as_ref(), &opened, &materials).await?;
    let sent = notice::submitted(ctx, parent, agent.as_ref()).await?;
    let agent = agent.map(|agent| agent.id);
    record(ctx, new, parent, children, (&receipt, sent.as_deref(), agent)).await?;
    emit(ctx, "case.submitted", parent).await?;
    for (case, item) in &opened {
        if case.phase == Phase::Submitted {
            emit(ctx, "case.submitted", case).await?;
            automatic::ask(ctx, case, item, &item.profile()).await?;
        }
    }
    tally.flush(ctx).await?;
    let cases: Vec<Case> = opened.into_iter().map(|(case, _)| case).collect();
    Ok(told(parent, &cases))
}

/// Keeps answers, facts and materials under the parent; the materials by item.
async fn contents<'a>(
    ctx: &mut Ctx,
    new: &'a Submission,
    parent: &Case,
    applicant: &Person,
    openings: &[Opening],
) -> Result<Vec<(String, String, &'a super::Material)>> {
    supply::first_answers(ctx, &parent.id, &new.answers).await?;
    let mut facts = supply::form_facts(&new.answers, ctx.now);
    facts.extend(automatic::own_facts(ctx, applicant, &new.mobile));
    for (path, fact) in &new.facts {
        let receipt = path.split('.').next().and_then(|lookup| new.receipts.get(lookup));
        let receipt = receipt.cloned().unwrap_or_default();
        facts.insert(path.clone(), Held { fact: fact.clone(), receipt });
    }
    supply::put_facts(ctx, &parent.id, &facts).await?;
    let items: Vec<Item> = openings.iter().map(|opening| opening.item.clone()).collect();
    let materials = supply::spread(&items, &new.uploads)?;
    supply::put_materials(ctx, &parent.id, &materials).await?;
    Ok(materials)
}

/// Hands the draft's grant on to the case and names the applicant and the child to it.
async fn admit(ctx: &mut Ctx, new: &Submission, parent: &Case, applicant: &Person) -> Result<()> {
    if new.one_thing.is_empty() {
        return Ok(());
    }
    data::grant::hand_on(ctx, &new.draft_id, &parent.id, &parent.number).await?;
    let numbers = [applicant.number.clone(), Some(parent.names.child_number.clone())];
    let values: Vec<String> =
        numbers.into_iter().flatten().filter(|value| !value.is_empty()).collect();
    let person = &applicant.id;
    data::grant::open_for(ctx, person, &parent.id, &new.one_thing, &new.items, &values).await
}

async fn record(
    ctx: &mut Ctx,
    new: &Submission,
    parent: &Case,
    children: &[(Case, Vec<Event>)],
    (receipt, message, agent): (&str, Option<&str>, Option<String>),
) -> Result<()> {
    let body = json!({
        "draft": new.draft_id,
        "one_thing": new.one_thing,
        "items": new.items,
        "number": parent.number,
        "channel": new.channel,
        "by_agent": agent,
        "receipts": new.receipts.values().collect::<Vec<_>>(),
        "materials": new.uploads.iter().map(|upload| &upload.digest).collect::<Vec<_>>(),
    });
    let root = parent.id.as_str();
    let mut rows: Vec<(&'static str, &str)> = vec![
        ("cases", root),
        (supply::ANSWERS_KEPT, root),
        (supply::FACTS_KEPT, root),
        (document::TABLE, receipt),
    ];
    rows.extend(message.map(|id| (notice::SENT, id)));
    if !new.uploads.is_empty() {
        rows.push((supply::MATERIALS_KEPT, root));
    }
    rows.extend(children.iter().map(|(case, _)| ("cases", case.id.as_str())));
    party::audit::record_rows(ctx, "case.submitted", &format!("case:{}", parent.id), body, &rows)
        .await?;
    Ok(())
}
