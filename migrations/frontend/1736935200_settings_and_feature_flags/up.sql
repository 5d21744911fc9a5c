CREATE TABLE IF NOT EXISTS site_settings (
    key text PRIMARY KEY,
    value jsonb NOT NULL,
    changed_by bigint REFERENCES users (id) ON DELETE SET NULL,
    changed_at timestamptz
);

COMMENT ON COLUMN site_settings.changed_at IS
    'NULL while the product''s default is unchanged.';

CREATE TABLE IF NOT EXISTS feature_flags (
    name text PRIMARY KEY,
    rollout text NOT NULL DEFAULT 'off',
    description text NOT NULL DEFAULT '',
    CONSTRAINT feature_flags_rollout_shape
        CHECK (rollout IN ('on', 'off') OR rollout ~ '^[1-9][0-9]?%$')
);

COMMENT ON COLUMN feature_flags.rollout IS
    'on, off, or the share of users who have it, such as 25%.';

-- Natural keys: seeding them advances no sequence, so the down script restores the exact old state.
INSERT INTO site_settings (key, value) VALUES
    ('search.resultLimit', '500'),
    ('search.timeoutSeconds', '20'),
    ('signup.allowed', 'false'),
    ('tokens.maxAgeDays', '365')
ON CONFLICT (key) DO NOTHING;

INSERT INTO feature_flags (name, rollout, description) VALUES
    ('saved-search-alerts', 'on', 'Send mail when a saved search finds something new.'),
    ('search-jobs', 'off', 'Run exhaustive searches in the background.'),
    ('symbol-sidebar', '25%', 'Show the symbols of the open file.'),
    ('tip-caching', '5%', 'Answer from the cached tip of the default branch.')
ON CONFLICT (name) DO NOTHING;
