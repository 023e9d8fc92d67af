//! Definitions as data: what a province is, read from packs of YAML and CSV, proven whole, looked
//! up by id. A second province runs by pack alone.
//!
//! Invariants
//! - A [`Province`] is immutable and whole: every reference resolves, every deadline has a basis,
//!   every worked example comes out as it says. What would not be whole does not load.
//! - A definition is pinned by kind, id, version and digest; the digest is of its contents.
//! - Every fault is told at once, with file, place, code and mend, in Chinese and English.
//!
//! Must not know: databases, HTTP, cases, people. It reads files and nothing else.

pub mod agency;
pub mod application;
pub mod archive;
pub mod catalogue;
mod check;
pub mod definition;
pub mod division;
pub mod files;
pub mod item;
mod law;
pub mod licence;
mod load;
pub mod one_thing;
pub mod procedure;
mod province;
pub mod registry;
pub mod schema;
pub mod specimen;
pub mod standard;
pub mod synthetic;

pub use agency::Agency;
pub use application::Application;
pub use archive::Archives;
pub use catalogue::ItemsReport;
pub use check::{Finding, Report, Severity, check};
pub use definition::{Basis, Day, Definition, Level};
pub use division::{Division, Divisions};
pub use files::{Embedded, Files, Memory, folder};
pub use item::Item;
pub use licence::LicenceType;
pub use one_thing::{Form, Guide, OneThing};
pub use procedure::Procedure;
pub use province::{Pinned, Province};
pub use registry::{Contract, Registry};
pub use standard::{Role, Target};

#[cfg(test)]
mod tests;
