CREATE TABLE case_authorisation (
    case_id TEXT PRIMARY KEY,
    delegation_id TEXT NOT NULL,
    principal TEXT NOT NULL,
    at_us BIGINT NOT NULL
);
