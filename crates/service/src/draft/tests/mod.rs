//! Drafts from guide to case, on SQLite and, where `YIPAN_TEST_POSTGRES` names a server, on
//! PostgreSQL too, by verbs and over HTTP.

mod agent;
mod alone;
mod answers;
mod bombs;
mod corrected;
mod desk;
mod files;
mod flow;
mod http;
mod pick;
mod reach;
mod sent;
mod world;

/// Runs scenarios on both engines.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        testkit::on_both!(crate::draft::tests::world::World; $($name),*);
    };
}
pub(crate) use on_both;
