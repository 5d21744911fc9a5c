CREATE TABLE IF NOT EXISTS insight_pauses (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    series_id bigint NOT NULL REFERENCES insight_series (id) ON DELETE CASCADE,
    during tstzrange NOT NULL,
    reason text NOT NULL DEFAULT '',
    CONSTRAINT insight_pauses_not_empty CHECK (NOT isempty(during)),
    CONSTRAINT insight_pauses_no_overlap EXCLUDE USING gist (series_id WITH =, during WITH &&)
);

COMMENT ON TABLE insight_pauses IS
    'While paused, a series gets no points. Pauses of one series never overlap.';
