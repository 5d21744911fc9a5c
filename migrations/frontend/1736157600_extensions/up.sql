-- Both extensions are trusted: the owner of the database can install them without superuser rights.
-- Where the role is not the owner, an administrator runs these two lines (up --noop-privileged).
CREATE EXTENSION IF NOT EXISTS citext;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
