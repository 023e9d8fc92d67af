CREATE TABLE process_filter (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    process TEXT NOT NULL,
    step TEXT NOT NULL,
    agency TEXT NOT NULL,
    text TEXT NOT NULL,
    overdue BIGINT NOT NULL
);
CREATE INDEX process_filter_by_owner ON process_filter (owner, id);
