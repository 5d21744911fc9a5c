-- Takes its partitions along, those that were made since included.
DROP TABLE IF EXISTS insight_points;
DROP FUNCTION IF EXISTS insight_ensure_month(timestamptz);
