//! Items of an application that are somebody else's own matter, such as the mother's reimbursement in
//! an application of the father: they go in with that person's authorisation, or are left out.
//!
//! Invariant: whose an item is comes from the definition; his word is asked for anew at hand-in, since
//! an authorisation may have ended. Must not know: what the item is.

use super::draft::Opened;
use super::journey::Journey;
use super::{access, draft, lookup, reach, store};
use ::store::Ctx;
use kernel::{Error, Result};
use serde_json::{Value as Json, json};

/// The items wanted that may not go in.
pub(super) async fn unauthorised(
    ctx: &mut Ctx,
    opened: &Opened,
    journey: &Journey<'_>,
) -> Result<Vec<String>> {
    let mut out = Vec::new();
    for member in &journey.one_thing.members {
        let Some(path) = member.whose.as_ref().filter(|_| journey.items.contains(&member.item))
        else {
            continue;
        };
        let number = journey.facts.get(path).and_then(Json::as_str).unwrap_or("").to_owned();
        if !reach::reaches(ctx, opened, &number).await? {
            out.push(member.item.clone());
        }
    }
    Ok(out)
}

/// Leaves an item out; the revision after. Errors: `not_found`, `draft.submitted`;
/// `draft.item_needed` for one that is none of the draft's or may not be left out.
pub async fn leave_out(ctx: &mut Ctx, id: &str, item: &str) -> Result<i64> {
    let held = access::hold(ctx, id).await?;
    let mut opened = draft::opened(ctx, held).await?;
    let pack = ctx.env.pack.clone();
    let optional = {
        let journey = opened.journey(&pack)?;
        let wanted = journey.items.iter().any(|one| one == item);
        let members = &journey.one_thing.members;
        wanted && members.iter().any(|member| member.item == item && member.optional)
    };
    if !optional {
        return Err(Error::conflict("draft.item_needed"));
    }
    let content = &mut opened.draft.content;
    content.left_out.insert(item.to_owned());
    opened.draft.revision += 1;
    opened.draft.updated = ctx.now;
    // What was looked up for it alone is forgotten.
    lookup::gather(ctx, &mut opened).await?;
    store::update(ctx, &opened.draft).await?;
    let subject = format!("draft:{id}");
    party::audit::record(ctx, "draft.item_left_out", &subject, json!({ "item": item })).await?;
    Ok(opened.draft.revision)
}
