CREATE TABLE archive_folder (
    id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    number TEXT NOT NULL,
    case_number TEXT NOT NULL,
    item TEXT NOT NULL,
    agency TEXT NOT NULL,
    division TEXT NOT NULL,
    retention_years BIGINT NOT NULL,
    manifest TEXT NOT NULL,
    cover TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    checked_us BIGINT NOT NULL,
    checked_ok BIGINT NOT NULL
);
CREATE UNIQUE INDEX archive_folder_by_case ON archive_folder (case_id, revision);
CREATE UNIQUE INDEX archive_folder_by_number ON archive_folder (number);
CREATE INDEX archive_folder_by_agency ON archive_folder (agency, id);
CREATE TABLE archive_part (
    folder_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    name TEXT NOT NULL,
    title {blob} NOT NULL,
    kind TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    digest TEXT NOT NULL,
    internal BIGINT NOT NULL,
    PRIMARY KEY (folder_id, sequence)
);
CREATE TABLE archive_sequence (
    agency TEXT NOT NULL,
    year BIGINT NOT NULL,
    last BIGINT NOT NULL,
    PRIMARY KEY (agency, year)
);
