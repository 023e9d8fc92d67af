//! Bills, payments, receipts, statements: types.

use crate::case::Moment;
use kernel::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a payment came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// Paid at the counter.
    Counter,
    /// Transferred, by the payer's slip: a statement has yet to confirm it.
    Transfer,
    /// By a line of a bank's statement.
    Statement,
}

impl How {
    /// The name as stored.
    pub fn as_str(self) -> &'static str {
        match self {
            How::Counter => "counter",
            How::Transfer => "transfer",
            How::Statement => "statement",
        }
    }

    /// From the name as stored or typed.
    pub fn parse(name: &str) -> Option<How> {
        [How::Counter, How::Transfer, How::Statement].into_iter().find(|how| how.as_str() == name)
    }
}

/// A fee of a bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BillFee {
    /// Name.
    pub name: Text,
    /// Amount in fen.
    pub amount_fen: i64,
}

/// A payment as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Payment {
    /// How it came.
    pub how: How,
    /// The day of the payment.
    pub day: String,
    /// Number of the slip or of the bank's line.
    pub reference: String,
    /// Who recorded it.
    pub by: String,
    /// When.
    pub at: Moment,
}

/// An e-receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EReceipt {
    /// `blue` or `red`.
    pub kind: String,
    /// Code, eight digits (票据代码).
    pub code: String,
    /// Number, ten digits (票据号码).
    pub number: String,
    /// Check code, six characters (校验码).
    pub check_code: String,
    /// Amount in fen; below zero when red.
    pub amount_fen: i64,
    /// When it was made out.
    pub at: Moment,
    /// Who made it out.
    pub by: String,
    /// Why, when red; else empty.
    pub reason: String,
}

/// What a case owes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Bill {
    /// Id.
    pub id: String,
    /// Payment number, twenty digits (缴款码).
    pub number: String,
    /// Id of the item's case.
    pub case_id: String,
    /// Case number.
    pub case_number: String,
    /// Item.
    pub item: Text,
    /// Agency.
    pub agency: String,
    /// Amount in fen.
    pub amount_fen: i64,
    /// What for.
    pub fees: Vec<BillFee>,
    /// The result is delivered only when it is paid.
    pub waits: bool,
    /// `due`, `paid` or `reversed`.
    pub state: String,
    /// When the notice was made.
    pub made: Moment,
    /// The payment.
    pub payment: Option<Payment>,
    /// Receipts: the blue one, and the red one that reverses it.
    pub receipts: Vec<EReceipt>,
    /// Revision: the next act names it.
    pub revision: i64,
    /// What the reader may do now: `record`, `reverse`.
    pub allowed: Vec<&'static str>,
}

/// A page of bills.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BillPage {
    /// At most 50, newest first.
    pub bills: Vec<Bill>,
    /// Cursor of the next page; absent on the last.
    pub next: Option<String>,
}

/// A line of a statement and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StatementLine {
    /// Line of the file, from 2.
    pub line: i64,
    /// Payment number as the bank has it.
    pub number: String,
    /// Amount in fen; 0 when it could not be read.
    pub amount_fen: i64,
    /// Day.
    pub day: String,
    /// The bank's number.
    pub reference: String,
    /// `paid` or `confirmed`; else why not: `form`, `unknown`, `amount`, `already_paid`, `repeated`.
    pub state: String,
}

/// A bank's statement as it was taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Statement {
    /// Id.
    pub id: String,
    /// Lines that were paid or confirmed.
    pub good: i64,
    /// Every line.
    pub lines: Vec<StatementLine>,
}

/// Something that does not agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Difference {
    /// Payment number.
    pub number: String,
    /// Amount in fen.
    pub amount_fen: i64,
    /// The bank's or the slip's number.
    pub reference: String,
    /// `unconfirmed` for a transfer no statement has; else as [`StatementLine::state`].
    pub why: String,
}

/// What one day comes to at an agency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BillDay {
    /// Day.
    pub day: String,
    /// Payments of the day.
    pub paid: i64,
    /// Their amount in fen.
    pub paid_fen: i64,
    /// Of it at the counter.
    pub counter_fen: i64,
    /// Of it by bank.
    pub bank_fen: i64,
    /// Red receipts of the day.
    pub reversed: i64,
    /// Their amount in fen, below zero.
    pub reversed_fen: i64,
    /// What the bank's statements say came in that day, in fen.
    pub statement_fen: i64,
    /// What does not agree, at most 200.
    pub differences: Vec<Difference>,
}
