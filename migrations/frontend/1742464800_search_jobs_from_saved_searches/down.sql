ALTER TABLE search_jobs DROP CONSTRAINT IF EXISTS search_jobs_saved_search_fkey;
ALTER TABLE search_jobs DROP CONSTRAINT IF EXISTS search_jobs_query_length;
ALTER TABLE search_jobs DROP COLUMN IF EXISTS saved_search_id;
