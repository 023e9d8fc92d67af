CREATE TABLE agency_key (
    id TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    state TEXT NOT NULL,
    key_sealed {blob} NOT NULL,
    certificate TEXT NOT NULL,
    seal {blob} NOT NULL,
    seal_id TEXT NOT NULL,
    valid_from_us BIGINT NOT NULL,
    valid_until_us BIGINT NOT NULL,
    state_us BIGINT NOT NULL,
    state_reason TEXT NOT NULL,
    revision BIGINT NOT NULL
);
CREATE UNIQUE INDEX agency_key_current ON agency_key (holder) WHERE state <> 'retired';
CREATE INDEX agency_key_by_holder ON agency_key (holder, id);
CREATE TABLE seal_use (
    id TEXT PRIMARY KEY,
    key_id TEXT NOT NULL,
    agency TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    account TEXT NOT NULL,
    document_digest TEXT NOT NULL,
    reason TEXT NOT NULL,
    subject TEXT NOT NULL
);
CREATE INDEX seal_use_by_key ON seal_use (key_id, id);
CREATE INDEX seal_use_by_digest ON seal_use (document_digest);
CREATE TABLE sealed_document (
    id TEXT PRIMARY KEY,
    agency TEXT NOT NULL,
    layout TEXT NOT NULL,
    title TEXT NOT NULL,
    digest TEXT NOT NULL,
    code TEXT NOT NULL,
    case_id TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    account TEXT NOT NULL
);
CREATE UNIQUE INDEX sealed_document_by_code ON sealed_document (code);
CREATE INDEX sealed_document_by_case ON sealed_document (case_id, id);
CREATE INDEX sealed_document_by_digest ON sealed_document (digest);
