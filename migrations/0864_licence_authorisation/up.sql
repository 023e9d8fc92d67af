-- What a wallet of others asked for, pushed before its user came, and what became of it.
CREATE TABLE credential_request (
    id TEXT PRIMARY KEY,
    uri_index TEXT NOT NULL,
    client TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    client_state TEXT NOT NULL,
    challenge TEXT NOT NULL,
    type_id TEXT NOT NULL,
    expires_us BIGINT NOT NULL,
    offer TEXT NOT NULL,
    code_index TEXT,
    code_expires_us BIGINT NOT NULL,
    spent BIGINT NOT NULL
);
CREATE UNIQUE INDEX credential_request_by_uri ON credential_request (uri_index);
CREATE UNIQUE INDEX credential_request_by_code ON credential_request (code_index);
CREATE INDEX credential_request_by_end ON credential_request (expires_us);
CREATE INDEX credential_request_by_client ON credential_request (client);
