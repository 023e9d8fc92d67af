//! The verbs of bills: make one, read them, record a payment, reverse a receipt, add up a day.

use super::model::{Bill, BillDay, BillFee, BillPage, Difference, EReceipt, How, Payment};
use super::store::{self, StoredBill, StoredReceipt};
use super::{READ, RECORD, REVERSE, number, paper};
use crate::case::{self, Case, Moment};
use ::store::Ctx;
use jiff::civil::Date;
use kernel::{Error, Result, Text};
use pack::item::Item;
use party::{audit, authority};
use serde_json::{Value as Json, json};

/// Name of the job that has a paid case delivered.
pub(super) const JOB: &str = "service.bill_paid";
/// Longest reference or reason, in characters.
const WORDS_MAX: usize = 200;
/// Class of receipts where the fee names none.
const CLASS: &str = "0102";

/// Whether nothing that must be paid first holds the delivery of a grant. Where no bill stands it
/// makes one, with its notice, in the same transaction.
pub(crate) async fn settled(ctx: &mut Ctx, case: &Case, item: &Item) -> Result<bool> {
    if item.fees.is_empty() {
        return Ok(true);
    }
    let bill = match store::of_case(ctx, &case.id).await? {
        Some(bill) if bill.state != "reversed" => bill,
        _ => make(ctx, case, item).await?,
    };
    Ok(bill.waits == 0 || bill.state == "paid")
}

/// Makes the bill of a grant, with its notice.
async fn make(ctx: &mut Ctx, case: &Case, item: &Item) -> Result<StoredBill> {
    let fees: Vec<BillFee> = item
        .fees
        .iter()
        .map(|fee| {
            let amount_fen = i64::try_from(fee.amount_fen).map_err(Error::internal)?;
            Ok(BillFee { name: fee.name.clone(), amount_fen })
        })
        .collect::<Result<_>>()?;
    let year = ctx.now.date().year();
    // Numbers name the county: they run on across its townships.
    let county: String = case.division.chars().take(6).collect();
    let sequence = store::next(ctx, &format!("{county}/{year}")).await?;
    let class = item.fees.iter().find_map(|fee| fee.receipt_class.clone());
    let bill = StoredBill {
        id: ctx.id(),
        number: number::payment(&county, year, sequence),
        case_id: case.id.clone(),
        case_number: case.number.clone(),
        item: case.item.clone(),
        agency: case.agency.clone(),
        division: case.division.clone(),
        amount_fen: fees.iter().map(|fee| fee.amount_fen).sum(),
        fees: serde_json::to_string(&fees).map_err(Error::internal)?,
        receipt_class: class.unwrap_or_else(|| CLASS.to_owned()),
        waits: i64::from(item.fees.iter().any(|fee| fee.before_issue)),
        made_us: ctx.now.0,
        ..StoredBill::default()
    };
    store::insert(ctx, &bill).await?;
    let body = json!({ "bill": bill.id, "number": bill.number, "amount_fen": bill.amount_fen });
    record_row(ctx, "bill.made", &bill, body).await?;
    paper::notice(ctx, &bill, &fees).await?;
    tell_payer(ctx, "bill.made", &bill).await?;
    Ok(bill)
}

/// Tells the applicant, who pays, that something happened to his bill: which item and where to look,
/// and nothing more.
async fn tell_payer(ctx: &mut Ctx, template: &str, bill: &StoredBill) -> Result<()> {
    case::beside(ctx, &bill.case_id, template, &format!("/cases/{}/bills", bill.case_id)).await
}

async fn record_row(ctx: &mut Ctx, word: &str, bill: &StoredBill, body: Json) -> Result<()> {
    let subject = format!("case:{}", bill.case_id);
    audit::record_row(ctx, word, &subject, body, "bill", &bill.id).await?;
    Ok(())
}

/// The bills of a case, those of items whose contents the actor may read. Errors: `not_found`.
pub async fn of_case(ctx: &mut Ctx, case_id: &str) -> Result<Vec<Bill>> {
    case::show(ctx, case_id).await?;
    let mut out = Vec::new();
    for bill in store::of_family(ctx, case_id).await? {
        if !case::reads_contents_of(ctx, &bill.case_id).await? {
            continue;
        }
        out.push(whole(ctx, bill).await?);
    }
    Ok(out)
}

/// Bills of one's agency in a state, or in any, newest first. Permission `bill.read`. Errors:
/// `denied`.
pub async fn list(ctx: &mut Ctx, state: &str, after: &str) -> Result<BillPage> {
    authority::demand(ctx, READ)?;
    let agency = ctx.actor.agency.clone();
    let mut rows = store::list(ctx, &agency, state, after).await?;
    let more = rows.len() > store::PAGE;
    rows.truncate(store::PAGE);
    let next = rows.last().filter(|_| more).map(|row| row.id.clone());
    let mut bills = Vec::with_capacity(rows.len());
    for row in rows {
        bills.push(shown(ctx, row, Vec::new())?);
    }
    Ok(BillPage { bills, next })
}

/// A bill of one's agency. Permission `bill.read`. Errors: `denied`, `not_found`.
pub async fn get(ctx: &mut Ctx, id: &str) -> Result<Bill> {
    authority::demand(ctx, READ)?;
    let bill = store::get(ctx, id).await?;
    if !authority::same_agency(ctx, &bill.agency) {
        return Err(Error::not_found());
    }
    whole(ctx, bill).await
}

/// Records that a bill was paid, at the counter or by a transfer whose slip was shown; the receipt
/// is made out, and what waited for it is delivered after the commit. Permission `bill.record`.
///
/// Errors: `denied`, `not_found`, `bill.stale`, `bill.paid`, `bill.words`.
pub async fn record(
    ctx: &mut Ctx,
    id: &str,
    revision: i64,
    how: How,
    reference: &str,
) -> Result<Bill> {
    authority::demand(ctx, RECORD)?;
    let bill = held(ctx, id, revision).await?;
    if how == How::Statement {
        return Err(Error::invalid("bill.words").field("how", "bill.words"));
    }
    let reference = words(reference, "reference")?;
    let today = ctx.now.date().to_string();
    let bill = pay(ctx, bill, how, &reference, &today).await?;
    whole(ctx, bill).await
}

/// The bill, held, of the actor's agency.
async fn held(ctx: &mut Ctx, id: &str, revision: i64) -> Result<StoredBill> {
    if !ctx.lock("bill", id).await? {
        return Err(Error::not_found());
    }
    let bill = store::get(ctx, id).await?;
    if !authority::same_agency(ctx, &bill.agency) {
        return Err(Error::not_found());
    }
    match bill.revision == revision {
        true => Ok(bill),
        false => Err(Error::conflict("bill.stale")),
    }
}

/// Writes a payment and its receipt. Errors: `bill.paid`.
pub(super) async fn pay(
    ctx: &mut Ctx,
    mut bill: StoredBill,
    how: How,
    reference: &str,
    day: &str,
) -> Result<StoredBill> {
    if bill.state != "due" {
        return Err(Error::conflict("bill.paid"));
    }
    bill.state = "paid".to_owned();
    bill.paid_us = ctx.now.0;
    bill.paid_day = day.to_owned();
    bill.how = how.as_str().to_owned();
    bill.reference = reference.to_owned();
    bill.paid_by.clone_from(&ctx.actor.account);
    bill.paid_party.clone_from(&ctx.actor.party);
    bill.paid_name.clone_from(&ctx.actor.name);
    bill.revision += 1;
    store::update(ctx, &bill).await?;
    let body = json!({ "bill": bill.id, "number": bill.number, "how": bill.how, "day": day });
    record_row(ctx, "bill.paid", &bill, body).await?;
    receipt(ctx, &bill, "blue", bill.amount_fen, "").await?;
    tell_payer(ctx, "bill.paid", &bill).await?;
    if bill.waits != 0 {
        case::payment_changed(ctx, &bill.case_id).await?;
    }
    ctx.enqueue(JOB, &json!({ "case": bill.case_id })).await?;
    Ok(bill)
}

/// What waited for the payment is delivered.
pub(super) async fn run(ctx: &mut Ctx, payload: &Json) -> Result<()> {
    case::paid(ctx, payload["case"].as_str().unwrap_or_default()).await
}

/// Makes out a receipt under the next number of its code.
async fn receipt(
    ctx: &mut Ctx,
    bill: &StoredBill,
    kind: &str,
    amount_fen: i64,
    reason: &str,
) -> Result<()> {
    let today = ctx.now.date();
    let code = number::receipt_code(&bill.division, &bill.receipt_class, today.year());
    let running = store::next(ctx, &code).await?;
    let one = StoredReceipt {
        id: ctx.id(),
        bill: bill.id.clone(),
        agency: bill.agency.clone(),
        kind: kind.to_owned(),
        code,
        number: format!("{running:010}"),
        check_code: ctx.random.code(6),
        amount_fen,
        at_us: ctx.now.0,
        day: today.to_string(),
        name: ctx.actor.name.clone(),
        reason: reason.to_owned(),
    };
    store::insert_receipt(ctx, &one).await?;
    let body = json!({ "bill": bill.id, "code": one.code, "number": one.number,
        "amount_fen": amount_fen, "kind": kind });
    let subject = format!("case:{}", bill.case_id);
    audit::record_row(ctx, "bill.receipt", &subject, body, "bill_receipt", &one.id).await?;
    paper::receipt(ctx, bill, &one).await?;
    // Where the folder of the case is packed already, this comes late.
    ctx.emit("bill.receipted", &json!({ "case": bill.case_id, "late": true })).await
}

/// Reverses the receipt of a bill (冲红): a red one bears its amount below zero. By another person
/// than who recorded the payment; what waits for it is billed anew. Permission `bill.reverse` and a second factor.
///
/// Errors: `denied`, `sign_in.second_factor`, `not_found`, `bill.stale`, `bill.not_paid`,
/// `bill.same_person`, `bill.words`.
pub async fn reverse(ctx: &mut Ctx, id: &str, revision: i64, reason: &str) -> Result<Bill> {
    authority::demand(ctx, REVERSE)?;
    if ctx.actor.assurance < 2 {
        return Err(Error::unauthenticated("sign_in.second_factor"));
    }
    let mut bill = held(ctx, id, revision).await?;
    if bill.state != "paid" {
        return Err(Error::conflict("bill.not_paid"));
    }
    let party = &ctx.actor.party;
    if bill.paid_by == ctx.actor.account || (!party.is_empty() && bill.paid_party == *party) {
        return Err(Error::conflict("bill.same_person"));
    }
    let reason = words(reason, "reason")?;
    bill.state = "reversed".to_owned();
    bill.revision += 1;
    store::update(ctx, &bill).await?;
    let body = json!({ "bill": bill.id, "number": bill.number, "reason": reason });
    record_row(ctx, "bill.reversed", &bill, body).await?;
    receipt(ctx, &bill, "red", -bill.amount_fen, &reason).await?;
    tell_payer(ctx, "bill.reversed", &bill).await?;
    // What has not been delivered is to be paid all the same.
    if bill.waits != 0 {
        case::payment_changed(ctx, &bill.case_id).await?;
    }
    whole(ctx, bill).await
}

/// What a day comes to at one's agency, with every difference between bills and statements.
/// Permission `bill.read`. Errors: `denied`, `bill.day`.
pub async fn day(ctx: &mut Ctx, day: &str) -> Result<BillDay> {
    authority::demand(ctx, READ)?;
    let wrong = || Error::invalid("bill.day").field("day", "bill.day");
    let day = match day {
        "" => ctx.now.date(),
        text => text.parse::<Date>().map_err(|_| wrong())?,
    }
    .to_string();
    let agency = ctx.actor.agency.clone();
    let mut out = BillDay { day: day.clone(), ..BillDay::default() };
    for sum in store::sums(ctx, &agency, &day).await? {
        match sum.how.as_str() {
            "red" => (out.reversed, out.reversed_fen) = (sum.n, sum.fen),
            "said" => out.statement_fen = sum.fen,
            how => {
                out.paid += sum.n;
                out.paid_fen += sum.fen;
                match how == How::Counter.as_str() {
                    true => out.counter_fen += sum.fen,
                    false => out.bank_fen += sum.fen,
                }
            }
        }
    }
    let differences: Vec<Difference> = store::differences(ctx, &agency, &day).await?;
    out.differences = differences;
    Ok(out)
}

/// Words somebody must say. Errors: `bill.words`.
fn words(text: &str, field: &str) -> Result<String> {
    let text = text.trim();
    let long = text.chars().count() > WORDS_MAX;
    if text.is_empty() || long || text.chars().any(webkit::form::forbidden) {
        return Err(Error::invalid("bill.words").field(field, "bill.words"));
    }
    Ok(text.to_owned())
}

async fn whole(ctx: &mut Ctx, bill: StoredBill) -> Result<Bill> {
    let receipts = store::receipts(ctx, &bill.id).await?;
    shown(ctx, bill, receipts)
}

fn shown(ctx: &Ctx, row: StoredBill, receipts: Vec<StoredReceipt>) -> Result<Bill> {
    let item = ctx.env.pack.item(&row.item).map(|item| item.name.clone());
    let own = authority::same_agency(ctx, &row.agency);
    let may = |permission: &str, state: &str| {
        own && row.state == state && authority::may(ctx, permission)
    };
    let allowed = [("record", may(RECORD, "due")), ("reverse", may(REVERSE, "paid"))];
    let receipts = receipts.into_iter().map(|one| EReceipt {
        kind: one.kind,
        code: one.code,
        number: one.number,
        check_code: one.check_code,
        amount_fen: one.amount_fen,
        at: Moment::of(one.at_us),
        by: one.name,
        reason: one.reason,
    });
    let payment = How::parse(&row.how).map(|how| Payment {
        how,
        day: row.paid_day.clone(),
        reference: row.reference.clone(),
        by: row.paid_name.clone(),
        at: Moment::of(row.paid_us),
    });
    Ok(Bill {
        allowed: allowed.into_iter().filter_map(|(act, may)| may.then_some(act)).collect(),
        receipts: receipts.collect(),
        payment,
        fees: serde_json::from_str(&row.fees).map_err(Error::internal)?,
        item: item.unwrap_or_else(|| Text::new(&row.item, &row.item)),
        made: Moment::of(row.made_us),
        waits: row.waits != 0,
        id: row.id,
        number: row.number,
        case_id: row.case_id,
        case_number: row.case_number,
        agency: row.agency,
        amount_fen: row.amount_fen,
        state: row.state,
        revision: row.revision,
    })
}
