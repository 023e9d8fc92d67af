-- Whose program a token was given to, the key it is bound to (its SHA-256 thumbprint; empty for a
-- bearer's), and the credential it led to, so that a code shown twice ends that too.
ALTER TABLE credential_offer ADD COLUMN client TEXT NOT NULL DEFAULT '';
ALTER TABLE credential_offer ADD COLUMN token_key TEXT NOT NULL DEFAULT '';
ALTER TABLE credential_offer ADD COLUMN credential TEXT NOT NULL DEFAULT '';
-- The key to which a code is bound when the request was pushed with one.
ALTER TABLE credential_request ADD COLUMN code_key TEXT NOT NULL DEFAULT '';
