//! Handing in: a complete draft becomes a case, its objections are opened, its grant goes with it.
//!
//! Invariants: the draft is held, so that two submissions at once are one case; an item that uses
//! a value objected to is decided by a person, never by a rule.

use super::draft::{self, Opened};
use super::journey::{FieldState, Journey, Origin};
use super::model::Draft;
use super::store::{self, FileRow};
use super::{EXPIRE, access, own};
use crate::case::{CHILD_NAME, Child, How, Material, Submission, Submitted, uses};
use ::store::Ctx;
use jiff::civil::Date;
use kernel::{Actor, ActorKind, Error, Kind, Lang, Result, Text};
use pack::Province;
use pack::item::MetBy;
use pack::one_thing::{Field, FieldKind, Form};
use rules::Fact;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// Hands the draft in; a second time gives the same answer.
///
/// Errors: `not_found`; `draft.stale`; `draft.undeclared` at the box; `draft.incomplete` at every
/// page with something missing; `draft.own_matter` at an item that is somebody else's, who has not
/// authorised it; those of [`crate::case::submit`].
pub async fn submit(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    declared: bool,
) -> Result<Submitted> {
    ctx.lock("draft", id).await?;
    let draft = access::get(ctx, id).await?;
    if !draft.case_id.is_empty() {
        return serde_json::from_str(&draft.answer).map_err(Error::internal);
    }
    if revision.is_some_and(|revision| revision != draft.revision) {
        return Err(Error::conflict("draft.stale"));
    }
    let mut opened = draft::opened(ctx, draft).await?;
    let pack = ctx.env.pack.clone();
    let journey = opened.journey(&pack)?;
    let mut faults = Error::invalid("form.fields_wrong");
    for page in journey.pages.iter().filter(|page| !page.done) {
        faults = faults.field_with(
            page.page.id.as_str(),
            "draft.incomplete",
            vec![("page", page.page.title.get(ctx.lang).to_owned())],
        );
    }
    if !declared {
        faults = faults.field("declared", "draft.undeclared");
    }
    for item in own::unauthorised(ctx, &opened, &journey).await? {
        let name = pack.item(&item).map(|one| one.short_name.get(ctx.lang).to_owned());
        let args = vec![("item", name.unwrap_or_default())];
        faults = faults.field_with(item, "draft.own_matter", args);
    }
    faults.if_any_field()?;
    let submission = submission(ctx, &pack, &opened, &journey)?;
    let submitted = Box::pin(crate::case::submit(ctx, submission)).await?;
    object(ctx, &opened, &journey, &submitted).await?;
    carry(ctx, &opened.draft, &submitted).await?;
    let body = json!({ "case": submitted.id, "objections": opened.draft.content.disputes.len() });
    party::audit::record(ctx, "draft.submitted", &format!("draft:{id}"), body).await?;
    opened.draft.case_id = submitted.id.clone();
    opened.draft.answer = serde_json::to_string(&submitted).map_err(Error::internal)?;
    opened.draft.updated = ctx.now;
    // The case keeps what it needs; the draft keeps no second copy.
    opened.draft.content = Default::default();
    store::update(ctx, &opened.draft).await?;
    ctx.unschedule(EXPIRE, id).await?;
    Ok(submitted)
}

/// The other parent's authorisation goes with the application when it holds now.
async fn carry(ctx: &mut Ctx, draft: &Draft, submitted: &Submitted) -> Result<()> {
    if draft.content.authorisation.is_empty() {
        return Ok(());
    }
    let given = match party::delegation::find(ctx, &draft.content.authorisation).await {
        Ok(given) => given,
        Err(error) if error.kind == Kind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if given.agent == draft.person && given.covers(&draft.one_thing, ctx.now) {
        crate::case::authorisation::keep(ctx, &submitted.id, &given).await?;
    }
    Ok(())
}

fn submission(
    ctx: &Ctx,
    pack: &Province,
    opened: &Opened,
    journey: &Journey<'_>,
) -> Result<Submission> {
    let draft = &opened.draft;
    let answers: BTreeMap<String, Json> = journey
        .pages
        .iter()
        .flat_map(|page| &page.fields)
        .filter_map(|state| Some((state.field.id.clone(), answer(pack, state)?)))
        .collect();
    let mobile = journey.values(FieldKind::Mobile).next().unwrap_or("").to_owned();
    Ok(Submission {
        draft_id: draft.id.clone(),
        one_thing: draft.one_thing.clone(),
        items: journey.items.clone(),
        applicant_person: draft.person.clone(),
        child: child(journey)?,
        facts: facts(ctx, pack, draft, journey),
        receipts: draft
            .content
            .held
            .iter()
            .filter(|(_, held)| !held.receipt.is_empty())
            .map(|(lookup, held)| (lookup.clone(), held.receipt.clone()))
            .collect(),
        uploads: materials(pack, draft, journey, &opened.files),
        division: division(ctx, opened, journey)?,
        channel: draft.channel.clone(),
        mobile,
        answers,
        about: about(draft, journey),
    })
}

/// What the case keeps of a field: of a record picked, what told it from the others.
fn answer(pack: &Province, state: &FieldState<'_>) -> Option<Json> {
    let value = state.value.clone()?;
    if state.field.picks() {
        Some(Json::from(state.words(pack, &value, Lang::Zh)))
    } else {
        Some(value)
    }
}

/// The records the citizen's one application is for.
fn about(draft: &Draft, journey: &Journey<'_>) -> Vec<String> {
    let lookups = journey.one_thing.lookups.iter().filter(|lookup| lookup.pick.is_some());
    let held = lookups.filter_map(|one| draft.content.held.get(&one.id).filter(|held| held.found));
    held.map(|held| format!("{}/{}", draft.one_thing, held.record)).collect()
}

/// The child named in the form, with the day of birth that stands beside the name.
fn child(journey: &Journey<'_>) -> Result<Option<Child>> {
    let Some(name) =
        journey.find(CHILD_NAME).and_then(|(_, state)| state.value.as_ref()).and_then(Json::as_str)
    else {
        return Ok(None);
    };
    let mut states = journey.pages.iter().flat_map(|page| &page.fields);
    let born = states.find_map(|state| {
        let dated = matches!(state.field.kind, FieldKind::Date | FieldKind::Moment);
        let birth = state.field.id.contains("born") || state.field.id.contains("birth");
        let text = state.value.as_ref().filter(|_| dated && birth)?.as_str()?;
        text.get(..10)?.parse::<Date>().ok()
    });
    let birth_date = born.ok_or_else(|| Error::invalid("draft.birth_missing"))?;
    Ok(Some(Child { name: name.to_owned(), number: None, birth_date }))
}

/// The division that handles the case: the first the form names, else that of the clerk's window,
/// else the applicant's own.
fn division(ctx: &Ctx, opened: &Opened, journey: &Journey<'_>) -> Result<String> {
    let named = journey.values(FieldKind::Division).next();
    let own = match ctx.actor.is_officer() {
        true => ctx.actor.division.as_str(),
        false => opened.division.as_str(),
    };
    match named.unwrap_or(own) {
        "" => Err(Error::invalid("draft.division_missing")),
        code => Ok(code.to_owned()),
    }
}

/// Facts by path with source and time: guide, lookups whole, and fields a registry filled.
fn facts(
    ctx: &Ctx,
    pack: &Province,
    draft: &Draft,
    journey: &Journey<'_>,
) -> BTreeMap<String, Fact> {
    let mut facts = BTreeMap::new();
    let guide = Text::new("办事引导", "Guide");
    for (question, answer) in &draft.content.guide {
        let value = Some(Json::from(answer.as_str()));
        facts.insert(
            format!("guide.{question}"),
            Fact { value, source: guide.clone(), at: ctx.now },
        );
    }
    for lookup in &journey.one_thing.lookups {
        let Some(held) = draft.content.held.get(&lookup.id).filter(|held| held.refused.is_empty())
        else {
            continue;
        };
        let Some(contract) = pack.contract(&lookup.contract) else { continue };
        let registry =
            pack.registry(&lookup.registry).map(|one| one.name.clone()).unwrap_or_default();
        for field in &contract.fields {
            let (source, at) = match held.found {
                true => (held.source.clone(), held.observed),
                false => (registry.clone(), held.taken),
            };
            let value = held.fields.get(field).cloned();
            facts.insert(format!("{}.{field}", lookup.id), Fact { value, source, at });
        }
    }
    for state in journey.pages.iter().flat_map(|page| &page.fields) {
        let Origin::Lookup { lookup, .. } = &state.origin else { continue };
        let Some(held) = draft.content.held.get(lookup) else { continue };
        let mut source = held.source.clone();
        if draft.content.disputes.contains_key(&state.field.id) {
            source = Text::new(
                format!("{}（申请人有异议）", source.zh),
                format!("{} (disputed by the applicant)", source.en),
            );
        }
        let fact = Fact { value: state.value.clone(), source, at: held.observed };
        facts.insert(format!("form.{}", state.field.id), fact);
    }
    facts
}

/// Every material of the items wanted that applies, as it is met.
fn materials(
    pack: &Province,
    draft: &Draft,
    journey: &Journey<'_>,
    files: &[FileRow],
) -> Vec<Material> {
    let mut out = Vec::new();
    let fact = |path: &str| journey.facts.get(path).cloned();
    for item in journey.items.iter().filter_map(|id| pack.item(id)) {
        let applies = item
            .materials
            .iter()
            .filter(|one| one.when.as_ref().is_none_or(|when| rules::eval(when, &fact)));
        for material in applies {
            let material_id = format!("{}.{}", item.id, material.id);
            let plain = |how| Material {
                material_id: material_id.clone(),
                digest: String::new(),
                name: String::new(),
                media_type: String::new(),
                size: 0,
                how,
            };
            match &material.met_by {
                MetBy::Registry { registry } => {
                    let found = journey.one_thing.lookups.iter().any(|lookup| {
                        lookup.registry == *registry
                            && lookup.items.contains(&item.id)
                            && draft.content.held.get(&lookup.id).is_some_and(|held| held.found)
                    });
                    out.extend(found.then(|| plain(How::Registry)));
                }
                MetBy::Commitment { .. } => {
                    out.extend(promised(pack, journey, &material_id).then(|| plain(How::Promise)));
                }
                MetBy::Upload { .. } => out.extend(sent(journey, &material_id, files)),
                // Read by the case itself when it exists.
                MetBy::Licence { .. } => {}
            }
        }
    }
    out
}

/// Whether a commitment was made: where the form asks for it by a statement, when that is ticked.
fn promised(pack: &Province, journey: &Journey<'_>, material_id: &str) -> bool {
    let carries = |field: &Field| field.material.as_deref() == Some(material_id);
    let form = pack.form(&journey.one_thing.id);
    let asked = form.into_iter().flat_map(Form::fields).any(carries);
    let mut states = journey.pages.iter().flat_map(|page| &page.fields);
    !asked || states.any(|state| carries(state.field) && state.value == Some(Json::Bool(true)))
}

fn sent(journey: &Journey<'_>, material_id: &str, files: &[FileRow]) -> Vec<Material> {
    let shown = |file: &&FileRow| {
        journey
            .find(&file.field)
            .is_some_and(|(_, state)| state.field.material.as_deref() == Some(material_id))
    };
    files
        .iter()
        .filter(shown)
        .map(|file| Material {
            material_id: material_id.to_owned(),
            digest: file.digest.clone(),
            name: file.name.clone(),
            media_type: file.media_type.clone(),
            size: u64::try_from(file.size).unwrap_or(0),
            how: How::Upload,
        })
        .collect()
}

/// Opens the objections at their sources and has a person decide what uses the values.
async fn object(
    ctx: &mut Ctx,
    opened: &Opened,
    journey: &Journey<'_>,
    submitted: &Submitted,
) -> Result<()> {
    let mut touched: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let (pack, one_thing) = (ctx.env.pack.clone(), journey.one_thing.id.clone());
    for (field, dispute) in &opened.draft.content.disputes {
        let Some((_, state)) = journey.find(field) else { continue };
        let Origin::Lookup { lookup, field: name } = &state.origin else { continue };
        let Some(held) = opened.draft.content.held.get(lookup) else { continue };
        let definition = journey.one_thing.lookup(lookup);
        let path = format!("{lookup}.{name}");
        for item in journey.items.iter().filter(|item| uses(&pack, &one_thing, item, &path)) {
            touched.entry(item.clone()).or_default().insert(path.clone());
        }
        let filing = data::objection::Filing {
            case_id: submitted.id.clone(),
            registry: definition.map(|lookup| lookup.registry.clone()).unwrap_or_default(),
            record_id: held.record.clone(),
            lookup: lookup.clone(),
            field: name.clone(),
            shown: plain(state.value.as_ref()),
            claimed: dispute.claimed.clone(),
            note: dispute.note.clone(),
            receipt: held.receipt.clone(),
        };
        file_objection(ctx, &opened.draft, &filing).await?;
    }
    for item in &submitted.items {
        if let Some(facts) = touched.remove(&item.item) {
            crate::case::dispute(ctx, &item.id, facts.into_iter().collect()).await?;
        }
    }
    Ok(())
}

fn plain(value: Option<&Json>) -> String {
    match value {
        Some(Json::String(text)) => text.clone(),
        Some(Json::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

/// An objection is the applicant's own, also when a clerk or an agent writes it down for him. One that its source
/// does not take (it is being looked into already) does not hold the case up.
async fn file_objection(
    ctx: &mut Ctx,
    draft: &Draft,
    filing: &data::objection::Filing,
) -> Result<()> {
    let before = (ctx.actor.party != draft.person).then(|| {
        let citizen = Actor {
            kind: ActorKind::Citizen,
            party: draft.person.clone(),
            roles: vec!["citizen".to_owned()],
            ..ctx.actor.clone()
        };
        ctx.acting_as(citizen)
    });
    let outcome = data::objection::open(ctx, filing).await;
    if let Some(before) = before {
        ctx.acting_as(before);
    }
    match outcome {
        Ok(_) => Ok(()),
        Err(error) if matches!(error.kind, Kind::Internal | Kind::Unavailable) => Err(error),
        Err(error) => {
            let body =
                json!({ "field": filing.field, "registry": filing.registry, "code": error.code });
            party::audit::record(
                ctx,
                "draft.objection_refused",
                &format!("case:{}", filing.case_id),
                body,
            )
            .await?;
            Ok(())
        }
    }
}
