DROP TRIGGER IF EXISTS search_jobs_note_user ON search_jobs;
DROP FUNCTION IF EXISTS note_search_user();
DROP TABLE IF EXISTS user_search_activity;
