DROP FUNCTION IF EXISTS claim_search_job_task(text, interval);
DROP TABLE IF EXISTS search_job_tasks;
DROP TABLE IF EXISTS search_jobs;
DROP TYPE IF EXISTS search_job_state;
