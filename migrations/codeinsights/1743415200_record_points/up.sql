-- Has two parents, because it needs both tables: a point may only be written outside a pause.
CREATE OR REPLACE FUNCTION insight_record_point(
    p_series bigint,
    p_at timestamptz,
    p_repository bigint,
    p_value double precision
) RETURNS boolean
    LANGUAGE plpgsql
AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM insight_pauses WHERE series_id = p_series AND during @> p_at) THEN
        RETURN false;
    END IF;

    PERFORM insight_ensure_month(p_at);

    -- After a retry the newer value counts.
    INSERT INTO insight_points (series_id, recorded_at, repository_id, value)
    VALUES (p_series, p_at, p_repository, p_value)
    ON CONFLICT (series_id, recorded_at, repository_id) DO UPDATE
    SET value = EXCLUDED.value;

    RETURN true;
END
$$;

COMMENT ON FUNCTION insight_record_point(bigint, timestamptz, bigint, double precision) IS
    'Writes one point. False when the series is paused at that moment.';

CREATE OR REPLACE VIEW insight_series_health AS
    SELECT
        s.id AS series_id,
        s.slug,
        s.enabled AND NOT EXISTS (
            SELECT 1 FROM insight_pauses i WHERE i.series_id = s.id AND i.during @> now()
        ) AS active,
        (SELECT max(p.recorded_at) FROM insight_points p WHERE p.series_id = s.id) AS last_point_at
    FROM insight_series s;

COMMENT ON VIEW insight_series_health IS
    'Whether each series is being recorded, and when it last was.';
