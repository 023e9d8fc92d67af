CREATE TABLE process_instance (
    id TEXT PRIMARY KEY,
    process TEXT NOT NULL,
    version BIGINT NOT NULL,
    bundle TEXT NOT NULL,
    subject TEXT NOT NULL,
    agency TEXT NOT NULL,
    division TEXT NOT NULL,
    parent_id TEXT NOT NULL,
    parent_number BIGINT NOT NULL,
    depth BIGINT NOT NULL,
    started_by TEXT NOT NULL,
    started_by_name TEXT NOT NULL,
    started_us BIGINT NOT NULL,
    ended_us BIGINT NOT NULL,
    phase TEXT NOT NULL,
    revision BIGINT NOT NULL,
    title {blob} NOT NULL,
    state {blob} NOT NULL,
    history TEXT NOT NULL
);
CREATE INDEX process_instance_by_starter ON process_instance (started_by, id);
CREATE INDEX process_instance_by_agency ON process_instance (agency, phase, id);
CREATE INDEX process_instance_by_parent ON process_instance (parent_id, parent_number);
CREATE INDEX process_instance_by_subject ON process_instance (subject, id);
CREATE TABLE process_event (
    instance_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    at_us BIGINT NOT NULL,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    body {blob} NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (instance_id, sequence)
);
CREATE TABLE process_timer (
    id TEXT PRIMARY KEY,
    instance_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    due_us BIGINT NOT NULL
);
CREATE INDEX process_timer_by_instance ON process_timer (instance_id);
CREATE TABLE process_subscription (
    id TEXT PRIMARY KEY,
    instance_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    process TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    correlation TEXT NOT NULL,
    active BIGINT NOT NULL
);
CREATE INDEX process_subscription_by_name ON process_subscription (kind, name, correlation, active, id);
CREATE INDEX process_subscription_by_instance ON process_subscription (instance_id);
CREATE TABLE process_message (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    correlation TEXT NOT NULL,
    receiver TEXT NOT NULL,
    sender TEXT NOT NULL,
    body {blob} NOT NULL,
    at_us BIGINT NOT NULL,
    expires_us BIGINT NOT NULL
);
CREATE INDEX process_message_by_name ON process_message (name, correlation, id);
CREATE INDEX process_message_expires ON process_message (expires_us);
CREATE TABLE process_job (
    id TEXT PRIMARY KEY,
    instance_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    kind TEXT NOT NULL,
    topic TEXT NOT NULL,
    node TEXT NOT NULL,
    child_id TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    failure TEXT NOT NULL,
    input {blob} NOT NULL
);
CREATE INDEX process_job_by_instance ON process_job (instance_id);
CREATE TABLE process_incident (
    id TEXT PRIMARY KEY,
    instance_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    kind TEXT NOT NULL,
    agency TEXT NOT NULL,
    node TEXT NOT NULL,
    code TEXT NOT NULL,
    failure TEXT NOT NULL,
    at_us BIGINT NOT NULL
);
CREATE INDEX process_incident_by_time ON process_incident (at_us, id);
CREATE INDEX process_incident_by_agency ON process_incident (agency, at_us, id);
CREATE INDEX process_incident_by_instance ON process_incident (instance_id);
