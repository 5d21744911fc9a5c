DROP VIEW IF EXISTS insight_series_health;
DROP FUNCTION IF EXISTS insight_record_point(bigint, timestamptz, bigint, double precision);
