DROP TABLE IF EXISTS insight_pauses;
