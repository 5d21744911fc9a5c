-- For "contains" in the repository picker. GIN over trigrams is slow to build, hence CONCURRENTLY:
-- repositories go on being synced meanwhile.
CREATE INDEX CONCURRENTLY IF NOT EXISTS repos_name_trigram_idx
    ON repos USING gin (lower(name::text) gin_trgm_ops);
