//! Messages about objections: to who objected, to the desks, to who supervises.
//!
//! A template the packs do not have is not sent, except where another says the same.

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

/// Tells the officers of an agency who hold the permission, by the first of the templates that
/// there is; how many were told.
pub(super) async fn officers(
    ctx: &mut Ctx,
    agencies: &[String],
    permission: &str,
    objection: &Objection,
    templates: &[&str],
    link: &str,
) -> Result<usize> {
    let pack = ctx.env.pack.clone();
    let Some(template) = templates.iter().find(|template| pack.message(template).is_some()) else {
        return Ok(0);
    };
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
    Ok(people.len())
}

/// Agencies of the objection's division and of those above it: where its supervisors are.
pub(super) fn agencies_above(ctx: &Ctx, objection: &Objection) -> Vec<String> {
    let pack = &ctx.env.pack;
    let mut out = Vec::new();
    let mut here = pack.divisions().find(&objection.division);
    while let Some(division) = here {
        out.extend(pack.agencies_in(division).into_iter().map(|agency| agency.id));
        here = division.parent();
    }
    out
}

async fn send(
    ctx: &mut Ctx,
    to: &str,
    objection: &Objection,
    template: &str,
    link: &str,
) -> Result<()> {
    let pack = ctx.env.pack.clone();
    let registry = |lang| source::registry_name(&pack, &objection.registry, lang);
    let args = [
        ("registry", json!(Text::new(registry(Lang::Zh), registry(Lang::En)))),
        ("agency", json!(source::name(&pack, &objection.source))),
        ("reference", json!(reference(&objection.id))),
        ("deadline", json!(objection.due.plus_us(-1).date().to_string())),
        ("link", json!(link)),
    ];
    party::message::send(ctx, to, template, &args, link).await?;
    Ok(())
}
