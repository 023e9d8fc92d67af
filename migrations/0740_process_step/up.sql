ALTER TABLE process_task ADD COLUMN taken_us BIGINT NOT NULL DEFAULT 0;
CREATE INDEX process_task_open ON process_task (process, due_us) WHERE open > 0;
CREATE INDEX process_instance_by_process ON process_instance (process, started_us, id);
CREATE TABLE process_step (
    instance_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    process TEXT NOT NULL,
    version BIGINT NOT NULL,
    node TEXT NOT NULL,
    agency TEXT NOT NULL,
    division TEXT NOT NULL,
    pool TEXT NOT NULL,
    doer TEXT NOT NULL,
    offered_us BIGINT NOT NULL,
    taken_us BIGINT NOT NULL,
    done_us BIGINT NOT NULL,
    due_us BIGINT NOT NULL,
    took_us BIGINT NOT NULL,
    waited_us BIGINT NOT NULL,
    late BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    PRIMARY KEY (instance_id, number)
);
CREATE INDEX process_step_by_process ON process_step (process, done_us);
INSERT INTO job (id, name, job_key, payload, run_at_us, attempts, leased_until_us, failure)
SELECT 'process-step-fill', 'process.step_fill', '', '{"after":""}', 0, 0, 0, ''
WHERE EXISTS (SELECT 1 FROM process_instance);
