-- What a program was given before it was closed, or got a new secret, is of an earlier generation than
-- the program's own; NULL is the first.
ALTER TABLE client_program ADD COLUMN generation BIGINT;
ALTER TABLE token_family ADD COLUMN generation BIGINT;
CREATE INDEX token_family_in_use_by_client ON token_family (client, id) WHERE revoked_us = 0;
