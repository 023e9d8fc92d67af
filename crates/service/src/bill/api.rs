//! The REST interface of bills.

use super::model::{Bill, BillDay, BillPage, How, Statement};
use super::{READ, RECORD, REVERSE};
use axum::extract::Path;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webkit::{Access, Answer, Body, Call, Route, Sent, get, post};

/// The bills of a case.
#[derive(Debug, Serialize, JsonSchema)]
struct Bills {
    /// One per item that charges a fee.
    bills: Vec<Bill>,
}

/// A payment to record.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PaymentBody {
    /// Revision of the bill the caller saw.
    revision: i64,
    /// `counter` or `transfer`.
    how: How,
    /// Number of the slip.
    reference: String,
}

/// A reversal.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReversalBody {
    /// Revision of the bill the caller saw.
    revision: i64,
    /// Why; at most 200 characters.
    reason: String,
}

pub(super) fn routes() -> Vec<Route> {
    let (read, record_) = (Access::Staff(READ), Access::Staff(RECORD));
    vec![
        get("/api/v1/cases/{id}/bills", Access::SignedIn, of_case)
            .doc("Lists what a case owes, with payments and receipts.")
            .gives::<Bills>(),
        get("/api/v1/bills", read, list)
            .doc("Lists the bills of one's agency, newest first; ?state=, ?after=.")
            .asks(&["state", "after"])
            .gives::<BillPage>(),
        get("/api/v1/bills/{id}", read, show).doc("Gives a bill.").gives::<Bill>(),
        post("/api/v1/bills/{id}/payment", record_, record)
            .doc("Records that a bill was paid; the receipt is made out.")
            .takes::<PaymentBody>()
            .gives::<Bill>(),
        post("/api/v1/bills/{id}/reversal", Access::Staff(REVERSE), reverse)
            .strong()
            .doc("Reverses the receipt of a bill, by another person than who recorded it.")
            .takes::<ReversalBody>()
            .gives::<Bill>(),
        get("/api/v1/bill-days/{day}", read, day)
            .doc("Gives what a day comes to, with every difference.")
            .gives::<BillDay>(),
        post("/api/v1/bill-statements", record_, statement)
            .upload()
            .doc("Takes in a bank's statement line by line.")
            .takes_file()
            .gives::<Statement>(),
    ]
}

async fn of_case(call: Call, Path(id): Path<String>) -> Answer {
    let bills = super::of_case(&mut call.read(), &id).await?;
    call.json(&Bills { bills })
}

async fn list(call: Call) -> Answer {
    let (state, after) =
        (call.query("state").unwrap_or_default(), call.query("after").unwrap_or_default());
    call.json(&super::list(&mut call.read(), &state, &after).await?)
}

async fn show(call: Call, Path(id): Path<String>) -> Answer {
    call.json(&super::get(&mut call.read(), &id).await?)
}

async fn record(call: Call, Path(id): Path<String>, Body(body): Body<PaymentBody>) -> Answer {
    let mut ctx = call.write().await?;
    let bill = super::record(&mut ctx, &id, body.revision, body.how, &body.reference).await?;
    ctx.commit().await?;
    call.json(&bill)
}

async fn reverse(call: Call, Path(id): Path<String>, Body(body): Body<ReversalBody>) -> Answer {
    let mut ctx = call.write().await?;
    let bill = super::reverse(&mut ctx, &id, body.revision, &body.reason).await?;
    ctx.commit().await?;
    call.json(&bill)
}

async fn day(call: Call, Path(day): Path<String>) -> Answer {
    call.json(&super::day(&mut call.read(), &day).await?)
}

async fn statement(call: Call, Sent(file): Sent) -> Answer {
    let mut ctx = call.write().await?;
    let statement = super::take(&mut ctx, &file.content).await?;
    ctx.commit().await?;
    call.json(&statement)
}
