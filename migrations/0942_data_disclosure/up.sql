CREATE TABLE data_disclosure (
    id TEXT PRIMARY KEY,
    at_us BIGINT NOT NULL,
    subject_index TEXT NOT NULL,
    case_id TEXT NOT NULL,
    number TEXT NOT NULL,
    one_thing TEXT NOT NULL,
    person_id TEXT NOT NULL,
    agency TEXT NOT NULL,
    actor TEXT NOT NULL,
    what TEXT NOT NULL,
    purpose TEXT NOT NULL
);
CREATE INDEX data_disclosure_by_subject ON data_disclosure (subject_index, id);
