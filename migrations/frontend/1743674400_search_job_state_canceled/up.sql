-- Alone in its migration: a new value may not be used in the transaction that adds it.
ALTER TYPE search_job_state ADD VALUE IF NOT EXISTS 'canceled';
