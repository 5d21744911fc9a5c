-- Settings and feature flags have names, not numbers, so what happens to them could not be audited.
-- First of five steps. Old applications go on with subject_id; nothing is taken from them yet.
-- Nullable and without a default: no row is touched.
ALTER TABLE audit_events ADD COLUMN IF NOT EXISTS subject_key text;

COMMENT ON COLUMN audit_events.subject_key IS
    'Number or name of the subject, as its kind has it.';

-- Rows are only ever added, so it is enough to look at new ones. Whichever an application writes, the
-- other follows, as far as a number can.
CREATE OR REPLACE FUNCTION audit_events_keep_in_step() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    IF NEW.subject_key IS NULL THEN
        NEW.subject_key := NEW.subject_id::text;
    ELSIF NEW.subject_id IS NULL AND NEW.subject_key ~ '^[0-9]{1,18}$' THEN
        NEW.subject_id := NEW.subject_key::bigint;
    END IF;
    RETURN NEW;
END
$$;

DROP TRIGGER IF EXISTS audit_events_in_step ON audit_events;
CREATE TRIGGER audit_events_in_step
    BEFORE INSERT ON audit_events
    FOR EACH ROW
    EXECUTE FUNCTION audit_events_keep_in_step();

-- NOT VALID: it holds for new rows from now on, and is validated when the old ones are copied.
ALTER TABLE audit_events
    DROP CONSTRAINT IF EXISTS audit_events_subject_copied,
    ADD CONSTRAINT audit_events_subject_copied
        CHECK (subject_id IS NULL OR subject_key IS NOT NULL) NOT VALID;
