ALTER TABLE account ADD COLUMN initial_us BIGINT NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN locked_us BIGINT NOT NULL DEFAULT 0;
CREATE INDEX account_by_kind ON account (kind, login);
