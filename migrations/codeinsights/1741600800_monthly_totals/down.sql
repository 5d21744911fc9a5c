DROP MATERIALIZED VIEW IF EXISTS insight_monthly_totals;
