DROP TABLE IF EXISTS insight_dashboard_series;
DROP TABLE IF EXISTS insight_series;
DROP TABLE IF EXISTS insight_dashboards;
