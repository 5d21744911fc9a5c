DROP FUNCTION IF EXISTS enqueue_search_job(bigint, text);
DROP VIEW IF EXISTS search_job_progress;
