//! How items ended without a result, or lost it: why, under which article, and what may be done about
//! it until when.
//!
//! Invariants: what the applicant ended himself, and what ended only since the item before it did,
//! carries no remedies: there is no decision to contest. The last day of a remedy is counted from the
//! day told, as in the decision itself.

use super::definition;
use super::model::{Case, Moment, Named};
use super::shown::{EndingShown, Happened, RemedyShown};
use ::store::Ctx;
use flow::case::Phase;
use kernel::{Result, Timestamp};
use pack::item::{Item, Remedy};

/// Events that end an item without a result.
const ENDS: [&str; 7] = [
    "acceptance_refused",
    "decided",
    "withdrawn",
    "correction_lapsed",
    "tolerance_lapsed",
    "terminated",
    "revoked",
];

/// The endings among the case and, for a parent, its items, from what happened to them.
pub(super) async fn of(
    ctx: &mut Ctx,
    case: &Case,
    family: &[Case],
    timeline: &[Happened],
) -> Result<Vec<EndingShown>> {
    let mut out = Vec::new();
    for one in family.iter().filter(|one| case.is_parent() || one.id == case.id) {
        let end = timeline
            .iter()
            .rfind(|step| step.case_id == one.id && ENDS.contains(&step.kind.as_str()));
        let (true, Some(end)) = (one.phase.is_failure(), end) else { continue };
        let item = definition::item(ctx, one).await?;
        let contested = match one.phase {
            Phase::Terminated => !end.article.is_empty(),
            phase => matches!(phase, Phase::Refused | Phase::NotAccepted | Phase::Revoked),
        };
        out.push(EndingShown {
            case_id: one.id.clone(),
            item: Named::new(&item.id, item.name.clone()),
            phase: one.phase.as_str().to_owned(),
            at: end.at,
            reason: end.text.clone(),
            article: end.article.clone(),
            remedies: if contested { remedies(ctx, &item, end.at.0)? } else { Vec::new() },
            document: end.document.clone(),
        });
    }
    Ok(out)
}

/// The remedies of an item against what was told at an instant. Errors: that the packs have no
/// calendar.
fn remedies(ctx: &Ctx, item: &Item, told: Timestamp) -> Result<Vec<RemedyShown>> {
    let calendar = ctx.env.pack.calendar()?;
    let shown = |remedy: &Remedy| RemedyShown {
        name: remedy.name.clone(),
        body: remedy.body.clone(),
        article: remedy.basis.citation(),
        until: Moment(remedy.until(calendar, told)),
    };
    Ok(item.remedies.iter().map(shown).collect())
}
