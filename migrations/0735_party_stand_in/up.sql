CREATE TABLE stand_in (
    id TEXT PRIMARY KEY,
    officer TEXT NOT NULL,
    deputy TEXT NOT NULL,
    deputy_name TEXT NOT NULL,
    from_us BIGINT NOT NULL,
    until_us BIGINT NOT NULL,
    reason TEXT NOT NULL,
    made_us BIGINT NOT NULL,
    ended_us BIGINT NOT NULL
);
CREATE INDEX stand_in_by_officer ON stand_in (officer, until_us);
CREATE INDEX stand_in_by_deputy ON stand_in (deputy, until_us);
INSERT INTO stand_in (id, officer, deputy, deputy_name, from_us, until_us, reason, made_us, ended_us)
    SELECT id, officer, deputy, deputy_name, from_us, until_us, reason, made_us, ended_us FROM case_stand_in;
