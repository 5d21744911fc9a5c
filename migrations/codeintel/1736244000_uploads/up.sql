-- Repositories are in the database frontend, which may be on another server. Therefore repository_id has
-- no foreign key.
CREATE TYPE codeintel_upload_state AS ENUM ('uploading', 'queued', 'processing', 'completed', 'errored');

CREATE TABLE codeintel_uploads (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    repository_id bigint NOT NULL,
    commit_sha text NOT NULL,
    root text NOT NULL DEFAULT '',
    indexer text NOT NULL,
    state codeintel_upload_state NOT NULL DEFAULT 'uploading',
    size_bytes bigint,
    attempts smallint NOT NULL DEFAULT 0,
    worker text,
    leased_until timestamptz,
    failure text,
    uploaded_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    CONSTRAINT codeintel_uploads_commit_shape CHECK (commit_sha ~ '^[0-9a-f]{40}([0-9a-f]{24})?$'),
    CONSTRAINT codeintel_uploads_root_relative CHECK (root NOT LIKE '/%')
);

COMMENT ON TABLE codeintel_uploads IS
    'One file of code intelligence data per commit, root and indexer.';
COMMENT ON COLUMN codeintel_uploads.commit_sha IS 'SHA-1 or SHA-256, in lower case.';
COMMENT ON COLUMN codeintel_uploads.root IS
    'Directory that was indexed, relative to the repository. Empty is all of it.';

CREATE INDEX codeintel_uploads_commit_idx ON codeintel_uploads (repository_id, commit_sha);

-- Partial: the index stays as small as the queue.
CREATE INDEX codeintel_uploads_open_idx ON codeintel_uploads (uploaded_at)
    WHERE state IN ('queued', 'processing');
