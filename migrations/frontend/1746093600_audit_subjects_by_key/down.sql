-- Both columns have the numbers, so dropping the keys loses only names. No older release wrote any.
ALTER TABLE audit_events DROP CONSTRAINT IF EXISTS audit_events_subject_copied;
DROP TRIGGER IF EXISTS audit_events_in_step ON audit_events;
DROP FUNCTION IF EXISTS audit_events_keep_in_step();
ALTER TABLE audit_events DROP COLUMN IF EXISTS subject_key;
