CREATE TABLE archive_finding (
    id TEXT PRIMARY KEY,
    folder TEXT NOT NULL,
    agency TEXT NOT NULL,
    division TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    name TEXT NOT NULL,
    what TEXT NOT NULL,
    why TEXT NOT NULL,
    sequence BIGINT NOT NULL
);
CREATE INDEX archive_finding_by_folder ON archive_finding (folder);
CREATE INDEX archive_finding_by_agency ON archive_finding (agency, id);
CREATE INDEX archive_finding_by_division ON archive_finding (division, id);
CREATE INDEX archive_folder_by_division ON archive_folder (division);
