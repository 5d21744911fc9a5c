-- The old name stays as an alias, so that pipelines and older workers still find the indexer.
-- ON UPDATE CASCADE renames it in the jobs, too.
UPDATE codeintel_indexers
SET name = 'index-typescript', aliases = array_append(aliases, 'index-ts')
WHERE name = 'index-ts';
