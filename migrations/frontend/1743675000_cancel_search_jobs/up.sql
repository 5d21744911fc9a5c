-- CREATE OR REPLACE VIEW can only add columns at the end. The running application needs that, too: it
-- must find all columns that it knows.
CREATE OR REPLACE VIEW search_job_progress AS
    SELECT
        j.id AS job_id,
        j.user_id,
        j.state,
        count(t.id) AS tasks,
        count(t.id) FILTER (WHERE t.state = 'completed') AS completed,
        count(t.id) FILTER (WHERE t.state = 'failed') AS failed,
        coalesce(sum(t.match_count), 0)::bigint AS matches,
        count(t.id) FILTER (WHERE t.state = 'canceled') AS canceled
    FROM search_jobs j
    LEFT JOIN search_job_tasks t ON t.job_id = j.id
    GROUP BY j.id, j.user_id, j.state;

CREATE OR REPLACE FUNCTION cancel_search_job(p_job bigint, p_actor bigint) RETURNS boolean
    LANGUAGE plpgsql
AS $$
BEGIN
    -- Update the job first: the session that gets its row lock decides how the job ends.
    UPDATE search_jobs
    SET state = 'canceled', finished_at = now()
    WHERE id = p_job AND state IN ('queued', 'processing');

    IF NOT FOUND THEN
        RETURN false;
    END IF;

    UPDATE search_job_tasks
    SET state = 'canceled', leased_until = NULL
    WHERE job_id = p_job AND state IN ('queued', 'processing');

    INSERT INTO audit_events (actor_id, action, subject_kind, subject_id)
    VALUES (p_actor, 'search_job.canceled', 'search_job', p_job);

    RETURN true;
END
$$;

COMMENT ON FUNCTION cancel_search_job(bigint, bigint) IS 'False when the job had already ended.';
