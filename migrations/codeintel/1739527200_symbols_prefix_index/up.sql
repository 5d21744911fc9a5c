-- text_pattern_ops: LIKE 'prefix%' can use the index whatever the collation of the database.
-- This is the largest table of the product, and uploads go on while the index is built.
CREATE INDEX CONCURRENTLY IF NOT EXISTS codeintel_symbols_prefix_idx
    ON codeintel_symbols (name_folded text_pattern_ops);
