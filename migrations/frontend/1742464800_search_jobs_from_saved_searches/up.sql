-- Nullable and without a default: no row is rewritten.
ALTER TABLE search_jobs ADD COLUMN IF NOT EXISTS saved_search_id bigint;

COMMENT ON COLUMN search_jobs.saved_search_id IS
    'The saved search that the job was started from, if any.';

-- NOT VALID: PostgreSQL checks new rows from now on, but does not scan the old ones under a lock that
-- blocks writers. Migration 1743069600 validates both constraints.
ALTER TABLE search_jobs
    DROP CONSTRAINT IF EXISTS search_jobs_query_length,
    ADD CONSTRAINT search_jobs_query_length
        CHECK (char_length(query) BETWEEN 1 AND 10000) NOT VALID;

ALTER TABLE search_jobs
    DROP CONSTRAINT IF EXISTS search_jobs_saved_search_fkey,
    ADD CONSTRAINT search_jobs_saved_search_fkey
        FOREIGN KEY (saved_search_id) REFERENCES saved_searches (id) ON DELETE SET NULL NOT VALID;
