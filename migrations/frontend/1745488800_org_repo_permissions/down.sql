-- Replace the function before dropping the table that it reads.
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

DROP TABLE IF EXISTS org_repo_permissions;
