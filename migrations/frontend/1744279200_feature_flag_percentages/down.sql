-- The trigger has kept the text current, so dropping the number loses nothing.
DROP TRIGGER IF EXISTS feature_flags_in_step ON feature_flags;
DROP FUNCTION IF EXISTS feature_flag_keep_in_step();
DROP FUNCTION IF EXISTS feature_flag_percent(text);
ALTER TABLE feature_flags
    DROP CONSTRAINT IF EXISTS feature_flags_percent_present,
    DROP CONSTRAINT IF EXISTS feature_flags_percent_range;
ALTER TABLE feature_flags DROP COLUMN IF EXISTS rollout_percent;
