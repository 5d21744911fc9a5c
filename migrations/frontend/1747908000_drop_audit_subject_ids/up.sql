-- Step 4 of 4: no running application reads subject_id any more. Dropping a column rewrites no row.
DROP TRIGGER audit_events_in_step ON audit_events;
DROP FUNCTION audit_events_keep_in_step();
ALTER TABLE audit_events
    DROP CONSTRAINT audit_events_subject_copied,
    DROP COLUMN subject_id;
