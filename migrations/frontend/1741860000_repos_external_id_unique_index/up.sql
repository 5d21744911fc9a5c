-- A unique index, not a constraint: only an index can be built without blocking writers, and only an
-- index can leave out deleted repositories. The sync has merged such pairs since it was written;
-- if the build still finds one, it fails and names it.
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS repos_external_id_key
    ON repos (code_host_id, external_id)
    WHERE deleted_at IS NULL;
