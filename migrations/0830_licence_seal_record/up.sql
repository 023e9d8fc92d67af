CREATE TABLE seal_record (
    id TEXT PRIMARY KEY,
    agency TEXT NOT NULL,
    division TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    holder TEXT NOT NULL,
    reason TEXT NOT NULL,
    basis TEXT NOT NULL,
    state TEXT NOT NULL,
    state_us BIGINT NOT NULL,
    state_by TEXT NOT NULL,
    state_party TEXT NOT NULL,
    state_reason TEXT NOT NULL,
    applied_by TEXT NOT NULL,
    applied_party TEXT NOT NULL,
    applied_name TEXT NOT NULL,
    applied_us BIGINT NOT NULL,
    decided_name TEXT NOT NULL,
    decided_us BIGINT NOT NULL,
    remark TEXT NOT NULL,
    keeper TEXT NOT NULL,
    keeper_name TEXT NOT NULL,
    keeper_role TEXT NOT NULL,
    keeper_us BIGINT NOT NULL,
    revision BIGINT NOT NULL
);
CREATE UNIQUE INDEX seal_record_live ON seal_record (holder) WHERE holder <> '' AND state <> 'destroyed';
CREATE INDEX seal_record_by_holder ON seal_record (holder, id);
CREATE INDEX seal_record_by_agency ON seal_record (agency, id);
CREATE INDEX seal_record_by_state ON seal_record (state, id);
CREATE TABLE seal_custody (
    id TEXT PRIMARY KEY,
    record TEXT NOT NULL,
    keeper TEXT NOT NULL,
    keeper_name TEXT NOT NULL,
    keeper_role TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    by_account TEXT NOT NULL,
    by_name TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE INDEX seal_custody_by_record ON seal_custody (record, id);
