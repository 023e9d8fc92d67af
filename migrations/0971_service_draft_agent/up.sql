-- Who fills an application in and hands it in for its applicant.
ALTER TABLE draft ADD COLUMN agent TEXT;
CREATE INDEX draft_by_agent ON draft (agent, id) WHERE agent IS NOT NULL;
CREATE TABLE case_agent (
    case_id TEXT PRIMARY KEY,
    delegation_id TEXT NOT NULL,
    agent TEXT NOT NULL,
    at_us BIGINT NOT NULL
);
