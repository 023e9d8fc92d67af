CREATE TABLE account_claim (
    account_id TEXT PRIMARY KEY,
    name_sealed {blob} NOT NULL,
    number_sealed {blob} NOT NULL,
    number_index TEXT NOT NULL,
    made_us BIGINT NOT NULL
);
CREATE INDEX account_claim_by_number ON account_claim (number_index);
