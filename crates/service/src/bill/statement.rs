//! A bank's statement: a table of payments, taken line by line.
//!
//! Invariants: a line pays a bill that is due with exactly its amount, confirms one whose transfer
//! was recorded, or is kept with the reason why it does neither; a file is taken once, and so is
//! each of the bank's numbers. Must not know: what a bill is for.

use super::model::{How, Statement, StatementLine};
use super::{RECORD, bill, number, store};
use ::store::Ctx;
use jiff::civil::Date;
use kernel::{Error, Result};
use party::{audit, authority};
use serde_json::json;

/// Largest file.
const SIZE_MAX: usize = 256 * 1024;
/// Most lines.
const LINES_MAX: usize = 500;
/// Longest value of a line, in characters.
const VALUE_MAX: usize = 64;
/// The columns, in this order.
pub(super) const COLUMNS: [&str; 4] = ["number", "amount", "day", "reference"];

/// Takes in a statement: CSV with the columns `number`, `amount`, `day`, `reference`. Permission
/// `bill.record`. Errors: `denied`; `bill.statement` for what is no such table, is too large, or
/// was taken in before.
pub async fn take(ctx: &mut Ctx, file: &[u8]) -> Result<Statement> {
    authority::demand(ctx, RECORD)?;
    let agency = ctx.actor.agency.clone();
    let read = read(file)?;
    let digest = proof::digest::sm3_hex(file);
    if store::is_taken(ctx, &agency, &digest).await? {
        return Err(Error::conflict("bill.statement_taken"));
    }
    let id = ctx.id();
    let mut lines = Vec::with_capacity(read.len());
    for mut line in read {
        line.state = settle(ctx, &agency, &line).await?.to_owned();
        store::insert_line(ctx, &id, &agency, &line).await?;
        lines.push(line);
    }
    let good = lines.iter().filter(|line| ["paid", "confirmed"].contains(&line.state.as_str()));
    let good = i64::try_from(good.count()).map_err(Error::internal)?;
    store::insert_statement(ctx, &id, &agency, &digest, lines.len(), good).await?;
    let body = json!({ "statement": id, "sm3": digest, "lines": lines.len(), "good": good });
    let subject = format!("bill_statement:{id}");
    audit::record_row(ctx, "bill.statement", &subject, body, "bill_statement", &id).await?;
    Ok(Statement { id, good, lines })
}

fn wrong() -> Error {
    Error::invalid("bill.statement").field("file", "bill.statement")
}

/// The lines of a file; one that cannot be read is of the state `form`.
fn read(file: &[u8]) -> Result<Vec<StatementLine>> {
    if file.len() > SIZE_MAX {
        return Err(wrong());
    }
    let text = std::str::from_utf8(file).map_err(|_| wrong())?;
    let text = text.trim_start_matches('\u{feff}');
    let mut table =
        csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    if *table.headers().map_err(|_| wrong())? != COLUMNS[..] {
        return Err(wrong());
    }
    let mut out = Vec::new();
    for row in table.records() {
        let row = row.map_err(|_| wrong())?;
        if out.len() == LINES_MAX {
            return Err(wrong());
        }
        out.push(line(&row)?);
    }
    if out.is_empty() { Err(wrong()) } else { Ok(out) }
}

fn line(row: &csv::StringRecord) -> Result<StatementLine> {
    let cell = |at: usize| row.get(at).unwrap_or_default();
    let long = row.iter().any(|text| text.chars().count() > VALUE_MAX);
    let clean = !row.iter().any(|text| text.chars().any(webkit::form::forbidden));
    let kept = |at: usize| match clean {
        true => cell(at).chars().take(VALUE_MAX).collect(),
        false => String::new(),
    };
    let (amount, day) = (number::fen(cell(1)), cell(2).parse::<Date>());
    let whole = row.len() == COLUMNS.len()
        && number::is_payment(cell(0))
        && amount.is_some_and(|fen| fen > 0)
        && day.is_ok()
        && !cell(3).is_empty();
    let at = row.position().map_or(0, csv::Position::line);
    Ok(StatementLine {
        line: i64::try_from(at).map_err(Error::internal)?,
        number: kept(0),
        amount_fen: amount.unwrap_or(0),
        day: day.map(|day| day.to_string()).unwrap_or_default(),
        reference: kept(3),
        state: if whole && clean && !long { String::new() } else { "form".to_owned() },
    })
}

/// What a line does: `paid`, `confirmed`, or why neither.
async fn settle(ctx: &mut Ctx, agency: &str, line: &StatementLine) -> Result<&'static str> {
    if !line.state.is_empty() {
        return Ok("form");
    }
    if store::is_repeated(ctx, agency, &line.reference).await? {
        return Ok("repeated");
    }
    let Some(found) = store::by_number(ctx, agency, &line.number).await? else {
        return Ok("unknown");
    };
    ctx.lock("bill", &found.id).await?;
    let found = store::get(ctx, &found.id).await?;
    if found.amount_fen != line.amount_fen {
        return Ok("amount");
    }
    if found.state == "due" {
        bill::pay(ctx, found, How::Statement, &line.reference, &line.day).await?;
        return Ok("paid");
    }
    let transferred = found.how == How::Transfer.as_str();
    match transferred && !store::is_confirmed(ctx, agency, &line.number).await? {
        true => Ok("confirmed"),
        false => Ok("already_paid"),
    }
}
