CREATE TABLE process_consult (
    id TEXT PRIMARY KEY,
    instance_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    task_id TEXT NOT NULL,
    asked TEXT NOT NULL,
    asked_name TEXT NOT NULL,
    asker TEXT NOT NULL,
    asker_name TEXT NOT NULL,
    open BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    asked_us BIGINT NOT NULL,
    closed_us BIGINT NOT NULL,
    question {blob} NOT NULL,
    answer {blob} NOT NULL
);
CREATE INDEX process_consult_by_asked ON process_consult (asked, open, asked_us, id);
CREATE INDEX process_consult_by_instance ON process_consult (instance_id, open);
