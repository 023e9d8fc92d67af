-- A consignment of numbered blanks that an agency received.
CREATE TABLE licence_blank (
    id TEXT PRIMARY KEY,
    agency TEXT NOT NULL,
    type_id TEXT NOT NULL,
    series TEXT NOT NULL,
    first BIGINT NOT NULL,
    last BIGINT NOT NULL,
    source TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    account TEXT NOT NULL,
    name TEXT NOT NULL
);
CREATE INDEX licence_blank_by_series ON licence_blank (series, first);
CREATE INDEX licence_blank_by_agency ON licence_blank (agency, id);

-- Whoever receives blanks of a series holds its row, so that ranges never overlap.
CREATE TABLE licence_blank_series (
    id TEXT PRIMARY KEY,
    consignments BIGINT NOT NULL
);

-- A blank that was used: printed, or spoiled.
CREATE TABLE licence_print (
    id TEXT PRIMARY KEY,
    agency TEXT NOT NULL,
    type_id TEXT NOT NULL,
    serial TEXT NOT NULL,
    licence TEXT NOT NULL,
    place BIGINT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    ended_us BIGINT NOT NULL,
    ended_name TEXT NOT NULL,
    ended_reason TEXT NOT NULL
);
CREATE UNIQUE INDEX licence_print_serial ON licence_print (type_id, serial);
CREATE UNIQUE INDEX licence_print_one ON licence_print (licence) WHERE state = 'stands';
CREATE INDEX licence_print_by_licence ON licence_print (licence, id);
CREATE INDEX licence_print_by_agency ON licence_print (agency, id);

-- A count of what is left, by hand.
CREATE TABLE licence_blank_count (
    id TEXT PRIMARY KEY,
    agency TEXT NOT NULL,
    type_id TEXT NOT NULL,
    counted BIGINT NOT NULL,
    expected BIGINT NOT NULL,
    reason TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    account TEXT NOT NULL,
    name TEXT NOT NULL
);
CREATE INDEX licence_blank_count_by_agency ON licence_blank_count (agency, type_id, id);
