CREATE TABLE message (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL,
    template TEXT NOT NULL,
    args TEXT NOT NULL,
    link TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    read_us BIGINT NOT NULL,
    mail TEXT NOT NULL
);
CREATE INDEX message_by_person ON message (person_id, id);
CREATE INDEX message_unread ON message (person_id, read_us);
CREATE INDEX message_by_mail ON message (mail, id);
CREATE TABLE message_preference (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL,
    template TEXT NOT NULL,
    mail BIGINT NOT NULL
);
CREATE INDEX message_preference_by_person ON message_preference (person_id, template);
