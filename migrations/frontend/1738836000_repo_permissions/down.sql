DROP FUNCTION IF EXISTS visible_repo_ids(bigint);
DROP TABLE IF EXISTS user_repo_permissions;
