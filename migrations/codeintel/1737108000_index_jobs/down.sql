DROP VIEW IF EXISTS codeintel_backlog;
DROP TABLE IF EXISTS codeintel_index_jobs;
DROP TABLE IF EXISTS codeintel_indexers;
