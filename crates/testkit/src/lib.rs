//! What the tests of every area stand on: an installation on a database of its own with a frozen
//! clock and numbered randomness, the HTTP service as callers known by name meet it, and a way to
//! kill what runs; and parsers against input gone wrong.
//!
//! Invariants: a test has its own database and folder, gone with it; nothing here decides what is
//! right, tests do. Must not know: any area; what an area's tests begin with is in its own `world`.
#![allow(clippy::unwrap_used)] // What fails here fails the test.

mod fuzz;
mod installation;
mod judge;
mod kill;
mod paper;
mod place;
mod site;

#[cfg(test)]
mod tests;

pub use fuzz::Fuzz;
pub use installation::{Installation, Setup, TUESDAY};
pub use judge::judge;
pub use kill::{Killed, kill_after};
pub use paper::Plain;
pub use place::Place;
pub use site::{Reply, Site};

/// Runs scenarios, functions of a world, on SQLite and, where the test run names a server, on
/// PostgreSQL: `on_both!(World; one, other)`.
#[macro_export]
macro_rules! on_both {
    ($world:ty; $($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(<$world>::at($crate::Place::sqlite()).await).await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if let Some(place) = $crate::Place::postgres().await {
                    super::$name(<$world>::at(place).await).await;
                }
            })*
        }
    };
}
