CREATE TABLE IF NOT EXISTS saved_searches (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id bigint REFERENCES users (id) ON DELETE CASCADE,
    org_id bigint REFERENCES orgs (id) ON DELETE CASCADE,
    title text NOT NULL,
    query text NOT NULL,
    notify boolean NOT NULL DEFAULT false,
    -- A stored generated column costs nothing in a new table. Adding one to a full table rewrites it.
    shared boolean NOT NULL GENERATED ALWAYS AS (org_id IS NOT NULL) STORED,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT saved_searches_one_owner CHECK (num_nonnulls(user_id, org_id) = 1)
);

COMMENT ON TABLE saved_searches IS
    'Queries worth keeping. Each belongs to one user or to one organisation.';

CREATE INDEX IF NOT EXISTS saved_searches_user_idx ON saved_searches (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS saved_searches_org_idx ON saved_searches (org_id) WHERE org_id IS NOT NULL;
