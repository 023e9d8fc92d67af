//! The verbs of drafts: begin with consent, save, object, remove.

use super::check::{Fault, check, fault, sex};
use super::journey::{FieldState, Journey, Origin};
use super::model::{Change, Confirmation, Content, Dispute, Draft, DraftRow};
use super::store::{self, FileRow};
use super::{AGENT_MAX, DAYS, EXPIRE, OPEN_MAX, access, lookup};
use crate::case::Moment;
use crate::guide::{Answers, walk};
use ::store::Ctx;
use kernel::identifier::CitizenNumber;
use kernel::{Error, Kind, Result};
use pack::Province;
use pack::one_thing::FieldKind;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// Longest note of an objection, in characters.
const CLAIM_MAX: usize = 300;
/// Drafts shown in a list.
const SHOWN_MAX: usize = 50;

/// Consent given on paper at a window.
#[derive(Clone, Debug, Default)]
pub struct Paper {
    /// Party id of the citizen present.
    pub person: String,
    /// Who saw the signature.
    pub witness: String,
    /// How he was identified: `number` or `code`.
    pub identified_by: String,
    /// Id the draft is to have, where he was looked up for it already; empty for a new one.
    pub draft: String,
}

/// What begins a draft.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// What is applied for.
    pub one_thing: String,
    /// The guide's answers.
    pub guide: Answers,
    /// Optional items not wanted.
    pub left_out: BTreeSet<String>,
    /// The consent was given.
    pub consent: bool,
    /// A clerk files for a citizen present.
    pub paper: Option<Paper>,
    /// Delegation under which the actor begins it in its principal's place; empty for himself.
    pub delegation: String,
}

/// A draft with all that its journey is computed from.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The draft.
    pub draft: Draft,
    /// Its files.
    pub files: Vec<FileRow>,
    /// Facts of the applicant.
    pub applicant: BTreeMap<String, Json>,
    /// Where he lives, by his account.
    pub division: String,
    /// The reader acts in the applicant's place.
    pub by_agent: bool,
}

impl Opened {
    /// The path through the form as it now is. Errors: `not_found` when the packs no longer have
    /// the one-thing.
    pub fn journey<'a>(&self, pack: &'a Province) -> Result<Journey<'a>> {
        Journey::new(
            pack,
            &self.draft.one_thing,
            &self.draft.content,
            &self.applicant,
            &self.counts(),
        )
    }

    /// The draft as it would be with what is typed and not yet saved, as far as that is in order:
    /// what a page shows may hang on an answer just given on it.
    pub(super) fn preview(&self, pack: &Province, today: jiff::civil::Date) -> Result<Opened> {
        let mut preview = self.clone();
        for (page, typed) in &self.draft.content.typed {
            let answers =
                typed.iter().map(|(id, text)| (id.clone(), Json::from(text.as_str()))).collect();
            let change = Change { answers, page: Some(page.clone()), ..Change::default() };
            answers_of(&mut preview, pack, &change, today, Error::invalid("form.fields_wrong"))?;
        }
        Ok(preview)
    }

    /// Files by field.
    pub fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for file in &self.files {
            *counts.entry(file.field.clone()).or_insert(0) += 1;
        }
        counts
    }
}

/// Begins a draft: records the consent, opens the grant, looks up what is known; its id.
///
/// Errors: `draft.guide` at the question where the guide does not go to its end, `draft.consent` at the
/// box, `draft.too_many`, `draft.too_many_for`, `draft.sex_female` and `draft.sex_male` when the applicant cannot be whom
/// the guide says, `draft.not_authorised` at `for` when the principal of the delegation does not let
/// the actor apply for it now, `denied` for a clerk without the permission, `account.unproven`.
pub async fn start(ctx: &mut Ctx, start: Start) -> Result<String> {
    let (person, clerk, agent) = match &start.paper {
        Some(paper) => {
            party::authority::demand(ctx, crate::case::ASSIST)?;
            (paper.person.clone(), ctx.actor.account.clone(), String::new())
        }
        None => {
            party::authority::demand(ctx, "application.own")?;
            party::account::demand_proven(ctx).await?;
            let own = ctx.actor.party.clone();
            match start.delegation.as_str() {
                "" => (own, String::new(), String::new()),
                id => (principal(ctx, id, &start.one_thing).await?, String::new(), own),
            }
        }
    };
    let pack = ctx.env.pack.clone();
    let walked = walk(&pack, &start.one_thing, &start.guide)?;
    let guide = pack.guide(&start.one_thing).ok_or_else(Error::not_found)?;
    walked.demand_complete(&start.guide, guide, ctx.lang)?;
    if !start.consent {
        return Err(Error::invalid("form.fields_wrong").field("consent", "draft.consent"));
    }
    let (most, code) = match agent.is_empty() {
        true => (OPEN_MAX, "draft.too_many"),
        false => (AGENT_MAX, "draft.too_many_for"),
    };
    if store::open_by(ctx, &person, &agent).await? >= most {
        return Err(Error::limited(code).arg("max", most));
    }
    let optional =
        |item: &String| walked.items().iter().any(|member| member.optional && member.item == *item);
    let left_out = start.left_out.iter().filter(|item| optional(item)).cloned().collect();
    let looked_up = start.paper.as_ref().map(|paper| paper.draft.clone());
    let id = looked_up.filter(|id| !id.is_empty()).unwrap_or_else(|| ctx.id());
    let expires = ctx.now.plus_days(DAYS);
    let mut draft = Draft {
        id: id.clone(),
        person,
        channel: if clerk.is_empty() { "online" } else { "window" }.to_owned(),
        clerk,
        agent,
        one_thing: start.one_thing.clone(),
        content: Content { guide: walked.answers.clone(), left_out, ..Content::default() },
        revision: 0,
        consent_entry: String::new(),
        created: ctx.now,
        updated: ctx.now,
        expires,
        case_id: String::new(),
        answer: String::new(),
    };
    draft.consent_entry = consent(ctx, &draft, start.paper.as_ref()).await?;
    store::insert(ctx, &draft).await?;
    ctx.schedule(EXPIRE, &id, expires, &json!({ "draft": id })).await?;
    let mut opened = opened(ctx, draft).await?;
    role(&opened.journey(&pack)?)?;
    Box::pin(lookup::gather(ctx, &mut opened)).await?;
    store::update(ctx, &opened.draft).await?;
    Box::pin(tell(ctx, &opened.draft)).await?;
    Ok(id)
}

/// Whom the actor applies for under the delegation. Errors: `draft.not_authorised`, alike for one
/// that is not his.
async fn principal(ctx: &mut Ctx, delegation: &str, one_thing: &str) -> Result<String> {
    let now = ctx.now;
    match party::delegation::find(ctx, delegation).await {
        Ok(one) if one.agent == ctx.actor.party && one.lets_apply(one_thing, now) => {
            Ok(one.principal)
        }
        Err(error) if error.kind != Kind::NotFound => Err(error),
        _ => Err(Error::invalid("form.fields_wrong").field("for", "draft.not_authorised")),
    }
}

/// Message that somebody began a draft in the reader's place.
const BEGUN: &str = "draft.begun_for_you";

/// Message that a clerk began a draft for the reader.
const BEGUN_AT_WINDOW: &str = "draft.begun_at_window";

/// The applicant hears of what another begins for him; of what an agent does once a day: who begins
/// and removes one after another floods nobody.
async fn tell(ctx: &mut Ctx, draft: &Draft) -> Result<()> {
    let yesterday = ctx.now.plus_days(-1);
    let pack = ctx.env.pack.clone();
    let (template, by) = if !draft.clerk.is_empty() {
        let agency = pack.agency(&ctx.actor.agency).map(|agency| agency.name).unwrap_or_default();
        (BEGUN_AT_WINDOW, ("agency", json!(agency)))
    } else if draft.agent.is_empty()
        || party::message::told_since(ctx, &draft.person, BEGUN, yesterday).await?
    {
        return Ok(());
    } else {
        let who = party::person::get(ctx, &draft.agent).await?.masked().0;
        (BEGUN, ("who", json!(who)))
    };
    let name = pack.one_thing(&draft.one_thing).map(|one| one.name.clone()).unwrap_or_default();
    let args = [by, ("one_thing", json!(name))];
    let (to, link) = (draft.person.clone(), format!("/drafts/{}", draft.id));
    party::message::send(ctx, &to, template, &args, &link).await.map(drop)
}

/// The applicant's own number fits the place the guide's answers give it, such as the mother's.
/// Errors: `draft.sex_female`, `draft.sex_male` at the field.
fn role(journey: &Journey<'_>) -> Result<()> {
    let mut faults = Error::invalid("form.fields_wrong");
    for state in journey.pages.iter().flat_map(|page| &page.fields) {
        let number = state.value.as_ref().and_then(Json::as_str).map(CitizenNumber::parse);
        let (Origin::Account, Some(Ok(number))) = (&state.origin, number) else { continue };
        if let Err((code, args)) = sex(state.field, &number) {
            faults = faults.field_with(state.field.id.as_str(), code, args);
        }
    }
    faults.if_any_field()
}

/// Records who agreed to what, on which version of the words.
async fn consent(ctx: &mut Ctx, draft: &Draft, paper: Option<&Paper>) -> Result<String> {
    let pack = ctx.env.pack.clone();
    let one = pack.one_thing(&draft.one_thing).ok_or_else(Error::not_found)?;
    let contracts: BTreeSet<&str> =
        one.lookups.iter().map(|lookup| lookup.contract.as_str()).collect();
    let mut body = json!({
        "person": draft.person, "one_thing": draft.one_thing, "version": one.version,
        "words": proof::digest::sm3_hex(one.consent.zh.as_bytes()), "contracts": contracts,
        "channel": draft.channel, "agent": draft.agent,
    });
    if let Some(paper) = paper {
        body["paper"] = json!({ "witness": paper.witness, "identified_by": paper.identified_by });
    }
    party::audit::record(ctx, "draft.consented", &format!("draft:{}", draft.id), body).await
}

/// The draft of the actor, with all that its journey is computed from. Errors: `not_found`.
pub async fn open(ctx: &mut Ctx, id: &str) -> Result<Opened> {
    let draft = access::get(ctx, id).await?;
    opened(ctx, draft).await
}

pub(super) async fn opened(ctx: &mut Ctx, draft: Draft) -> Result<Opened> {
    let files = store::files(ctx, &draft.id).await?;
    let person = party::person::get(ctx, &draft.person).await?;
    let mut applicant = BTreeMap::new();
    applicant.insert("applicant.name".to_owned(), Json::from(person.name));
    if let Some(number) = person.number {
        applicant.insert("applicant.citizen_number".to_owned(), Json::from(number));
    }
    if let Some(mobile) = party::person::mobile(ctx, &draft.person).await? {
        applicant.insert("applicant.mobile".to_owned(), Json::from(mobile));
    }
    let by_agent = !draft.agent.is_empty() && draft.agent == ctx.actor.party;
    Ok(Opened { draft, files, applicant, division: person.division, by_agent })
}

/// Drafts under way of the actor and of those in whose places he acts, newest first.
pub async fn list(ctx: &mut Ctx) -> Result<Vec<DraftRow>> {
    party::authority::signed_in(ctx)?;
    let person = ctx.actor.party.clone();
    if !ctx.actor.is_citizen() || person.is_empty() {
        return Ok(Vec::new());
    }
    let mut drafts = store::open_of(ctx, "person", &person, SHOWN_MAX).await?;
    for draft in store::open_of(ctx, "agent", &person, SHOWN_MAX).await? {
        if access::acts(ctx, &draft).await? {
            drafts.push(draft);
        }
    }
    drafts.sort_by(|a, b| b.id.cmp(&a.id));
    drafts.truncate(SHOWN_MAX);
    let mut rows = Vec::new();
    for draft in &drafts {
        let (by_agent, other) = other(ctx, draft).await?;
        rows.push(DraftRow { other, by_agent, ..row(ctx, draft) });
    }
    Ok(rows)
}

/// Whether the actor acts in the applicant's place, and the name of the other of both, masked.
pub(super) async fn other(ctx: &mut Ctx, draft: &Draft) -> Result<(bool, String)> {
    let by_agent = !draft.agent.is_empty() && draft.agent == ctx.actor.party;
    let other = if by_agent { &draft.person } else { &draft.agent };
    if draft.agent.is_empty() {
        return Ok((false, String::new()));
    }
    Ok((by_agent, party::person::get(ctx, other).await?.masked().0))
}

/// Drafts under way that the clerk began.
pub async fn list_of_clerk(ctx: &mut Ctx) -> Result<Vec<DraftRow>> {
    party::authority::demand(ctx, crate::case::ASSIST)?;
    let account = ctx.actor.account.clone();
    let drafts = store::open_of(ctx, "clerk", &account, SHOWN_MAX).await?;
    Ok(drafts.iter().map(|draft| row(ctx, draft)).collect())
}

fn row(ctx: &Ctx, draft: &Draft) -> DraftRow {
    let name =
        ctx.env.pack.one_thing(&draft.one_thing).map(|one| one.name.clone()).unwrap_or_default();
    DraftRow {
        id: draft.id.clone(),
        one_thing: draft.one_thing.clone(),
        name,
        updated: Moment(draft.updated),
        expires: Moment(draft.expires),
        other: String::new(),
        by_agent: false,
    }
}

/// Saves a change made from a revision; the revision after. Without a revision the newest is meant.
///
/// Errors: `not_found`, `draft.submitted`; `draft.stale` when another device saved meanwhile: what
/// it saved stays; faults at their fields, and then nothing is saved.
pub async fn amend(ctx: &mut Ctx, id: &str, revision: Option<i64>, change: Change) -> Result<i64> {
    let draft = access::hold(ctx, id).await?;
    if revision.is_some_and(|revision| revision != draft.revision) {
        return Err(Error::conflict("draft.stale"));
    }
    let mut opened = opened(ctx, draft).await?;
    let pack = ctx.env.pack.clone();
    let mut faults = Error::invalid("form.fields_wrong");
    let today = ctx.now.date();
    let page = change.page.clone();
    faults = answers_of(&mut opened, &pack, &change, today, faults)?;
    faults = confirmations(&mut opened, &pack, &change, today, faults)?;
    if let Some(page) = &page {
        faults = required(&opened, &pack, page, faults)?;
    }
    faults.if_any_field()?;
    let content = &mut opened.draft.content;
    match page {
        Some(page) => {
            content.typed.remove(&page);
            content.saved.insert(page);
        }
        None => mark_saved(&mut opened, &pack)?,
    }
    opened.draft.revision += 1;
    opened.draft.updated = ctx.now;
    lookup::gather(ctx, &mut opened).await?;
    store::update(ctx, &opened.draft).await?;
    Ok(opened.draft.revision)
}

/// Checks and takes the answers. An answer to a field that is filled, not shown or unknown is a
/// fault, since it would be lost. A field shown only because of an answer of the same change is
/// found in a later round.
fn answers_of(
    opened: &mut Opened,
    pack: &Province,
    change: &Change,
    today: jiff::civil::Date,
    mut faults: Error,
) -> Result<Error> {
    let mut left: BTreeMap<&String, &Json> = change.answers.iter().collect();
    loop {
        let journey = opened.journey(pack)?;
        let found = left.keys().copied().find(|id| journey.find(id).is_some()).cloned();
        let Some(id) = found else { break };
        let Some(raw) = left.remove(&id) else { break };
        let Some((_, state)) = journey.find(&id) else { break };
        let told = match state.field.kind {
            FieldKind::File => Err(fault("draft.type")),
            _ if state.origin == Origin::Account => Err(fault("draft.account")),
            _ if state.origin.is_held() => Err(fault("draft.held")),
            FieldKind::Choice => chosen(state, raw),
            _ => check(pack, state.field, raw, today),
        };
        match told {
            Ok(Some(value)) => {
                opened.draft.content.answers.insert(id, value);
            }
            Ok(None) => {
                opened.draft.content.answers.remove(&id);
            }
            Err((code, args)) => faults = faults.field_with(id, code, args),
        }
    }
    for id in left.into_keys() {
        // A page's own form may carry a field that another answer on it has just hidden.
        if change.page.is_none() {
            faults = faults.field(id.as_str(), "draft.field_unknown");
        }
    }
    Ok(faults)
}

/// One of the choices the field shows; none when nothing was given.
fn chosen(state: &FieldState<'_>, raw: &Json) -> std::result::Result<Option<Json>, Fault> {
    let text = match raw {
        Json::Null => return Ok(None),
        Json::String(text) => text.trim(),
        _ => return Err(fault("draft.type")),
    };
    match state.choices.iter().any(|choice| choice.value == text) {
        true => Ok(Some(Json::from(text))),
        false if text.is_empty() => Ok(None),
        false => Err(fault("draft.choice")),
    }
}

fn confirmations(
    opened: &mut Opened,
    pack: &Province,
    change: &Change,
    today: jiff::civil::Date,
    mut faults: Error,
) -> Result<Error> {
    let journey = opened.journey(pack)?;
    let content = &mut opened.draft.content;
    for (field, dispute) in &change.disputes {
        match journey.find(field) {
            Some((page, state)) if matches!(state.origin, Origin::Lookup { .. }) => {
                match claim(pack, state.field, dispute, today) {
                    // What is claimed of a value that is right would be verified by nobody.
                    Ok(claimed)
                        if state.value.as_ref().is_some_and(|held| is_text(held, &claimed)) =>
                    {
                        faults = faults.field(format!("claimed.{field}"), "draft.claim_held");
                    }
                    Ok(claimed) => {
                        let note = dispute.note.trim().to_owned();
                        content.disputes.insert(field.clone(), Dispute { claimed, note });
                        let print = page.print();
                        content
                            .confirmed
                            .insert(page.page.id.clone(), Confirmation { right: false, print });
                    }
                    Err((code, args)) => {
                        faults = faults.field_with(format!("claimed.{field}"), code, args)
                    }
                }
            }
            Some((_, state)) if state.origin == Origin::Account => {
                faults = faults.field(field.as_str(), "draft.account");
            }
            _ => faults = faults.field(field.as_str(), "draft.not_held"),
        }
    }
    let objected: Vec<&str> = change
        .disputes
        .keys()
        .filter_map(|field| Some(journey.find(field)?.0.page.id.as_str()))
        .collect();
    for (id, right) in &change.confirm {
        if *right && objected.contains(&id.as_str()) {
            faults = faults.field(id.as_str(), "draft.confirm_objected");
            continue;
        }
        let Some(page) = journey.page(id).filter(|page| page.held().next().is_some()) else {
            continue;
        };
        let print = page.print();
        content.confirmed.insert(id.clone(), Confirmation { right: *right, print });
        if *right {
            let held: Vec<String> = page.held().map(|state| state.field.id.clone()).collect();
            content.disputes.retain(|field, _| !held.contains(field));
            content.corrected.retain(|field, _| !held.contains(field));
        }
    }
    Ok(faults)
}

/// True when a value reads as this text.
fn is_text(value: &Json, text: &str) -> bool {
    match value {
        Json::String(held) => held == text,
        other => other.to_string().as_str() == text,
    }
}

/// What somebody says a value should be, read like an answer to the field.
fn claim(
    pack: &Province,
    field: &pack::one_thing::Field,
    dispute: &Dispute,
    today: jiff::civil::Date,
) -> std::result::Result<String, Fault> {
    if dispute.note.chars().count() > CLAIM_MAX {
        return Err(("draft.claim_length".to_owned(), vec![("max", CLAIM_MAX.to_string())]));
    }
    if dispute.note.chars().any(webkit::form::forbidden) {
        return Err(("form.field_characters".to_owned(), vec![("field", field.label.zh.clone())]));
    }
    match check(pack, field, &Json::from(dispute.claimed.as_str()), today)? {
        Some(Json::String(text)) => Ok(text),
        Some(other) => Ok(other.to_string()),
        None => Err(fault("draft.claim")),
    }
}

/// What the page asks for and has not got.
fn required(opened: &Opened, pack: &Province, page: &str, mut faults: Error) -> Result<Error> {
    let journey = opened.journey(pack)?;
    let state = journey.page(page).ok_or_else(Error::not_found)?;
    let (content, counts) = (&opened.draft.content, opened.counts());
    for field in &state.fields {
        let told = faults.fields.iter().any(|fault| fault.field == field.field.id);
        if !told && field.is_missing(content, &counts) {
            let code = match field.field.kind {
                FieldKind::File => "draft.file_missing",
                FieldKind::Confirm => "draft.confirm_missing",
                FieldKind::Choice => "draft.choice_missing",
                _ => "draft.missing",
            };
            faults = faults.field(field.field.id.as_str(), code);
        }
    }
    let print = state.print();
    let confirmed = content.confirmed.get(page).is_some_and(|one| one.print == print);
    if !print.is_empty() && !confirmed {
        faults = faults.field("_confirm", "draft.unconfirmed");
    }
    Ok(faults)
}

/// A page on which nothing is missing counts as saved when its parts came one by one.
fn mark_saved(opened: &mut Opened, pack: &Province) -> Result<()> {
    let journey = opened.journey(pack)?;
    let counts = opened.counts();
    let whole: Vec<String> = journey
        .pages
        .iter()
        .filter(|page| {
            page.fields.iter().all(|field| !field.is_missing(&opened.draft.content, &counts))
        })
        .map(|page| page.page.id.clone())
        .collect();
    opened.draft.content.saved.extend(whole);
    Ok(())
}

/// The page of a file field counts as saved once its last missing part is a file, unless something
/// typed on it waits to be read.
pub(super) async fn mark_sent(ctx: &mut Ctx, draft: Draft, field: &str) -> Result<()> {
    let mut opened = opened(ctx, draft).await?;
    let pack = ctx.env.pack.clone();
    let (counts, content) = (opened.counts(), &opened.draft.content);
    let journey = opened.journey(&pack)?;
    let Some((page, _)) = journey.find(field) else { return Ok(()) };
    let id = page.page.id.clone();
    let missing = page.fields.iter().any(|one| one.is_missing(content, &counts));
    if missing || content.typed.contains_key(&id) || !opened.draft.content.saved.insert(id) {
        return Ok(());
    }
    store::update(ctx, &opened.draft).await
}

/// Keeps what is typed on a page as it was typed, unchecked. False when another device saved
/// meanwhile; nothing is then kept here, and the page itself keeps what it shows.
/// Errors: `not_found`, `draft.submitted`.
pub async fn autosave(
    ctx: &mut Ctx,
    id: &str,
    page: &str,
    revision: i64,
    typed: BTreeMap<String, String>,
) -> Result<bool> {
    let draft = access::hold(ctx, id).await?;
    if draft.revision != revision {
        return Ok(false);
    }
    let mut opened = opened(ctx, draft).await?;
    let pack = ctx.env.pack.clone();
    let journey = opened.journey(&pack)?;
    let known = journey.page(page).ok_or_else(Error::not_found)?;
    let fields: Vec<&str> = known.page.fields.iter().map(|field| field.id.as_str()).collect();
    let typed = typed.into_iter().filter(|(id, _)| fields.contains(&id.as_str())).collect();
    opened.draft.content.typed.insert(page.to_owned(), typed);
    opened.draft.updated = ctx.now;
    store::update(ctx, &opened.draft).await?;
    Ok(true)
}

/// Asks the other parent, known from the form, to authorise this application; the request's id.
/// Errors: `draft.other_parent` when the form names nobody else; `draft.authorisation_own` for who
/// acts in the applicant's place. A number that is nobody's is answered alike.
pub async fn ask_authorisation(ctx: &mut Ctx, id: &str) -> Result<String> {
    let draft = access::hold(ctx, id).await?;
    let mut opened = opened(ctx, draft).await?;
    if opened.by_agent {
        return Err(Error::conflict("draft.authorisation_own"));
    }
    let pack = ctx.env.pack.clone();
    let other = other_parent(&opened.journey(&pack)?)
        .ok_or_else(|| Error::invalid("draft.other_parent"))?;
    let (scope, reference) = (opened.draft.one_thing.clone(), format!("draft:{id}"));
    let asked = party::delegation::ask_for(ctx, &other, &scope, &reference).await?;
    opened.draft.content.authorisation = asked.clone();
    store::update(ctx, &opened.draft).await?;
    Ok(asked)
}

/// Citizen number of the other person the form names.
pub(super) fn other_parent(journey: &Journey<'_>) -> Option<String> {
    let own = journey.facts.get("applicant.citizen_number").and_then(Json::as_str).unwrap_or("");
    journey.values(FieldKind::CitizenNumber).find(|number| *number != own).map(str::to_owned)
}

/// Removes a draft. Errors: `not_found`, `draft.submitted`.
pub async fn remove(ctx: &mut Ctx, id: &str) -> Result<()> {
    access::hold(ctx, id).await?;
    discard(ctx, id, "draft.removed").await?;
    ctx.unschedule(EXPIRE, id).await
}

/// Removes a draft whose days are over, unless it became a case.
pub(super) async fn expire(ctx: &mut Ctx, id: &str) -> Result<()> {
    ctx.lock("draft", id).await?;
    match store::find(ctx, id).await? {
        Some(draft) if draft.case_id.is_empty() => discard(ctx, id, "draft.expired").await,
        _ => Ok(()),
    }
}

async fn discard(ctx: &mut Ctx, id: &str, kind: &str) -> Result<()> {
    data::grant::close(ctx, id).await?;
    store::delete(ctx, id).await?;
    party::audit::record(ctx, kind, &format!("draft:{id}"), json!({})).await?;
    Ok(())
}
