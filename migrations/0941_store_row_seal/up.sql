CREATE TABLE row_seal (
    table_name TEXT NOT NULL,
    row_key TEXT NOT NULL,
    seal TEXT NOT NULL,
    PRIMARY KEY (table_name, row_key)
);
