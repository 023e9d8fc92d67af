-- Witnesses that are asked to cosign checkpoints: what each cosigned last, when it is asked again,
-- what it refused.
CREATE TABLE evidence_witness (
    id TEXT PRIMARY KEY,
    address TEXT NOT NULL,
    verifier TEXT NOT NULL,
    added_us BIGINT NOT NULL,
    tree_size BIGINT NOT NULL,
    root TEXT NOT NULL,
    line TEXT NOT NULL,
    cosigned_us BIGINT NOT NULL,
    tried_us BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    next_us BIGINT NOT NULL,
    trouble TEXT NOT NULL,
    refused_size BIGINT NOT NULL,
    refused_us BIGINT NOT NULL
);
-- Logs of others that this installation witnesses: the newest checkpoint it cosigned of each, the
-- last one it refused, and one that beside the one cosigned proves a fork.
CREATE TABLE witnessed_log (
    id TEXT PRIMARY KEY,
    verifier TEXT NOT NULL,
    added_us BIGINT NOT NULL,
    tree_size BIGINT NOT NULL,
    root TEXT NOT NULL,
    note TEXT NOT NULL,
    cosigned_us BIGINT NOT NULL,
    refusals BIGINT NOT NULL,
    refused_us BIGINT NOT NULL,
    refused_note TEXT NOT NULL,
    fork_note TEXT NOT NULL
);
-- Size of the log at the end of each day; day 0 is what it had before days were kept.
CREATE TABLE evidence_day (
    id TEXT PRIMARY KEY,
    tree_size BIGINT NOT NULL
);
INSERT INTO evidence_day (id, tree_size)
    SELECT '0', tree_size FROM evidence_checkpoint WHERE id = 'head';
