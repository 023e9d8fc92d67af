//! Tests of the area, on a real SQLite file and, where `YIPAN_TEST_POSTGRES` names a server, on
//! PostgreSQL too: every scenario is one function of a world, run on each.

mod account;
mod administration;
mod claim;
mod delegation;
mod device;
mod evidence;
mod http;
mod later;
mod lockout;
mod message;
mod passkey;
mod program;
mod sealing;
mod security;
mod tlog;
mod token;
mod world;

/// Runs a scenario on both engines.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        testkit::on_both!(crate::tests::world::World; $($name),*);
    };
}
pub(crate) use on_both;
