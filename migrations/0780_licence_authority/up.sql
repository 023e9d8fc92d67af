CREATE TABLE authority (
    id TEXT PRIMARY KEY,
    parent TEXT NOT NULL,
    depth BIGINT NOT NULL,
    division TEXT NOT NULL,
    name TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    state TEXT NOT NULL,
    revision BIGINT NOT NULL
);
CREATE INDEX authority_by_state ON authority (state, depth);
CREATE TABLE authority_key (
    id TEXT PRIMARY KEY,
    provider TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    public_key {blob} NOT NULL,
    kept {blob} NOT NULL
);
CREATE TABLE authority_certificate (
    id TEXT PRIMARY KEY,
    authority TEXT NOT NULL,
    profile TEXT NOT NULL,
    holder TEXT NOT NULL,
    division TEXT NOT NULL,
    name TEXT NOT NULL,
    serial TEXT NOT NULL,
    key_digest TEXT NOT NULL,
    certificate TEXT NOT NULL,
    not_before_us BIGINT NOT NULL,
    not_after_us BIGINT NOT NULL,
    state TEXT NOT NULL,
    since_us BIGINT NOT NULL,
    cause TEXT NOT NULL,
    state_reason TEXT NOT NULL,
    predecessor TEXT NOT NULL,
    revision BIGINT NOT NULL
);
CREATE UNIQUE INDEX authority_certificate_by_serial ON authority_certificate (authority, serial);
CREATE INDEX authority_certificate_by_number ON authority_certificate (serial);
CREATE INDEX authority_certificate_by_authority ON authority_certificate (authority, id);
CREATE INDEX authority_certificate_by_holder ON authority_certificate (holder, profile, id);
CREATE INDEX authority_certificate_by_key ON authority_certificate (key_digest);
CREATE INDEX authority_certificate_ended ON authority_certificate (authority, serial) WHERE state <> 'valid';
CREATE TABLE authority_order (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    division TEXT NOT NULL,
    target TEXT NOT NULL,
    body TEXT NOT NULL,
    reason TEXT NOT NULL,
    ordered_by TEXT NOT NULL,
    ordered_party TEXT NOT NULL,
    ordered_name TEXT NOT NULL,
    ordered_us BIGINT NOT NULL,
    state TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    decided_name TEXT NOT NULL,
    decided_us BIGINT NOT NULL,
    remark TEXT NOT NULL,
    result TEXT NOT NULL,
    revision BIGINT NOT NULL
);
CREATE INDEX authority_order_by_state ON authority_order (state, id);
CREATE INDEX authority_order_by_target ON authority_order (target, state);
CREATE TABLE authority_change (
    id TEXT PRIMARY KEY,
    seq BIGINT NOT NULL
);
CREATE TABLE authority_list (
    id TEXT PRIMARY KEY,
    authority TEXT NOT NULL,
    number BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    made_us BIGINT NOT NULL,
    list {blob} NOT NULL
);
CREATE UNIQUE INDEX authority_list_by_number ON authority_list (authority, number);
