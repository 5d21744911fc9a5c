UPDATE codeintel_indexers
SET name = 'index-ts', aliases = array_remove(aliases, 'index-ts')
WHERE name = 'index-typescript';
