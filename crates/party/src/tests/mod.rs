//! Tests of the area, on a real SQLite file and, where `YIPAN_TEST_POSTGRES` names a server, on
//! PostgreSQL too: every scenario is one function of a world, run on each.

mod account;
mod administration;
mod delegation;
mod device;
mod evidence;
mod http;
mod later;
mod lockout;
mod message;
mod passkey;
mod security;
mod tlog;
mod token;
mod world;

/// Runs a scenario on both engines.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(crate::tests::world::World::sqlite().await).await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test]
            async fn $name() {
                if let Some(world) = crate::tests::world::World::postgres().await {
                    super::$name(world).await;
                }
            })*
        }
    };
}
pub(crate) use on_both;
