//! To whom a task is offered: what the diagram says, told for this instance.
//!
//! Must not know: tables of tasks.

use crate::definition::pool;
use crate::instance::model::{Standing, Who};
use crate::instance::store::Row;
use ::store::Ctx;
use flow::process::{Node, Token};
use kernel::{Error, Result};
use party::account::{Account, AccountKind};
use serde_json::Value as Json;

/// Pools of one task.
const POOLS_MAX: usize = 20;

/// Pools of the officers who may take a task, and who has it at once: the one person named, when
/// only one is. A task that names nobody is offered to the agency of its instance. Errors:
/// `process.nobody` for a variable that names somebody who is not there: he would never do it.
pub(crate) async fn offer(
    ctx: &mut Ctx,
    row: &Row,
    standing: &Standing,
    token: &Token,
    node: &Node,
) -> Result<(Vec<String>, Option<Who>)> {
    let pack = ctx.env.pack.clone();
    let mut pools = Vec::new();
    for candidate in &node.candidates {
        if candidate == "@starter" {
            pools.push(format!("@{}", row.started_by));
        } else if let Some(name) = candidate.strip_prefix('$') {
            for named in texts(visible(standing, token, name)) {
                let found = pool(&pack, &named, &row.agency);
                match found.filter(|found| !found.starts_with(['$', '@'])) {
                    Some(found) => pools.push(found),
                    None => pools.push(format!("@{}", person(ctx, &named).await?)),
                }
            }
        } else {
            pools.extend(pool(&pack, candidate, &row.agency));
        }
    }
    pools.sort();
    pools.dedup();
    pools.truncate(POOLS_MAX);
    if let [only] = pools.as_slice()
        && let Some(account) = only.strip_prefix('@')
    {
        if account == row.started_by {
            let name = row.started_by_name.clone();
            return Ok((Vec::new(), Some(Who { account: account.to_owned(), name })));
        }
        if let Some(officer) = officer(ctx, account).await? {
            return Ok((Vec::new(), Some(officer)));
        }
    }
    if node.candidates.is_empty() {
        pools.push(format!("{}/*", row.agency));
    }
    Ok((pools, None))
}

/// The variable nearest to a token.
fn visible<'a>(standing: &'a Standing, token: &'a Token, name: &str) -> Option<&'a Json> {
    let state = &standing.state;
    let mut at = Some(token);
    while let Some(token) = at {
        if let Some(value) = token.locals.get(name) {
            return Some(value);
        }
        at = state.scope(token.scope).and_then(|scope| scope.token).and_then(|id| state.token(id));
    }
    state.variables.get(name)
}

fn texts(value: Option<&Json>) -> Vec<String> {
    let text = |value: &Json| super::sign::account(value).map(str::to_owned);
    let found: Vec<String> = match value {
        Some(Json::Array(items)) => items.iter().filter_map(text).collect(),
        // A signer may be written with the weight of his vote.
        Some(one) => text(one).into_iter().collect(),
        None => Vec::new(),
    };
    found.into_iter().filter(|text| !text.is_empty()).take(POOLS_MAX).collect()
}

/// The account somebody is named by, by id or login. Errors: `process.nobody`.
async fn person(ctx: &mut Ctx, named: &str) -> Result<String> {
    match account(ctx, named).await? {
        Some(account) => Ok(account.id),
        None => Err(Error::invalid("process.nobody").arg("named", named)),
    }
}

async fn account(ctx: &mut Ctx, named: &str) -> Result<Option<Account>> {
    match party::account::find(ctx, named.trim()).await? {
        Some(account) => Ok(Some(account)),
        None => party::account::by_login(ctx, named.trim()).await,
    }
}

/// The officer of an account, by id or login, who is still in office.
pub(crate) async fn officer(ctx: &mut Ctx, named: &str) -> Result<Option<Who>> {
    Ok(found(ctx, named).await?.map(|(who, _)| who))
}

/// As [`officer`], with his agency, if he may do tasks.
pub(super) async fn found(ctx: &mut Ctx, named: &str) -> Result<Option<(Who, String)>> {
    let account = account(ctx, named).await?;
    let account = account.filter(|account| account.kind == AccountKind::Officer && !account.closed);
    let Some(account) = account else { return Ok(None) };
    let pack = ctx.env.pack.clone();
    let works = |role: &String| pack.role_permissions(role).iter().any(|one| one == crate::WORK);
    if !account.roles.iter().any(works) {
        return Ok(None);
    }
    let person = party::person::find(ctx, &account.person).await?;
    let name = person.map(|person| person.name).unwrap_or_default();
    Ok(Some((Who { account: account.id, name }, account.agency)))
}
