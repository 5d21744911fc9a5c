-- Answers "who uses search jobs at all?" without reading every search job.
CREATE TABLE IF NOT EXISTS user_search_activity (
    user_id bigint PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    first_job_at timestamptz NOT NULL,
    last_job_at timestamptz NOT NULL
);

COMMENT ON TABLE user_search_activity IS
    'When each user first and last started a search job. Rows outlive the jobs.';

CREATE OR REPLACE FUNCTION note_search_user() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO user_search_activity AS a (user_id, first_job_at, last_job_at)
    VALUES (NEW.user_id, NEW.created_at, NEW.created_at)
    ON CONFLICT (user_id) DO UPDATE
    SET first_job_at = least(a.first_job_at, excluded.first_job_at),
        last_job_at = greatest(a.last_job_at, excluded.last_job_at);
    RETURN NULL;
END
$$;

DROP TRIGGER IF EXISTS search_jobs_note_user ON search_jobs;
CREATE TRIGGER search_jobs_note_user
    AFTER INSERT ON search_jobs
    FOR EACH ROW
    EXECUTE FUNCTION note_search_user();
