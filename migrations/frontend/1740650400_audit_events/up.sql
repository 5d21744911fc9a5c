-- No foreign keys: the log outlives the users and objects that it mentions.
CREATE TABLE IF NOT EXISTS audit_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    occurred_at timestamptz NOT NULL DEFAULT now(),
    actor_id bigint,
    action text NOT NULL,
    subject_kind text NOT NULL,
    subject_id bigint,
    detail jsonb NOT NULL DEFAULT '{}'
);

COMMENT ON TABLE audit_events IS 'Who did what. Rows are only ever added.';

-- Rows arrive in the order of time, so a BRIN index finds a day at a thousandth of the size of a btree.
CREATE INDEX IF NOT EXISTS audit_events_occurred_idx ON audit_events USING brin (occurred_at);
CREATE INDEX IF NOT EXISTS audit_events_actor_idx ON audit_events (actor_id, occurred_at DESC);

CREATE OR REPLACE FUNCTION record_access_token_event() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO audit_events (actor_id, action, subject_kind, subject_id)
        VALUES (NEW.user_id, 'token.created', 'access_token', NEW.id);
    ELSIF OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL THEN
        INSERT INTO audit_events (actor_id, action, subject_kind, subject_id)
        VALUES (NEW.user_id, 'token.revoked', 'access_token', NEW.id);
    END IF;
    RETURN NULL;
END
$$;

-- OF revoked_at: an UPDATE of last_used_at, which each use of a token makes, must not fire the trigger.
DROP TRIGGER IF EXISTS access_tokens_audit ON access_tokens;
CREATE TRIGGER access_tokens_audit
    AFTER INSERT OR UPDATE OF revoked_at ON access_tokens
    FOR EACH ROW
    EXECUTE FUNCTION record_access_token_event();
