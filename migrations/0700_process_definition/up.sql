CREATE TABLE process_bundle (
    id TEXT PRIMARY KEY,
    body {blob} NOT NULL,
    size BIGINT NOT NULL
);
CREATE TABLE process_definition (
    id TEXT PRIMARY KEY,
    process TEXT NOT NULL,
    version BIGINT NOT NULL,
    bundle TEXT NOT NULL,
    name TEXT NOT NULL,
    agency TEXT NOT NULL,
    newest BIGINT NOT NULL,
    deployed_us BIGINT NOT NULL,
    deployed_by TEXT NOT NULL,
    deployed_by_name TEXT NOT NULL
);
CREATE UNIQUE INDEX process_definition_by_version ON process_definition (process, version);
CREATE INDEX process_definition_newest ON process_definition (newest, process);
CREATE INDEX process_definition_by_bundle ON process_definition (bundle);
CREATE TABLE process_start (
    id TEXT PRIMARY KEY,
    process TEXT NOT NULL,
    node TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL
);
CREATE INDEX process_start_by_name ON process_start (kind, name, process);
CREATE INDEX process_start_by_process ON process_start (process);
