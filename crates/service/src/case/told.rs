//! What a case tells its procedures besides what every case tells: answers of its form, as its item
//! says, and fixed values.
//!
//! Invariants: only what the item names is told, and the pack's checker lets it name nothing that
//! names a person; an answer that is not known is left out. Must not know: what it is used for.

use super::model::Case;
use super::supply;
use ::store::Ctx;
use kernel::Result;
use pack::item::Told;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// The variables of `tells`. Errors: those of the database.
pub(super) async fn besides(
    ctx: &mut Ctx,
    case: &Case,
    tells: &[Told],
) -> Result<BTreeMap<String, Json>> {
    if tells.is_empty() {
        return Ok(BTreeMap::new());
    }
    let facts = supply::facts(ctx, case.root_id()).await?;
    let one = |told: &Told| {
        let fixed = told.value.as_ref().map(|value| Json::from(value.as_str()));
        let answer = || facts.get(told.from.as_deref()?)?.fact.value.clone();
        Some((told.id.clone(), fixed.or_else(answer)?))
    };
    Ok(tells.iter().filter_map(one).collect())
}
