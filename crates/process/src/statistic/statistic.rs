//! The verbs of figures: permit, gather, put together.
//!
//! Must not know: HTTP, pages.

use super::model::{Overdue, Period, Statistics, StepFigures};
use super::store::{self, Group, Ranks, Wanted};
use crate::{MANAGE, definition};
use ::store::Ctx;
use flow::process::Definition;
use kernel::{Error, Result};
use party::authority;
use std::collections::BTreeMap;

/// The agency whose part of a process the actor may look at as a whole: empty, for all, for the
/// agency that owns it; his own, for who manages another. Errors: `denied`, `not_found`.
pub(crate) async fn scope(ctx: &mut Ctx, process: &str) -> Result<String> {
    let versions = definition::versions(ctx, process, None).await?.versions;
    let owner = versions.first().map(|one| one.agency.clone()).ok_or_else(Error::not_found)?;
    if authority::same_agency(ctx, &owner) {
        return Ok(String::new());
    }
    if authority::may(ctx, MANAGE) && !ctx.actor.agency.is_empty() {
        return Ok(ctx.actor.agency.clone());
    }
    Err(Error::not_found())
}

/// Figures of a process in a period, of one version or of all. Errors: `denied`, `not_found`.
pub async fn statistics(
    ctx: &mut Ctx,
    process: &str,
    version: Option<i64>,
    period: Period,
) -> Result<Statistics> {
    let agency = scope(ctx, process).await?;
    let number = match version {
        Some(version) => version,
        None => definition::newest_version(ctx, process).await?.0,
    };
    let bundle = definition::show(ctx, process, number).await?.1;
    let wanted = Wanted {
        process: process.to_owned(),
        start: period.start(),
        end: period.end(),
        version: version.unwrap_or_default(),
        agency: agency.clone(),
    };
    let steps = steps(ctx, &wanted, bundle.definition(process)).await?;
    let counted = steps.iter().map(|step| step.done + step.withdrawn).sum();
    let agencies = groups(ctx, &wanted, "agency").await?;
    let divisions = groups(ctx, &wanted, "division").await?;
    let posts = groups(ctx, &wanted, "pool").await?;
    Ok(Statistics {
        process: process.to_owned(),
        version,
        from: period.from.to_string(),
        to: period.to.to_string(),
        agency,
        counted,
        more: counted >= store::ROWS_MAX,
        steps,
        agencies,
        divisions,
        posts,
    })
}

async fn steps(
    ctx: &mut Ctx,
    wanted: &Wanted,
    definition: Option<&Definition>,
) -> Result<Vec<StepFigures>> {
    let counts = store::counts(ctx, wanted).await?;
    let took = by_node(store::ranks(ctx, wanted, "took_us", "").await?);
    let waited = by_node(store::ranks(ctx, wanted, "waited_us", " AND kind = 'task'").await?);
    let overdue = store::overdue(ctx, wanted).await?;
    let mut overdue: BTreeMap<String, i64> =
        overdue.into_iter().map(|one| (one.node, one.many)).collect();
    let whole: i64 = counts.iter().map(|count| count.took_s).sum();
    let seconds = |us: Option<i64>| us.map(|us| us / kernel::time::SECOND_US);
    let mut steps: Vec<StepFigures> = Vec::new();
    for count in counts {
        let (took, waited) = (took.get(&count.node), waited.get(&count.node));
        steps.push(StepFigures {
            name: named(definition, &count.node),
            kind: count.kind,
            done: count.done,
            withdrawn: count.withdrawn,
            took_median_s: seconds(took.and_then(|one| one.median)),
            took_p90_s: seconds(took.and_then(|one| one.high)),
            waited_median_s: seconds(waited.and_then(|one| one.median)),
            waited_p90_s: seconds(waited.and_then(|one| one.high)),
            late: count.late,
            late_share: (count.done > 0).then(|| count.late as f64 / count.done as f64),
            time_share: if whole > 0 { count.took_s as f64 / whole as f64 } else { 0.0 },
            overdue_now: overdue.remove(&count.node).unwrap_or_default(),
            node: count.node,
        });
    }
    steps.extend(overdue.into_iter().map(|(node, many)| StepFigures {
        name: named(definition, &node),
        node,
        kind: "task".to_owned(),
        overdue_now: many,
        ..StepFigures::default()
    }));
    steps.sort_by(|one, other| other.time_share.total_cmp(&one.time_share));
    Ok(steps)
}

fn by_node(ranks: Vec<Ranks>) -> BTreeMap<String, Ranks> {
    ranks.into_iter().map(|one| (one.node.clone(), one)).collect()
}

fn named(definition: Option<&Definition>, id: &str) -> String {
    let node = definition.and_then(|one| one.find(id).and_then(|ix| one.node(ix)));
    match node {
        Some(node) if !node.name.is_empty() => node.name.clone(),
        _ => id.to_owned(),
    }
}

async fn groups(ctx: &mut Ctx, wanted: &Wanted, column: &'static str) -> Result<Vec<Overdue>> {
    let groups = store::groups(ctx, wanted, column).await?;
    let (pack, lang) = (ctx.env.pack.clone(), ctx.lang);
    let agency = |id: &str| pack.agency(id).map(|one| one.name.get(lang).to_owned());
    let told = |group: Group| {
        let name = match column {
            "agency" => agency(&group.id),
            "division" => {
                pack.division(&group.id).map(|one| pack.division_name(one).get(lang).to_owned())
            }
            _ => group.id.split_once('/').map(|(at, role)| {
                let role = match role {
                    "*" => String::new(),
                    role => pack
                        .role(role)
                        .map_or(role.to_owned(), |role| role.name.get(lang).to_owned()),
                };
                format!("{} {role}", agency(at).unwrap_or(at.to_owned())).trim().to_owned()
            }),
        };
        Overdue {
            name: name.unwrap_or_else(|| group.id.clone()),
            id: group.id,
            done: group.done,
            late: group.late,
            share: if group.done > 0 { group.late as f64 / group.done as f64 } else { 0.0 },
        }
    };
    Ok(groups.into_iter().map(told).collect())
}
