-- Also drops all partitions, including those that were created since.
DROP TABLE IF EXISTS insight_points;
DROP FUNCTION IF EXISTS insight_ensure_month(timestamptz);
