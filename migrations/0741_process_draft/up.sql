CREATE TABLE process_draft (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    owner_name TEXT NOT NULL,
    agency TEXT NOT NULL,
    name TEXT NOT NULL,
    process TEXT NOT NULL,
    base TEXT NOT NULL,
    version BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    body {blob} NOT NULL,
    updated_us BIGINT NOT NULL
);
CREATE INDEX process_draft_by_owner ON process_draft (owner, id);
CREATE INDEX process_draft_by_agency ON process_draft (agency, id);
