CREATE TABLE passkey (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    credential_id TEXT NOT NULL,
    credential TEXT NOT NULL,
    name TEXT NOT NULL,
    created_us BIGINT NOT NULL,
    used_us BIGINT NOT NULL
);
CREATE UNIQUE INDEX passkey_by_credential ON passkey (credential_id);
CREATE INDEX passkey_by_account ON passkey (account_id, id);
CREATE TABLE passkey_challenge (
    id TEXT PRIMARY KEY,
    challenge TEXT NOT NULL,
    account_id TEXT NOT NULL,
    name TEXT NOT NULL,
    expires_us BIGINT NOT NULL
);
CREATE INDEX passkey_challenge_by_expiry ON passkey_challenge (expires_us);
