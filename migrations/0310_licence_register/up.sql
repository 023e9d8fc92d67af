CREATE TABLE licence (
    id TEXT PRIMARY KEY,
    identifier TEXT NOT NULL,
    type_id TEXT NOT NULL,
    type_version BIGINT NOT NULL,
    agency TEXT NOT NULL,
    key_id TEXT NOT NULL,
    code TEXT NOT NULL,
    holder TEXT NOT NULL,
    body_sealed {blob} NOT NULL,
    live_key TEXT,
    state TEXT NOT NULL,
    state_us BIGINT NOT NULL,
    state_reason TEXT NOT NULL,
    case_id TEXT NOT NULL,
    item_id TEXT NOT NULL,
    issued_us BIGINT NOT NULL,
    valid_until_us BIGINT,
    revision BIGINT NOT NULL
);
CREATE UNIQUE INDEX licence_by_identifier ON licence (identifier);
CREATE UNIQUE INDEX licence_by_code ON licence (code);
CREATE UNIQUE INDEX licence_live ON licence (live_key);
CREATE INDEX licence_by_holder ON licence (holder, id);
CREATE INDEX licence_by_agency ON licence (agency, id);
CREATE INDEX licence_by_case ON licence (case_id);
CREATE INDEX licence_not_in_force ON licence (agency, identifier) WHERE state <> '01';
CREATE TABLE licence_serial (
    id TEXT PRIMARY KEY,
    next BIGINT NOT NULL
);
CREATE TABLE licence_event (
    id TEXT PRIMARY KEY,
    licence_id TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    account TEXT NOT NULL,
    agency TEXT NOT NULL,
    kind TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    reason TEXT NOT NULL,
    article TEXT NOT NULL
);
CREATE INDEX licence_event_by_licence ON licence_event (licence_id, id);
CREATE TABLE licence_use (
    id TEXT PRIMARY KEY,
    licence_id TEXT NOT NULL,
    person TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    agency TEXT NOT NULL,
    case_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    fields TEXT NOT NULL
);
CREATE INDEX licence_use_by_licence ON licence_use (licence_id, id);
CREATE INDEX licence_use_by_person ON licence_use (person, id);
CREATE TABLE licence_sheet (
    id TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    size BIGINT NOT NULL,
    at_us BIGINT NOT NULL
);
CREATE TABLE licence_change (
    id TEXT PRIMARY KEY,
    seq BIGINT NOT NULL
);
CREATE TABLE licence_status (
    id TEXT PRIMARY KEY,
    seq BIGINT NOT NULL,
    issued_us BIGINT NOT NULL,
    list {blob} NOT NULL
);
