CREATE TABLE supervise_notice (
    id TEXT PRIMARY KEY,
    mark TEXT NOT NULL,
    number TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    live BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    case_id TEXT NOT NULL,
    case_number TEXT NOT NULL,
    item TEXT NOT NULL,
    agency TEXT NOT NULL,
    division TEXT NOT NULL,
    city TEXT NOT NULL,
    county TEXT NOT NULL,
    timer TEXT NOT NULL,
    due_us BIGINT NOT NULL,
    reason TEXT NOT NULL,
    opened_us BIGINT NOT NULL,
    opened_by TEXT NOT NULL,
    opened_name TEXT NOT NULL,
    opened_person TEXT NOT NULL,
    answer_due_us BIGINT NOT NULL,
    acknowledged_us BIGINT,
    acknowledged_name TEXT NOT NULL,
    explanation TEXT NOT NULL,
    mend TEXT NOT NULL,
    mend_by TEXT NOT NULL,
    answered_us BIGINT,
    answered_by TEXT NOT NULL,
    answered_name TEXT NOT NULL,
    answered_person TEXT NOT NULL,
    returned BIGINT NOT NULL,
    return_note TEXT NOT NULL,
    closed_us BIGINT,
    closed_by TEXT NOT NULL,
    closed_name TEXT NOT NULL,
    close_note TEXT NOT NULL
);
CREATE UNIQUE INDEX supervise_notice_mark ON supervise_notice (mark);
CREATE INDEX supervise_notice_live ON supervise_notice (live, id);
CREATE INDEX supervise_notice_city ON supervise_notice (city, live, id);
CREATE INDEX supervise_notice_county ON supervise_notice (county, live, id);
CREATE INDEX supervise_notice_agency ON supervise_notice (agency, live, id);
CREATE INDEX supervise_notice_case ON supervise_notice (case_id, id);
CREATE TABLE supervise_sequence (
    month TEXT PRIMARY KEY,
    last BIGINT NOT NULL
);
CREATE TABLE supervise_tally (
    metric TEXT NOT NULL,
    day BIGINT NOT NULL,
    division TEXT NOT NULL,
    agency TEXT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (metric, day, division, agency)
);
CREATE TABLE supervise_anomaly (
    id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    kind TEXT NOT NULL,
    case_number TEXT NOT NULL,
    item TEXT NOT NULL,
    agency TEXT NOT NULL,
    division TEXT NOT NULL,
    city TEXT NOT NULL,
    county TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    article TEXT NOT NULL
);
CREATE UNIQUE INDEX supervise_anomaly_once ON supervise_anomaly (case_id, kind, sequence);
CREATE INDEX supervise_anomaly_kind ON supervise_anomaly (kind, id);
CREATE INDEX supervise_anomaly_city ON supervise_anomaly (city, id);
CREATE INDEX supervise_anomaly_county ON supervise_anomaly (county, id);
