CREATE TABLE draft (
    id TEXT PRIMARY KEY,
    person TEXT NOT NULL,
    clerk TEXT NOT NULL,
    channel TEXT NOT NULL,
    one_thing TEXT NOT NULL,
    content {blob} NOT NULL,
    revision BIGINT NOT NULL,
    consent_entry TEXT NOT NULL,
    created_us BIGINT NOT NULL,
    updated_us BIGINT NOT NULL,
    expires_us BIGINT NOT NULL,
    case_id TEXT NOT NULL,
    answer TEXT NOT NULL
);
CREATE INDEX draft_by_person ON draft (person, case_id, id);
CREATE INDEX draft_by_clerk ON draft (clerk, case_id, id);
CREATE TABLE draft_file (
    id TEXT PRIMARY KEY,
    draft_id TEXT NOT NULL,
    field TEXT NOT NULL,
    digest TEXT NOT NULL,
    name {blob} NOT NULL,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    at_us BIGINT NOT NULL
);
CREATE INDEX draft_file_by_draft ON draft_file (draft_id, field, id);
