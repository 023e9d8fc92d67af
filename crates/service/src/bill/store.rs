//! SQL of bills.
//!
//! Must not know: who may do what.

use super::model::{Difference, StatementLine};
use ::store::{Ctx, FromQueryResult, vals};
use kernel::Result;

/// Rows of a page.
pub(super) const PAGE: usize = 50;
/// Differences shown.
const DIFFERENCES_MAX: usize = 200;

/// A bill as stored.
#[derive(Clone, Debug, Default, FromQueryResult)]
pub(super) struct StoredBill {
    pub(super) id: String,
    pub(super) number: String,
    pub(super) case_id: String,
    pub(super) case_number: String,
    pub(super) item: String,
    pub(super) agency: String,
    pub(super) division: String,
    pub(super) amount_fen: i64,
    pub(super) fees: String,
    pub(super) receipt_class: String,
    pub(super) waits: i64,
    pub(super) state: String,
    pub(super) made_us: i64,
    pub(super) paid_us: i64,
    pub(super) paid_day: String,
    pub(super) how: String,
    pub(super) reference: String,
    pub(super) paid_by: String,
    pub(super) paid_party: String,
    pub(super) paid_name: String,
    pub(super) revision: i64,
}

const BILL: &str = "id, number, case_id, case_number, item, agency, division, amount_fen, fees, \
    receipt_class, waits, state, made_us, paid_us, paid_day, how, reference, paid_by, paid_party, \
    paid_name, revision";

/// Writes a new bill.
pub(super) async fn insert(ctx: &mut Ctx, bill: &StoredBill) -> Result<()> {
    ctx.execute(
        &format!(
            "INSERT INTO bill ({BILL}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'due',
             $12, 0, '', '', '', '', '', '', 1)"
        ),
        vals![
            &bill.id,
            &bill.number,
            &bill.case_id,
            &bill.case_number,
            &bill.item,
            &bill.agency,
            &bill.division,
            bill.amount_fen,
            &bill.fees,
            &bill.receipt_class,
            bill.waits,
            bill.made_us
        ],
    )
    .await?;
    Ok(())
}

/// Writes back what an act changed.
pub(super) async fn update(ctx: &mut Ctx, bill: &StoredBill) -> Result<()> {
    ctx.execute(
        "UPDATE bill SET state = $2, paid_us = $3, paid_day = $4, how = $5, reference = $6,
         paid_by = $7, paid_party = $8, paid_name = $9, revision = $10 WHERE id = $1",
        vals![
            &bill.id,
            &bill.state,
            bill.paid_us,
            &bill.paid_day,
            &bill.how,
            &bill.reference,
            &bill.paid_by,
            &bill.paid_party,
            &bill.paid_name,
            bill.revision
        ],
    )
    .await?;
    Ok(())
}

/// The bill with this id. Errors: `not_found`.
pub(super) async fn get(ctx: &mut Ctx, id: &str) -> Result<StoredBill> {
    ctx.one(&format!("SELECT {BILL} FROM bill WHERE id = $1"), vals![id]).await
}

/// The bill of an item's case, if it has one.
pub(super) async fn of_case(ctx: &mut Ctx, case: &str) -> Result<Option<StoredBill>> {
    let sql = format!(
        "SELECT {BILL} FROM bill WHERE case_id = $1
         ORDER BY CASE state WHEN 'reversed' THEN 1 ELSE 0 END, id DESC LIMIT 1"
    );
    ctx.optional(&sql, vals![case]).await
}

/// The bills of an application, or of one item's case, oldest first.
pub(super) async fn of_family(ctx: &mut Ctx, case: &str) -> Result<Vec<StoredBill>> {
    let sql = format!(
        "SELECT {BILL} FROM bill WHERE case_id = $1
         OR case_id IN (SELECT id FROM cases WHERE parent_id = $1) ORDER BY id LIMIT 100"
    );
    ctx.all(&sql, vals![case]).await
}

/// The bill of an agency with a payment number.
pub(super) async fn by_number(
    ctx: &mut Ctx,
    agency: &str,
    number: &str,
) -> Result<Option<StoredBill>> {
    let sql = format!("SELECT {BILL} FROM bill WHERE number = $1 AND agency = $2");
    ctx.optional(&sql, vals![number, agency]).await
}

/// Bills of an agency in a state, or in any, newest first; one more than a page.
pub(super) async fn list(
    ctx: &mut Ctx,
    agency: &str,
    state: &str,
    after: &str,
) -> Result<Vec<StoredBill>> {
    let before = if after.is_empty() { "~" } else { after };
    let sql = format!(
        "SELECT {BILL} FROM bill WHERE agency = $1 AND ($2 = '' OR state = $2) AND id < $3
         ORDER BY id DESC LIMIT $4"
    );
    ctx.all(&sql, vals![agency, state, before, PAGE + 1]).await
}

/// The next number under a name.
pub(super) async fn next(ctx: &mut Ctx, name: &str) -> Result<i64> {
    ctx.count_on("bill_sequence", &["name"], vals![name], "last", 1).await
}

/// A receipt as stored.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct StoredReceipt {
    pub(super) id: String,
    pub(super) bill: String,
    pub(super) agency: String,
    pub(super) kind: String,
    pub(super) code: String,
    pub(super) number: String,
    pub(super) check_code: String,
    pub(super) amount_fen: i64,
    pub(super) at_us: i64,
    pub(super) day: String,
    pub(super) name: String,
    pub(super) reason: String,
}

const RECEIPT: &str =
    "id, bill, agency, kind, code, number, check_code, amount_fen, at_us, day, name, reason";

/// Writes a receipt.
pub(super) async fn insert_receipt(ctx: &mut Ctx, one: &StoredReceipt) -> Result<()> {
    ctx.execute(
        &format!(
            "INSERT INTO bill_receipt ({RECEIPT})
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
        ),
        vals![
            &one.id,
            &one.bill,
            &one.agency,
            &one.kind,
            &one.code,
            &one.number,
            &one.check_code,
            one.amount_fen,
            one.at_us,
            &one.day,
            &one.name,
            &one.reason
        ],
    )
    .await?;
    Ok(())
}

/// The receipts of a bill, the blue one first.
pub(super) async fn receipts(ctx: &mut Ctx, bill: &str) -> Result<Vec<StoredReceipt>> {
    let sql = format!("SELECT {RECEIPT} FROM bill_receipt WHERE bill = $1 ORDER BY kind LIMIT 2");
    ctx.all(&sql, vals![bill]).await
}

/// True when a statement with these bytes was taken in before.
pub(super) async fn is_taken(ctx: &mut Ctx, agency: &str, digest: &str) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM bill_statement WHERE agency = $1 AND digest = $2";
    Ok(ctx.count(sql, vals![agency, digest]).await? > 0)
}

/// True when a line with the bank's number was taken in before and stands.
pub(super) async fn is_repeated(ctx: &mut Ctx, agency: &str, reference: &str) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM bill_line WHERE agency = $1 AND reference = $2
         AND state IN ('paid', 'confirmed')";
    Ok(ctx.count(sql, vals![agency, reference]).await? > 0)
}

/// True when a statement confirmed the payment of a number.
pub(super) async fn is_confirmed(ctx: &mut Ctx, agency: &str, number: &str) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM bill_line WHERE agency = $1 AND number = $2
         AND state IN ('paid', 'confirmed')";
    Ok(ctx.count(sql, vals![agency, number]).await? > 0)
}

/// Keeps a line of a statement.
pub(super) async fn insert_line(
    ctx: &mut Ctx,
    statement: &str,
    agency: &str,
    line: &StatementLine,
) -> Result<()> {
    ctx.execute(
        "INSERT INTO bill_line (statement, line, agency, number, amount_fen, day, reference, state)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        vals![
            statement,
            line.line,
            agency,
            &line.number,
            line.amount_fen,
            &line.day,
            &line.reference,
            &line.state
        ],
    )
    .await?;
    Ok(())
}

/// Keeps that a statement was taken in.
pub(super) async fn insert_statement(
    ctx: &mut Ctx,
    id: &str,
    agency: &str,
    digest: &str,
    lines: usize,
    good: i64,
) -> Result<()> {
    let (now, name) = (ctx.now, ctx.actor.name.clone());
    ctx.execute(
        "INSERT INTO bill_statement (id, agency, digest, at_us, name, lines, good)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        vals![id, agency, digest, now, name, lines, good],
    )
    .await?;
    Ok(())
}

/// Payments of one kind on a day: how many, and their amount.
#[derive(FromQueryResult)]
pub(super) struct Sum {
    pub(super) how: String,
    pub(super) n: i64,
    pub(super) fen: i64,
}

/// What was paid on a day by how it came, then what was reversed, then what statements say.
pub(super) async fn sums(ctx: &mut Ctx, agency: &str, day: &str) -> Result<Vec<Sum>> {
    let sql = "SELECT how, COUNT(*) AS n, CAST(SUM(amount_fen) AS BIGINT) AS fen FROM bill
           WHERE agency = $1 AND paid_day = $2 GROUP BY how
         UNION ALL SELECT 'red', COUNT(*), CAST(COALESCE(SUM(amount_fen), 0) AS BIGINT)
           FROM bill_receipt WHERE agency = $1 AND day = $2 AND kind = 'red'
         UNION ALL SELECT 'said', COUNT(*), CAST(COALESCE(SUM(amount_fen), 0) AS BIGINT)
           FROM bill_line WHERE agency = $1 AND day = $2 AND state <> 'repeated'";
    ctx.all(sql, vals![agency, day]).await
}

#[derive(FromQueryResult)]
struct StoredDifference {
    number: String,
    amount_fen: i64,
    reference: String,
    why: String,
}

/// What does not agree on a day: lines that paid nothing, and transfers that no line confirms.
pub(super) async fn differences(ctx: &mut Ctx, agency: &str, day: &str) -> Result<Vec<Difference>> {
    let sql = "SELECT number, amount_fen, reference, state AS why FROM bill_line
           WHERE agency = $1 AND day = $2 AND state NOT IN ('paid', 'confirmed')
         UNION ALL SELECT b.number, b.amount_fen, b.reference, 'unconfirmed' FROM bill b
           WHERE b.agency = $1 AND b.paid_day = $2 AND b.how = 'transfer' AND NOT EXISTS
           (SELECT 1 FROM bill_line l WHERE l.agency = b.agency AND l.number = b.number
            AND l.state = 'confirmed')
         ORDER BY 1, 3 LIMIT $3";
    let rows: Vec<StoredDifference> = ctx.all(sql, vals![agency, day, DIFFERENCES_MAX]).await?;
    let shown = |row: StoredDifference| Difference {
        number: row.number,
        amount_fen: row.amount_fen,
        reference: row.reference,
        why: row.why,
    };
    Ok(rows.into_iter().map(shown).collect())
}
