//! What happened to a case. Kept for ever; every number that later deadlines need is inside.
//!
//! Invariant: whatever was kept can be read: a change of meaning gets a new kind, and
//! [`EVENT_VERSION`] counts changes of the envelope.

use super::Env;
use kernel::Timestamp;
use kernel::calendar::Limit;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Version of the JSON of [`Event`].
pub const EVENT_VERSION: u16 = 1;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Version of this JSON.
    pub version: u16,
    /// When.
    pub at: Timestamp,
    /// Account of who did it.
    pub actor: String,
    /// What.
    pub change: Change,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[allow(missing_docs)] // Fields are those of the command and the profile they came from.
pub enum Change {
    /// The case was opened.
    Opened { calendar_version: String },
    /// The application was received.
    Released { acceptance: Limit },
    /// Accepted by an officer, or by a rule.
    Accepted {
        tolerated: Vec<String>,
        promise: String,
        promised: Limit,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        statutory: Option<Limit>,
        tolerance: Option<Limit>,
        calendar_version: String,
    },
    /// Accepted by silence, as of `from`.
    DeemedAccepted {
        from: Timestamp,
        promised: Limit,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        statutory: Option<Limit>,
        calendar_version: String,
    },
    /// Not accepted.
    AcceptanceRefused { reasons: String, remedies: String, article: String },
    /// Correction was asked.
    CorrectionAsked { fields: Vec<String>, materials: Vec<String>, note: String, limit: Limit },
    /// Everything asked was mended; the time to accept starts anew.
    CorrectionSupplied { fields: Vec<String>, materials: Vec<String>, acceptance: Limit },
    /// Not mended in time.
    CorrectionLapsed,
    /// A tolerated material arrived.
    ToleratedSupplied { material: String },
    /// Tolerated materials did not arrive: acceptance is revoked, and a grant with it.
    ToleranceLapsed { materials: Vec<String> },
    /// A special procedure started. `cause` is its name as told to the applicant.
    Suspended {
        procedure: String,
        cause: String,
        document: String,
        article: String,
        needed: String,
        max: Option<Limit>,
        /// The statutory clock runs on.
        #[serde(default)]
        promise_only: bool,
    },
    /// The special procedure ended.
    Resumed { result: String },
    /// The time to decide was extended; `promised` when the promise was still kept and moves too.
    Extended { amount: Limit, reason: String, article: String, promised: bool },
    /// The procedure that examines the case began.
    ProcedureBegun { instance: String, process: String, version: i64 },
    /// The procedure came to its end.
    ProcedureEnded { instance: String, end: String, granted: Option<bool>, opinion: String },
    /// Decided. `delivery` is the time to deliver the licence, when there will be one.
    Decided {
        granted: bool,
        opinion: String,
        reasons: String,
        article: String,
        remedies: String,
        automatic: Option<Value>,
        delivery: Option<Limit>,
    },
    /// What must be paid first is outstanding: the time to deliver, which begins here where the
    /// grant set none, stands still.
    PaymentAwaited { cause: String, article: String, delivery: Limit },
    /// It was paid: the time to deliver goes on.
    PaymentSettled,
    /// The licence was delivered.
    Issued { licence: String },
    /// Closed with its result.
    Completed,
    /// The later check of what was promised began.
    CheckBegun { instance: String, process: String, version: i64, limit: Limit },
    /// The later check came to its end.
    CheckEnded { instance: String, end: String, kept: Option<bool>, opinion: String },
    /// The grant was confirmed by hand, after a later check that found nothing.
    CheckConfirmed { opinion: String, article: String },
    /// Withdrawn by the applicant.
    Withdrawn { reason: String },
    /// Ended, since an item it depended on failed.
    Terminated {
        /// Which, and how; or why.
        reason: String,
        /// The article applied; empty where an item it depends on failed.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        article: String,
    },
    /// The grant was revoked.
    Revoked { reason: String, article: String },
    /// A grant on which this one rests was revoked: the item it was of.
    BasisLost {
        item: String,
        /// Within what time the head says whether this one stands.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        review: Option<Limit>,
    },
    /// The head let the grant stand nevertheless.
    Upheld { opinion: String, article: String },
    /// Opened again: what it came to before is kept, and the time for what comes next starts anew.
    Reopened {
        reason: String,
        article: String,
        acceptance: Limit,
        correction: Limit,
        promised: Limit,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        statutory: Option<Limit>,
        tolerance: Option<Limit>,
        calendar_version: String,
    },
    /// Handed to the agency that has the power, which answers within `limit`.
    Transferred { from: String, to: String, reason: String, article: String, limit: Limit },
    /// That agency has taken it over, or has it by silence.
    TakenOver { deemed: bool },
    /// That agency gave it back.
    TransferReturned { reason: String },
    /// Waits again for the item it depends on, which was opened again.
    Restored { reason: String },
    /// A person is to decide; or to look at what a machine granted, within what time.
    HumanReviewRequested {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        review: Option<Limit>,
    },
    /// Facts are in dispute at their source.
    DataDisputed { facts: Vec<String> },
    /// The source corrected facts.
    DataCorrected { facts: Vec<String> },
    /// An officer took the case.
    Claimed { officer: String },
    /// The officer gave it back.
    Unclaimed,
    /// The officer gave it to another.
    HandedOver { to: String, reason: String },
}

/// A sealed, dated document that an event owes the applicant (许可法 32, 38, 42, 45, 69).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// 申请材料接收凭证
    Receipt,
    /// 受理通知书
    AcceptanceNotice,
    /// 不予受理通知书
    NonAcceptanceNotice,
    /// 补正材料通知书
    CorrectionNotice,
    /// 特别程序告知书
    SuspensionNotice,
    /// 延长期限告知书
    ExtensionNotice,
    /// 准予决定书、不予决定书
    Decision,
    /// 撤销决定书、撤销受理决定书
    Revocation,
    /// 恢复办理通知书
    ReopeningNotice,
    /// 终止办理通知书
    TerminationNotice,
    /// 移送告知书
    TransferNotice,
}

impl Event {
    pub(super) fn new(env: &Env, change: Change) -> Event {
        Event { version: EVENT_VERSION, at: env.now, actor: env.actor.to_owned(), change }
    }

    /// The document the event owes the applicant, if any. Delivering a corrected application is
    /// receipted as the first one is.
    pub fn document(&self) -> Option<DocumentKind> {
        match &self.change {
            Change::Released { .. } | Change::CorrectionSupplied { .. } => {
                Some(DocumentKind::Receipt)
            }
            Change::Accepted { .. } | Change::DeemedAccepted { .. } => {
                Some(DocumentKind::AcceptanceNotice)
            }
            Change::AcceptanceRefused { .. } => Some(DocumentKind::NonAcceptanceNotice),
            Change::CorrectionAsked { .. } => Some(DocumentKind::CorrectionNotice),
            Change::Suspended { .. } => Some(DocumentKind::SuspensionNotice),
            Change::Extended { .. } => Some(DocumentKind::ExtensionNotice),
            Change::Decided { .. } => Some(DocumentKind::Decision),
            Change::Revoked { .. } | Change::ToleranceLapsed { .. } => {
                Some(DocumentKind::Revocation)
            }
            Change::Reopened { .. } => Some(DocumentKind::ReopeningNotice),
            Change::Transferred { .. } => Some(DocumentKind::TransferNotice),
            Change::Terminated { .. } => Some(DocumentKind::TerminationNotice),
            Change::Opened { .. }
            | Change::CorrectionLapsed
            | Change::ToleratedSupplied { .. }
            | Change::Resumed { .. }
            | Change::ProcedureBegun { .. }
            | Change::ProcedureEnded { .. }
            | Change::Issued { .. }
            | Change::Completed
            | Change::CheckBegun { .. }
            | Change::CheckEnded { .. }
            | Change::CheckConfirmed { .. }
            | Change::BasisLost { .. }
            | Change::Upheld { .. }
            | Change::TakenOver { .. }
            | Change::TransferReturned { .. }
            | Change::Restored { .. }
            | Change::Withdrawn { .. }
            | Change::HumanReviewRequested { .. }
            | Change::DataDisputed { .. }
            | Change::DataCorrected { .. }
            | Change::Claimed { .. }
            | Change::Unclaimed
            | Change::PaymentAwaited { .. }
            | Change::PaymentSettled
            | Change::HandedOver { .. } => None,
        }
    }
}
