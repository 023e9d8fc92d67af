-- Whether the agent may apply in the principal's place, and whom a request named, as far as the
-- agent may be shown it.
ALTER TABLE delegation ADD COLUMN may_apply BIGINT;
ALTER TABLE delegation ADD COLUMN named TEXT;
ALTER TABLE delegation ADD COLUMN pair_index TEXT;
