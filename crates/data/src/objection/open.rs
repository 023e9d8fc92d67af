//! The verb: object to a value.

use super::model::{Objection, Opened, Status, WORDS_MAX};
use super::{ANSWER, OVERDUE_JOB, notify, store};
use crate::lookup::{self, Receipt};
use crate::registry::{self, Record};
use crate::source;
use ::store::{Ctx, vals};
use kernel::calendar::{Limit, Unit};
use kernel::{Error, Result};
use serde_json::json;

/// What a person objects to, and what he says is right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filing {
    /// Case in which the value was shown; empty when it was seen in one's own file.
    pub case_id: String,
    /// Registry.
    pub registry: String,
    /// Record.
    pub record_id: String,
    /// Lookup that showed it; may be empty.
    pub lookup: String,
    /// Field.
    pub field: String,
    /// The value as he saw it.
    pub shown: String,
    /// The value he says is right; empty when there should be none.
    pub claimed: String,
    /// What he adds.
    pub note: String,
    /// Receipt by which it was shown; empty when it was seen in one's own file.
    pub receipt: String,
}

/// Opens an objection; its source must answer within the registry's working days.
///
/// Anybody may object who is one of the persons the record is about or filed the case for which it
/// was read; without a receipt only the former.
///
/// Errors: `not_found` for a record, field or receipt the actor may not know of;
/// `objection.wrong` with the fields `claimed` (`registry.field_kind`, `identifier.*`,
/// `objection.same`) and `note` (`objection.too_long`) at fault; `objection.open_already`;
/// `calendar.year_missing`.
pub async fn open(ctx: &mut Ctx, filing: &Filing) -> Result<Opened> {
    party::authority::demand(ctx, "objection.own")?;
    let record = registry::by_id(ctx, &filing.record_id).await?;
    if record.registry != filing.registry {
        return Err(Error::not_found());
    }
    let pack = ctx.env.pack.clone();
    let definition = registry::defined(&pack, &record.registry)?;
    let receipt = standing(ctx, definition, &record, filing).await?;
    let version = receipt.as_ref().map_or(record.version, |receipt| receipt.version);
    let claimed = check(ctx, definition, filing, version).await?;
    let days = u32::from(definition.objection_working_days);
    let due = pack.calendar()?.deadline(ctx.now, Limit::new(days, Unit::WorkingDay)?)?;
    let objection = Objection {
        id: ctx.id(),
        registry: record.registry.clone(),
        record: record.id.clone(),
        version,
        field: filing.field.clone(),
        receipt: filing.receipt.clone(),
        case_id: receipt.map_or_else(String::new, |receipt| receipt.case_id),
        person: ctx.actor.party.clone(),
        source: source::agency(&pack, definition, &record.division)?.id,
        division: record.division,
        shown: filing.shown.chars().take(WORDS_MAX).collect(),
        claimed,
        note: filing.note.trim().to_owned(),
        status: Status::Open,
        revision: 1,
        opened: ctx.now,
        due,
        overdue: false,
        answered: None,
        corrected: String::new(),
        answer: String::new(),
    };
    if !store::insert(ctx, &objection, &filing.lookup).await? {
        return Err(Error::conflict("objection.open_already"));
    }
    tell(ctx, &objection).await?;
    Ok(Opened { id: objection.id, due })
}

/// What may be objected to, as the form shows it.
#[derive(Clone, PartialEq)]
pub struct Shown {
    /// Registry.
    pub registry: String,
    /// Value held in the version that was shown; none when the field has none.
    pub value: Option<serde_json::Value>,
    /// Agency id of the source.
    pub source: String,
    /// Case for which it was read; empty when seen in one's own file.
    pub case_id: String,
    /// Lookup that showed it; empty when seen in one's own file.
    pub lookup: String,
    /// True when the actor's earlier objection to it is still open.
    pub open_already: bool,
}

/// The value the actor may object to. Errors: `not_found`, also for what he may not know of.
pub async fn prepare(ctx: &mut Ctx, record: &str, field: &str, receipt: &str) -> Result<Shown> {
    party::authority::demand(ctx, "objection.own")?;
    let found = registry::by_id(ctx, record).await?;
    let pack = ctx.env.pack.clone();
    let definition = registry::defined(&pack, &found.registry)?;
    definition.field(field).ok_or_else(Error::not_found)?;
    let filing = Filing {
        registry: found.registry.clone(),
        record_id: record.to_owned(),
        field: field.to_owned(),
        receipt: receipt.to_owned(),
        ..Filing::default()
    };
    let receipt = standing(ctx, definition, &found, &filing).await?;
    let version = receipt.as_ref().map_or(found.version, |receipt| receipt.version);
    let person = ctx.actor.party.clone();
    Ok(Shown {
        value: registry::field_at(ctx, record, version, field).await?,
        source: source::agency(&pack, definition, &found.division)?.id,
        open_already: has_open(ctx, record, field, &person).await?,
        registry: found.registry,
        case_id: receipt.as_ref().map(|receipt| receipt.case_id.clone()).unwrap_or_default(),
        lookup: receipt.map(|receipt| receipt.lookup).unwrap_or_default(),
    })
}

/// The receipt by which the actor knows the value; none when he sees it in his own file.
async fn standing(
    ctx: &mut Ctx,
    definition: &pack::Registry,
    record: &Record,
    filing: &Filing,
) -> Result<Option<Receipt>> {
    let number = lookup::own_number(ctx).await?;
    let numbers = registry::citizen_numbers(definition, &record.fields);
    let about_him = number.as_ref().is_some_and(|number| numbers.contains(number));
    if filing.receipt.is_empty() {
        return if about_him { Ok(None) } else { Err(Error::not_found()) };
    }
    let receipt = lookup::by_id(ctx, &filing.receipt).await?;
    let covers = receipt.record == record.id && receipt.fields.contains(&filing.field);
    let shown_to_him = match &number {
        Some(number) => lookup::concerns(ctx, &receipt.id, number).await?,
        None => false,
    };
    if !covers || !(about_him || shown_to_him || receipt.filed_by == ctx.actor.party) {
        return Err(Error::not_found());
    }
    Ok(Some(receipt))
}

/// The claimed value in its one spelling.
async fn check(
    ctx: &mut Ctx,
    definition: &pack::Registry,
    filing: &Filing,
    version: i64,
) -> Result<String> {
    let field = definition.field(&filing.field).ok_or_else(Error::not_found)?;
    let mut wrong = Error::invalid("objection.wrong");
    if filing.note.chars().count() > WORDS_MAX {
        wrong =
            wrong.field_with("note", "objection.too_long", vec![("max", WORDS_MAX.to_string())]);
    }
    let held = registry::field_at(ctx, &filing.record_id, version, &filing.field).await?;
    match registry::parse(field, &filing.claimed) {
        Err(error) => wrong = wrong.field_with("claimed", error.code, error.args),
        Ok(claimed) if claimed == held => wrong = wrong.field("claimed", "objection.same"),
        Ok(claimed) => {
            wrong.if_any_field()?;
            return Ok(claimed.as_ref().map(registry::plain).unwrap_or_default());
        }
    }
    Err(wrong)
}

async fn tell(ctx: &mut Ctx, objection: &Objection) -> Result<()> {
    ctx.schedule(OVERDUE_JOB, &objection.id, objection.due, &json!({"objection": objection.id}))
        .await?;
    let body = json!({"registry": objection.registry, "record": objection.record,
        "field": objection.field, "due": objection.due});
    let subject = format!("objection:{}", objection.id);
    party::audit::record_row(
        ctx,
        "objection.opened",
        &subject,
        body,
        "data_objection",
        &objection.id,
    )
    .await?;
    let payload = json!({"objection": objection.id, "registry": objection.registry,
        "source": objection.source, "case": objection.case_id});
    ctx.emit("objection.opened", &payload).await?;
    notify::person(ctx, objection, "objection.received").await?;
    let (desk, link) = ([objection.source.clone()], format!("/desk/objections/{}", objection.id));
    notify::officers(ctx, &desk, ANSWER, objection, "work.objection", &link).await?;
    Ok(())
}

/// True when the person has an open objection to the field.
async fn has_open(ctx: &mut Ctx, record: &str, field: &str, person: &str) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM data_objection
         WHERE record_id = $1 AND field = $2 AND person_id = $3 AND status = 'open'";
    Ok(ctx.count(sql, vals![record, field, person]).await? > 0)
}
