ALTER TABLE audit_events ADD COLUMN IF NOT EXISTS subject_id bigint;

-- One UPDATE of the whole table, which blocks writers: use it to go back a release, not in daily work.
-- Keys that are names have no number. The older release could not have written them.
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
