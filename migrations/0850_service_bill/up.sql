CREATE TABLE bill (
    id TEXT PRIMARY KEY,
    number TEXT NOT NULL,
    case_id TEXT NOT NULL,
    case_number TEXT NOT NULL,
    item TEXT NOT NULL,
    agency TEXT NOT NULL,
    division TEXT NOT NULL,
    amount_fen BIGINT NOT NULL,
    fees TEXT NOT NULL,
    receipt_class TEXT NOT NULL,
    waits BIGINT NOT NULL,
    state TEXT NOT NULL,
    made_us BIGINT NOT NULL,
    paid_us BIGINT NOT NULL,
    paid_day TEXT NOT NULL,
    how TEXT NOT NULL,
    reference TEXT NOT NULL,
    paid_by TEXT NOT NULL,
    paid_party TEXT NOT NULL,
    paid_name TEXT NOT NULL,
    revision BIGINT NOT NULL
);
CREATE UNIQUE INDEX bill_by_number ON bill (number);
CREATE UNIQUE INDEX bill_by_case ON bill (case_id) WHERE state <> 'reversed';
CREATE INDEX bill_of_case ON bill (case_id, id);
CREATE INDEX bill_by_agency ON bill (agency, id);
CREATE INDEX bill_by_day ON bill (agency, paid_day);
CREATE TABLE bill_receipt (
    id TEXT PRIMARY KEY,
    bill TEXT NOT NULL,
    agency TEXT NOT NULL,
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    number TEXT NOT NULL,
    check_code TEXT NOT NULL,
    amount_fen BIGINT NOT NULL,
    at_us BIGINT NOT NULL,
    day TEXT NOT NULL,
    name TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE UNIQUE INDEX bill_receipt_by_number ON bill_receipt (code, number);
CREATE UNIQUE INDEX bill_receipt_by_bill ON bill_receipt (bill, kind);
CREATE INDEX bill_receipt_by_day ON bill_receipt (agency, day);
CREATE TABLE bill_sequence (
    name TEXT PRIMARY KEY,
    last BIGINT NOT NULL
);
CREATE TABLE bill_statement (
    id TEXT PRIMARY KEY,
    agency TEXT NOT NULL,
    digest TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    name TEXT NOT NULL,
    lines BIGINT NOT NULL,
    good BIGINT NOT NULL
);
CREATE UNIQUE INDEX bill_statement_by_digest ON bill_statement (agency, digest);
CREATE TABLE bill_line (
    statement TEXT NOT NULL,
    line BIGINT NOT NULL,
    agency TEXT NOT NULL,
    number TEXT NOT NULL,
    amount_fen BIGINT NOT NULL,
    day TEXT NOT NULL,
    reference TEXT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (statement, line)
);
CREATE INDEX bill_line_by_reference ON bill_line (agency, reference);
CREATE INDEX bill_line_by_day ON bill_line (agency, day);
