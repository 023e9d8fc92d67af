//! A source has corrected a value that drafts hold: they take the new one at once, and the citizen
//! is asked to confirm it anew.
//!
//! Invariants: a draft handed in is left to the case made of it; where the read is refused now, what
//! was read before stays; the page on which the value stands is no longer confirmed, since the
//! digest of what it shows is another.

use super::draft::{self, Opened};
use super::journey::{Journey, Origin};
use super::model::{Corrected, Held};
use super::{lookup, store};
use ::store::Ctx;
use kernel::{Error, Result};
use pack::Province;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// Name of the job that hears `data.corrected`.
pub(super) const JOB: &str = "service.draft_corrected";

/// What `data.corrected` tells.
#[derive(Deserialize)]
struct News {
    objection: String,
    record: String,
    /// Matters for which the wrong value was read: cases, and drafts under way.
    #[serde(default)]
    cases: BTreeSet<String>,
}

/// The job: brings every draft under way named in the news up to date.
pub(super) async fn run(ctx: &mut Ctx, payload: &Json) -> Result<()> {
    let news: News = serde_json::from_value(payload.clone()).map_err(Error::internal)?;
    for id in &news.cases {
        follow(ctx, id, &news).await?;
    }
    Ok(())
}

async fn follow(ctx: &mut Ctx, id: &str, news: &News) -> Result<()> {
    if !ctx.lock("draft", id).await? {
        return Ok(());
    }
    let Some(found) = store::find(ctx, id).await?.filter(|draft| draft.case_id.is_empty()) else {
        return Ok(());
    };
    let mut opened = draft::opened(ctx, found).await?;
    let pack = ctx.env.pack.clone();
    let before = shown(&opened.journey(&pack)?);
    if !read_again(ctx, &mut opened, &pack, &news.record).await? {
        return Ok(());
    }
    // A lookup may seek by the value that was corrected.
    lookup::gather(ctx, &mut opened).await?;
    let changed = note(ctx, &mut opened, &pack, &before)?;
    opened.draft.revision += 1;
    store::update(ctx, &opened.draft).await?;
    let body = json!({ "objection": news.objection, "fields": changed });
    party::audit::record(ctx, "draft.corrected", &format!("draft:{id}"), body).await?;
    Ok(())
}

/// Makes every lookup that brought the record once more; false when none did.
async fn read_again(
    ctx: &mut Ctx,
    opened: &mut Opened,
    pack: &Province,
    record: &str,
) -> Result<bool> {
    let (known, items) = {
        let journey = opened.journey(pack)?;
        let held = &opened.draft.content.held;
        let of = |held: &Held| !record.is_empty() && held.record == record;
        let known: Vec<_> = journey
            .one_thing
            .lookups
            .iter()
            .filter_map(|lookup| Some((lookup.clone(), held.get(&lookup.id)?.clone())))
            .filter(|(_, held)| of(held))
            .collect();
        (known, journey.items)
    };
    let mut again = false;
    for (lookup, held) in known {
        let new = lookup::one(ctx, opened, &lookup, &held.sought, &items).await?;
        if new.refused.is_empty() {
            opened.draft.content.held.insert(lookup.id, new);
            again = true;
        }
    }
    Ok(again)
}

/// Fields filled from registries, with their values.
fn shown(journey: &Journey<'_>) -> Vec<(String, Json)> {
    let fields = journey.pages.iter().flat_map(|page| &page.fields);
    fields
        .filter(|state| matches!(state.origin, Origin::Lookup { .. }))
        .map(|state| (state.field.id.clone(), state.value.clone().unwrap_or_default()))
        .collect()
}

/// Keeps what was shown before beside the values that changed, until they are confirmed; what was
/// objected to and is now as claimed is no longer objected to. The fields that changed.
fn note(
    ctx: &Ctx,
    opened: &mut Opened,
    pack: &Province,
    before: &[(String, Json)],
) -> Result<Vec<String>> {
    let after = shown(&opened.journey(pack)?);
    let content = &mut opened.draft.content;
    let mut changed = Vec::new();
    for (field, was) in before {
        let now = after.iter().find(|(id, _)| id == field).map(|(_, value)| value);
        if now == Some(was) {
            continue;
        }
        let text = now.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        if content.disputes.get(field).is_some_and(|one| Some(&one.claimed) == text.as_ref()) {
            content.disputes.remove(field);
        }
        content.corrected.insert(field.clone(), Corrected { was: was.clone(), at: ctx.now });
        changed.push(field.clone());
    }
    Ok(changed)
}
