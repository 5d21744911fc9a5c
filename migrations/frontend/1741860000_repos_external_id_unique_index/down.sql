DROP INDEX IF EXISTS repos_external_id_key;
