//! One-stop services (一网通办): the portal, the catalogue and its guides, drafts, cases of items and
//! of things done once, and their figures.
//!
//! Must not know: supervision, insight.

pub mod archive;
pub mod bill;
pub mod case;
pub mod desk;
pub mod draft;
pub mod figures;
pub mod guide;
pub mod item;
pub mod lookup;
pub mod portal;
pub mod rating;
pub mod review;
pub mod tracking;
pub mod workbench;

#[cfg(test)]
mod tests;

use include_dir::{Dir, include_dir};
use store::Sealed;
use store::object::Naming;
use webkit::view::ViewSet;

static PAGES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/pages");

/// Tables of which a row changed by hand shows by its seal: what no entry of the log speaks of.
pub const SEALED: &[Sealed] = &[
    Sealed::by_id("archive_finding"),
    Sealed::by("archive_listed", &["folder"]),
    Sealed::by("archive_part", &["folder_id", "sequence"]),
    Sealed::by("archive_sequence", &["agency", "year"]),
    Sealed::by("bill_line", &["statement", "line"]),
    Sealed::by("bill_sequence", &["name"]),
    Sealed::by("case_about", &["about"]),
    Sealed::by("case_agent", &["case_id"]),
    Sealed::by("case_authorisation", &["case_id"]),
    Sealed::by("case_definition", &["digest"]),
    Sealed::by("case_entry", &["case_id", "registry"]),
    Sealed::by("case_number_sequence", &["code", "day"]),
    Sealed::by("case_offered", &["case_id"]),
    Sealed::by("case_standing", &["phase", "division", "item", "agency"]),
    Sealed::by("case_tally", &["metric", "day", "division", "item", "agency"]),
    Sealed::by("case_timer", &["case_id"]),
    Sealed::by_id("draft"),
    Sealed::by_id("draft_file"),
    Sealed::by("rating_tally", &["agency", "item", "stars"]),
];

/// Rows that name stored files. What an archive keeps, its own check of fixity reads.
pub const FILES: &[Naming] = &[
    Naming { table: "draft_file", kept: "1 = 1" },
    Naming {
        table: "case_material",
        kept: "NOT EXISTS (SELECT 1 FROM cases c JOIN archive_folder f ON f.case_id = c.id
               WHERE c.parent_id = t.root_id AND c.item = t.item AND f.disposed_us IS NOT NULL)",
    },
    Naming {
        table: "case_document",
        kept: "NOT EXISTS (SELECT 1 FROM archive_folder f
               WHERE f.case_id = t.case_id AND f.disposed_us IS NOT NULL)",
    },
];

/// The sealed tables of this area and those below it, for tests.
#[cfg(test)]
pub(crate) fn tests_sealed() -> Vec<Sealed> {
    [data::SEALED, licence::SEALED, party::SEALED, SEALED].concat()
}

/// The area's modules.
pub fn modules() -> Vec<webkit::Module> {
    vec![
        archive::module(),
        bill::module(),
        case::module(),
        desk::module(),
        draft::module(),
        figures::module(),
        guide::module(),
        item::module(),
        lookup::module(),
        portal::module(),
        rating::module(),
        review::module(),
        tracking::module(),
        workbench::module(),
    ]
}

/// The area's pages and sentences.
pub fn views() -> ViewSet {
    ViewSet {
        name: "service",
        pages: &PAGES,
        lang: concat!(
            include_str!("../lang/archive.yaml"),
            "\n",
            include_str!("../lang/bill.yaml"),
            "\n",
            include_str!("../lang/case.yaml"),
            "\n",
            include_str!("../lang/draft.yaml"),
            "\n",
            include_str!("../lang/staff.yaml"),
        ),
    }
}
