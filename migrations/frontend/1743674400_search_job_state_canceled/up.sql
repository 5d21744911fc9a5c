-- Alone in its migration: a new enum value cannot be used in the transaction that adds it.
ALTER TYPE search_job_state ADD VALUE IF NOT EXISTS 'canceled';
