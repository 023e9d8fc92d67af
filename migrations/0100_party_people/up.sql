CREATE TABLE person (
    id TEXT PRIMARY KEY,
    name_sealed {blob} NOT NULL,
    number_sealed {blob},
    number_index TEXT,
    birth_date TEXT NOT NULL,
    division TEXT NOT NULL,
    mobile_sealed {blob},
    mail_sealed {blob},
    lang TEXT NOT NULL,
    created_us BIGINT NOT NULL
);
CREATE UNIQUE INDEX person_by_number ON person (number_index);
CREATE TABLE account (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    login TEXT NOT NULL,
    password TEXT NOT NULL,
    roles TEXT NOT NULL,
    agency TEXT NOT NULL,
    division TEXT NOT NULL,
    totp_sealed {blob},
    totp_pending_sealed {blob},
    totp_step BIGINT NOT NULL,
    closed_us BIGINT NOT NULL,
    created_us BIGINT NOT NULL
);
CREATE UNIQUE INDEX account_by_login ON account (login);
CREATE INDEX account_by_person ON account (person_id, kind);
CREATE INDEX account_by_agency ON account (agency, id);
CREATE TABLE recovery_code (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    code_index TEXT NOT NULL,
    used_us BIGINT NOT NULL
);
CREATE UNIQUE INDEX recovery_code_by_account ON recovery_code (account_id, code_index);
CREATE TABLE sign_in_failure (
    id TEXT PRIMARY KEY,
    failures BIGINT NOT NULL,
    locked_until_us BIGINT NOT NULL,
    last_us BIGINT NOT NULL
);
CREATE INDEX sign_in_failure_by_time ON sign_in_failure (last_us);
CREATE TABLE session (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    secret_digest TEXT NOT NULL,
    assurance BIGINT NOT NULL,
    device TEXT NOT NULL,
    created_us BIGINT NOT NULL,
    seen_us BIGINT NOT NULL,
    expires_us BIGINT NOT NULL
);
CREATE UNIQUE INDEX session_by_secret ON session (secret_digest);
CREATE INDEX session_by_account ON session (account_id, id);
CREATE INDEX session_by_expiry ON session (expires_us);
