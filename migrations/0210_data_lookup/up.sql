CREATE TABLE data_grant (
    id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL,
    one_thing TEXT NOT NULL,
    items TEXT NOT NULL,
    person_id TEXT NOT NULL,
    opened_us BIGINT NOT NULL,
    closed_us BIGINT NOT NULL
);
CREATE UNIQUE INDEX data_grant_by_case ON data_grant (case_id);
CREATE TABLE data_grant_value (
    grant_id TEXT NOT NULL,
    value_index TEXT NOT NULL,
    PRIMARY KEY (grant_id, value_index)
);
CREATE TABLE data_quota (
    id TEXT PRIMARY KEY,
    used BIGINT NOT NULL
);
CREATE TABLE data_receipt (
    id TEXT PRIMARY KEY,
    at_us BIGINT NOT NULL,
    registry TEXT NOT NULL,
    record_id TEXT NOT NULL,
    record_version BIGINT NOT NULL,
    contract TEXT NOT NULL,
    contract_version BIGINT NOT NULL,
    lookup TEXT NOT NULL,
    one_thing TEXT NOT NULL,
    grant_id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    consumer TEXT NOT NULL,
    source TEXT NOT NULL,
    fields TEXT NOT NULL,
    purpose TEXT NOT NULL,
    actor TEXT NOT NULL
);
CREATE INDEX data_receipt_by_record ON data_receipt (record_id, id);
CREATE INDEX data_receipt_by_grant ON data_receipt (grant_id, id);
CREATE INDEX data_receipt_by_registry ON data_receipt (registry, id);
CREATE TABLE data_receipt_subject (
    subject_index TEXT NOT NULL,
    receipt_id TEXT NOT NULL,
    PRIMARY KEY (subject_index, receipt_id)
);
CREATE TABLE data_ledger (
    id TEXT PRIMARY KEY,
    receipt_id TEXT NOT NULL,
    side TEXT NOT NULL,
    content TEXT NOT NULL,
    digest TEXT NOT NULL,
    position BIGINT,
    chain TEXT NOT NULL
);
CREATE UNIQUE INDEX data_ledger_by_position ON data_ledger (side, position);
CREATE INDEX data_ledger_waiting ON data_ledger (id) WHERE position IS NULL;
CREATE INDEX data_ledger_by_receipt ON data_ledger (receipt_id);
CREATE TABLE data_ledger_head (
    id TEXT PRIMARY KEY,
    entries BIGINT NOT NULL,
    chain TEXT NOT NULL
);
INSERT INTO data_ledger_head (id, entries, chain) VALUES ('*', 0, '');
CREATE TABLE data_refusal (
    id TEXT PRIMARY KEY,
    at_us BIGINT NOT NULL,
    registry TEXT NOT NULL,
    contract TEXT NOT NULL,
    case_id TEXT NOT NULL,
    consumer TEXT NOT NULL,
    actor TEXT NOT NULL,
    code TEXT NOT NULL
);
CREATE INDEX data_refusal_by_registry ON data_refusal (registry, id);
