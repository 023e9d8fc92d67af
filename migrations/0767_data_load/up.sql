-- Bulk loads of registries: the root of a Merkle tree over the records as they were loaded, which the
-- evidence log holds, and the leaves, some tens of records a row.
CREATE TABLE registry_load (
    id TEXT PRIMARY KEY,
    registry TEXT NOT NULL,
    leaves BIGINT NOT NULL,
    root TEXT NOT NULL,
    at_us BIGINT NOT NULL
);
CREATE TABLE registry_load_part (
    load_id TEXT NOT NULL,
    part BIGINT NOT NULL,
    first_id TEXT NOT NULL,
    last_id TEXT NOT NULL,
    ids TEXT NOT NULL,
    leaves {blob} NOT NULL,
    PRIMARY KEY (load_id, part)
);
CREATE INDEX registry_load_part_by_first ON registry_load_part (first_id);
