ALTER TABLE archive_folder ADD COLUMN addition BIGINT;
DROP INDEX archive_folder_by_case;
CREATE UNIQUE INDEX archive_folder_by_case ON archive_folder (case_id, revision, (COALESCE(addition, 0)));
