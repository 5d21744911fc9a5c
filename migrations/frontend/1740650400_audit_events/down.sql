DROP TRIGGER IF EXISTS access_tokens_audit ON access_tokens;
DROP FUNCTION IF EXISTS record_access_token_event();
DROP TABLE IF EXISTS audit_events;
