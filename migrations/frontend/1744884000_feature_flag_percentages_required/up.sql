ALTER TABLE feature_flags VALIDATE CONSTRAINT feature_flags_percent_range;
ALTER TABLE feature_flags VALIDATE CONSTRAINT feature_flags_percent_present;

-- The valid constraint proves that there are no nulls, so SET NOT NULL does not scan the table.
ALTER TABLE feature_flags ALTER COLUMN rollout_percent SET NOT NULL;

-- NOT NULL replaces this constraint.
ALTER TABLE feature_flags DROP CONSTRAINT feature_flags_percent_present;
