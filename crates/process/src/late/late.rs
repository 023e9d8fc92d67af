//! The verbs of what is late: permit, count, put together.
//!
//! Must not know: HTTP, pages.

use super::model::{Filter, Group, LatePage, LateTask, Overview};
use super::store::{self, Count, PAGE, ROWS_MAX};
use crate::instance::store::open_title;
use crate::{MANAGE, Moment, definition};
use ::store::Ctx;
use kernel::time::DAY_US;
use kernel::{Error, Result};
use party::authority;
use std::collections::{BTreeMap, BTreeSet};

/// Groups told of each kind.
const GROUPS_MAX: usize = 200;

/// What is late within the actor's reach. Errors: `denied`, `not_found` for a division or an agency
/// beyond it.
pub async fn overview(ctx: &mut Ctx, filter: &Filter) -> Result<Overview> {
    permitted(ctx)?;
    let pack = ctx.env.pack.clone();
    let known = |division: &str| pack.divisions().find(division).is_some();
    if !filter.division.is_empty() && !known(&filter.division) {
        return Err(Error::not_found());
    }
    let agencies = match filter.agency.as_str() {
        "" => store::agencies(ctx).await?,
        agency if reaches(ctx, agency) => vec![agency.to_owned()],
        _ => return Err(Error::not_found()),
    };
    let within = |agency: &String| {
        let division = || division(ctx, agency);
        let asked = filter.division.is_empty()
            || division().is_some_and(|code| authority::within(&pack, &code, &filter.division));
        asked && reaches(ctx, agency)
    };
    let agencies: Vec<String> = agencies.into_iter().filter(within).collect();
    let counts = store::counts(ctx, &agencies, &filter.process).await?;
    let named: BTreeSet<&String> = counts.iter().map(|one| &one.agency).collect();
    let cut = named.len() > GROUPS_MAX;
    let late = counts.iter().map(|one| one.late).sum();
    let processes = grouped(&counts, |one| Some(one.process.clone()));
    let agencies = grouped(&counts, |one| Some(one.agency.clone()));
    let divisions = grouped(&counts, |one| division(ctx, &one.agency));
    let mut named = Vec::new();
    for group in processes {
        let name = definition::newest(ctx, &group.id).await.map(|one| one.name).unwrap_or_default();
        named.push(called(group, name));
    }
    let lang = ctx.lang;
    let agency = |id: &str| pack.agency(id).map(|one| one.name.get(lang).to_owned());
    let place = |id: &str| {
        pack.divisions().find(id).map(|one| pack.division_name(one).get(lang).to_owned())
    };
    let name = |groups: Vec<Group>, name: &dyn Fn(&str) -> Option<String>| {
        let one = |group: Group| {
            let name = name(&group.id).unwrap_or_default();
            called(group, name)
        };
        groups.into_iter().map(one).collect()
    };
    Ok(Overview {
        late,
        more: late >= ROWS_MAX || cut,
        agencies: name(agencies, &agency),
        divisions: name(divisions, &place),
        processes: named,
    })
}

/// Sums of counts that belong together, most first, at most [`GROUPS_MAX`].
fn grouped(counts: &[Count], key: impl Fn(&Count) -> Option<String>) -> Vec<Group> {
    let mut sums: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for one in counts {
        let sum = sums.entry(key(one).unwrap_or_default()).or_insert((0, i64::MAX));
        *sum = (sum.0 + one.late, sum.1.min(one.oldest_us));
    }
    let group =
        |(id, (late, oldest))| Group { id, name: String::new(), late, oldest: Moment::of(oldest) };
    let mut groups: Vec<Group> = sums.into_iter().map(group).collect();
    groups.sort_by_key(|one| std::cmp::Reverse(one.late));
    groups.truncate(GROUPS_MAX);
    groups
}

/// The group by its name; by its id, when it has none.
fn called(group: Group, name: String) -> Group {
    let name = if name.is_empty() { group.id.clone() } else { name };
    Group { name, ..group }
}

/// Tasks of an agency that are late, the oldest first, after a cursor; of one procedure unless empty.
/// Errors: `denied`, `not_found` for an agency beyond reach.
pub async fn tasks(ctx: &mut Ctx, agency: &str, process: &str, after: &str) -> Result<LatePage> {
    permitted(ctx)?;
    if !reaches(ctx, agency) {
        return Err(Error::not_found());
    }
    let (due, id) = after.split_once('.').unwrap_or_default();
    let mut rows = store::tasks(ctx, agency, process, (due.parse().unwrap_or(0), id)).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|row| format!("{}.{}", row.due_us, row.id));
    let own = authority::may(ctx, MANAGE) && authority::same_agency(ctx, agency);
    let mut tasks = Vec::new();
    for row in rows {
        tasks.push(LateTask {
            title: if own { Some(open_title(ctx, &row.title)?) } else { None },
            id: row.id,
            instance: row.instance_id,
            process: row.process,
            step: row.name,
            assignee: row.assignee_name,
            due: Moment::of(row.due_us),
            days: (ctx.now.0 - row.due_us) / DAY_US,
        });
    }
    Ok(LatePage { tasks, next })
}

/// Errors: `denied` for who manages no agency and watches no division.
fn permitted(ctx: &Ctx) -> Result<()> {
    if authority::may(ctx, MANAGE) || !authority::scope_division(ctx).is_empty() {
        return Ok(());
    }
    Err(Error::denied("denied"))
}

fn reaches(ctx: &Ctx, agency: &str) -> bool {
    authority::reaches(ctx, agency, &division(ctx, agency).unwrap_or_default())
}

fn division(ctx: &Ctx, agency: &str) -> Option<String> {
    let agency = ctx.env.pack.agency(agency)?;
    ctx.env.pack.divisions().find(&agency.division).map(|one| one.code())
}
