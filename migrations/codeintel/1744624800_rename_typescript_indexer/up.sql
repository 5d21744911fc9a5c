-- The old name stays as an alias, so pipelines and older workers still find the indexer.
-- Its jobs follow through ON UPDATE CASCADE.
UPDATE codeintel_indexers
SET name = 'index-typescript', aliases = array_append(aliases, 'index-ts')
WHERE name = 'index-ts';
