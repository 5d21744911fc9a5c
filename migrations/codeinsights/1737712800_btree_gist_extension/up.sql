-- The constraint that forbids overlapping pauses combines "=" on bigint with "&&" on ranges.
-- PostgreSQL needs btree_gist for that.
CREATE EXTENSION IF NOT EXISTS btree_gist;
