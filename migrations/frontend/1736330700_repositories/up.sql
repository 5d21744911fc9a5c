CREATE TABLE IF NOT EXISTS code_hosts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    url text NOT NULL,
    display_name text NOT NULL,
    config jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT code_hosts_url_key UNIQUE (url)
);

COMMENT ON COLUMN code_hosts.config IS
    'What to mirror and how often. Secrets live in the secret store, not here.';

DROP TRIGGER IF EXISTS code_hosts_touch ON code_hosts;
CREATE TRIGGER code_hosts_touch
    BEFORE UPDATE ON code_hosts
    FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION touch_updated_at();

CREATE TABLE IF NOT EXISTS repos (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code_host_id bigint NOT NULL REFERENCES code_hosts (id),
    external_id text NOT NULL,
    name citext NOT NULL,
    clone_url text NOT NULL,
    description text NOT NULL DEFAULT '',
    private boolean NOT NULL DEFAULT true,
    stars bigint NOT NULL DEFAULT 0,
    last_fetched_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz
);

COMMENT ON TABLE repos IS 'Every repository that is mirrored or was once mirrored.';
COMMENT ON COLUMN repos.external_id IS
    'The identifier that the code host uses. It survives a rename there.';
COMMENT ON COLUMN repos.private IS
    'Private unless the code host says otherwise, so that a failed sync exposes nothing.';

CREATE UNIQUE INDEX IF NOT EXISTS repos_name_key ON repos (name) WHERE deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS repos_code_host_idx ON repos (code_host_id);

DROP TRIGGER IF EXISTS repos_touch ON repos;
CREATE TRIGGER repos_touch
    BEFORE UPDATE ON repos
    FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION touch_updated_at();
