ALTER TABLE archive_folder ADD COLUMN disposed_us BIGINT;
ALTER TABLE archive_folder ADD COLUMN transferred_us BIGINT;
CREATE INDEX archive_folder_by_age ON archive_folder (agency, retention_years, at_us);
CREATE INDEX archive_part_by_digest ON archive_part (digest);
CREATE INDEX case_material_by_digest ON case_material (digest) WHERE digest <> '';
CREATE TABLE archive_list (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    agency TEXT NOT NULL,
    division TEXT NOT NULL,
    state TEXT NOT NULL,
    made_us BIGINT NOT NULL,
    made_name TEXT NOT NULL,
    folders BIGINT NOT NULL,
    first_by TEXT NOT NULL,
    first_party TEXT NOT NULL,
    first_name TEXT NOT NULL,
    first_us BIGINT NOT NULL,
    first_reason TEXT NOT NULL,
    second_by TEXT NOT NULL,
    second_name TEXT NOT NULL,
    second_us BIGINT NOT NULL,
    second_reason TEXT NOT NULL,
    receipt TEXT NOT NULL,
    receiver TEXT NOT NULL,
    received_us BIGINT NOT NULL,
    revision BIGINT NOT NULL
);
CREATE INDEX archive_list_by_agency ON archive_list (agency, id);
CREATE INDEX archive_list_by_division ON archive_list (division, id);
CREATE TABLE archive_listed (
    folder TEXT PRIMARY KEY,
    list TEXT NOT NULL,
    state TEXT NOT NULL,
    until_us BIGINT NOT NULL,
    reason TEXT NOT NULL
);
CREATE INDEX archive_listed_by_list ON archive_listed (list);
