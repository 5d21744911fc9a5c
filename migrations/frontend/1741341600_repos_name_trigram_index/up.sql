-- For "contains" searches in the repository picker. A GIN index over trigrams takes long to build. It is
-- built concurrently, because repositories are synced meanwhile.
CREATE INDEX CONCURRENTLY IF NOT EXISTS repos_name_trigram_idx
    ON repos USING gin (lower(name::text) gin_trgm_ops);
