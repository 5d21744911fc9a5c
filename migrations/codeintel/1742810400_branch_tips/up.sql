CREATE TABLE IF NOT EXISTS codeintel_branch_tips (
    repository_id bigint NOT NULL,
    branch text NOT NULL,
    commit_sha text NOT NULL,
    is_default boolean NOT NULL DEFAULT false,
    PRIMARY KEY (repository_id, branch)
);

CREATE UNIQUE INDEX IF NOT EXISTS codeintel_branch_tips_default_key ON codeintel_branch_tips (repository_id)
    WHERE is_default;

CREATE OR REPLACE FUNCTION codeintel_set_tip(p_repository bigint, p_branch text, p_commit text, p_default boolean)
    RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    -- Clear the old default first. Otherwise the unique index rejects the new one.
    IF p_default THEN
        UPDATE codeintel_branch_tips
        SET is_default = false
        WHERE repository_id = p_repository AND is_default AND branch <> p_branch;
    END IF;

    INSERT INTO codeintel_branch_tips (repository_id, branch, commit_sha, is_default)
    VALUES (p_repository, p_branch, p_commit, p_default)
    ON CONFLICT (repository_id, branch) DO UPDATE
    SET commit_sha = EXCLUDED.commit_sha, is_default = EXCLUDED.is_default;
END
$$;

CREATE OR REPLACE VIEW codeintel_tip_uploads AS
    SELECT DISTINCT ON (t.repository_id, t.branch, u.root, u.indexer)
        t.repository_id,
        t.branch,
        u.root,
        u.indexer,
        u.id AS upload_id
    FROM codeintel_branch_tips t
    JOIN codeintel_uploads u ON u.repository_id = t.repository_id AND u.commit_sha = t.commit_sha
    WHERE u.state = 'completed'
    ORDER BY t.repository_id, t.branch, u.root, u.indexer, u.uploaded_at DESC, u.id DESC;

COMMENT ON VIEW codeintel_tip_uploads IS
    'The newest completed upload per branch tip, root and indexer.';
