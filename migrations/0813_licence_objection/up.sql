CREATE TABLE licence_objection (
    id TEXT PRIMARY KEY,
    person TEXT NOT NULL,
    agency TEXT NOT NULL,
    words TEXT NOT NULL,
    state TEXT NOT NULL,
    made_us BIGINT NOT NULL,
    due_us BIGINT NOT NULL,
    upheld BIGINT NOT NULL,
    answer TEXT NOT NULL,
    answered_us BIGINT NOT NULL,
    answered_by TEXT NOT NULL
);
CREATE INDEX licence_objection_by_agency ON licence_objection (agency, state, id);
