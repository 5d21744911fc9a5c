ALTER TABLE feature_flags VALIDATE CONSTRAINT feature_flags_percent_range;
ALTER TABLE feature_flags VALIDATE CONSTRAINT feature_flags_percent_present;

-- The valid constraint proves that there are no nulls, so SET NOT NULL need not look for them.
ALTER TABLE feature_flags ALTER COLUMN rollout_percent SET NOT NULL;

-- NOT NULL now says the same.
ALTER TABLE feature_flags DROP CONSTRAINT feature_flags_percent_present;
