//! The automatic decision of an item: rules over facts that are present and fresh.
//!
//! Invariants: grants or refers, never refuses; fails closed, so that what cannot be looked up or
//! is stale goes to a person; every decision and referral keeps its whole explanation, sealed, with
//! its digest in the history; a case a person has taken, or asked a person for, is left alone.

use super::act::Acting;
use super::entry::{self, Taken};
use super::licences;
use super::model::Case;
use super::result;
use super::supply::{self, Facts, Held};
use ::store::{Ctx, vals};
use flow::case::{Command, Phase, Profile};
use kernel::{ActorKind, Error, Kind, Result, Text};
use pack::item::{Item, MetBy};
use pack::one_thing::{Lookup, OneThing};
use rules::{Decision, Explained, Fact, Op, Operand, Outcome, Rule, Used, Verdict};
use sea_orm::FromQueryResult;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// Name of the job.
pub(super) const JOB: &str = "service.case_automatic";
/// Purpose under which explanations are sealed.
const EXPLANATION: &str = "service.case.explanation";
/// All explanations of a case, as evidence records them.
pub(super) const EXPLAINED: &str = "case_explanation.case_id";

/// Has the platform look at the case after the commit: licences are read instead of papers, and
/// the rule decides, when the item has them.
pub(super) async fn ask(ctx: &mut Ctx, case: &Case, item: &Item, profile: &Profile) -> Result<()> {
    let state = &case.state;
    let waits = state.phase == Phase::Submitted && !state.human_review_requested;
    if waits && (profile.automatic || reads_licences(item)) {
        ctx.enqueue(JOB, &json!({ "case": case.id })).await?;
    }
    Ok(())
}

/// True when a material of the item is met by a licence.
fn reads_licences(item: &Item) -> bool {
    item.materials.iter().any(|material| matches!(material.met_by, MetBy::Licence { .. }))
}

/// The job: considers the case it names.
pub(super) async fn run(ctx: &mut Ctx, payload: &Json) -> Result<()> {
    let id = payload["case"].as_str().unwrap_or_default();
    match consider(ctx, id).await {
        Err(error) if error.kind == Kind::NotFound => Ok(()),
        other => other,
    }
}

/// Decides the case by its rule: accept, decide, deliver in one transaction, or refer. A case that
/// is not waiting for it is left as it is. For the platform alone. Errors: `denied`, `not_found`.
pub async fn consider(ctx: &mut Ctx, id: &str) -> Result<()> {
    if ctx.actor.kind != ActorKind::System {
        return Err(Error::denied("denied"));
    }
    let mut acting = Acting::load(ctx, id).await?;
    let case = &acting.case;
    if case.phase != Phase::Submitted
        || !case.assignee.is_empty()
        || case.state.human_review_requested
        || case.state.transferring().is_some()
    {
        return Ok(());
    }
    let root = case.root_id().to_owned();
    let mut facts = supply::facts(ctx, &root).await?;
    let licences = use_licences(ctx, &mut acting, &mut facts).await?;
    acting.case.licence_uses += licences;
    if licences > 0 {
        acting.wrote(supply::FACTS_KEPT);
    }
    let Some(rule) = acting.item.rule.clone() else {
        return acting.finish(ctx).await.map(|_| ());
    };
    if freshen(ctx, &acting.case, &rule, &mut facts).await? {
        acting.wrote(supply::FACTS_KEPT);
    }
    let mut decision = rules::evaluate(&rule, &supply::plain(&facts), ctx.now);
    if decision.outcome == Outcome::Grant
        && let Some(taken) = Box::pin(entry::claim(ctx, &acting, &facts)).await?
    {
        refer(ctx, &mut decision, &taken);
    }
    for path in &acting.case.state.disputed {
        dispute(&mut decision, &facts, path);
    }
    let digest = keep(ctx, &acting.case, &decision).await?;
    acting.explained();
    if decision.outcome == Outcome::Refer {
        acting.case.referred = true;
        return acting.finish(ctx).await.map(|_| ());
    }
    acting.apply(ctx, &Command::Accept { tolerated: Vec::new(), promise: String::new() })?;
    let automatic = json!({
        "rule": decision.rule, "version": decision.version, "outcome": "grant", "explanation": digest,
    });
    acting.apply(
        ctx,
        &Command::Decide {
            granted: true,
            opinion: String::new(),
            reasons: String::new(),
            article: decision.basis.clone(),
            remedies: String::new(),
            automatic: Some(automatic),
        },
    )?;
    Box::pin(result::deliver(ctx, &mut acting, Some(facts))).await?;
    acting.finish(ctx).await.map(|_| ())
}

/// Hands a decision to a person since the applicant disputes a value; he sees what the rule found.
fn dispute(decision: &mut Decision, facts: &Facts, path: &str) {
    let held = facts.get(path);
    decision.outcome = Outcome::Refer;
    decision.explanation.push(Explained {
        condition: "undisputed".to_owned(),
        text: Text::new("数据没有争议", "The value is not disputed"),
        article: decision.basis.clone(),
        op: Op::Present,
        result: Verdict::NotMet,
        left: Used {
            path: path.to_owned(),
            value: held.and_then(|held| held.fact.value.clone()),
            source: held.map(|held| held.fact.source.clone()),
            at: held.map(|held| held.fact.at),
        },
        right: None,
    });
}

/// Hands a decision to a person since the right was granted meanwhile, by another case.
fn refer(ctx: &Ctx, decision: &mut Decision, taken: &Taken) {
    let registry = ctx.env.pack.registry(&taken.registry);
    decision.outcome = Outcome::Refer;
    decision.explanation.push(Explained {
        condition: "once".to_owned(),
        text: Text::new(
            "同一权利尚未由其他办件取得",
            "No other case has been granted the same right",
        ),
        article: decision.basis.clone(),
        op: Op::Absent,
        result: Verdict::NotMet,
        left: Used {
            path: format!("{}.{}", taken.registry, taken.field),
            value: None,
            source: registry.map(|registry| registry.name.clone()),
            at: Some(ctx.now),
        },
        right: None,
    });
}

/// Paths a rule looks at.
pub(super) fn paths(rule: &Rule) -> BTreeSet<&str> {
    rule.conditions
        .iter()
        .flat_map(|condition| {
            let right = match &condition.right {
                Operand::Fact(path) => Some(path.as_str()),
                _ => None,
            };
            std::iter::once(condition.left.as_str()).chain(right)
        })
        .collect()
}

/// Licence types an item reads: those its materials are met by, and those its rule names.
fn licence_types(acting: &Acting) -> BTreeSet<String> {
    let by_material = acting.item.materials.iter().filter_map(|material| match &material.met_by {
        MetBy::Licence { licence } => Some(licence.clone()),
        _ => None,
    });
    let by_rule = acting.item.rule.iter().flat_map(|rule| {
        paths(rule)
            .into_iter()
            .filter_map(|path| path.strip_prefix("licence.")?.split_once('.'))
            .map(|(kind, _)| kind.to_owned())
    });
    by_material.chain(by_rule).collect()
}

/// Reads the live licences the item needs, of the child or the applicant, instead of papers; how
/// many there were. Each use is recorded where the holder sees it.
pub(super) async fn use_licences(
    ctx: &mut Ctx,
    acting: &mut Acting,
    facts: &mut Facts,
) -> Result<i64> {
    let case = acting.case.clone();
    let mut used = 0;
    for kind in licence_types(acting) {
        let purpose = acting.item.name.zh.clone();
        if let Some(read) = licences::read(ctx, &case, &kind, &purpose).await? {
            facts.extend(read.facts);
            used += 1;
        }
    }
    Ok(used)
}

/// Names the value to the grant of the case, when it became known only by an earlier item.
async fn admit(ctx: &mut Ctx, case: &Case, subject: &Subject) -> Result<()> {
    if !subject.by_licence {
        return Ok(());
    }
    let (root, one_thing, item) =
        (case.root_id().to_owned(), case.one_thing.clone(), case.item.clone());
    data::grant::open(ctx, &root, &one_thing, &[item], std::slice::from_ref(&subject.value)).await
}

/// A value by which a lookup seeks.
struct Subject {
    value: String,
    /// It was read from a licence that an earlier item yielded.
    by_licence: bool,
}

/// Looks up again what the rule needs and is missing or too old; true when it wrote facts.
async fn freshen(ctx: &mut Ctx, case: &Case, rule: &Rule, facts: &mut Facts) -> Result<bool> {
    let pack = ctx.env.pack.clone();
    let Some(one_thing) = pack.one_thing(&case.one_thing) else { return Ok(false) };
    let mut wrote = false;
    for lookup in needed(one_thing, rule, facts, ctx.now) {
        if let Some(read) = look_up(ctx, case, lookup, facts).await? {
            facts.extend(read);
            wrote = true;
        }
    }
    Ok(wrote)
}

/// Makes one lookup for a case and keeps what it found as facts; none when nothing says by which
/// value to seek, or it is not admitted, over its quota or out of its term: what is missing then
/// goes to a person.
pub(super) async fn look_up(
    ctx: &mut Ctx,
    case: &Case,
    lookup: &Lookup,
    facts: &Facts,
) -> Result<Option<Facts>> {
    let pack = ctx.env.pack.clone();
    let Some(subject) = subject(lookup, facts) else { return Ok(None) };
    let Some(contract) = pack.contract(&lookup.contract) else { return Ok(None) };
    match admit(ctx, case, &subject).await {
        // The whole had ended once, and its grant with it.
        Err(error) if error.code == "grant.closed" => return Ok(None),
        other => other?,
    }
    let root = case.root_id().to_owned();
    let registry = pack.registry(&lookup.registry);
    // The matter keeps to the record it was begun with, however many the key finds by now.
    let identifier = registry.map(|one| format!("{}.{}", lookup.id, one.identifier));
    let known = identifier.and_then(|path| facts.get(&path)?.fact.value.clone());
    let picked = known.as_ref().and_then(Json::as_str).unwrap_or("");
    let sought = data::lookup::seek(ctx, lookup, &subject.value, picked, &root, &case.agency);
    let found = match sought.await {
        Ok(data::lookup::Outcome::One(found)) => Some(*found),
        // Nobody said which one is meant: a person sees to it.
        Ok(_) => None,
        Err(error) if matches!(error.kind, Kind::Internal | Kind::Unavailable) => {
            return Err(error);
        }
        Err(_) => return Ok(None),
    };
    let name = registry.map(|registry| registry.name.clone()).unwrap_or_default();
    let mut read = Facts::new();
    for field in &contract.fields {
        let (value, source, at, receipt) = match &found {
            Some(found) => (
                found.fields.get(field).cloned().filter(|value| !value.is_null()),
                found.source.clone(),
                found.observed,
                found.receipt.clone(),
            ),
            None => (None, name.clone(), ctx.now, String::new()),
        };
        let held = Held { fact: Fact { value, source, at }, receipt };
        read.insert(format!("{}.{field}", lookup.id), held);
    }
    supply::put_facts(ctx, &root, &read).await?;
    Ok(Some(read))
}

/// Lookups of which the rule needs a fact that is missing or older than a condition allows.
fn needed<'a>(
    one_thing: &'a OneThing,
    rule: &Rule,
    facts: &Facts,
    now: kernel::Timestamp,
) -> Vec<&'a Lookup> {
    let mut wanted: BTreeSet<&str> = BTreeSet::new();
    let known = |path: &str| facts.get(path).and_then(|held| held.fact.value.clone());
    for condition in rule.conditions.iter().filter(|condition| condition.applies(&known)) {
        let right = match &condition.right {
            Operand::Fact(path) => Some(path.as_str()),
            _ => None,
        };
        for path in std::iter::once(condition.left.as_str()).chain(right) {
            let hours = condition.max_age_hours.map(i64::from);
            let fresh = facts.get(path).is_some_and(|held| {
                hours.is_none_or(|hours| now.since(held.fact.at) <= hours * kernel::time::HOUR_US)
            });
            if let Some((lookup, _)) = path.split_once('.').filter(|_| !fresh) {
                wanted.insert(lookup);
            }
        }
    }
    one_thing.lookups.iter().filter(|lookup| wanted.contains(lookup.id.as_str())).collect()
}

/// The value by which a lookup seeks, of the first source that applies.
fn subject(lookup: &Lookup, facts: &Facts) -> Option<Subject> {
    let answer = |path: &str| facts.get(path).and_then(|held| held.fact.value.clone());
    if lookup.when.as_ref().is_some_and(|when| !rules::eval(when, &answer)) {
        return None;
    }
    lookup
        .from
        .iter()
        .filter(|source| source.when.as_ref().is_none_or(|when| rules::eval(when, &answer)))
        .find_map(|source| {
            let value = answer(&source.value)?.as_str()?.to_owned();
            Some(Subject { value, by_licence: source.value.starts_with("licence.") })
        })
}

/// Keeps the explanation, sealed; its digest.
async fn keep(ctx: &mut Ctx, case: &Case, decision: &Decision) -> Result<String> {
    let text = serde_json::to_vec(decision).map_err(Error::internal)?;
    let digest = proof::digest::sm3_hex(&text);
    let sealed = ctx.env.vault.clone().seal(EXPLANATION, &text, &mut ctx.random)?;
    let outcome = if decision.outcome == Outcome::Grant { "grant" } else { "refer" };
    let now = ctx.now;
    ctx.execute(
        "INSERT INTO case_explanation (case_id, at_us, outcome, digest, explanation)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (case_id, at_us) DO UPDATE SET
         outcome = excluded.outcome, digest = excluded.digest, explanation = excluded.explanation",
        vals![&case.id, now, outcome, &digest, sealed],
    )
    .await?;
    Ok(digest)
}

#[derive(FromQueryResult)]
struct Stored {
    explanation: Vec<u8>,
}

/// The last explanation of a case.
pub(super) async fn explanation(ctx: &mut Ctx, id: &str) -> Result<Option<Decision>> {
    let sql =
        "SELECT explanation FROM case_explanation WHERE case_id = $1 ORDER BY at_us DESC LIMIT 1";
    let Some(stored) = ctx.optional::<Stored>(sql, vals![id]).await? else { return Ok(None) };
    let plain = ctx.env.vault.open(EXPLANATION, &stored.explanation).map_err(Error::internal)?;
    serde_json::from_slice(&plain).map(Some).map_err(Error::internal)
}

/// Facts every case has of itself and its applicant.
pub(super) fn own_facts(ctx: &Ctx, applicant: &party::person::Person, mobile: &str) -> Facts {
    let source = Text::new("实名账户", "Verified account");
    let mut facts = Facts::new();
    let mut put = |path: &str, value: Option<String>| {
        let fact = Fact { value: value.map(Json::String), source: source.clone(), at: ctx.now };
        facts.insert(path.to_owned(), Held { fact, receipt: String::new() });
    };
    put("applicant.citizen_number", applicant.number.clone());
    put("applicant.mobile", Some(mobile.to_owned()).filter(|mobile| !mobile.is_empty()));
    put("applicant.name", Some(applicant.name.clone()));
    put("applicant.division", Some(applicant.division.clone()).filter(|code| !code.is_empty()));
    facts
}
