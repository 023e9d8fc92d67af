//! Folders, parts, checks: types.

use crate::case::Moment;
use kernel::Text;
use pack::item::ItemType;
use schemars::JsonSchema;
use serde::Serialize;

/// A file of a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Part {
    /// Place in the folder, from 1.
    pub sequence: i64,
    /// Name of the file.
    pub name: String,
    /// Title.
    pub title: Text,
    /// `cover`, `manifest`, `form`, `lookups`, `decision`, `opinions`, `material`, `document`.
    pub kind: String,
    /// Content type.
    pub media_type: String,
    /// Bytes.
    pub size: i64,
    /// SM3 in hexadecimal.
    pub digest: String,
    /// For the agency only.
    pub internal: bool,
}

/// An archived folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Folder {
    /// Id.
    pub id: String,
    /// Id of the item's case.
    pub case_id: String,
    /// Case number.
    pub case_number: String,
    /// Archive number.
    pub number: String,
    /// Item.
    pub item: Text,
    /// Agency.
    pub agency: String,
    /// Years it is kept; 0 for ever (永久).
    pub retention_years: i64,
    /// Digest of the manifest.
    pub manifest: String,
    /// When it was packed.
    pub at: Moment,
    /// When it was last checked.
    pub checked: Option<Moment>,
    /// Whether it was whole then.
    pub whole: bool,
    /// Its files; empty in lists.
    pub parts: Vec<Part>,
}

/// A page of folders.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct FolderPage {
    /// At most 50, newest first.
    pub folders: Vec<Folder>,
    /// Cursor of the next page; absent on the last.
    pub next: Option<String>,
}

/// One check of a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Check {
    /// `part`, `manifest`, `cover`, `seal`, `evidence`.
    pub name: &'static str,
    /// What was checked: the part's name, or empty.
    pub what: String,
    /// It holds.
    pub ok: bool,
}

/// The result of a fixity check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CheckReport {
    /// Id of the folder.
    pub folder: String,
    /// When it was checked.
    pub at: Moment,
    /// Every check holds.
    pub whole: bool,
    /// All checks.
    pub checks: Vec<Check>,
}

/// Years a folder of such an item is kept: what confirms or licenses for good is kept for ever
/// (0), the rest 30 years.
pub(super) fn retention_years(item_type: ItemType) -> i64 {
    match item_type {
        ItemType::Licensing | ItemType::Confirmation => 0,
        _ => 30,
    }
}

/// The archive number: fonds, year, retention (`Y` for ever, `D30`), running number.
pub(super) fn number(agency: &str, year: i16, retention_years: i64, sequence: i64) -> String {
    let kept = if retention_years == 0 { "Y".to_owned() } else { format!("D{retention_years}") };
    format!("{}-{year}-{kept}-{sequence:06}", agency.to_ascii_uppercase())
}
