//! What follows for open cases when a source corrects data they use.
//!
//! Invariants: the corrected value is read again under the case's own grant, so the person sees
//! the read; it becomes a fact with its source and time, in the form's fields it filled too, unless
//! the applicant had written something else; the history of every item that uses it says so; an
//! undecided item that waited for a person because of it alone is tried by rule again; a decided
//! one is left as it is. News that come twice change nothing more.
//! Must not know: how an objection is answered.

use super::act::Acting;
use super::model::{Case, Done};
use super::supply::{self, Facts, Held};
use super::{access, automatic, lookup, notice, store};
use ::store::Ctx;
use flow::case::{Command, Phase};
use kernel::{Error, Kind, Result};
use pack::one_thing::Lookup;
use rules::{Fact, Outcome, Verdict};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// Name of the job that hears `data.corrected`.
pub(super) const JOB: &str = "service.case_corrected";
/// Pages of receipts looked through for one case.
const PAGES_MAX: usize = 20;

/// What `data.corrected` tells.
#[derive(Deserialize)]
struct News {
    objection: String,
    registry: String,
    record: String,
    field: String,
    #[serde(default)]
    cases: BTreeSet<String>,
    /// The source put in what was claimed; with any other value a person decides.
    #[serde(default)]
    agreed: bool,
}

/// The applicant holds data for wrong: no machine decides on them while their source looks into it.
/// Errors: those of the lifecycle, `not_found`.
pub async fn dispute(ctx: &mut Ctx, id: &str, facts: Vec<String>) -> Result<Done> {
    let mut acting = Acting::load(ctx, id).await?;
    access::require(ctx, &acting.case, access::Standing::Applicant).await?;
    acting.apply(ctx, &Command::DisputeData { facts })?;
    acting.case.referred = true;
    acting.finish(ctx).await
}

/// The job: brings every open case named in the news up to date.
pub(super) async fn run(ctx: &mut Ctx, payload: &Json) -> Result<()> {
    let news: News = serde_json::from_value(payload.clone()).map_err(Error::internal)?;
    for id in &news.cases {
        match family(ctx, id, &news).await {
            // A draft that has become no case, or one gone since.
            Err(error) if error.kind == Kind::NotFound => {}
            other => other?,
        }
    }
    Ok(())
}

/// One application: reads again what was corrected, and tells every item that uses it.
async fn family(ctx: &mut Ctx, id: &str, news: &News) -> Result<()> {
    store::lock_family(ctx, id).await?;
    let root = store::get(ctx, id).await?.root_id().to_owned();
    let open: Vec<Case> = store::children(ctx, &root)
        .await?
        .into_iter()
        .filter(|case| !case.phase.is_decided() && !case.phase.is_final())
        .collect();
    let pack = ctx.env.pack.clone();
    let Some(one_thing) = open.first().and_then(|case| pack.one_thing(&case.one_thing)) else {
        return Ok(());
    };
    let mut facts = supply::facts(ctx, &root).await?;
    for name in lookups(ctx, &root, news).await? {
        let Some(lookup) = one_thing.lookup(&name) else { continue };
        let users: Vec<&Case> =
            open.iter().filter(|case| lookup.items.contains(&case.item)).collect();
        let Some(reader) = users.first() else { continue };
        let Some(read) = lookup::look_up(ctx, reader, lookup, &facts).await? else {
            let body = json!({ "objection": news.objection, "lookup": lookup.id });
            let subject = format!("case:{root}");
            party::audit::record(ctx, "case.correction_not_read", &subject, body).await?;
            continue;
        };
        let mut paths = changed(&facts, &read);
        paths.insert(format!("{}.{}", lookup.id, news.field));
        let filled = follow(ctx, reader, &facts, &read).await?;
        let (subject, body) = (format!("case:{root}"), json!({ "lookup": lookup.id }));
        let kept = [(supply::ANSWERS_KEPT, root.as_str()), (supply::FACTS_KEPT, root.as_str())];
        party::audit::record_rows(ctx, "case.noted", &subject, body, &kept).await?;
        facts.extend(read);
        facts.extend(filled);
        for case in users {
            tell(ctx, &case.id, lookup, &paths, news).await?;
        }
    }
    Ok(())
}

/// The lookups by which a family last read the record.
async fn lookups(ctx: &mut Ctx, root: &str, news: &News) -> Result<BTreeSet<String>> {
    let mut last: BTreeMap<String, bool> = BTreeMap::new();
    let mut after = String::new();
    for _ in 0..PAGES_MAX {
        let page = data::lookup::of_case(ctx, root, &after).await?;
        for receipt in page.receipts {
            let same = receipt.registry == news.registry && receipt.record == news.record;
            last.insert(receipt.lookup, same);
        }
        match page.next {
            Some(next) => after = next,
            None => break,
        }
    }
    Ok(last.into_iter().filter_map(|(lookup, same)| same.then_some(lookup)).collect())
}

/// Paths whose value is another than before.
fn changed(before: &Facts, read: &Facts) -> BTreeSet<String> {
    let value = |held: &Held| held.fact.value.clone();
    read.iter()
        .filter(|(path, held)| before.get(*path).map(value) != Some(value(held)))
        .map(|(path, _)| path.clone())
        .collect()
}

/// Fields of the form that were filled with the former value take the corrected one, from its
/// source; what the applicant wrote otherwise stays.
async fn follow(ctx: &mut Ctx, case: &Case, before: &Facts, read: &Facts) -> Result<Facts> {
    let pack = ctx.env.pack.clone();
    let Some(form) = pack.form(&case.one_thing) else { return Ok(Facts::new()) };
    let (_, answers) = supply::answers_of(ctx, case.root_id()).await?;
    let mut new: BTreeMap<String, Json> = BTreeMap::new();
    let mut filled = Facts::new();
    for path in changed(before, read) {
        let (Some(former), Some(held)) = (before.get(&path), read.get(&path)) else { continue };
        let (Some(former), Some(value)) = (&former.fact.value, &held.fact.value) else { continue };
        let fields = form.fields();
        let follows =
            fields.filter(|field| field.prefill.iter().any(|from| from.value == path)).filter(
                |field| answers.get(&field.id).is_some_and(|answer| plain(answer) == plain(former)),
            );
        for field in follows {
            new.insert(field.id.clone(), value.clone());
            let fact = Fact { value: Some(value.clone()), ..held.fact.clone() };
            let held = Held { fact, receipt: held.receipt.clone() };
            filled.insert(format!("form.{}", field.id), held);
        }
    }
    supply::answers(ctx, case, new).await?;
    supply::put_facts(ctx, case.root_id(), &filled).await?;
    Ok(filled)
}

fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), |text| text.trim().to_owned())
}

/// Writes the news into the history of an item, tells the officer in charge, and has the rule look
/// again where it alone was held up.
async fn tell(
    ctx: &mut Ctx,
    id: &str,
    lookup: &Lookup,
    paths: &BTreeSet<String>,
    news: &News,
) -> Result<()> {
    let case = store::get(ctx, id).await?;
    let held_up = held_up(ctx, &case, paths).await?;
    let mut acting = Acting::of(ctx, case).await?;
    // What was claimed and is answered by another value stays in dispute.
    let disputed = &acting.case.state.disputed;
    let settled = paths.iter().filter(|path| news.agreed || !disputed.contains(*path));
    let facts: Vec<String> = settled.cloned().collect();
    if !facts.is_empty() {
        match acting.apply(ctx, &Command::CorrectData { facts }) {
            // A history that may grow no longer stays with the officer, who sees the value itself.
            Err(error) if error.kind == Kind::Limited => return Ok(()),
            other => other?,
        }
    }
    let state = &acting.case.state;
    let again = held_up
        && state.phase == Phase::Submitted
        && acting.case.assignee.is_empty()
        && !state.human_review_requested;
    if again {
        acting.case.referred = acting.case.referred && !state.disputed.is_empty();
        acting.automatic_again(ctx).await?;
    }
    let reference: String =
        news.objection.chars().rev().take(6).collect::<Vec<_>>().iter().rev().collect();
    notice::corrected(ctx, &acting.case, &lookup.registry, &reference).await?;
    acting.finish(ctx).await.map(|_| ())
}

/// True when the item waits for a person since one of the facts was disputed, or failed the rule.
async fn held_up(ctx: &mut Ctx, case: &Case, paths: &BTreeSet<String>) -> Result<bool> {
    if paths.iter().any(|path| case.state.disputed.contains(path)) {
        return Ok(true);
    }
    let Some(decision) = automatic::explanation(ctx, &case.id).await? else { return Ok(false) };
    let failed = decision.explanation.iter().filter(|one| one.result != Verdict::Met);
    let mut looked_at = failed.flat_map(|one| {
        std::iter::once(&one.left.path).chain(one.right.as_ref().map(|used| &used.path))
    });
    Ok(decision.outcome == Outcome::Refer && looked_at.any(|path| paths.contains(path)))
}
