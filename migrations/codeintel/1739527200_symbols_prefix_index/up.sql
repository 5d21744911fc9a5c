-- text_pattern_ops lets LIKE 'prefix%' use the index under any collation. The index is built concurrently,
-- because this is the product's largest table and uploads continue during the build.
CREATE INDEX CONCURRENTLY IF NOT EXISTS codeintel_symbols_prefix_idx
    ON codeintel_symbols (name_folded text_pattern_ops);
