CREATE TABLE IF NOT EXISTS org_repo_permissions (
    org_id bigint NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    repo_id bigint NOT NULL REFERENCES repos (id) ON DELETE CASCADE,
    granted_by bigint REFERENCES users (id) ON DELETE SET NULL,
    granted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, repo_id)
);

COMMENT ON TABLE org_repo_permissions IS
    'Repositories that every member of an organisation may see.';

CREATE INDEX IF NOT EXISTS org_repo_permissions_repo_idx ON org_repo_permissions (repo_id);
CREATE INDEX IF NOT EXISTS org_repo_permissions_granted_by_idx ON org_repo_permissions (granted_by);

-- The name, the arguments and the result stay the same, so running applications use the new function with
-- their next query.
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
            OR EXISTS (
                SELECT 1
                FROM org_repo_permissions p
                JOIN org_members m ON m.org_id = p.org_id
                WHERE m.user_id = p_user AND p.repo_id = r.id
            )
        )
$$;
