CREATE TABLE case_offered (
    case_id TEXT PRIMARY KEY,
    agency TEXT NOT NULL
);
CREATE INDEX case_offered_to ON case_offered (agency, case_id);
