-- Numbers are in both columns, so dropping the keys loses only names, which nobody wrote before.
ALTER TABLE audit_events DROP CONSTRAINT IF EXISTS audit_events_subject_copied;
DROP TRIGGER IF EXISTS audit_events_in_step ON audit_events;
DROP FUNCTION IF EXISTS audit_events_keep_in_step();
ALTER TABLE audit_events DROP COLUMN IF EXISTS subject_key;
