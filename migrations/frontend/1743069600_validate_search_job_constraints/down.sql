-- A valid constraint cannot become NOT VALID again, so each one is dropped and added. Neither step scans
-- the table.
ALTER TABLE search_jobs
    DROP CONSTRAINT IF EXISTS search_jobs_query_length,
    ADD CONSTRAINT search_jobs_query_length
        CHECK (char_length(query) BETWEEN 1 AND 10000) NOT VALID;

ALTER TABLE search_jobs
    DROP CONSTRAINT IF EXISTS search_jobs_saved_search_fkey,
    ADD CONSTRAINT search_jobs_saved_search_fkey
        FOREIGN KEY (saved_search_id) REFERENCES saved_searches (id) ON DELETE SET NULL NOT VALID;
