-- A unique index instead of a constraint: an index can be built without blocking writers, and it can
-- leave out deleted repositories. The sync has always merged duplicates. If the build finds one anyway,
-- it fails and names it.
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS repos_external_id_key
    ON repos (code_host_id, external_id)
    WHERE deleted_at IS NULL;
