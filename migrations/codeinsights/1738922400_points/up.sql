CREATE TABLE IF NOT EXISTS insight_points (
    series_id bigint NOT NULL REFERENCES insight_series (id) ON DELETE CASCADE,
    recorded_at timestamptz NOT NULL,
    repository_id bigint NOT NULL,
    value double precision NOT NULL,
    PRIMARY KEY (series_id, recorded_at, repository_id)
) PARTITION BY RANGE (recorded_at);

COMMENT ON TABLE insight_points IS
    'Measured values. Old months are dropped partition by partition.';

-- There is no default partition. With one, PostgreSQL would scan it for each new month, under a lock that
-- blocks readers. Instead, writers call this function first.
CREATE OR REPLACE FUNCTION insight_ensure_month(p_at timestamptz) RETURNS text
    LANGUAGE plpgsql
AS $$
DECLARE
    -- Months start in UTC, whatever the time zone of the session.
    v_first timestamp := date_trunc('month', p_at AT TIME ZONE 'UTC');
    v_name text := 'insight_points_' || to_char(v_first, 'YYYY_MM');
BEGIN
    IF to_regclass(quote_ident(v_name)) IS NULL THEN
        EXECUTE format(
            'CREATE TABLE IF NOT EXISTS %I PARTITION OF insight_points FOR VALUES FROM (%L) TO (%L)',
            v_name,
            v_first AT TIME ZONE 'UTC',
            (v_first + interval '1 month') AT TIME ZONE 'UTC'
        );
    END IF;
    RETURN v_name;
END
$$;

COMMENT ON FUNCTION insight_ensure_month(timestamptz) IS
    'Creates the partition that a moment falls into and returns its name.';

-- Fixed months instead of now(), so that the migration creates the same schema on every server.
CREATE TABLE IF NOT EXISTS insight_points_2025_01 PARTITION OF insight_points
    FOR VALUES FROM ('2025-01-01 00:00:00+00') TO ('2025-02-01 00:00:00+00');
CREATE TABLE IF NOT EXISTS insight_points_2025_02 PARTITION OF insight_points
    FOR VALUES FROM ('2025-02-01 00:00:00+00') TO ('2025-03-01 00:00:00+00');
CREATE TABLE IF NOT EXISTS insight_points_2025_03 PARTITION OF insight_points
    FOR VALUES FROM ('2025-03-01 00:00:00+00') TO ('2025-04-01 00:00:00+00');
