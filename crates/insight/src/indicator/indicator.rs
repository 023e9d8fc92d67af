//! Reading indicators, with authority.
//!
//! Must not know: HTTP, templates, SQL.

use super::formula::{Computed, Formula, ItemFigures, Sources, compute};
use super::model::{Indicator, PartRow, Shown};
use crate::READ;
use kernel::{Error, Result};
use pack::Target;
use pack::standard::TargetUnit;
use party::authority;
use service::case::Moment;
use service::figures::{self, Metric, Scope};
use std::collections::BTreeMap;
use store::Ctx;

/// Parts on a page.
pub(crate) const PAGE: usize = 20;

/// The division asked for when it lies within the actor's reach, the whole of his reach when none
/// is asked for. Errors: `denied`; `not_found` beyond his reach.
pub(crate) fn in_reach(ctx: &Ctx, asked: &str) -> Result<String> {
    authority::demand(ctx, READ)?;
    let reach = authority::scope_division(ctx);
    if reach.is_empty() {
        return Err(Error::not_found());
    }
    if asked.is_empty() {
        return Ok(reach);
    }
    let division = ctx.env.pack.division(asked).ok_or_else(Error::not_found)?.code();
    if authority::within(&ctx.env.pack, &division, &reach) {
        Ok(division)
    } else {
        Err(Error::not_found())
    }
}

/// First and last day of the cases counted: the year so far.
fn days(ctx: &Ctx) -> (jiff::civil::Date, jiff::civil::Date) {
    let today = ctx.now.date();
    (today.first_of_year(), today)
}

/// Figures of every item in the actor's reach.
async fn figures_of(ctx: &mut Ctx, division: &str) -> Result<BTreeMap<String, ItemFigures>> {
    let (from, until) = days(ctx);
    let ever = Scope::of(division);
    let year = ever.clone().between(from, until);
    let mut out: BTreeMap<String, ItemFigures> = BTreeMap::new();
    let metrics = [
        Metric::Submitted,
        Metric::Online,
        Metric::Decided,
        Metric::LicenceUsed,
        Metric::Automatic,
    ];
    for metric in metrics {
        let scope = if metric == Metric::Automatic { &ever } else { &year };
        for point in figures::by_item(ctx, metric, scope).await? {
            let item = out.entry(point.key).or_default();
            let count = u64::try_from(point.count).unwrap_or(0);
            match metric {
                Metric::Submitted => item.submitted = count,
                Metric::Online => item.online = count,
                Metric::Decided => item.decided = count,
                Metric::LicenceUsed => item.licence_used = count,
                _ => item.automatic_ever = count,
            }
        }
    }
    Ok(out)
}

/// Every target of the plans with what is. Errors: `denied`.
pub async fn list(ctx: &mut Ctx) -> Result<Vec<Indicator>> {
    let division = in_reach(ctx, "")?;
    let cases = figures_of(ctx, &division).await?;
    let pack = ctx.env.pack.clone();
    let sources = Sources { pack: &pack, cases: &cases };
    Ok(pack
        .targets()
        .iter()
        .map(|target| {
            let computed =
                Formula::parse(&target.formula).map(|formula| compute(formula, &sources));
            indicator(ctx, target, computed.as_ref())
        })
        .collect())
}

/// One target with what it counts; `after` is the cursor of the page before, or empty.
/// Errors: `denied`, `not_found`, `insight.cursor`.
pub async fn find(ctx: &mut Ctx, id: &str, after: &str) -> Result<Shown> {
    let division = in_reach(ctx, "")?;
    let skip: usize = match after {
        "" => 0,
        after => after.parse().map_err(|_| Error::invalid("insight.cursor"))?,
    };
    let pack = ctx.env.pack.clone();
    let target =
        pack.targets().iter().find(|target| target.id == id).ok_or_else(Error::not_found)?;
    let cases = figures_of(ctx, &division).await?;
    let formula = Formula::parse(&target.formula);
    let computed = formula.map(|formula| compute(formula, &Sources { pack: &pack, cases: &cases }));
    let indicator = indicator(ctx, target, computed.as_ref());
    let all = computed.map(|computed| computed.parts).unwrap_or_default();
    let parts: Vec<PartRow> = all
        .iter()
        .skip(skip)
        .take(PAGE)
        .map(|part| PartRow {
            kind: part.kind.to_owned(),
            id: part.id.clone(),
            name: part.name.clone(),
            numerator: part.numerator,
            denominator: part.denominator,
        })
        .collect();
    let read = skip.saturating_add(parts.len());
    let metrics = formula.and_then(Formula::metrics);
    Ok(Shown {
        indicator,
        next: (read < all.len()).then(|| read.to_string()),
        parts,
        parts_total: all.len(),
        metrics: metrics.map(|(part, whole)| (part.to_owned(), whole.to_owned())),
    })
}

fn indicator(ctx: &Ctx, target: &Target, computed: Option<&Computed>) -> Indicator {
    let ratio = target.unit == TargetUnit::Permille;
    let value = computed.and_then(|computed| match ratio {
        true => computed.permille(),
        false => Some(computed.numerator),
    });
    let over_cases = Formula::parse(&target.formula).is_some_and(Formula::is_over_cases);
    let (from, until) = days(ctx);
    Indicator {
        id: target.id.clone(),
        number: target.number,
        name: target.name.clone(),
        formula: target.formula.clone(),
        formula_text: target.formula_text.clone(),
        plan: target.plan.clone(),
        unit: if ratio { "permille" } else { "count" }.to_owned(),
        goal: target.value,
        deadline: target.deadline.map(|day| day.to_string()),
        numerator: computed.map_or(0, |computed| computed.numerator),
        denominator: computed.filter(|_| ratio).map(|computed| computed.denominator),
        value,
        met: value.map(|value| value >= target.value),
        from: over_cases.then(|| from.to_string()),
        until: over_cases.then(|| until.to_string()),
        as_of: Moment(ctx.now),
        definitions: ctx.env.pack.digest().to_owned(),
    }
}
