ALTER TABLE licence ADD COLUMN former TEXT;
ALTER TABLE licence ADD COLUMN origin TEXT;
CREATE UNIQUE INDEX licence_by_former ON licence (former);
