-- Step 1 of 4. Settings and feature flags have names instead of numbers, so the audit log could not refer
-- to them. This adds a key beside the number. Old applications continue to use subject_id.
-- Nullable and without a default: no row is rewritten.
ALTER TABLE audit_events ADD COLUMN IF NOT EXISTS subject_key text;

COMMENT ON COLUMN audit_events.subject_key IS
    'Number or name of the subject, depending on its kind.';

-- The log is append-only, so a trigger on INSERT is enough. Whichever column an application writes, the
-- trigger fills in the other, unless the key is a name.
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

-- NOT VALID: it holds for new rows from now on. Finalizing validates it once all old rows are copied.
ALTER TABLE audit_events
    DROP CONSTRAINT IF EXISTS audit_events_subject_copied,
    ADD CONSTRAINT audit_events_subject_copied
        CHECK (subject_id IS NULL OR subject_key IS NOT NULL) NOT VALID;
