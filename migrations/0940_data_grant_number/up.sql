ALTER TABLE data_grant ADD COLUMN number TEXT NOT NULL DEFAULT '';
UPDATE data_grant SET number = COALESCE((SELECT c.number FROM cases c WHERE c.id = data_grant.case_id), '');
