//! Everything in which the two engines differ, as named functions.

use crate::Engine;

/// The type of a column of bytes.
pub(crate) fn blob(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "BLOB",
        Engine::Postgres => "BYTEA",
    }
}

/// Query for the names of all tables.
pub(crate) fn tables(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        }
        Engine::Postgres => {
            "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()"
        }
    }
}

/// Statements that drop tables of these names, whatever refers to them, at once.
pub(crate) fn drop_tables(engine: Engine, names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    match engine {
        Engine::Sqlite => {
            let drops: String = quoted.iter().map(|name| format!("DROP TABLE {name};")).collect();
            format!(
                "PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE; {drops} COMMIT; PRAGMA foreign_keys = ON"
            )
        }
        Engine::Postgres => format!("DROP TABLE {} CASCADE", quoted.join(", ")),
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

/// Statement that holds a number beside others who do, until the transaction ends. SQLite has one
/// writer, so nothing needs to be said.
pub(crate) fn hold_beside(engine: Engine) -> Option<&'static str> {
    match engine {
        Engine::Sqlite => None,
        Engine::Postgres => Some("SELECT pg_advisory_xact_lock_shared($1)"),
    }
}

/// Statement that holds a number alone, until the transaction ends.
pub(crate) fn hold_alone(engine: Engine) -> Option<&'static str> {
    match engine {
        Engine::Sqlite => None,
        Engine::Postgres => Some("SELECT pg_advisory_xact_lock($1)"),
    }
}

/// Statement after which nobody but this transaction writes to a table, until it ends. SQLite has
/// one writer, so nothing needs to be said.
pub(crate) fn hold_table(engine: Engine, table: &str) -> Option<String> {
    match engine {
        Engine::Sqlite => None,
        Engine::Postgres => Some(format!("LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")),
    }
}

/// Clause that waits for and then holds the selected rows.
pub fn for_update(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "",
        Engine::Postgres => " FOR UPDATE",
    }
}
