CREATE TABLE evidence_entry (
    id TEXT PRIMARY KEY,
    at_us BIGINT NOT NULL,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    row_digests TEXT NOT NULL,
    body_digest TEXT NOT NULL,
    salt TEXT NOT NULL,
    leaf TEXT NOT NULL,
    position BIGINT
);
CREATE UNIQUE INDEX evidence_entry_by_position ON evidence_entry (position);
CREATE INDEX evidence_entry_by_subject ON evidence_entry (subject, id);
CREATE INDEX evidence_entry_by_actor ON evidence_entry (actor, id);
CREATE INDEX evidence_entry_by_kind ON evidence_entry (kind, id);
CREATE INDEX evidence_entry_waiting ON evidence_entry (id) WHERE position IS NULL;
CREATE TABLE evidence_row (
    id TEXT PRIMARY KEY,
    entry_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    seq BIGINT NOT NULL
);
CREATE TABLE evidence_tile (
    id TEXT PRIMARY KEY,
    hashes {blob} NOT NULL
);
CREATE TABLE evidence_checkpoint (
    id TEXT PRIMARY KEY,
    tree_size BIGINT NOT NULL,
    root TEXT NOT NULL,
    peaks TEXT NOT NULL,
    note TEXT NOT NULL,
    at_us BIGINT NOT NULL
);
