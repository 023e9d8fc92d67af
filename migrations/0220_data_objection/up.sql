CREATE TABLE data_objection (
    id TEXT PRIMARY KEY,
    registry TEXT NOT NULL,
    record_id TEXT NOT NULL,
    record_version BIGINT NOT NULL,
    field TEXT NOT NULL,
    lookup TEXT NOT NULL,
    receipt_id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    source TEXT NOT NULL,
    division TEXT NOT NULL,
    words_sealed {blob} NOT NULL,
    answer_sealed {blob},
    status TEXT NOT NULL,
    revision BIGINT NOT NULL,
    opened_us BIGINT NOT NULL,
    due_us BIGINT NOT NULL,
    overdue BIGINT NOT NULL,
    answered_us BIGINT NOT NULL,
    answered_by TEXT NOT NULL
);
CREATE INDEX data_objection_desk ON data_objection (source, status, due_us, id);
CREATE INDEX data_objection_by_person ON data_objection (person_id, id);
CREATE INDEX data_objection_overdue ON data_objection (status, overdue, due_us, id);
CREATE UNIQUE INDEX data_objection_open ON data_objection (record_id, field, person_id) WHERE status = 'open';
CREATE TABLE data_correction (
    id TEXT PRIMARY KEY,
    objection_id TEXT NOT NULL,
    receipt_id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    registry TEXT NOT NULL,
    field TEXT NOT NULL,
    consumer TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    seen_us BIGINT NOT NULL
);
CREATE UNIQUE INDEX data_correction_by_receipt ON data_correction (objection_id, receipt_id);
CREATE INDEX data_correction_by_consumer ON data_correction (consumer, id);
