CREATE TABLE IF NOT EXISTS codeintel_indexers (
    name text PRIMARY KEY,
    language text NOT NULL,
    image text NOT NULL,
    aliases text[] NOT NULL DEFAULT '{}'
);

COMMENT ON COLUMN codeintel_indexers.aliases IS
    'Other names under which build pipelines ask for this indexer.';

INSERT INTO codeintel_indexers (name, language, image) VALUES
    ('index-go', 'Go', 'indexers/go:1'),
    ('index-python', 'Python', 'indexers/python:1'),
    ('index-ts', 'TypeScript', 'indexers/typescript:2')
ON CONFLICT (name) DO NOTHING;

-- ON UPDATE CASCADE: a renamed indexer keeps its jobs.
CREATE TABLE IF NOT EXISTS codeintel_index_jobs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    repository_id bigint NOT NULL,
    commit_sha text NOT NULL,
    root text NOT NULL DEFAULT '',
    indexer text NOT NULL REFERENCES codeintel_indexers (name) ON UPDATE CASCADE,
    steps jsonb NOT NULL DEFAULT '[]',
    queued_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz,
    exit_code integer,
    upload_id bigint REFERENCES codeintel_uploads (id) ON DELETE SET NULL,
    CONSTRAINT codeintel_index_jobs_steps_array CHECK (jsonb_typeof(steps) = 'array')
);

COMMENT ON COLUMN codeintel_index_jobs.upload_id IS 'What the job produced.';

CREATE INDEX IF NOT EXISTS codeintel_index_jobs_commit_idx ON codeintel_index_jobs (repository_id, commit_sha);
CREATE INDEX IF NOT EXISTS codeintel_index_jobs_indexer_idx ON codeintel_index_jobs (indexer);
CREATE INDEX IF NOT EXISTS codeintel_index_jobs_upload_idx ON codeintel_index_jobs (upload_id);
CREATE INDEX IF NOT EXISTS codeintel_index_jobs_waiting_idx ON codeintel_index_jobs (queued_at)
    WHERE started_at IS NULL;

CREATE OR REPLACE VIEW codeintel_backlog AS
    SELECT 'index' AS kind, repository_id, count(*) AS waiting, min(queued_at) AS oldest
    FROM codeintel_index_jobs
    WHERE started_at IS NULL
    GROUP BY repository_id
    UNION ALL
    SELECT 'upload' AS kind, repository_id, count(*) AS waiting, min(uploaded_at) AS oldest
    FROM codeintel_uploads
    WHERE state = 'queued'
    GROUP BY repository_id;

COMMENT ON VIEW codeintel_backlog IS 'Work that waits to be indexed or processed, per repository.';
