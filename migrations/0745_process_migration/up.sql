CREATE TABLE process_migration (
    id TEXT PRIMARY KEY,
    process TEXT NOT NULL,
    agency TEXT NOT NULL,
    from_version BIGINT NOT NULL,
    to_version BIGINT NOT NULL,
    name TEXT NOT NULL,
    mapping TEXT NOT NULL,
    phase TEXT NOT NULL,
    quota BIGINT NOT NULL,
    total BIGINT NOT NULL,
    check_id TEXT NOT NULL,
    checked BIGINT NOT NULL,
    movable BIGINT NOT NULL,
    checked_us BIGINT NOT NULL,
    run_id TEXT NOT NULL,
    moved BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    created_us BIGINT NOT NULL,
    ordered_by TEXT NOT NULL,
    ordered_by_name TEXT NOT NULL,
    changed_us BIGINT NOT NULL
);
CREATE INDEX process_migration_by_process ON process_migration (process, id);
CREATE TABLE process_migration_reason (
    id TEXT PRIMARY KEY,
    migration_id TEXT NOT NULL,
    stage TEXT NOT NULL,
    code TEXT NOT NULL,
    node TEXT NOT NULL,
    target TEXT NOT NULL,
    instances BIGINT NOT NULL,
    samples TEXT NOT NULL
);
CREATE INDEX process_migration_reason_by_migration ON process_migration_reason (migration_id, stage, id);
CREATE INDEX process_instance_by_version ON process_instance (process, version, ended_us, id);
