//! Tests of the area, on a real SQLite file and, where `YIPAN_TEST_POSTGRES` names a server, on
//! PostgreSQL too: every scenario is one function of a world, run on each.

mod claim;
mod grant;
mod ledger;
mod load;
mod lookup;
mod objection;
mod pages;
mod property;
mod registry;
mod world;

/// Runs scenarios on both engines.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        testkit::on_both!(crate::tests::world::World; $($name),*);
    };
}
pub(crate) use on_both;
