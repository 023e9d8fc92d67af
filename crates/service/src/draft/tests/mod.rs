//! Drafts from guide to case, on SQLite and, where `YIPAN_TEST_POSTGRES` names a server, on
//! PostgreSQL too, by verbs and over HTTP.

mod answers;
mod corrected;
mod files;
mod flow;
mod http;
mod sent;
mod world;

/// Runs scenarios on both engines.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(crate::draft::tests::world::World::sqlite().await).await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test]
            async fn $name() {
                if let Some(world) = crate::draft::tests::world::World::postgres().await {
                    super::$name(world).await;
                }
            })*
        }
    };
}
pub(crate) use on_both;
