ALTER TABLE process_task ADD COLUMN missing_year BIGINT NOT NULL DEFAULT 0;

-- Until when the matter an instance works on is to be decided: told by its area, apart from the row
-- whose digest is in the evidence log.
CREATE TABLE process_matter_limit (
    instance_id TEXT NOT NULL PRIMARY KEY,
    due_us BIGINT NOT NULL
);
