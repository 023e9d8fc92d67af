//! Folders, parts, checks: types.

use crate::case::Moment;
use kernel::{Error, Result, Text};
use pack::archive::{Ending, Retention, Risk};
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
    /// `cover`, `manifest`, `form`, `lookups`, `decision`, `opinions`, `material`, `document`,
    /// `licence`; `package` of a folder taken in.
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
    /// When it was packed; of one taken in, when its case ended.
    pub at: Moment,
    /// When it was last checked.
    pub checked: Option<Moment>,
    /// Whether it was whole then.
    pub whole: bool,
    /// When it was disposed of; its files are gone, its record stays.
    pub disposed: Option<Moment>,
    /// When it was handed over to the archive hall.
    pub transferred: Option<Moment>,
    /// Whose it is, when it was taken in as a package; empty of those packed here.
    pub source: String,
    /// Whether the reader may take it away as one file.
    pub packed: bool,
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
    /// Of a file that does not: `missing` or `changed`; else empty.
    pub why: &'static str,
}

impl Check {
    pub(super) fn of(name: &'static str, what: &str, ok: bool) -> Check {
        Check { name, what: what.to_owned(), ok, why: "" }
    }
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

/// How the folders within reach stand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ArchiveFixity {
    /// Folders whose files are kept.
    pub folders: i64,
    /// Of them packed, or found whole, within the last quarter.
    pub fresh: i64,
    /// Never checked since they were packed.
    pub never: i64,
    /// Not whole at their last check.
    pub broken: i64,
    /// What was found wrong, newest first, at most 200.
    pub findings: Vec<ArchiveFinding>,
}

/// Something a folder's last check found wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ArchiveFinding {
    /// Id.
    pub id: String,
    /// Id of the item's case.
    pub case_id: String,
    /// Archive number.
    pub number: String,
    /// When it was found.
    pub at: Moment,
    /// As [`Check::name`].
    pub check: String,
    /// The file's name, or empty.
    pub what: String,
    /// As [`Check::why`].
    pub why: String,
    /// The reader may put the file back from a copy.
    pub mendable: bool,
}

/// Files of one format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HeldFormat {
    /// Content type.
    pub media_type: String,
    /// Name.
    pub name: Text,
    /// How likely it is to become unreadable.
    pub risk: Risk,
    /// The table of the pack has it.
    pub known: bool,
    /// What the table says of it.
    pub note: Option<Text>,
    /// Files.
    pub files: i64,
    /// Their bytes together.
    pub bytes: i64,
}

/// How a case came to its end, by its phase and whether it was granted.
pub(super) fn ending(phase: &str, granted: bool) -> Ending {
    match phase {
        "revoked" => Ending::Revoked,
        _ if granted => Ending::Granted,
        "refused" => Ending::Refused,
        _ => Ending::Undecided,
    }
}

/// The class of retention that the pack's schedule gives a folder.
pub(super) fn retention<'a>(
    pack: &'a pack::Province,
    item: &str,
    ending: Ending,
) -> Result<&'a Retention> {
    let item_type = pack.item(item).map(|item| item.item_type);
    let class = pack.archives()?.retention(item, item_type, ending);
    class.ok_or_else(|| Error::internal("no class of retention"))
}

/// The archive number: fonds, year, retention (`Y` for ever, `D30`), running number.
pub(super) fn number(agency: &str, year: i16, retention_years: i64, sequence: i64) -> String {
    let kept = if retention_years == 0 { "Y".to_owned() } else { format!("D{retention_years}") };
    format!("{}-{year}-{kept}-{sequence:06}", agency.to_ascii_uppercase())
}
