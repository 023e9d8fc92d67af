CREATE TABLE rating (
    id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL,
    item TEXT NOT NULL,
    agency TEXT NOT NULL,
    division TEXT NOT NULL,
    person TEXT NOT NULL,
    rated TEXT NOT NULL,
    channel TEXT NOT NULL,
    stars BIGINT NOT NULL,
    dimensions TEXT NOT NULL,
    comment {blob} NOT NULL,
    bad BIGINT NOT NULL,
    open BIGINT NOT NULL,
    annulled BIGINT NOT NULL,
    at_us BIGINT NOT NULL
);
CREATE UNIQUE INDEX rating_by_case ON rating (case_id);
CREATE INDEX rating_by_agency ON rating (agency, id);
CREATE INDEX rating_by_division ON rating (division, id);
CREATE TABLE rating_task (
    id TEXT PRIMARY KEY,
    rating_id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    item TEXT NOT NULL,
    agency TEXT NOT NULL,
    division TEXT NOT NULL,
    rated TEXT NOT NULL,
    phase TEXT NOT NULL,
    open BIGINT NOT NULL,
    due_us BIGINT NOT NULL,
    appealed BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    state {blob} NOT NULL
);
CREATE UNIQUE INDEX rating_task_by_rating ON rating_task (rating_id);
CREATE INDEX rating_task_by_agency ON rating_task (agency, open, due_us, id);
CREATE INDEX rating_task_by_division ON rating_task (division, open, due_us, id);
CREATE TABLE rating_tally (
    division TEXT NOT NULL,
    agency TEXT NOT NULL,
    item TEXT NOT NULL,
    stars BIGINT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (agency, item, stars)
);
CREATE INDEX rating_tally_by_division ON rating_tally (division, item, stars);
