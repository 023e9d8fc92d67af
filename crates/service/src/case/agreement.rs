//! Whether cases and the procedures that examine and later check them tell the same.
//!
//! Invariant proved: an instance runs exactly while its case is accepted and not decided, stands
//! still exactly while the case is suspended or waits for another agency to take it over, and has ended in every other case; what has ended
//! and is not yet heard of has a job that will tell it. A later check runs exactly while what was
//! granted stands and nothing has been found. An instance of a case is the one the case names. Reads only; memory does not grow with the number of cases.

use super::examination::Stand;
use super::model::Case;
use super::{check, examination, store};
use ::store::{Ctx, vals};
use kernel::Result;
use process::instance::owned::{self, Kept};
use serde::Serialize;

/// Rows read at once.
const AT_ONCE: usize = 200;
/// Disagreements told at most.
const TOLD_MAX: usize = 100;

/// A case and an instance that do not agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Disagreement {
    /// Id of the case.
    pub case_id: String,
    /// Id of the instance.
    pub instance: String,
    /// What each says.
    pub detail: String,
}

/// Compares every case that a procedure examines with its instance, and the other way round; at
/// most 100 disagreements. Errors: those of the database.
pub async fn disagreements(ctx: &mut Ctx) -> Result<Vec<Disagreement>> {
    let mut found = Vec::new();
    let mut after = String::new();
    while found.len() < TOLD_MAX {
        let cases = store::after(ctx, &after, AT_ONCE).await?;
        let Some(last) = cases.last() else { break };
        after.clone_from(&last.id);
        for case in &cases {
            found.extend(of_case(ctx, case).await?);
            found.extend(of_check(ctx, case).await?);
        }
    }
    let mut after = String::new();
    while found.len() < TOLD_MAX {
        let kept = owned::kept(ctx, examination::PAGE, &after, AT_ONCE).await?;
        let Some(last) = kept.last() else { break };
        after.clone_from(&last.id);
        for one in kept.iter().filter(|one| is_open(one)) {
            found.extend(of_instance(ctx, one).await?);
        }
    }
    found.truncate(TOLD_MAX);
    Ok(found)
}

fn is_open(one: &Kept) -> bool {
    matches!(one.phase.as_str(), "active" | "suspended")
}

async fn of_case(ctx: &mut Ctx, case: &Case) -> Result<Option<Disagreement>> {
    let Some(procedure) = &case.state.procedure else { return Ok(None) };
    let wanted = match examination::stand(&case.state) {
        _ if procedure.ended.is_some() => "ended",
        Stand::Runs => "active",
        Stand::Still | Stand::Handed => "suspended",
        Stand::Over => "ended",
    };
    compare(ctx, case, (&procedure.instance, &procedure.process), false, wanted).await
}

async fn of_check(ctx: &mut Ctx, case: &Case) -> Result<Option<Disagreement>> {
    let Some(open) = &case.state.check else { return Ok(None) };
    let runs = check::stands(case.phase) && open.ended.is_none();
    let wanted = if runs { "active" } else { "ended" };
    compare(ctx, case, (&open.instance, &open.process), true, wanted).await
}

/// Compares the instance that the case names with how it should stand.
async fn compare(
    ctx: &mut Ctx,
    case: &Case,
    (instance, process): (&str, &str),
    later: bool,
    wanted: &str,
) -> Result<Option<Disagreement>> {
    let wrong = |detail: String| {
        let (case_id, instance) = (case.id.clone(), instance.to_owned());
        Ok(Some(Disagreement { case_id, instance, detail }))
    };
    let Some(kept) = owned::find(ctx, instance).await? else {
        return wrong("the case names an instance there is not".to_owned());
    };
    let same = kept.process == process
        && check::is_of(&kept.subject) == later
        && examination::case_of(&kept.subject) == Some(case.id.as_str());
    if !same {
        return wrong(format!("the instance is of {} for {}", kept.process, kept.subject));
    }
    let due = case.due.map_or(0, |due| due.0);
    if is_open(&kept) && !later && ![0, due].contains(&kept.matter_due_us) {
        return wrong("the instance is told another limit than the case has".to_owned());
    }
    let stands = if is_open(&kept) { kept.phase.as_str() } else { "ended" };
    let agrees = wanted == stands || (stands == "ended" && is_to_be_told(ctx, &kept.id).await?);
    if agrees {
        return Ok(None);
    }
    let phase = case.phase.as_str();
    wrong(format!("the case is {phase}, its instance {}, not {wanted}", kept.phase))
}

/// True when a job will tell the case of the end of the instance.
async fn is_to_be_told(ctx: &mut Ctx, instance: &str) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM job WHERE name = $1 AND payload LIKE $2";
    Ok(ctx.count(sql, vals![examination::JOB, format!("%\"{instance}\"%")]).await? > 0)
}

async fn of_instance(ctx: &mut Ctx, kept: &Kept) -> Result<Option<Disagreement>> {
    let id = examination::case_of(&kept.subject).unwrap_or_default();
    let case = store::find(ctx, id).await?;
    let state = case.map(|case| case.state).unwrap_or_default();
    let names = match check::is_of(&kept.subject) {
        true => state.check.map(|one| one.instance),
        false => state.procedure.map(|one| one.instance),
    };
    if names.as_deref() == Some(kept.id.as_str()) {
        return Ok(None);
    }
    let detail = "the instance runs for a case that does not name it".to_owned();
    Ok(Some(Disagreement { case_id: id.to_owned(), instance: kept.id.clone(), detail }))
}
