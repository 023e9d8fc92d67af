//! How pages are shown, and the demonstration's clock: small things every page links to.
//!
//! Invariants: a redirect leads to a path of this site only; the clock moves forward only, and its
//! page exists in a demonstration alone.
//! Must not know: any area.

mod clock;
mod preferences;

pub use clock::{CLOCK_SETTING, advance, stored_offset_us};

use serde_json::{Value as Json, json};
use webkit::call::Shown;
use webkit::{Access, Module, get, post};

/// Longest address a redirect takes.
const PATH_MAX: usize = 2_000;

/// The text when it is a path of this site, safe to redirect to.
pub fn local_path(text: &str) -> Option<&str> {
    let own = text.starts_with('/') && !text.starts_with("//") && !text.starts_with("/\\");
    let plain = text.len() <= PATH_MAX && text.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    (own && plain).then_some(text)
}

/// Faults as the error summary and the fields of a page take them: a list of `{field, text}` and
/// the same by field.
pub(crate) fn errors(shown: &[Shown]) -> Json {
    let list: Vec<Json> =
        shown.iter().map(|one| json!({"field": one.field, "text": one.message})).collect();
    let mut by_field = serde_json::Map::new();
    for one in shown {
        by_field.entry(one.field.clone()).or_insert_with(|| json!(one.message));
    }
    json!({"list": list, "of": by_field})
}

pub(crate) fn module() -> Module {
    Module {
        name: "party.display",
        routes: vec![get("/preferences", Access::Anyone, preferences::set)],
        jobs: Vec::new(),
        subscriptions: Vec::new(),
        rail: Vec::new(),
    }
}

pub(crate) fn clock_module() -> Module {
    Module {
        name: "party.clock",
        routes: vec![
            get("/demo/clock", Access::Anyone, clock::form),
            post("/demo/clock", Access::Anyone, clock::post),
        ],
        jobs: Vec::new(),
        subscriptions: Vec::new(),
        rail: Vec::new(),
    }
}
