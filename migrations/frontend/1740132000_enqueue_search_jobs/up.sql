-- Has two parents, because it needs the queue of one, and the permissions and the audit log of the other.
CREATE OR REPLACE VIEW search_job_progress AS
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

-- One function does all of it, so that nobody ever sees a job without its tasks.
CREATE OR REPLACE FUNCTION enqueue_search_job(p_user bigint, p_query text) RETURNS bigint
    LANGUAGE plpgsql
AS $$
DECLARE
    v_job bigint;
BEGIN
    INSERT INTO search_jobs (user_id, query)
    VALUES (p_user, p_query)
    RETURNING id INTO v_job;

    INSERT INTO search_job_tasks (job_id, repo_id)
    SELECT v_job, visible.repo_id
    FROM visible_repo_ids(p_user) AS visible (repo_id);

    INSERT INTO audit_events (actor_id, action, subject_kind, subject_id)
    VALUES (p_user, 'search_job.created', 'search_job', v_job);

    RETURN v_job;
END
$$;

COMMENT ON FUNCTION enqueue_search_job(bigint, text) IS
    'Creates a search job with one task per repository that the user may see.';
