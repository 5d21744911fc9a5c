DROP INDEX IF EXISTS repos_name_trigram_idx;
