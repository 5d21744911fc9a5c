CREATE TABLE IF NOT EXISTS codeintel_retention_policies (
    name text PRIMARY KEY,
    ref_kind text NOT NULL,
    ref_pattern text NOT NULL DEFAULT '*',
    keep_for interval,
    protected boolean NOT NULL DEFAULT false,
    CONSTRAINT codeintel_retention_policies_ref_kind_known
        CHECK (ref_kind IN ('tip', 'branch', 'tag', 'commit')),
    CONSTRAINT codeintel_retention_policies_keep_positive CHECK (keep_for > interval '0')
);

COMMENT ON COLUMN codeintel_retention_policies.keep_for IS
    'How long uploads are kept. NULL is for ever.';
COMMENT ON COLUMN codeintel_retention_policies.protected IS
    'Came with the product and cannot be deleted.';

INSERT INTO codeintel_retention_policies (name, ref_kind, keep_for, protected) VALUES
    ('default-branch-tip', 'tip', NULL, true),
    ('branches', 'branch', interval '90 days', true),
    ('tags', 'tag', interval '1 year', true),
    ('loose-commits', 'commit', interval '14 days', true)
ON CONFLICT (name) DO NOTHING;

CREATE OR REPLACE FUNCTION codeintel_forbid_protected_delete() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'Cannot delete the retention policy "%": it is protected', OLD.name
        USING ERRCODE = 'check_violation', HINT = 'Set keep_for instead.';
END
$$;

DROP TRIGGER IF EXISTS codeintel_retention_policies_protect ON codeintel_retention_policies;
CREATE TRIGGER codeintel_retention_policies_protect
    BEFORE DELETE ON codeintel_retention_policies
    FOR EACH ROW
    WHEN (OLD.protected)
    EXECUTE FUNCTION codeintel_forbid_protected_delete();
