CREATE TABLE licence_link (
    id TEXT PRIMARY KEY,
    token_index TEXT NOT NULL,
    token_sealed {blob} NOT NULL,
    licence_id TEXT NOT NULL,
    person TEXT NOT NULL,
    fields TEXT NOT NULL,
    recipient TEXT NOT NULL,
    created_us BIGINT NOT NULL,
    expires_us BIGINT NOT NULL,
    opens_max BIGINT NOT NULL,
    opens BIGINT NOT NULL,
    revoked_us BIGINT NOT NULL
);
CREATE UNIQUE INDEX licence_link_by_token ON licence_link (token_index);
CREATE INDEX licence_link_by_licence ON licence_link (licence_id, id);
