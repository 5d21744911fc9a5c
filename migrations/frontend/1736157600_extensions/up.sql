-- Both extensions are trusted, so the owner of the database may install them without being superuser.
-- Where that right is withheld, a DBA runs these two lines by hand and the migration is skipped.
CREATE EXTENSION IF NOT EXISTS citext;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
