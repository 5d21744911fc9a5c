-- A valid constraint cannot become NOT VALID again, so it is dropped and added. Neither step scans the
-- table.
ALTER TABLE audit_events
    DROP CONSTRAINT IF EXISTS audit_events_subject_copied,
    ADD CONSTRAINT audit_events_subject_copied
        CHECK (subject_id IS NULL OR subject_key IS NOT NULL) NOT VALID;

CREATE OR REPLACE FUNCTION record_access_token_event() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO audit_events (actor_id, action, subject_kind, subject_id)
        VALUES (NEW.user_id, 'token.created', 'access_token', NEW.id);
    ELSIF OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL THEN
        INSERT INTO audit_events (actor_id, action, subject_kind, subject_id)
        VALUES (NEW.user_id, 'token.revoked', 'access_token', NEW.id);
    END IF;
    RETURN NULL;
END
$$;

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
