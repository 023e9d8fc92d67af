-- A mail address somebody says is his, until he has typed the code that was sent to it.
CREATE TABLE mail_claim (
    person_id TEXT PRIMARY KEY,
    address_sealed {blob} NOT NULL,
    code_index TEXT NOT NULL,
    expires_us BIGINT NOT NULL,
    guesses BIGINT NOT NULL,
    since_us BIGINT NOT NULL,
    sent BIGINT NOT NULL
);
