ALTER TABLE audit_events ADD COLUMN IF NOT EXISTS subject_id bigint;

-- All numbers at once, while nobody can write. It is fit for taking a release back, not for every day.
-- Names have no number: the older release could not have audited them.
UPDATE audit_events
SET subject_id = subject_key::bigint
WHERE subject_key ~ '^[0-9]{1,18}$';

ALTER TABLE audit_events
    ADD CONSTRAINT audit_events_subject_copied
        CHECK (subject_id IS NULL OR subject_key IS NOT NULL);

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
