-- Keep the old column until every running application reads the new one.
ALTER TABLE feature_flags ADD COLUMN IF NOT EXISTS rollout_percent smallint;

COMMENT ON COLUMN feature_flags.rollout_percent IS 'Share of users who have the feature, 0 to 100.';

CREATE OR REPLACE FUNCTION feature_flag_percent(p_rollout text) RETURNS smallint
    LANGUAGE sql
    IMMUTABLE
    STRICT
AS $$
    SELECT CASE p_rollout
        WHEN 'on' THEN 100
        WHEN 'off' THEN 0
        ELSE rtrim(p_rollout, '%')::integer
    END::smallint
$$;

-- Old applications write the text, new ones the number. The trigger copies each of them to the other, so
-- that both see the same flag during a rolling update.
CREATE OR REPLACE FUNCTION feature_flag_keep_in_step() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    IF NEW.rollout_percent IS NULL
        OR (TG_OP = 'UPDATE' AND NEW.rollout IS DISTINCT FROM OLD.rollout
            AND NEW.rollout_percent IS NOT DISTINCT FROM OLD.rollout_percent)
    THEN
        NEW.rollout_percent := feature_flag_percent(NEW.rollout);
    ELSE
        NEW.rollout := CASE
            WHEN NEW.rollout_percent >= 100 THEN 'on'
            WHEN NEW.rollout_percent <= 0 THEN 'off'
            ELSE NEW.rollout_percent || '%'
        END;
    END IF;
    RETURN NEW;
END
$$;

DROP TRIGGER IF EXISTS feature_flags_in_step ON feature_flags;
CREATE TRIGGER feature_flags_in_step
    BEFORE INSERT OR UPDATE OF rollout, rollout_percent ON feature_flags
    FOR EACH ROW
    EXECUTE FUNCTION feature_flag_keep_in_step();

-- Create the trigger before the backfill. Otherwise the backfill would miss rows written in between.
-- There are a few dozen flags, so one statement is enough. A large table needs a batched migration.
UPDATE feature_flags
SET rollout_percent = feature_flag_percent(rollout)
WHERE rollout_percent IS NULL;

-- NOT VALID: the next migration validates both, and replaces the second one by NOT NULL.
ALTER TABLE feature_flags
    DROP CONSTRAINT IF EXISTS feature_flags_percent_range,
    DROP CONSTRAINT IF EXISTS feature_flags_percent_present,
    ADD CONSTRAINT feature_flags_percent_range
        CHECK (rollout_percent BETWEEN 0 AND 100) NOT VALID,
    ADD CONSTRAINT feature_flags_percent_present
        CHECK (rollout_percent IS NOT NULL) NOT VALID;
