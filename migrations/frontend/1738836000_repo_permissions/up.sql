CREATE TABLE IF NOT EXISTS user_repo_permissions (
    user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    repo_id bigint NOT NULL REFERENCES repos (id) ON DELETE CASCADE,
    origin text NOT NULL DEFAULT 'sync',
    synced_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, repo_id),
    CONSTRAINT user_repo_permissions_origin_known CHECK (origin IN ('sync', 'explicit'))
);

COMMENT ON COLUMN user_repo_permissions.origin IS
    'sync: copied from the code host. explicit: granted by an administrator.';

CREATE INDEX IF NOT EXISTS user_repo_permissions_repo_idx ON user_repo_permissions (repo_id);

CREATE OR REPLACE FUNCTION visible_repo_ids(p_user bigint) RETURNS SETOF bigint
    LANGUAGE sql
    STABLE
AS $$
    SELECT r.id
    FROM repos r
    WHERE r.deleted_at IS NULL
        AND (
            NOT r.private
            OR EXISTS (
                SELECT 1
                FROM user_repo_permissions p
                WHERE p.user_id = p_user AND p.repo_id = r.id
            )
        )
$$;

COMMENT ON FUNCTION visible_repo_ids(bigint) IS 'The repositories that a user may see.';
