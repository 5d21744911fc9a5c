-- Reads the whole table, but under a lock that lets reads and writes go on. That is what NOT VALID was for.
ALTER TABLE search_jobs VALIDATE CONSTRAINT search_jobs_query_length;
ALTER TABLE search_jobs VALIDATE CONSTRAINT search_jobs_saved_search_fkey;
