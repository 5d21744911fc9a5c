DROP VIEW IF EXISTS codeintel_tip_uploads;
DROP FUNCTION IF EXISTS codeintel_set_tip(bigint, text, text, boolean);
DROP TABLE IF EXISTS codeintel_branch_tips;
