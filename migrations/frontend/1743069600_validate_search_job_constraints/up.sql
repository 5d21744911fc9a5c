-- VALIDATE scans the whole table, but its lock allows reads and writes. Therefore the constraints were
-- added as NOT VALID first.
ALTER TABLE search_jobs VALIDATE CONSTRAINT search_jobs_query_length;
ALTER TABLE search_jobs VALIDATE CONSTRAINT search_jobs_saved_search_fkey;
