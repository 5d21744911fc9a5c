ALTER TABLE feature_flags
    DROP CONSTRAINT IF EXISTS feature_flags_percent_range,
    DROP CONSTRAINT IF EXISTS feature_flags_percent_present,
    ADD CONSTRAINT feature_flags_percent_range
        CHECK (rollout_percent BETWEEN 0 AND 100) NOT VALID,
    ADD CONSTRAINT feature_flags_percent_present
        CHECK (rollout_percent IS NOT NULL) NOT VALID;

ALTER TABLE feature_flags ALTER COLUMN rollout_percent DROP NOT NULL;
