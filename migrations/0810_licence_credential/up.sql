CREATE TABLE credential_offer (
    id TEXT PRIMARY KEY,
    licence_id TEXT NOT NULL,
    person TEXT NOT NULL,
    code_index TEXT NOT NULL,
    sealed {blob} NOT NULL,
    created_us BIGINT NOT NULL,
    expires_us BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    state TEXT NOT NULL,
    token_index TEXT,
    token_expires_us BIGINT NOT NULL
);
CREATE UNIQUE INDEX credential_offer_by_code ON credential_offer (code_index);
CREATE UNIQUE INDEX credential_offer_by_token ON credential_offer (token_index);
CREATE INDEX credential_offer_by_person ON credential_offer (person, created_us);
CREATE TABLE credential (
    id TEXT PRIMARY KEY,
    list BIGINT NOT NULL,
    place BIGINT NOT NULL,
    licence_id TEXT NOT NULL,
    person TEXT NOT NULL,
    key_digest TEXT NOT NULL,
    issued_us BIGINT NOT NULL,
    expires_us BIGINT NOT NULL,
    state TEXT NOT NULL,
    ended_us BIGINT NOT NULL
);
CREATE UNIQUE INDEX credential_by_place ON credential (list, place);
CREATE INDEX credential_by_licence ON credential (licence_id, id);
CREATE TABLE credential_nonce (
    id TEXT PRIMARY KEY,
    until_us BIGINT NOT NULL
);
CREATE INDEX credential_nonce_by_end ON credential_nonce (until_us);
