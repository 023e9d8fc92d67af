//! Drafts as told.
//!
//! Must not know: SQL, pages.

use crate::Moment;
use flow::process::Finding;
use schemars::JsonSchema;
use serde::Serialize;

/// Bytes of a draft.
pub const BODY_MAX: usize = 2 << 20;
/// Drafts of one officer.
pub const DRAFTS_MAX: i64 = 50;
/// Characters of a draft's name.
pub const NAME_MAX: usize = 80;

/// A document under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Draft {
    /// Id.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// The process it changes; empty for a new one.
    pub process: String,
    /// The process it was made from, whose decisions and forms it keeps; empty for none.
    pub base: String,
    /// The version it was made from; 0 for none.
    pub version: i64,
    /// Revision, to be given back when it is saved.
    pub revision: i64,
    /// Whose it is.
    pub owner: String,
    /// Whether it is the caller's.
    pub mine: bool,
    /// When it was saved.
    pub updated: Option<Moment>,
}

/// A page of drafts.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DraftPage {
    /// Newest first.
    pub drafts: Vec<Draft>,
    /// Cursor of the next page.
    pub next: Option<String>,
}

/// Something wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Fault {
    /// Id of the rule.
    pub rule: &'static str,
    /// Id of the element.
    pub element: String,
    /// Line of the document.
    pub line: u32,
    /// What exactly.
    pub detail: String,
    /// The way to it, where the fault is one of flow.
    pub path: Vec<String>,
}

impl From<&Finding> for Fault {
    fn from(finding: &Finding) -> Fault {
        Fault {
            rule: finding.rule,
            element: finding.element.clone(),
            line: finding.place.line,
            detail: finding.detail.clone(),
            path: finding.path.clone(),
        }
    }
}
