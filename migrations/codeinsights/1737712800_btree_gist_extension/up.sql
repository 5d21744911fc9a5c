-- Pauses of one series must not overlap: the exclusion constraint needs "=" on bigint beside "&&" on ranges.
CREATE EXTENSION IF NOT EXISTS btree_gist;
