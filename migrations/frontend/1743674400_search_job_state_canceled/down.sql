-- An enum value cannot be dropped, so this creates the type anew and converts the columns. That rewrites
-- both tables and blocks all access to them meanwhile: use it to go back a release, not in daily work.
-- The view, the partial index and the defaults depend on the columns, so they are dropped first.
DROP VIEW IF EXISTS search_job_progress;
DROP INDEX IF EXISTS search_job_tasks_open_idx;

ALTER TABLE search_jobs ALTER COLUMN state DROP DEFAULT;
ALTER TABLE search_job_tasks ALTER COLUMN state DROP DEFAULT;

ALTER TYPE search_job_state RENAME TO search_job_state_with_canceled;
CREATE TYPE search_job_state AS ENUM ('queued', 'processing', 'completed', 'failed');
COMMENT ON TYPE search_job_state IS
    'State of a search job, or of its task for one repository.';

-- The older release does not know the state canceled. It sees such jobs as failed.
ALTER TABLE search_jobs ALTER COLUMN state TYPE search_job_state
    USING (CASE state::text WHEN 'canceled' THEN 'failed' ELSE state::text END)::search_job_state;
ALTER TABLE search_job_tasks ALTER COLUMN state TYPE search_job_state
    USING (CASE state::text WHEN 'canceled' THEN 'failed' ELSE state::text END)::search_job_state;

DROP TYPE search_job_state_with_canceled;

ALTER TABLE search_jobs ALTER COLUMN state SET DEFAULT 'queued';
ALTER TABLE search_job_tasks ALTER COLUMN state SET DEFAULT 'queued';

CREATE INDEX search_job_tasks_open_idx ON search_job_tasks (id)
    WHERE state IN ('queued', 'processing');

CREATE VIEW search_job_progress AS
    SELECT
        j.id AS job_id,
        j.user_id,
        j.state,
        count(t.id) AS tasks,
        count(t.id) FILTER (WHERE t.state = 'completed') AS completed,
        count(t.id) FILTER (WHERE t.state = 'failed') AS failed,
        coalesce(sum(t.match_count), 0)::bigint AS matches
    FROM search_jobs j
    LEFT JOIN search_job_tasks t ON t.job_id = j.id
    GROUP BY j.id, j.user_id, j.state;

COMMENT ON VIEW search_job_progress IS 'One row per search job, for the progress bar.';
