CREATE TABLE stand_in_posts (
    id TEXT PRIMARY KEY
);
