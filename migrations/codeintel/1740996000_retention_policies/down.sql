DROP TABLE IF EXISTS codeintel_retention_policies;
DROP FUNCTION IF EXISTS codeintel_forbid_protected_delete();
