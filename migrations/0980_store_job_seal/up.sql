-- What shows that work owed was not changed by hand; none of what is from before until it is sealed.
ALTER TABLE job ADD COLUMN seal TEXT;
