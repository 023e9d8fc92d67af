CREATE TABLE job (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    job_key TEXT NOT NULL,
    payload TEXT NOT NULL,
    run_at_us BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    leased_until_us BIGINT NOT NULL,
    failure TEXT NOT NULL
);
CREATE INDEX job_due ON job (run_at_us, id);
CREATE INDEX job_by_key ON job (name, job_key);
CREATE TABLE command (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    verb TEXT NOT NULL,
    answer TEXT NOT NULL,
    at_us BIGINT NOT NULL
);
CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
