CREATE TABLE licence_ask (
    id TEXT PRIMARY KEY,
    agency TEXT NOT NULL,
    type_id TEXT NOT NULL,
    fields TEXT NOT NULL,
    purpose TEXT NOT NULL,
    basis TEXT NOT NULL,
    state TEXT NOT NULL,
    created_us BIGINT NOT NULL,
    created_by TEXT NOT NULL
);
CREATE INDEX licence_ask_by_agency ON licence_ask (agency, id);
CREATE TABLE licence_request (
    id TEXT PRIMARY KEY,
    ask_id TEXT NOT NULL,
    nonce TEXT NOT NULL,
    state TEXT NOT NULL,
    way TEXT NOT NULL,
    created_us BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    expires_us BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    answered_us BIGINT NOT NULL,
    use_id TEXT NOT NULL,
    result {blob}
);
CREATE INDEX licence_request_by_ask ON licence_request (ask_id, id);
