//! Messages about objections: to who objected, to the desks, to who supervises.
//!
//! A template the packs do not have is not sent.

use super::model::{Objection, reference};
use crate::source;
use ::store::Ctx;
use kernel::{Lang, Result, Text};
use serde_json::json;
use std::collections::BTreeSet;

/// Most officers told of one event.
const OFFICERS_MAX: usize = 50;

/// Tells the person who objected.
pub(super) async fn person(ctx: &mut Ctx, objection: &Objection, template: &str) -> Result<()> {
    let link = format!("/my/objections/{}", objection.id);
    send(ctx, &objection.person, objection, template, &link).await
}

/// Tells the officers of these agencies who hold the permission.
pub(super) async fn officers(
    ctx: &mut Ctx,
    agencies: &[String],
    permission: &str,
    objection: &Objection,
    template: &str,
    link: &str,
) -> Result<()> {
    let pack = ctx.env.pack.clone();
    let mut people: BTreeSet<String> = BTreeSet::new();
    for agency in agencies {
        for account in party::account::officers(ctx, agency).await? {
            let roles = account.roles.iter().map(String::as_str);
            if people.len() < OFFICERS_MAX && pack.permissions_of(roles).contains(permission) {
                people.insert(account.person);
            }
        }
    }
    for person in &people {
        send(ctx, person, objection, template, link).await?;
    }
    Ok(())
}

/// Agencies of the objection's division, of its source's, and of those above them: where its
/// supervisors are.
pub(super) fn agencies_above(ctx: &Ctx, objection: &Objection) -> Vec<String> {
    let pack = &ctx.env.pack;
    let mut out = BTreeSet::new();
    let source = pack.agency(&objection.source).map(|agency| agency.division);
    for place in [Some(objection.division.clone()), source].into_iter().flatten() {
        let mut here = pack.divisions().find(&place);
        while let Some(division) = here {
            out.extend(pack.agencies_in(division).into_iter().map(|agency| agency.id));
            here = division.parent();
        }
    }
    out.into_iter().collect()
}

async fn send(
    ctx: &mut Ctx,
    to: &str,
    objection: &Objection,
    template: &str,
    link: &str,
) -> Result<()> {
    let pack = ctx.env.pack.clone();
    if pack.message(template).is_none() {
        return Ok(());
    }
    let registry = |lang| source::registry_name(&pack, &objection.registry, lang);
    let last = objection.due.plus_us(-1).date();
    let deadline = format!("{}年{}月{}日", last.year(), last.month(), last.day());
    let args = [
        ("registry", json!(Text::new(registry(Lang::Zh), registry(Lang::En)))),
        ("agency", json!(source::name(&pack, &objection.source))),
        ("reference", json!(reference(&objection.id))),
        ("deadline", json!(Text::new(deadline, last.to_string()))),
    ];
    party::message::send(ctx, to, template, &args, link).await?;
    Ok(())
}
