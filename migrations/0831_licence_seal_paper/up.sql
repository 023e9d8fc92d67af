CREATE TABLE seal_paper (
    id TEXT PRIMARY KEY,
    agency TEXT NOT NULL,
    number TEXT NOT NULL,
    title TEXT NOT NULL,
    addressee TEXT NOT NULL,
    body TEXT NOT NULL,
    digest TEXT NOT NULL,
    state TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_name TEXT NOT NULL,
    made_us BIGINT NOT NULL,
    ended_us BIGINT NOT NULL,
    document TEXT NOT NULL,
    revision BIGINT NOT NULL
);
CREATE INDEX seal_paper_by_agency ON seal_paper (agency, id);
CREATE TABLE seal_paper_turn (
    id TEXT PRIMARY KEY,
    paper TEXT NOT NULL,
    place BIGINT NOT NULL,
    record TEXT NOT NULL,
    agency TEXT NOT NULL,
    state TEXT NOT NULL,
    keeper TEXT NOT NULL,
    keeper_name TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    reason TEXT NOT NULL
);
CREATE UNIQUE INDEX seal_paper_turn_by_place ON seal_paper_turn (paper, place);
CREATE INDEX seal_paper_turn_by_agency ON seal_paper_turn (agency, paper);
