CREATE TABLE presentation (
    id TEXT PRIMARY KEY,
    code_index TEXT NOT NULL,
    code_sealed {blob} NOT NULL,
    licence_id TEXT NOT NULL,
    person TEXT NOT NULL,
    fields TEXT NOT NULL,
    created_us BIGINT NOT NULL,
    expires_us BIGINT NOT NULL,
    used_us BIGINT NOT NULL,
    use_id TEXT NOT NULL
);
CREATE UNIQUE INDEX presentation_by_code ON presentation (code_index);
CREATE INDEX presentation_by_licence ON presentation (licence_id, id);
CREATE TABLE person_code (
    id TEXT PRIMARY KEY,
    code_index TEXT NOT NULL,
    code_sealed {blob} NOT NULL,
    expires_us BIGINT NOT NULL,
    used_us BIGINT NOT NULL
);
CREATE UNIQUE INDEX person_code_by_code ON person_code (code_index);
CREATE TABLE code_guess (
    id TEXT PRIMARY KEY,
    failures BIGINT NOT NULL,
    since_us BIGINT NOT NULL
);
