//! Everything in which the two engines differ, as named functions.

use crate::Engine;

/// The type of a column of bytes.
pub(crate) fn blob(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "BLOB",
        Engine::Postgres => "BYTEA",
    }
}

/// Clause that claims a row for this transaction and passes over rows others have claimed.
/// SQLite has one writer, so nothing needs to be said.
pub fn skip_locked(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "",
        Engine::Postgres => " FOR UPDATE SKIP LOCKED",
    }
}

/// Clause that waits for and then holds the selected rows.
pub fn for_update(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "",
        Engine::Postgres => " FOR UPDATE",
    }
}
