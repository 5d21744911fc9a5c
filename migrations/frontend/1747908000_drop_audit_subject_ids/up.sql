-- Last step: nobody reads subject_id any more. Dropping a column only forgets it; no row is rewritten.
DROP TRIGGER audit_events_in_step ON audit_events;
DROP FUNCTION audit_events_keep_in_step();
ALTER TABLE audit_events
    DROP CONSTRAINT audit_events_subject_copied,
    DROP COLUMN subject_id;
