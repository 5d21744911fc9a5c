-- All names begin with insight_, because the three databases may share one PostgreSQL database.
CREATE TABLE IF NOT EXISTS insight_dashboards (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title text NOT NULL,
    owner_user_id bigint,
    owner_org_id bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT insight_dashboards_one_owner_at_most
        CHECK (num_nonnulls(owner_user_id, owner_org_id) <= 1)
);

COMMENT ON TABLE insight_dashboards IS 'A page of series. Without an owner, everybody sees it.';

CREATE TABLE IF NOT EXISTS insight_series (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slug text NOT NULL,
    title text NOT NULL,
    query text NOT NULL,
    capture_every interval NOT NULL DEFAULT '1 week',
    next_capture_at timestamptz NOT NULL DEFAULT now(),
    enabled boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT insight_series_slug_key UNIQUE (slug),
    CONSTRAINT insight_series_capture_not_too_often CHECK (capture_every >= interval '1 hour')
);

COMMENT ON COLUMN insight_series.query IS
    'A code search. Its number of matches is the value of a point.';

CREATE TABLE IF NOT EXISTS insight_dashboard_series (
    dashboard_id bigint NOT NULL REFERENCES insight_dashboards (id) ON DELETE CASCADE,
    series_id bigint NOT NULL REFERENCES insight_series (id) ON DELETE CASCADE,
    position integer NOT NULL,
    PRIMARY KEY (dashboard_id, series_id)
);

CREATE INDEX IF NOT EXISTS insight_dashboard_series_series_idx ON insight_dashboard_series (series_id);
