//! Who relied on a licence: read for a case, presented, verified. The holder sees all of it.

use super::issue::live_key;
use super::model::{LicenceData, LicenceRow, Use};
use super::{shown, store};
use ::store::Ctx;
use kernel::{ActorKind, Error, Result, Text, Timestamp};
use pack::Province;
use serde_json::json;

/// Permission to look up data for a case in one's hands.
const LOOKUP: &str = "data.lookup";
/// Longest purpose (用证事由), in characters.
pub const PURPOSE_MAX: usize = 200;

/// The holder's licence of a type that is in force now; of several, the newest. For verbs that
/// decide whether a paper need be asked for: it shows that the licence exists, nothing of it.
pub async fn find_live(
    ctx: &mut Ctx,
    type_id: &str,
    holder_person: &str,
) -> Result<Option<LicenceRow>> {
    let row = match store::live(ctx, &live_key(type_id, holder_person)).await? {
        Some(row) => Some(row),
        None => {
            let held = store::of_holder(ctx, holder_person).await?;
            held.into_iter().find(|row| row.type_id == type_id && row.in_force(ctx.now))
        }
    };
    Ok(row.filter(|row| row.in_force(ctx.now)))
}

/// True when the licence is the person's. For verbs that decide who may know of a case: it shows
/// nothing of the licence.
pub async fn is_held_by(ctx: &mut Ctx, id: &str, person: &str) -> Result<bool> {
    Ok(store::find(ctx, id).await?.is_some_and(|row| row.holder == person))
}

/// Hands a licence's data to a case that relies on it instead of a paper, and records the use where
/// the holder sees it. A citizen reaches his own licences and those of whom he is guardian of or
/// stands in for; an officer with permission `data.lookup`, or the platform, needs a case.
///
/// `agency` is the one in charge of the case, which the holder is told.
///
/// What the agency may not read of it is masked or left out, as its type says.
///
/// Errors: `licence.purpose` when empty or longer than 200 characters, `not_found` when the actor
/// may not know of it, `licence.not_in_force`, `licence.consumer` for an agency that is not among
/// those that may ask for this type.
pub async fn use_for(
    ctx: &mut Ctx,
    licence_id: &str,
    case_id: &str,
    agency: &str,
    purpose: &str,
) -> Result<LicenceData> {
    check_purpose(purpose)?;
    let row = store::get(ctx, licence_id).await?;
    if !may_use(ctx, &row, case_id).await? {
        return Err(Error::not_found());
    }
    if !row.in_force(ctx.now) {
        return Err(Error::conflict("licence.not_in_force"));
    }
    let pack = ctx.env.pack.clone();
    let asker = pack.agency(agency).map(|agency| agency.kind).unwrap_or_default();
    let kind = pack.licence_type(&row.type_id).filter(|kind| kind.may_ask(&asker));
    let kind = kind.ok_or_else(|| Error::denied("licence.consumer"))?;
    let opened = store::open(ctx, row).await?;
    let fields = shown::for_handling(kind, opened.fields());
    let shown: Vec<String> = fields.keys().cloned().collect();
    let new = NewUse {
        licence_id: opened.row.id.clone(),
        person: opened.row.holder.clone(),
        kind: "case",
        case_id,
        agency: agency.to_owned(),
        purpose,
        fields: &shown,
    };
    let use_id = write(ctx, new).await?;
    Ok(LicenceData {
        id: opened.row.id.clone(),
        identifier: opened.row.identifier.clone(),
        type_id: opened.row.type_id.clone(),
        issuer: pack.agency(&opened.row.agency).map(|agency| agency.name).unwrap_or_default(),
        holder_name: opened.holder_name().to_owned(),
        holder_number: Some(opened.holder_number().to_owned()).filter(|number| !number.is_empty()),
        fields,
        issued: Timestamp(opened.row.issued_us),
        valid_until: opened.row.last_day(),
        use_id,
    })
}

/// Names and values of what was handed to a case, in both languages and the type's order.
pub fn displayed(pack: &Province, data: &LicenceData) -> Vec<(Text, Text)> {
    let fields = shown::fields(pack, &data.type_id, &data.fields);
    fields.into_iter().map(|field| (field.name, field.value)).collect()
}

async fn may_use(ctx: &mut Ctx, row: &LicenceRow, case_id: &str) -> Result<bool> {
    match ctx.actor.kind {
        ActorKind::System => Ok(!case_id.is_empty()),
        ActorKind::Officer => Ok(!case_id.is_empty() && party::authority::may(ctx, LOOKUP)),
        ActorKind::Citizen => {
            Ok(crate::wallet::may_open(ctx, &row.holder).await?
                || stands_in(ctx, &row.holder).await?)
        }
        ActorKind::Anonymous => Ok(false),
    }
}

/// True when the holder has authorised the actor in any matter that still runs; in which one, the
/// case that calls has checked.
async fn stands_in(ctx: &mut Ctx, holder: &str) -> Result<bool> {
    let now = ctx.now;
    let held = party::delegation::list(ctx).await?.held;
    Ok(held.iter().any(|one| one.principal == holder && one.covers(&one.scope, now)))
}

/// Refuses an empty or endless purpose. Errors: `licence.purpose`.
pub fn check_purpose(purpose: &str) -> Result<()> {
    let length = purpose.trim().chars().count();
    if length == 0 || length > PURPOSE_MAX || purpose.chars().any(webkit::form::forbidden) {
        return Err(Error::invalid("licence.purpose").field("purpose", "licence.purpose"));
    }
    Ok(())
}

/// Records a use of a licence by the present actor; the use's id.
pub async fn record_use(
    ctx: &mut Ctx,
    row: Option<&LicenceRow>,
    kind: &str,
    case_id: &str,
    purpose: &str,
    fields: &[String],
) -> Result<String> {
    let new = NewUse {
        licence_id: row.map(|row| row.id.clone()).unwrap_or_default(),
        person: row.map(|row| row.holder.clone()).unwrap_or_default(),
        kind,
        case_id,
        agency: ctx.actor.agency.clone(),
        purpose,
        fields,
    };
    write(ctx, new).await
}

/// Records that a person was identified by his code; the use's id.
pub(crate) async fn record_identified(
    ctx: &mut Ctx,
    person: &str,
    purpose: &str,
) -> Result<String> {
    let new = NewUse {
        licence_id: String::new(),
        person: person.to_owned(),
        kind: "code",
        case_id: "",
        agency: ctx.actor.agency.clone(),
        purpose,
        fields: &[],
    };
    write(ctx, new).await
}

/// Records that a holder showed a licence to an agency that asked; the use's id.
pub(crate) async fn record_shown(
    ctx: &mut Ctx,
    row: &LicenceRow,
    agency: &str,
    purpose: &str,
    fields: &[String],
) -> Result<String> {
    let new = NewUse {
        licence_id: row.id.clone(),
        person: row.holder.clone(),
        kind: "consent",
        case_id: "",
        agency: agency.to_owned(),
        purpose,
        fields,
    };
    write(ctx, new).await
}

/// A use before it is written down.
struct NewUse<'a> {
    licence_id: String,
    person: String,
    kind: &'a str,
    case_id: &'a str,
    agency: String,
    purpose: &'a str,
    fields: &'a [String],
}

async fn write(ctx: &mut Ctx, new: NewUse<'_>) -> Result<String> {
    let used = Use {
        id: ctx.id(),
        licence_id: new.licence_id,
        person: new.person,
        at_us: ctx.now.0,
        kind: new.kind.to_owned(),
        account: ctx.actor.account.clone(),
        agency: new.agency,
        case_id: new.case_id.to_owned(),
        purpose: new.purpose.trim().to_owned(),
        fields: json!(new.fields).to_string(),
    };
    store::insert_use(ctx, &used).await?;
    let subject = match used.licence_id.as_str() {
        "" => format!("person:{}", used.person),
        id => format!("licence:{id}"),
    };
    let body = json!({ "kind": used.kind, "case": used.case_id, "fields": new.fields });
    party::audit::record_row(ctx, "licence.used", &subject, body, "licence_use", &used.id).await?;
    Ok(used.id)
}

/// Uses of a licence, newest first, at most 50, older than the cursor. The caller has checked that
/// the actor may open the licence.
pub async fn uses(ctx: &mut Ctx, licence: &str, after: &str) -> Result<Vec<Use>> {
    store::uses(ctx, "licence_id", licence, after).await
}

/// Uses of anything of a person, newest first, at most 50, older than the cursor. The caller has
/// checked that the actor may see them.
pub async fn uses_of(ctx: &mut Ctx, person: &str, after: &str) -> Result<Vec<Use>> {
    store::uses(ctx, "person", person, after).await
}

/// Key of the sentence for a kind of use.
pub(crate) fn record_kind(kind: &str) -> &'static str {
    match kind {
        "case" => "licence.use.case",
        "presentation" => "licence.use.presentation",
        "code" => "licence.use.code",
        "wallet" => "licence.use.wallet",
        "consent" => "licence.use.consent",
        "link" => "licence.use.link",
        _ => "licence.use.verification",
    }
}
