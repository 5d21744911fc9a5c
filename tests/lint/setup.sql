CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE DOMAIN plain_text AS text;
CREATE TABLE users (
    id bigint PRIMARY KEY,
    email varchar(100) NOT NULL,
    name text,
    age integer,
    score numeric(10, 2),
    code char(4),
    created timestamp DEFAULT now(),
    seen timestamptz,
    at time(3),
    mood mood,
    data json,
    data_b jsonb,
    flag boolean DEFAULT false,
    net cidr,
    bits bit(4),
    doc xml,
    gap interval(3),
    small smallint,
    token uuid,
    rank positive
);
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id bigint REFERENCES users (id),
    product_id bigint,
    total integer CHECK (total >= 0),
    note text,
    day date NOT NULL DEFAULT '2026-01-01'
);
CREATE TABLE products (
    id bigint PRIMARY KEY,
    label text CHECK (label IS NOT NULL),
    price numeric
);
CREATE TABLE events (id bigint, day date NOT NULL, kind text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE parted (id integer, kind text) PARTITION BY LIST (kind);
CREATE TABLE parted_a PARTITION OF parted FOR VALUES IN ('a');
CREATE TABLE parted_other PARTITION OF parted DEFAULT;
CREATE TABLE loose (id integer, kind text);
CREATE TABLE checked (id integer, kind text, CONSTRAINT is_c CHECK (kind IS NOT NULL AND kind = 'c'));
CREATE TABLE events_2027 (id bigint NOT NULL, day date NOT NULL, kind text);
CREATE TABLE parent (id bigint PRIMARY KEY, a integer);
CREATE TABLE child (b integer) INHERITS (parent);
CREATE UNLOGGED TABLE cache (key text PRIMARY KEY, value text);
CREATE UNIQUE INDEX users_email ON users (email);
CREATE INDEX users_name ON users (name);
CREATE INDEX orders_user ON orders (user_id);
CREATE UNIQUE INDEX orders_day_key ON orders (id, day);
CREATE INDEX events_kind ON events (kind);
CREATE VIEW adults AS SELECT id, token FROM users WHERE id > 17;
CREATE MATERIALIZED VIEW totals AS SELECT user_id, count(*) AS total FROM orders GROUP BY user_id;
CREATE UNIQUE INDEX totals_user ON totals (user_id);
CREATE SEQUENCE counter;
CREATE STATISTICS user_stats ON name, age FROM users;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION chance() RETURNS integer LANGUAGE plpgsql VOLATILE AS $$ BEGIN RETURN 7; END $$;
CREATE FUNCTION fixed() RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT 7 $$;
CREATE FUNCTION widen() RETURNS void LANGUAGE plpgsql AS $$ BEGIN ALTER TABLE orders ALTER COLUMN total TYPE bigint; END $$;
CREATE FUNCTION reindex_all() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'REINDEX TABLE users'; END $$;
CREATE PROCEDURE wipe() LANGUAGE plpgsql AS $$ BEGIN DELETE FROM loose; END $$;
CREATE TRIGGER touch_users BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
CREATE RULE quiet AS ON DELETE TO products DO INSTEAD NOTHING;
CREATE POLICY own ON users USING (true);
INSERT INTO users (id, email, name, age, score, code, seen, at, mood, data, data_b, net, bits, doc, gap, small, token, rank)
    SELECT n, 'u' || n, 'name' || n, n % 90, n, 'abcd', now(), '10:00', 'ok', '{}', '{}', '10.0.0.0/8', B'1010', '<a/>', '1 h', n, NULL, n
    FROM generate_series(1, 200) AS n;
INSERT INTO orders (user_id, product_id, total, note, day) SELECT n, n, n, 'n', date '2026-01-01' + (n % 300) FROM generate_series(1, 200) AS n;
INSERT INTO products SELECT n, 'p' || n, n FROM generate_series(1, 200) AS n;
INSERT INTO events SELECT n, date '2025-01-01' + (n % 700), 'k' FROM generate_series(1, 200) AS n;
INSERT INTO parted SELECT n, CASE WHEN n % 2 = 0 THEN 'a' ELSE 'z' END FROM generate_series(1, 200) AS n;
INSERT INTO loose SELECT n, 'b' FROM generate_series(1, 200) AS n;
INSERT INTO checked SELECT n, 'c' FROM generate_series(1, 200) AS n;
INSERT INTO events_2027 SELECT n, '2027-05-01', 'k' FROM generate_series(1, 200) AS n;
INSERT INTO parent SELECT n, n FROM generate_series(1, 100) AS n;
INSERT INTO child SELECT n, n, n FROM generate_series(101, 200) AS n;
INSERT INTO cache SELECT n::text, 'v' FROM generate_series(1, 200) AS n;
ALTER TABLE orders ADD CONSTRAINT note_known CHECK (note IS NOT NULL) NOT VALID;
REFRESH MATERIALIZED VIEW totals;
ANALYZE;
