CREATE TABLE registry_cycle (
    registry TEXT PRIMARY KEY,
    confirmed_us BIGINT NOT NULL
);
