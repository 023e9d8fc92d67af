//! Sealed tables and the schema's history: a step that changes rows there are would leave them with
//! seals of what they were, so it raises `since` of their table to its number.

use crate::modules;
use std::collections::{BTreeMap, BTreeSet};

/// Steps from before there were seals, and the tables whose rows they change.
const BEFORE: [(u32, &str); 3] = [(150, "account"), (210, "data_ledger_head"), (940, "data_grant")];

/// The tables whose rows a step changes, in lower case.
fn changed(sql: &str) -> BTreeSet<String> {
    let lines = sql.lines().map(|line| line.split("--").next().unwrap());
    let plain = lines.collect::<Vec<_>>().join(" ").to_ascii_lowercase();
    plain.split(';').flat_map(changed_by_one).collect()
}

fn changed_by_one(statement: &str) -> Vec<String> {
    let words = statement.split(|c: char| c.is_whitespace() || "(),\"".contains(c));
    let passed = ["", "if", "exists", "only", "table", "column"];
    let words: Vec<&str> = words.filter(|word| !passed.contains(word)).collect();
    let mut tables = Vec::new();
    match words.as_slice() {
        // A column of NULLs changes no row that is sealed, nor does a condition.
        ["alter", _, "add", rest @ ..]
            if !["default", "generated", "drop", "rename", "alter"]
                .iter()
                .any(|word| rest.contains(word))
                || rest.ends_with(&["default", "null"]) => {}
        ["alter" | "drop", table, ..] => tables.push((*table).to_owned()),
        _ => {}
    }
    for (at, pair) in words.windows(2).enumerate() {
        let verb = match pair[0] {
            "into" => true,
            "from" => at > 0 && words[at - 1] == "delete",
            "update" => {
                at == 0 || !["do", "for", "on", "before", "after", "or"].contains(&words[at - 1])
            }
            _ => false,
        };
        if verb {
            tables.push(pair[1].to_owned());
        }
    }
    tables
}

#[test]
fn a_step_that_changes_sealed_rows_has_their_table_sealed_anew() {
    let sealed = modules::sealed();
    let mut due: BTreeMap<&str, u32> = sealed.iter().map(|one| (one.table, 1)).collect();
    let mut before = Vec::new();
    for step in store::migrate::steps().unwrap() {
        for table in changed(&step.sql) {
            let Some(since) = due.get_mut(table.as_str()) else { continue };
            match BEFORE.iter().find(|one| **one == (step.number, table.as_str())) {
                Some(one) => before.push(*one),
                None => *since = step.number,
            }
        }
    }
    let found: BTreeMap<&str, u32> = sealed.iter().map(|one| (one.table, one.since)).collect();
    assert_eq!(found, due, "`since` of a sealed table is the last step that changes its rows");
    assert_eq!(before, BEFORE);
}

#[test]
fn what_changes_rows_is_told_from_what_does_not() {
    for sql in [
        "ALTER TABLE t ADD COLUMN era BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE IF EXISTS ONLY t ADD era TEXT DEFAULT ''",
        "ALTER TABLE t ADD a TEXT, DROP COLUMN b",
        "ALTER TABLE t DROP COLUMN era",
        "ALTER TABLE t RENAME COLUMN a TO b",
        "DROP TABLE IF EXISTS t",
        "CREATE TABLE other (id TEXT);\n-- Of those before:\nUPDATE t SET era = 1",
        "INSERT INTO t(id) VALUES ('a')",
        "INSERT INTO t SELECT id FROM other",
        "WITH old AS (SELECT id FROM other) DELETE FROM t WHERE id IN (SELECT id FROM old)",
    ] {
        assert!(changed(sql).contains("t"), "{sql}");
    }
    for sql in [
        "ALTER TABLE t ADD COLUMN era BIGINT",
        "ALTER TABLE t ADD COLUMN era BIGINT DEFAULT NULL",
        "ALTER TABLE t ADD CONSTRAINT positive CHECK (era > 0)",
        "CREATE TABLE t (id TEXT PRIMARY KEY, other TEXT REFERENCES o (id) ON UPDATE CASCADE)",
        "CREATE INDEX t_by_era ON t (era) WHERE era > 0",
        "-- UPDATE t SET era = 1\nINSERT INTO other SELECT id FROM t",
    ] {
        assert!(!changed(sql).contains("t"), "{sql}");
    }
}
