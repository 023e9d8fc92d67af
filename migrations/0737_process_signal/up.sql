CREATE TABLE process_signal (
    id TEXT PRIMARY KEY,
    instance_id TEXT NOT NULL,
    name TEXT NOT NULL,
    at_us BIGINT NOT NULL
);
CREATE INDEX process_signal_by_instance ON process_signal (instance_id, id);
CREATE INDEX process_subscription_by_signal ON process_subscription (name, id) WHERE kind = 'signal';
