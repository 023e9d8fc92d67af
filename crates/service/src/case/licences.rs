//! Licences read for a case instead of papers: by the platform when the case comes in, and by the
//! officer in charge, who says why.
//!
//! Invariants: an officer reads for a case of his own agency that is under way, of its applicant or
//! child and nobody else, a type whose share contract (`consumers`) names his agency's kind, and
//! sees what the type opens to handling; each reading is a use the holder sees and a fact of the
//! case with the use as its receipt; one that found nothing is recorded at the case.
//! Must not know: how a licence is kept.

use super::access::{self, Standing};
use super::act::Acting;
use super::model::Case;
use super::supply::{self, Facts, Held};
use super::verbs::READ;
use ::store::{Ctx, vals};
use kernel::{Error, Result};
use licence::LicenceData;
use pack::Province;
use pack::item::MetBy;
use pack::licence::LicenceType;
use rules::Fact;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// Permission to read data for a case in one's hands.
pub const LOOKUP: &str = "data.lookup";

/// A licence read, and what it says as facts of the case.
pub(super) struct Read {
    pub(super) data: LicenceData,
    pub(super) facts: Facts,
}

/// Reads the live licence of a type of the child or the applicant, and keeps what it says as facts
/// of the application. None when neither holds one.
pub(super) async fn read(
    ctx: &mut Ctx,
    case: &Case,
    kind: &str,
    purpose: &str,
) -> Result<Option<Read>> {
    for holder in [&case.child, &case.applicant] {
        if holder.is_empty() {
            continue;
        }
        let Some(found) = licence::find_live(ctx, kind, holder).await? else { continue };
        let data = licence::use_for(ctx, &found.id, &case.id, &case.agency, purpose).await?;
        let source =
            ctx.env.pack.licence_type(kind).map(|kind| kind.name.clone()).unwrap_or_default();
        let identifier = ("identifier".to_owned(), Json::String(data.identifier.clone()));
        let mut facts = Facts::new();
        for (field, value) in data.fields.clone().into_iter().chain([identifier]) {
            let value = Some(value).filter(|value| !value.is_null());
            let fact = Fact { value, source: source.clone(), at: ctx.now };
            let held = Held { fact, receipt: data.use_id.clone() };
            facts.insert(format!("licence.{kind}.{field}"), held);
        }
        supply::put_facts(ctx, case.root_id(), &facts).await?;
        return Ok(Some(Read { data, facts }));
    }
    Ok(None)
}

/// The types an agency may read for a case, those that meet a material of the case's item first.
pub async fn readable_licences(ctx: &mut Ctx, case_id: &str) -> Result<Vec<LicenceType>> {
    let (case, pack) = (reached(ctx, case_id).await?, ctx.env.pack.clone());
    let wanted = |kind: &LicenceType| {
        let item = pack.item(&case.item);
        let meets = |by: &MetBy| matches!(by, MetBy::Licence { licence } if *licence == kind.id);
        item.is_some_and(|item| item.materials.iter().any(|one| meets(&one.met_by)))
    };
    let asker = asker(&pack, &case);
    let mut kinds: Vec<LicenceType> =
        pack.licence_types().filter(|kind| kind.may_ask(&asker)).cloned().collect();
    kinds.sort_by_key(|kind| (!wanted(kind), kind.id.clone()));
    Ok(kinds)
}

fn asker(pack: &Province, case: &Case) -> String {
    pack.agency(&case.agency).map(|agency| agency.kind).unwrap_or_default()
}

/// Types of which officers read a licence for the case, each for a purpose of its own.
pub(super) async fn read_for(ctx: &mut Ctx, case: &Case) -> Result<BTreeSet<String>> {
    let sql = "SELECT body FROM evidence_entry WHERE subject = $1 AND kind = 'case.licence_read'
         ORDER BY id LIMIT 100";
    let bodies: Vec<String> = ctx.column(sql, vals![format!("case:{}", case.id)]).await?;
    let kind = |body: &String| {
        let body: Json = serde_json::from_str(body).ok()?;
        body["type"].as_str().map(str::to_owned)
    };
    Ok(bodies.iter().filter_map(kind).collect())
}

/// A case that the officer may read licences for.
async fn reached(ctx: &mut Ctx, id: &str) -> Result<Case> {
    party::authority::demand(ctx, READ)?;
    party::authority::demand(ctx, LOOKUP)?;
    let case = super::store::get(ctx, id).await?;
    access::require(ctx, &case, Standing::Officer).await?;
    if case.is_parent() {
        return Err(Error::not_found());
    }
    if case.phase.is_final() {
        return Err(Error::conflict("case.licence_over"));
    }
    Ok(case)
}

/// Reads a licence of the case's child or applicant for the officer in charge. None when neither
/// holds one of the type. Permissions `case.read` and `data.lookup`.
///
/// Errors: `denied`, `not_found`, also for another agency's case, `case.licence_over` for one that
/// has ended, `licence.type_unknown`, `licence.consumer` for a type that the agency has no contract
/// to read, `licence.purpose`.
pub async fn read_licence(
    ctx: &mut Ctx,
    case_id: &str,
    type_id: &str,
    purpose: &str,
) -> Result<Option<LicenceData>> {
    reached(ctx, case_id).await?;
    let mut acting = Acting::load(ctx, case_id).await?;
    let pack = ctx.env.pack.clone();
    let unknown = || Error::invalid("licence.type_unknown").field("type", "licence.type_unknown");
    let kind = pack.licence_type(type_id).ok_or_else(unknown)?;
    if !kind.may_ask(&asker(&pack, &acting.case)) {
        return Err(Error::denied("licence.consumer"));
    }
    licence::check_purpose(purpose)?;
    let case = acting.case.clone();
    let found = read(ctx, &case, type_id, purpose).await?;
    let body = json!({ "type": type_id, "found": found.is_some(),
        "use": found.as_ref().map(|read| read.data.use_id.clone()) });
    let subject = format!("case:{case_id}");
    party::audit::record(ctx, "case.licence_read", &subject, body).await?;
    if found.is_some() {
        acting.wrote(supply::FACTS_KEPT);
        acting.case.licence_uses += 1;
        acting.finish(ctx).await?;
    }
    Ok(found.map(|read| read.data))
}
