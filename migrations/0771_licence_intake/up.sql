CREATE TABLE licence_intake (
    id TEXT PRIMARY KEY,
    agency TEXT NOT NULL,
    account TEXT NOT NULL,
    type_id TEXT NOT NULL,
    source TEXT NOT NULL,
    digest TEXT NOT NULL,
    begun_us BIGINT NOT NULL,
    total BIGINT NOT NULL
);
CREATE INDEX licence_intake_by_agency ON licence_intake (agency, id);
CREATE TABLE licence_intake_line (
    id TEXT PRIMARY KEY,
    intake_id TEXT NOT NULL,
    line BIGINT NOT NULL,
    state TEXT NOT NULL,
    record_key TEXT NOT NULL,
    holder TEXT NOT NULL,
    body_sealed {blob} NOT NULL,
    problems TEXT NOT NULL,
    licence_id TEXT NOT NULL
);
CREATE INDEX licence_intake_line_by_state ON licence_intake_line (intake_id, state, line);
CREATE UNIQUE INDEX licence_intake_line_by_line ON licence_intake_line (intake_id, line);
CREATE UNIQUE INDEX licence_intake_line_issued ON licence_intake_line (record_key) WHERE state = 'issued';
