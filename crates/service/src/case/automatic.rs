//! The automatic decision of an item: rules over facts that are present and fresh.
//!
//! Invariants: grants or refers, never refuses; fails closed, so that what cannot be looked up or
//! is stale goes to a person; every decision and referral keeps its whole explanation, sealed, with
//! its digest in the history; a case a person has taken, or asked a person for, is left alone.

use super::act::Acting;
use super::entry::{self, Taken};
use super::licences;
use super::lookup;
use super::model::Case;
use super::result;
use super::supply::{self, Facts, Held};
use ::store::{Ctx, vals};
use flow::case::{Command, Phase, Profile};
use kernel::{ActorKind, Error, Kind, Result, Text};
use pack::item::{Item, MetBy};
use rules::{Decision, Explained, Fact, Op, Outcome, Used, Verdict};
use sea_orm::FromQueryResult;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// Name of the job.
pub(super) const JOB: &str = "service.case_automatic";
/// Purpose under which explanations are sealed.
const EXPLANATION: &str = "service.case.explanation";
/// All explanations of a case, as evidence records them.
pub(super) const EXPLAINED: &str = "case_explanation.case_id";

/// Has the platform look at the case after the commit: what the item looks up is looked up, licences
/// are read instead of papers, and the rule decides, when the item has them.
pub(super) async fn ask(ctx: &mut Ctx, case: &Case, item: &Item, profile: &Profile) -> Result<()> {
    let reads = reads_licences(item) || lookup::seeks(&ctx.env.pack, case);
    if case.state.phase == Phase::Submitted && (profile.automatic || reads) {
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

/// Decides the case by its rule: accept, decide, deliver in one transaction, or refer. Of a case that
/// a person decides, what was typed and is not looked up yet is looked up for him. For the platform
/// alone. Errors: `denied`, `not_found`.
pub async fn consider(ctx: &mut Ctx, id: &str) -> Result<()> {
    if ctx.actor.kind != ActorKind::System {
        return Err(Error::denied("denied"));
    }
    let mut acting = Acting::load(ctx, id).await?;
    let case = &acting.case;
    if !matches!(case.phase, Phase::Submitted | Phase::Accepted) {
        return Ok(());
    }
    let by_rule = case.phase == Phase::Submitted
        && case.assignee.is_empty()
        && !case.state.human_review_requested
        && case.state.transferring().is_none();
    let mut facts = supply::facts(ctx, case.root_id()).await?;
    let licences =
        if by_rule { Box::pin(use_licences(ctx, &mut acting, &mut facts)).await? } else { 0 };
    acting.case.licence_uses += licences;
    let rule = acting.item.rule.clone().filter(|_| by_rule);
    let read = Box::pin(lookup::freshen(ctx, &acting.case, rule.as_ref(), &mut facts)).await?;
    if read || licences > 0 {
        acting.wrote(supply::FACTS_KEPT);
    }
    let Some(rule) = rule else {
        return if read || licences > 0 { acting.finish(ctx).await.map(drop) } else { Ok(()) };
    };
    let mut decision = rules::evaluate(&rule, &supply::plain(&facts), ctx.now);
    // First of all: what a person decides claims no right that can be had once.
    for path in &acting.case.state.disputed {
        dispute(&mut decision, &facts, path);
    }
    if decision.outcome == Outcome::Grant
        && let Some(taken) = Box::pin(entry::claim(ctx, &acting, &facts)).await?
    {
        refer(ctx, &mut decision, &taken);
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

/// Licence types an item reads: those its materials are met by, and those its rule names.
fn licence_types(acting: &Acting) -> BTreeSet<String> {
    let by_material = acting.item.materials.iter().filter_map(|material| match &material.met_by {
        MetBy::Licence { licence } => Some(licence.clone()),
        _ => None,
    });
    let by_rule = acting.item.rule.iter().flat_map(|rule| {
        rule.conditions
            .iter()
            .flat_map(|condition| condition.paths())
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
