//! Lists, approvals, receipts: types.

use crate::case::Moment;
use kernel::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a list is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// To be disposed of (销毁).
    Disposal,
    /// To be handed over to the archive hall (移交).
    Transfer,
}

impl Kind {
    /// The name as stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Disposal => "disposal",
            Kind::Transfer => "transfer",
        }
    }

    /// From the name as stored or typed.
    pub fn parse(name: &str) -> Option<Kind> {
        [Kind::Disposal, Kind::Transfer].into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Who approved a list, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ArchiveApproval {
    /// Name.
    pub by: String,
    /// When.
    pub at: Moment,
    /// Reasons.
    pub reason: String,
}

/// What the archive hall gave for folders handed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ArchiveReceipt {
    /// Number of the receipt.
    pub number: String,
    /// Who received.
    pub receiver: String,
    /// When it was recorded.
    pub at: Moment,
}

/// A folder on a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ListedFolder {
    /// Id.
    pub id: String,
    /// Id of the item's case.
    pub case_id: String,
    /// Archive number.
    pub number: String,
    /// Item.
    pub item: Text,
    /// When it was packed.
    pub at: Moment,
    /// Years it is kept; 0 for ever.
    pub retention_years: i64,
    /// SM3 of its manifest.
    pub manifest: String,
    /// `listed`, `kept` or `done`.
    pub state: String,
    /// Why it is kept on; else empty.
    pub reason: String,
}

/// Folders that are due together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ArchiveList {
    /// Id.
    pub id: String,
    /// What for.
    pub kind: Kind,
    /// Agency.
    pub agency: String,
    /// Its name.
    pub agency_name: Text,
    /// `open`, `half` (one has approved), `approved` (to be handed over), `done` or `refused`.
    pub state: String,
    /// When it was made.
    pub made: Moment,
    /// Who made it; empty for the platform.
    pub made_by: String,
    /// How many folders are on it.
    pub folders: i64,
    /// First approval.
    pub first: Option<ArchiveApproval>,
    /// Second approval, or who refused.
    pub second: Option<ArchiveApproval>,
    /// Receipt of the archive hall.
    pub receipt: Option<ArchiveReceipt>,
    /// Revision: the next act names it.
    pub revision: i64,
    /// The folders, those kept on among them; empty in lists of lists.
    pub entries: Vec<ListedFolder>,
    /// What the reader may do now: `keep`, `approve`, `refuse`, `receive`.
    pub allowed: Vec<&'static str>,
}

/// A page of lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ArchiveListPage {
    /// At most 50, newest first.
    pub lists: Vec<ArchiveList>,
    /// Cursor of the next page; absent on the last.
    pub next: Option<String>,
    /// Folders of one's agency that are due and on no list: to be disposed of.
    pub due_disposal: i64,
    /// The same, to be handed over.
    pub due_transfer: i64,
}
