CREATE TABLE registry_record (
    id TEXT PRIMARY KEY,
    registry TEXT NOT NULL,
    identifier_index TEXT NOT NULL,
    version BIGINT NOT NULL,
    payload_sealed {blob} NOT NULL,
    division TEXT NOT NULL,
    observed_us BIGINT NOT NULL,
    valid_from_us BIGINT NOT NULL
);
CREATE UNIQUE INDEX registry_record_by_identifier ON registry_record (registry, identifier_index);
CREATE TABLE registry_version (
    record_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    payload_sealed {blob} NOT NULL,
    division TEXT NOT NULL,
    observed_us BIGINT NOT NULL,
    valid_from_us BIGINT NOT NULL,
    valid_to_us BIGINT NOT NULL,
    PRIMARY KEY (record_id, version)
);
CREATE TABLE registry_key (
    registry TEXT NOT NULL,
    key_name TEXT NOT NULL,
    value_index TEXT NOT NULL,
    record_id TEXT NOT NULL,
    PRIMARY KEY (registry, key_name, value_index, record_id)
);
CREATE INDEX registry_key_by_record ON registry_key (record_id);
CREATE TABLE registry_tally (
    id TEXT PRIMARY KEY,
    registry TEXT NOT NULL,
    division TEXT NOT NULL,
    records BIGINT NOT NULL
);
CREATE INDEX registry_tally_by_registry ON registry_tally (registry, division);
