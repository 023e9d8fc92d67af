-- The entry that records that the content of this one was erased; empty while it is there.
ALTER TABLE evidence_entry ADD COLUMN erased_by TEXT NOT NULL DEFAULT '';
