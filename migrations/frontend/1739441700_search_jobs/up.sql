CREATE TYPE search_job_state AS ENUM ('queued', 'processing', 'completed', 'failed');

COMMENT ON TYPE search_job_state IS
    'State of a search job, or of its task for one repository.';

CREATE TABLE search_jobs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    query text NOT NULL,
    state search_job_state NOT NULL DEFAULT 'queued',
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);

CREATE INDEX search_jobs_user_idx ON search_jobs (user_id, created_at DESC);

CREATE TABLE search_job_tasks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id bigint NOT NULL REFERENCES search_jobs (id) ON DELETE CASCADE,
    repo_id bigint NOT NULL REFERENCES repos (id) ON DELETE CASCADE,
    state search_job_state NOT NULL DEFAULT 'queued',
    attempts smallint NOT NULL DEFAULT 0,
    worker text,
    leased_until timestamptz,
    match_count bigint,
    failure text,
    CONSTRAINT search_job_tasks_job_repo_key UNIQUE (job_id, repo_id)
);

COMMENT ON COLUMN search_job_tasks.leased_until IS
    'After this moment another worker may take the task over.';

CREATE INDEX search_job_tasks_repo_idx ON search_job_tasks (repo_id);

-- Partial: the index stays as small as the queue, however many finished tasks there are.
CREATE INDEX search_job_tasks_open_idx ON search_job_tasks (id)
    WHERE state IN ('queued', 'processing');

-- SKIP LOCKED: workers skip each other's rows instead of waiting for them.
CREATE FUNCTION claim_search_job_task(p_worker text, p_lease interval DEFAULT '1 minute') RETURNS bigint
    LANGUAGE plpgsql
AS $$
DECLARE
    v_task bigint;
BEGIN
    UPDATE search_job_tasks
    SET state = 'processing',
        worker = p_worker,
        attempts = attempts + 1,
        leased_until = now() + p_lease
    WHERE id = (
        SELECT t.id
        FROM search_job_tasks t
        WHERE t.state IN ('queued', 'processing')
            AND (t.state = 'queued' OR t.leased_until < now())
        ORDER BY t.id
        LIMIT 1
        FOR UPDATE SKIP LOCKED
    )
    RETURNING id INTO v_task;
    RETURN v_task;
END
$$;

COMMENT ON FUNCTION claim_search_job_task(text, interval) IS
    'Leases the oldest open task to a worker. NULL when there is nothing to do.';
