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
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::tests::world::World::sqlite().await).await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if let Some(world) = crate::tests::world::World::postgres().await {
                    let drop = world.clone();
                    super::$name(world).await;
                    drop.away().await;
                }
            })*
        }
    };
}
pub(crate) use on_both;
