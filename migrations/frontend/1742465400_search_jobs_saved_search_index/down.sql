DROP INDEX IF EXISTS search_jobs_saved_search_idx;
