-- What an application under way is about, such as a birth on record: one application at a time.
CREATE TABLE case_about (
    about TEXT PRIMARY KEY,
    case_id TEXT NOT NULL
);
CREATE INDEX case_about_case ON case_about (case_id);
