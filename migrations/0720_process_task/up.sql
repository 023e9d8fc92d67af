CREATE TABLE process_task (
    id TEXT PRIMARY KEY,
    instance_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    process TEXT NOT NULL,
    node TEXT NOT NULL,
    name TEXT NOT NULL,
    form TEXT NOT NULL,
    agency TEXT NOT NULL,
    assignee TEXT NOT NULL,
    assignee_name TEXT NOT NULL,
    owner TEXT NOT NULL,
    open BIGINT NOT NULL,
    due_us BIGINT NOT NULL,
    urged BIGINT NOT NULL,
    created_us BIGINT NOT NULL,
    closed_us BIGINT NOT NULL,
    closed_by TEXT NOT NULL,
    outcome TEXT NOT NULL
);
CREATE INDEX process_task_by_instance ON process_task (instance_id, id);
CREATE INDEX process_task_by_assignee ON process_task (assignee, open, due_us, id);
CREATE INDEX process_task_by_owner ON process_task (owner, open, due_us, id);
CREATE INDEX process_task_by_closer ON process_task (closed_by, closed_us, id);
CREATE TABLE process_candidate (
    pool TEXT NOT NULL,
    due_us BIGINT NOT NULL,
    task_id TEXT NOT NULL,
    PRIMARY KEY (pool, due_us, task_id)
);
CREATE INDEX process_candidate_by_task ON process_candidate (task_id);
CREATE TABLE process_copy (
    id TEXT PRIMARY KEY,
    instance_id TEXT NOT NULL,
    reader TEXT NOT NULL,
    sender_name TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    read_us BIGINT NOT NULL,
    unread BIGINT NOT NULL
);
CREATE INDEX process_copy_by_reader ON process_copy (reader, unread, id);
CREATE INDEX process_copy_by_instance ON process_copy (instance_id, reader);
