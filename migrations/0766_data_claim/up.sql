-- Rights granted once, by the field of the registry that says they were given. The value that names
-- the record is indexed blind, as in registry_key.
CREATE TABLE registry_claim (
    registry TEXT NOT NULL,
    field TEXT NOT NULL,
    key_name TEXT NOT NULL,
    value_index TEXT NOT NULL,
    holder TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    PRIMARY KEY (registry, field, key_name, value_index)
);
CREATE INDEX registry_claim_by_holder ON registry_claim (holder);
