-- Without this index, deleting a saved search would scan all search jobs to set their link to NULL.
CREATE INDEX CONCURRENTLY IF NOT EXISTS search_jobs_saved_search_idx
    ON search_jobs (saved_search_id)
    WHERE saved_search_id IS NOT NULL;
