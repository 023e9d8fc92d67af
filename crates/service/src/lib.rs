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
use webkit::view::ViewSet;

static PAGES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/pages");

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
