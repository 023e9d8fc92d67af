//! Procedure sheets to print (办事流程单): of a version, what is done by whom, until when and on what
//! basis; of an instance, what was done by whom and when, with opinions and names.
//!
//! Invariant: a sheet says what the pages of definition and instance say, to the same people.
//!
//! Must not know: SQL, how a diagram runs.

mod pages;

pub(crate) use pages::{agency, candidate};

use webkit::Module;

pub(crate) fn module() -> Module {
    Module { name: "process.sheet", routes: pages::routes(), ..Module::default() }
}
