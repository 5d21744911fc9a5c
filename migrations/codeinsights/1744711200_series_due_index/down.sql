DROP INDEX IF EXISTS insight_series_due_idx;
