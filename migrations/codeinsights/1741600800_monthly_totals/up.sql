CREATE MATERIALIZED VIEW IF NOT EXISTS insight_monthly_totals AS
    SELECT
        p.series_id,
        date_trunc('month', p.recorded_at AT TIME ZONE 'UTC')::date AS month,
        count(*) AS points,
        avg(p.value) AS mean_value
    FROM insight_points p
    GROUP BY 1, 2;

COMMENT ON MATERIALIZED VIEW insight_monthly_totals IS 'Refreshed every night. The charts of whole years read it.';

-- REFRESH MATERIALIZED VIEW CONCURRENTLY requires a unique index.
CREATE UNIQUE INDEX IF NOT EXISTS insight_monthly_totals_key ON insight_monthly_totals (series_id, month);
