CREATE TABLE IF NOT EXISTS codeintel_documents (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    upload_id bigint NOT NULL REFERENCES codeintel_uploads (id) ON DELETE CASCADE,
    path text NOT NULL,
    line_count integer NOT NULL,
    CONSTRAINT codeintel_documents_upload_path_key UNIQUE (upload_id, path)
);

CREATE TABLE IF NOT EXISTS codeintel_symbols (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    document_id bigint NOT NULL REFERENCES codeintel_documents (id) ON DELETE CASCADE,
    name text NOT NULL,
    -- Stored, so that a search does not fold every name. Adding it to a new table rewrites nothing.
    name_folded text NOT NULL GENERATED ALWAYS AS (lower(name)) STORED,
    kind text NOT NULL,
    span int4range NOT NULL,
    CONSTRAINT codeintel_symbols_span_given
        CHECK (NOT isempty(span) AND NOT lower_inf(span) AND NOT upper_inf(span))
);

COMMENT ON COLUMN codeintel_symbols.name_folded IS
    'The name in lower case. Searches compare with this column.';
COMMENT ON COLUMN codeintel_symbols.span IS
    'Lines of the definition, counted from 0, the end excluded.';

CREATE INDEX IF NOT EXISTS codeintel_symbols_document_idx ON codeintel_symbols (document_id);
