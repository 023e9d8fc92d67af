-- Whose a folder is that was taken in as a package; absent of those packed here.
ALTER TABLE archive_folder ADD COLUMN source TEXT;
