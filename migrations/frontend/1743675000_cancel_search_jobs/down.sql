DROP FUNCTION IF EXISTS cancel_search_job(bigint, bigint);

-- A column cannot be removed from a view, so the view is dropped and created again.
DROP VIEW IF EXISTS search_job_progress;

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
