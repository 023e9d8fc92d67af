//! The verbs of intakes.

use super::model::{Intake, Line, Progress};
use super::table::{self, HOLDER_NAME, HOLDER_NUMBER};
use super::{NAME, store};
use crate::register::{ISSUE, NUMBER, shown};
use ::store::Ctx;
use kernel::{Error, Result};
use pack::licence::{Holder, LicenceType};
use serde_json::json;

/// Purpose of the blind index of paper records.
const RECORD: &str = "licence.intake.record";
/// Longest description of where the records come from, in characters.
const SOURCE_MAX: usize = 200;

/// Takes in a table of paper records of a type; its lines are verified and issued by a job.
/// Permission `licence.issue`, a second factor, the agency that issues the type.
///
/// Errors: `denied`, `sign_in.second_factor`, `licence.type_unknown`, `licence.intake_type` for a
/// type the agency does not issue or that the newborn hold, `licence.intake_source`, those of
/// [`table::read`].
pub async fn begin(ctx: &mut Ctx, type_id: &str, source: &str, bytes: &[u8]) -> Result<Intake> {
    demand(ctx)?;
    let pack = ctx.env.pack.clone();
    let field = |code: &'static str, name: &str| Error::invalid(code).field(name, code);
    let kind =
        pack.licence_type(type_id).ok_or_else(|| field("licence.type_unknown", "type_id"))?;
    let own = pack.agency(&ctx.actor.agency).map(|agency| agency.kind);
    if own.as_deref() != Some(kind.issuer.as_str()) || kind.holder == Holder::Newborn {
        return Err(field("licence.intake_type", "type_id"));
    }
    let source = source.trim();
    if source.is_empty()
        || source.chars().count() > SOURCE_MAX
        || source.chars().any(webkit::form::forbidden)
    {
        return Err(field("licence.intake_source", "source"));
    }
    let records = table::read(kind, bytes)?;
    let intake = Intake {
        id: ctx.id(),
        agency: ctx.actor.agency.clone(),
        account: ctx.actor.account.clone(),
        type_id: kind.id.clone(),
        source: source.to_owned(),
        digest: proof::digest::sm3_hex(bytes),
        begun_us: ctx.now.0,
        total: i64::try_from(records.len()).map_err(Error::internal)?,
    };
    store::insert(ctx, &intake).await?;
    for (line, record) in (2_i64..).zip(&records) {
        let key = record_key(ctx, kind, record);
        let holder = shown::masked(record.text(HOLDER_NAME));
        store::insert_line(ctx, &intake.id, line, &key, &holder, record).await?;
    }
    let body = json!({ "type": kind.id, "source": source, "digest": intake.digest,
        "lines": intake.total });
    let subject = format!("licence_intake:{}", intake.id);
    let id = intake.id.clone();
    party::audit::record_row(ctx, "licence.intake_begun", &subject, body, "licence_intake", &id)
        .await?;
    ctx.enqueue(NAME, &json!({ "intake": id })).await?;
    Ok(intake)
}

fn demand(ctx: &Ctx) -> Result<()> {
    party::authority::demand(ctx, ISSUE)?;
    if ctx.actor.assurance < 2 {
        return Err(Error::unauthenticated("sign_in.second_factor"));
    }
    Ok(())
}

/// Blind name of the paper record: type, holder and the number on the paper.
fn record_key(ctx: &Ctx, kind: &LicenceType, record: &table::Record) -> String {
    let number = record.text(HOLDER_NUMBER).to_ascii_uppercase();
    // A type whose number stands in another field has it among those of the card.
    let card = kind.fields.iter().filter(|field| field.card || field.id == NUMBER);
    let own: Vec<&str> = card.map(|field| record.text(&field.id)).collect();
    ctx.env.vault.index(RECORD, &[kind.id.as_str(), &number, &own.join("\u{1f}")].join("\u{1f}"))
}

/// An intake of the actor's agency. Errors: `denied`, `not_found`.
pub async fn get(ctx: &mut Ctx, id: &str) -> Result<Intake> {
    party::authority::demand(ctx, ISSUE)?;
    let intake = store::get(ctx, id).await?;
    if !party::authority::same_agency(ctx, &intake.agency) {
        return Err(Error::not_found());
    }
    Ok(intake)
}

/// The agency's intakes, newest first, at most 50.
pub async fn list(ctx: &mut Ctx) -> Result<Vec<Intake>> {
    party::authority::demand(ctx, ISSUE)?;
    let agency = ctx.actor.agency.clone();
    store::of_agency(ctx, &agency).await
}

/// How far an intake has come and what is missing. Errors: as [`get`].
pub async fn progress(ctx: &mut Ctx, id: &str) -> Result<Progress> {
    get(ctx, id).await?;
    store::progress(ctx, id).await
}

/// Quarantined lines after a number, at most one page and the first of the next. Errors: as [`get`].
pub async fn lines(ctx: &mut Ctx, id: &str, after: i64) -> Result<Vec<Line>> {
    get(ctx, id).await?;
    store::lines(ctx, id, "quarantined", after, store::PAGE + 1).await
}

/// Has quarantined lines tried again, as after a holder was entered; how many. Errors: as
/// [`begin`] and [`get`].
pub async fn retry(ctx: &mut Ctx, id: &str) -> Result<u64> {
    demand(ctx)?;
    let intake = get(ctx, id).await?;
    ctx.lock("licence_intake", id).await?;
    let released = store::release(ctx, id).await?;
    if released > 0 {
        let subject = format!("licence_intake:{id}");
        let body = json!({ "lines": released });
        let row = intake.id.as_str();
        party::audit::record_row(
            ctx,
            "licence.intake_retried",
            &subject,
            body,
            "licence_intake",
            row,
        )
        .await?;
        ctx.enqueue(NAME, &json!({ "intake": id })).await?;
    }
    Ok(released)
}

/// The gap report: every quarantined line as it was sent, with its number and reasons, as CSV to be
/// mended and sent again. `words` says a reason in the reader's language. The reading is recorded.
/// Errors: as [`get`].
pub async fn gaps(
    ctx: &mut Ctx,
    id: &str,
    words: &(dyn Fn(&str) -> String + Sync),
) -> Result<Vec<u8>> {
    let intake = get(ctx, id).await?;
    let pack = ctx.env.pack.clone();
    let kind = pack.licence_type(&intake.type_id).ok_or_else(Error::not_found)?;
    let columns = table::columns(kind);
    let mut heading = columns.clone();
    heading.extend(table::REPORTED.map(str::to_owned));
    let mut rows = Vec::new();
    for line in store::lines(ctx, id, "quarantined", 0, table::LINES_MAX).await? {
        let record = store::record(ctx, &line.id).await?;
        let mut row: Vec<String> =
            columns.iter().map(|column| record.text(column).to_owned()).collect();
        let reasons = line.problems()?;
        let reasons = reasons.iter().map(|one| format!("{} {}", one.field, words(&one.code)));
        row.extend([line.line.to_string(), reasons.collect::<Vec<_>>().join("; ")]);
        rows.push(row);
    }
    let subject = format!("licence_intake:{id}");
    let body = json!({ "lines": rows.len() });
    party::audit::record(ctx, "licence.intake_read", &subject, body).await?;
    table::write(&heading, &rows)
}
