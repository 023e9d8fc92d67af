CREATE TABLE token_family (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    client TEXT NOT NULL,
    assurance BIGINT NOT NULL,
    created_us BIGINT NOT NULL,
    expires_us BIGINT NOT NULL,
    revoked_us BIGINT NOT NULL
);
CREATE INDEX token_family_by_account ON token_family (account_id, id);
CREATE INDEX token_family_by_expiry ON token_family (expires_us);
CREATE TABLE access_token (
    id TEXT PRIMARY KEY,
    family_id TEXT NOT NULL,
    expires_us BIGINT NOT NULL
);
CREATE INDEX access_token_by_family ON access_token (family_id);
CREATE INDEX access_token_by_expiry ON access_token (expires_us);
CREATE TABLE refresh_token (
    id TEXT PRIMARY KEY,
    family_id TEXT NOT NULL,
    used_us BIGINT NOT NULL,
    expires_us BIGINT NOT NULL
);
CREATE INDEX refresh_token_by_family ON refresh_token (family_id);
CREATE INDEX refresh_token_by_expiry ON refresh_token (expires_us);
CREATE TABLE client_program (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    account_id TEXT NOT NULL,
    secret_digest TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    created_us BIGINT NOT NULL,
    closed_us BIGINT NOT NULL
);
CREATE TABLE authorization_code (
    id TEXT PRIMARY KEY,
    client_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    assurance BIGINT NOT NULL,
    challenge TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    family_id TEXT NOT NULL,
    expires_us BIGINT NOT NULL
);
CREATE TABLE delegation (
    id TEXT PRIMARY KEY,
    principal TEXT NOT NULL,
    agent TEXT NOT NULL,
    kind TEXT NOT NULL,
    scope TEXT NOT NULL,
    status TEXT NOT NULL,
    evidence TEXT NOT NULL,
    reference TEXT NOT NULL,
    asked_us BIGINT NOT NULL,
    from_us BIGINT NOT NULL,
    until_us BIGINT NOT NULL,
    answered_us BIGINT NOT NULL,
    ended_us BIGINT NOT NULL
);
CREATE INDEX delegation_by_principal ON delegation (principal, id);
CREATE INDEX delegation_by_agent ON delegation (agent, id);
