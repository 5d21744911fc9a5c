-- Users and organisations share their URLs, so the same rule applies to both kinds of name.
CREATE DOMAIN account_name AS citext
    CONSTRAINT account_name_shape CHECK (
        char_length(VALUE) BETWEEN 1 AND 60
        AND VALUE ~ '^[a-z0-9]([a-z0-9_.-]*[a-z0-9])?$'
    );

COMMENT ON DOMAIN account_name IS
    'Name of a user or an organisation, compared without regard to case.';

CREATE FUNCTION touch_updated_at() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    username account_name NOT NULL,
    email citext,
    display_name text NOT NULL DEFAULT '',
    site_admin boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz
);

COMMENT ON COLUMN users.deleted_at IS
    'Set instead of deleting the row. The username becomes free again.';

CREATE UNIQUE INDEX users_username_key ON users (username) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX users_email_key ON users (email) WHERE deleted_at IS NULL;

-- The condition leaves updated_at alone when an UPDATE changes nothing.
CREATE TRIGGER users_touch
    BEFORE UPDATE ON users
    FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION touch_updated_at();

CREATE TABLE orgs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name account_name NOT NULL,
    display_name text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT orgs_name_key UNIQUE (name)
);

CREATE TRIGGER orgs_touch
    BEFORE UPDATE ON orgs
    FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION touch_updated_at();

CREATE TABLE org_members (
    org_id bigint NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role text NOT NULL DEFAULT 'member',
    joined_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, user_id),
    CONSTRAINT org_members_role_known CHECK (role IN ('member', 'admin'))
);

CREATE INDEX org_members_user_idx ON org_members (user_id);

CREATE TABLE access_tokens (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_sha256 bytea NOT NULL,
    note text NOT NULL DEFAULT '',
    scopes text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT access_tokens_sha256_key UNIQUE (token_sha256),
    CONSTRAINT access_tokens_sha256_length CHECK (octet_length(token_sha256) = 32)
);

COMMENT ON TABLE access_tokens IS 'Credentials for the API. The token itself is never stored.';
COMMENT ON COLUMN access_tokens.token_sha256 IS
    'SHA-256 of the token that the user was shown once.';

CREATE INDEX access_tokens_user_idx ON access_tokens (user_id);
