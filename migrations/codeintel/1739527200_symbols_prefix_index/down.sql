DROP INDEX IF EXISTS codeintel_symbols_prefix_idx;
