-- The scheduler asks every few seconds which enabled series are due.
CREATE INDEX CONCURRENTLY IF NOT EXISTS insight_series_due_idx
    ON insight_series (next_capture_at)
    WHERE enabled;
