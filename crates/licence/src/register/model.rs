//! Licences as the area and its neighbours see them. Pure.

use jiff::civil::Date;
use kernel::{Error, Result, Text, Timestamp};
use pack::licence::{LicenceState, Operation};
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// What is to be issued.
#[derive(Clone, Debug, Default)]
pub struct Issue {
    /// Id of the licence type in the pack.
    pub type_id: String,
    /// Person whose licence it is.
    pub holder_person: String,
    /// His citizen number; none for a newborn.
    pub holder_number: Option<String>,
    /// His full name.
    pub holder_name: String,
    /// Agency that issues, `<kind>-<six digits>`.
    pub agency_id: String,
    /// Values by field id of the type; an object.
    pub fields: Json,
    /// Case it results from; empty when none.
    pub case_id: String,
    /// Item it results from; empty when none.
    pub item_id: String,
    /// Last day on which it holds; from the type's years when absent, else without end.
    pub valid_until: Option<Date>,
}

/// What was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Id in the register.
    pub id: String,
    /// Identifier by GB/T 36904.
    pub identifier: String,
}

/// A licence as the register lists it, without what is sealed.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct LicenceRow {
    /// Id.
    pub id: String,
    /// Identifier by GB/T 36904.
    pub identifier: String,
    /// Licence type.
    pub type_id: String,
    /// Version of the type under which it was issued.
    pub type_version: i64,
    /// Issuing agency.
    pub agency: String,
    /// Key that signed it.
    pub key_id: String,
    /// Public verification code, ten characters.
    pub code: String,
    /// Person whose licence it is.
    pub holder: String,
    /// Two-digit state.
    pub state: String,
    /// Since when it is in that state, in microseconds.
    pub state_us: i64,
    /// Why, for the public; empty when in force from issue.
    pub state_reason: String,
    /// Case it results from.
    pub case_id: String,
    /// Item it results from.
    pub item_id: String,
    /// When issued, in microseconds.
    pub issued_us: i64,
    /// First instant at which it no longer holds; none without end.
    pub valid_until_us: Option<i64>,
    /// Grows with each change.
    pub revision: i64,
    /// The licence whose place it took, of a chain.
    pub former: Option<String>,
    /// `paper` for one taken in from a paper record; none for one that was decided here.
    pub origin: Option<String>,
}

impl LicenceRow {
    /// True when it holds at the instant.
    pub fn in_force(&self, at: Timestamp) -> bool {
        self.state == "01" && self.valid_until_us.is_none_or(|until| at.0 < until)
    }

    /// The state as it stands at the instant: past its last day a valid licence has lapsed, even
    /// before the timer has said so.
    pub fn state_at(&self, at: Timestamp) -> &str {
        let past = self.valid_until_us.is_some_and(|until| at.0 >= until);
        if past && matches!(self.state.as_str(), "01" | "02") { "05" } else { &self.state }
    }

    /// The last day on which it holds.
    pub fn last_day(&self) -> Option<Date> {
        self.valid_until_us.map(|until| Timestamp(until).plus_us(-1).date())
    }
}

/// The signed data of a licence, opened.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// The row.
    pub row: LicenceRow,
    /// The signed JSON as issued, canonical bytes.
    pub signed: Vec<u8>,
    /// Its body.
    pub body: Json,
}

impl Opened {
    /// The holder's full name.
    pub fn holder_name(&self) -> &str {
        self.body["holder"]["name"].as_str().unwrap_or("")
    }

    /// The holder's citizen number; empty when he has none.
    pub fn holder_number(&self) -> &str {
        self.body["holder"]["number"].as_str().unwrap_or("")
    }

    /// Values by field.
    pub fn fields(&self) -> Map<String, Json> {
        self.body["fields"].as_object().cloned().unwrap_or_default()
    }
}

/// A licence as handed to a case that relies on it instead of asking for a paper.
#[derive(Clone, Debug, PartialEq)]
pub struct LicenceData {
    /// Id in the register.
    pub id: String,
    /// Identifier by GB/T 36904.
    pub identifier: String,
    /// Licence type.
    pub type_id: String,
    /// Issuing agency's name.
    pub issuer: Text,
    /// Holder's full name.
    pub holder_name: String,
    /// Holder's citizen number; none for a newborn.
    pub holder_number: Option<String>,
    /// Values by field.
    pub fields: Map<String, Json>,
    /// When issued.
    pub issued: Timestamp,
    /// Last day on which it holds; none without end.
    pub valid_until: Option<Date>,
    /// Id of the recorded use.
    pub use_id: String,
}

/// A change in a licence's life.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Event {
    /// Id.
    pub id: String,
    /// When, in microseconds.
    pub at_us: i64,
    /// Account that acted.
    pub account: String,
    /// Agency of the officer.
    pub agency: String,
    /// What happened, by [`event_of`].
    pub kind: String,
    /// State before.
    pub before: String,
    /// State after.
    pub after: String,
    /// Why.
    pub reason: String,
    /// Article of law.
    pub article: String,
}

/// A use of a licence, or of a person's code, by somebody else.
#[derive(Clone, Debug, FromQueryResult, Serialize, Deserialize)]
pub struct Use {
    /// Id; sorts by time.
    pub id: String,
    /// Licence; empty for a person's code.
    pub licence_id: String,
    /// Person whose data it was.
    pub person: String,
    /// When, in microseconds.
    pub at_us: i64,
    /// `case`, `presentation`, `verification`, `code`, `wallet`, `consent` or `link`.
    pub kind: String,
    /// Account that used it; empty for the public.
    pub account: String,
    /// Agency that used it; empty for the public.
    pub agency: String,
    /// Case; empty when none.
    pub case_id: String,
    /// 用证事由.
    pub purpose: String,
    /// JSON list of the fields shown.
    pub fields: String,
}

/// The pack's state of a two-digit code. Errors: `internal` for a code the register never writes.
pub(crate) fn state_of(code: &str) -> Result<LicenceState> {
    let state = LicenceState::ALL.into_iter().find(|state| state.code() == code);
    state.ok_or_else(|| Error::internal(format!("licence state {code}")))
}

/// The kind of event that an operation leaves.
pub(crate) fn event_of(operation: Operation) -> &'static str {
    match operation {
        Operation::Issue => "issued",
        Operation::Annotate => "annotated",
        Operation::Change => "changed",
        Operation::Renew => "renewed",
        Operation::Reissue => "reissued",
        Operation::Suspend => "suspended",
        Operation::Resume => "resumed",
        Operation::Revoke => "revoked",
        Operation::Forfeit => "forfeited",
        Operation::Cancel => "cancelled",
        Operation::Expire => "lapsed",
        Operation::TransferOut => "transferred_out",
        Operation::TransferIn => "transferred_in",
    }
}

/// Name of a state by its two-digit code.
pub fn state_name(code: &str) -> Text {
    match code {
        "01" => Text::new("有效", "In force"),
        "02" => Text::new("暂扣", "Suspended"),
        "03" => Text::new("撤销", "Revoked"),
        "04" => Text::new("注销", "Cancelled"),
        "05" => Text::new("失效", "Lapsed"),
        "06" => Text::new("办理转出", "Transferred"),
        "07" => Text::new("吊销", "Forfeited"),
        _ => Text::new("其他", "Other"),
    }
}
