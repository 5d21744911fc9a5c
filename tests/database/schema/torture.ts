/**
 * A schema with something of every kind that users can create, and of everything that is easily lost.
 *
 * @module
 */

/** Some statements, and where they run. */
interface Part {
  /** The first major that has it. */
  readonly since?: number;
  /** The last major that has it. */
  readonly until?: number;
  /** False where embedded PostgreSQL cannot. */
  readonly embedded?: false;
  readonly sql: string;
}

/** Roles live in the cluster: they are made once, and stay. */
export const ROLES = ["torture_owner", "torture Reader", "torture_grantor"];

/** The statements for a server, to be run in an empty database by a superuser. */
export function tortureSql(
  { major, embedded }: { readonly major: number; readonly embedded: boolean },
): string {
  return [
    ...ROLES.map(createRole),
    ...PARTS
      .filter(({ since = 0, until = 99 }) => since <= major && major <= until)
      .filter((part) => !embedded || part.embedded !== false)
      .map(({ sql }) => sql),
  ].join("\n");
}

function createRole(name: string): string {
  return `DO $$ BEGIN CREATE ROLE "${name}"; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;`;
}

const PARTS: readonly Part[] = [
  {
    sql: `
CREATE SCHEMA "Odd ""Schema";
CREATE SCHEMA parts AUTHORIZATION torture_owner;
COMMENT ON SCHEMA parts IS 'It''s where parts \\ live';
GRANT USAGE ON SCHEMA parts TO "torture Reader" WITH GRANT OPTION;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO torture_owner, torture_grantor, "torture Reader";
CREATE EXTENSION hstore;
CREATE EXTENSION pg_trgm WITH SCHEMA parts;
COMMENT ON EXTENSION hstore IS 'pairs';
CREATE TRUSTED LANGUAGE torture_language HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler VALIDATOR plpgsql_validator;
COMMENT ON LANGUAGE torture_language IS 'a language';
REVOKE USAGE ON LANGUAGE torture_language FROM PUBLIC;
CREATE ACCESS METHOD torture_heap TYPE TABLE HANDLER heap_tableam_handler;
COMMENT ON ACCESS METHOD torture_heap IS 'like heap';
CREATE COLLATION public.plain (provider = libc, locale = 'C');
ALTER COLLATION public.plain OWNER TO torture_owner;
COMMENT ON COLLATION public.plain IS 'bytes';
CREATE DEFAULT CONVERSION public.myconv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
COMMENT ON CONVERSION public.myconv IS 'conversion';
`,
  },
  {
    sql: `
CREATE COLLATION public.ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE COLLATION public.de (provider = icu, locale = 'de');
`,
  },
  {
    since: 16,
    sql: `CREATE COLLATION public.ruled (provider = icu, locale = 'und', rules = '&V << w <<< W');`,
  },
  { since: 17, sql: `CREATE COLLATION public.built (provider = builtin, locale = 'C.UTF-8');` },
  {
    sql: `
CREATE TYPE public.mood AS ENUM ('sad', 'it''s ok', 'happy');
ALTER TYPE public.mood ADD VALUE 'fine' BEFORE 'happy';
COMMENT ON TYPE public.mood IS 'mood';
ALTER TYPE public.mood OWNER TO torture_owner;
REVOKE USAGE ON TYPE public.mood FROM PUBLIC;
GRANT USAGE ON TYPE public.mood TO "torture Reader";
CREATE TYPE public.nothing AS ENUM ();
CREATE TYPE "Odd ""Schema"."Pair" AS (a integer, "B c" text COLLATE "C", "table" numeric(10,2)[]);
COMMENT ON COLUMN "Odd ""Schema"."Pair"."B c" IS 'b';
COMMENT ON TYPE "Odd ""Schema"."Pair" IS 'pair';
CREATE TYPE public.empty AS ();
CREATE DOMAIN public.posint AS integer NOT NULL DEFAULT 1 CONSTRAINT posint_check CHECK (VALUE > 0);
ALTER DOMAIN public.posint ADD CONSTRAINT small CHECK (VALUE < 1000) NOT VALID;
COMMENT ON CONSTRAINT small ON DOMAIN public.posint IS 'small one';
COMMENT ON DOMAIN public.posint IS 'positive';
CREATE DOMAIN public.code AS varchar(10) COLLATE "C" DEFAULT 'x'::varchar;
GRANT USAGE ON DOMAIN public.code TO torture_grantor;
CREATE DOMAIN public.codes AS public.code[];
CREATE TYPE public.measured AS (n public.posint);
CREATE DOMAIN public.measures AS public.measured[] CHECK (array_length(VALUE, 1) < 5);
CREATE TABLE public.measurements (m public.measures);
CREATE TYPE public.floatrange AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE TYPE public.textrange AS RANGE (subtype = text, collation = "C");
-- A range whose canonical function needs it, a circle.
CREATE TYPE public.dayrange;
CREATE FUNCTION public.dayrange_canonical(public.dayrange) RETURNS public.dayrange LANGUAGE internal IMMUTABLE STRICT AS 'daterange_canonical';
CREATE TYPE public.dayrange AS RANGE (subtype = date, canonical = public.dayrange_canonical);
-- A base type with its circle of functions.
CREATE TYPE public.myint;
CREATE FUNCTION public.myint_in(cstring) RETURNS public.myint LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION public.myint_out(public.myint) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE TYPE public.myint (INPUT = public.myint_in, OUTPUT = public.myint_out, INTERNALLENGTH = 4, PASSEDBYVALUE, ALIGNMENT = int4, DEFAULT = '0', CATEGORY = 'N');
COMMENT ON TYPE public.myint IS 'mine';
CREATE TYPE public.undefined;
`,
  },
  {
    since: 14,
    sql:
      `CREATE TYPE public.intspan AS RANGE (subtype = int4, multirange_type_name = "Odd ""Schema"."Spans");
CREATE TABLE public.spans (id integer, s "Odd ""Schema"."Spans");`,
  },
  {
    sql: `
CREATE FUNCTION public.add(a integer, b integer DEFAULT 1, VARIADIC rest integer[] DEFAULT '{}') RETURNS integer
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 5 SET search_path = public, "Odd ""Schema" AS $fn$ SELECT a + b $fn$;
CREATE FUNCTION public.add(a text, b text) RETURNS text LANGUAGE sql STABLE AS 'SELECT a || b';
COMMENT ON FUNCTION public.add(text, text) IS 'concatenates';
ALTER FUNCTION public.add(text, text) OWNER TO torture_owner;
REVOKE EXECUTE ON FUNCTION public.add(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.add(text, text) TO "torture Reader" WITH GRANT OPTION;
SET ROLE "torture Reader"; GRANT EXECUTE ON FUNCTION public.add(text, text) TO torture_grantor; RESET ROLE;
CREATE FUNCTION "Odd ""Schema"."Fn"(OUT x integer, OUT y text) LANGUAGE plpgsql SECURITY DEFINER LEAKPROOF AS $$ BEGIN x := 1; y := 'a;b'; END $$;
CREATE FUNCTION public.rows_of() RETURNS TABLE (id integer, label text) LANGUAGE sql ROWS 7 AS 'SELECT 1, ''a''';
CREATE FUNCTION public.sad(public.mood) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT $1 = 'sad'::public.mood $$;
CREATE PROCEDURE public.proc(INOUT a integer) LANGUAGE plpgsql AS $$ BEGIN a := a + 1; COMMIT; END $$;
COMMENT ON PROCEDURE public.proc(integer) IS 'proc';
GRANT EXECUTE ON PROCEDURE public.proc(integer) TO torture_grantor;
CREATE FUNCTION public.uses_missing() RETURNS integer LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM no.such_table); END $$;
CREATE FUNCTION public.winfn(internal) RETURNS bigint LANGUAGE internal WINDOW IMMUTABLE AS 'window_row_number';
CREATE AGGREGATE public.mysum(integer) (sfunc = int4pl, stype = integer, initcond = '0', combinefunc = int4pl, parallel = safe, msfunc = int4pl, minvfunc = int4mi, mstype = integer, minitcond = '0');
COMMENT ON AGGREGATE public.mysum(integer) IS 'sum';
GRANT EXECUTE ON FUNCTION public.mysum(integer) TO "torture Reader";
CREATE AGGREGATE public.mycount(*) (sfunc = int8inc, stype = bigint, initcond = '0');
CREATE AGGREGATE public.mypercentile(double precision ORDER BY anyelement) (sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_disc_final, finalfunc_extra, finalfunc_modify = read_only);
CREATE AGGREGATE public.myrank(VARIADIC "any" ORDER BY VARIADIC "any") (sfunc = ordered_set_transition_multi, stype = internal, finalfunc = rank_final, finalfunc_extra, hypothetical);
GRANT EXECUTE ON FUNCTION public.mypercentile(double precision, anyelement) TO "torture Reader";
CREATE AGGREGATE public.mymin(integer) (sfunc = int4smaller, stype = integer, sortop = <);
CREATE FUNCTION public.int_lt(integer, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 < length($2)';
CREATE FUNCTION public.text_gt(text, integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT length($1) > $2';
CREATE OPERATOR public.<<< (LEFTARG = integer, RIGHTARG = text, FUNCTION = public.int_lt, COMMUTATOR = OPERATOR(public.>>>), RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
CREATE OPERATOR public.>>> (LEFTARG = text, RIGHTARG = integer, FUNCTION = public.text_gt, COMMUTATOR = OPERATOR(public.<<<));
CREATE FUNCTION public.bang(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT -$1';
CREATE OPERATOR public.!! (RIGHTARG = integer, FUNCTION = public.bang);
COMMENT ON OPERATOR public.!! (NONE, integer) IS 'bang';
ALTER OPERATOR public.!! (NONE, integer) OWNER TO torture_owner;
CREATE OPERATOR FAMILY public.myfamily USING btree;
COMMENT ON OPERATOR FAMILY public.myfamily USING btree IS 'family';
CREATE OPERATOR CLASS public.myclass FOR TYPE integer USING btree FAMILY public.myfamily AS
  OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(integer, integer);
COMMENT ON OPERATOR CLASS public.myclass USING btree IS 'class';
ALTER OPERATOR FAMILY public.myfamily USING btree ADD
  OPERATOR 1 < (integer, bigint), FUNCTION 1 (integer, bigint) btint48cmp(integer, bigint);
CREATE OPERATOR CLASS public.pointclass FOR TYPE point USING gist AS OPERATOR 1 << , STORAGE box,
  FUNCTION 1 gist_point_consistent(internal, point, smallint, oid, internal), FUNCTION 2 gist_box_union(internal, internal),
  FUNCTION 5 gist_box_penalty(internal, internal, internal), FUNCTION 6 gist_box_picksplit(internal, internal),
  FUNCTION 7 gist_box_same(box, box, internal), FUNCTION 3 gist_point_compress(internal);
CREATE FUNCTION public.mood_to_int(public.mood) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE CAST (public.mood AS integer) WITH FUNCTION public.mood_to_int(public.mood) AS ASSIGNMENT;
CREATE CAST (public.myint AS integer) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (public.mood AS text) WITH INOUT;
COMMENT ON CAST (public.mood AS text) IS 'cast';
CREATE FUNCTION public.to_sql(internal) RETURNS integer LANGUAGE internal IMMUTABLE AS 'int4recv';
CREATE TRANSFORM FOR integer LANGUAGE torture_language (TO SQL WITH FUNCTION public.to_sql(internal));
COMMENT ON TRANSFORM FOR integer LANGUAGE torture_language IS 'transform';
CREATE TEXT SEARCH PARSER public.myparser (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype, HEADLINE = prsd_headline);
COMMENT ON TEXT SEARCH PARSER public.myparser IS 'parser';
CREATE TEXT SEARCH TEMPLATE public.mytemplate (INIT = dsimple_init, LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH DICTIONARY public.mydict (TEMPLATE = public.mytemplate);
CREATE TEXT SEARCH DICTIONARY public.english (TEMPLATE = pg_catalog.snowball, LANGUAGE = 'english');
ALTER TEXT SEARCH DICTIONARY public.english OWNER TO torture_owner;
COMMENT ON TEXT SEARCH DICTIONARY public.english IS 'dictionary';
CREATE TEXT SEARCH CONFIGURATION public.myconfig (PARSER = public.myparser);
ALTER TEXT SEARCH CONFIGURATION public.myconfig ADD MAPPING FOR asciiword, word WITH public.english, public.mydict;
CREATE TEXT SEARCH CONFIGURATION public.copied (COPY = pg_catalog.english);
COMMENT ON TEXT SEARCH CONFIGURATION public.copied IS 'configuration';
CREATE FOREIGN DATA WRAPPER mywrapper OPTIONS (debug 'true', "Odd" 'it''s');
COMMENT ON FOREIGN DATA WRAPPER mywrapper IS 'wrapper';
GRANT USAGE ON FOREIGN DATA WRAPPER mywrapper TO torture_owner;
CREATE SERVER myserver TYPE 'oracle' VERSION '1' FOREIGN DATA WRAPPER mywrapper OPTIONS (host 'h', port '1');
ALTER SERVER myserver OWNER TO torture_owner;
COMMENT ON SERVER myserver IS 'server';
GRANT USAGE ON FOREIGN SERVER myserver TO "torture Reader";
CREATE USER MAPPING FOR PUBLIC SERVER myserver OPTIONS (username 'u');
CREATE USER MAPPING FOR "torture Reader" SERVER myserver;
CREATE FOREIGN TABLE public.remote (id integer OPTIONS (column_name 'ID') NOT NULL, label text COLLATE "C" DEFAULT 'x') SERVER myserver OPTIONS (table_name 'T');
ALTER FOREIGN TABLE public.remote ADD CONSTRAINT remote_check CHECK (id > 0) NOT VALID;
COMMENT ON FOREIGN TABLE public.remote IS 'remote';
COMMENT ON COLUMN public.remote.id IS 'remote id';
GRANT SELECT ON public.remote TO "torture Reader";
`,
  },
  {
    since: 14,
    sql: `
CREATE FUNCTION public.modern(a integer) RETURNS integer LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT a + public.add(1, 2); END;
CREATE PROCEDURE public.out_proc(a integer, OUT b integer) LANGUAGE plpgsql AS $$ BEGIN b := a; END $$;
`,
  },
  {
    sql: `
CREATE SEQUENCE public.counter AS smallint INCREMENT BY 2 MINVALUE 1 MAXVALUE 101 START WITH 3 CACHE 5 CYCLE;
COMMENT ON SEQUENCE public.counter IS 'counts';
GRANT USAGE ON SEQUENCE public.counter TO "torture Reader";
CREATE SEQUENCE public.downwards INCREMENT BY -1;
CREATE TABLE public.users (
  id bigserial PRIMARY KEY,
  "Name with ""quotes""" text NOT NULL,
  email varchar(320) COLLATE "C" DEFAULT 'no@where'::varchar,
  feeling public.mood DEFAULT 'happy',
  pos public.posint,
  pair "Odd ""Schema"."Pair",
  created_at timestamptz NOT NULL DEFAULT now(),
  day date DEFAULT '2020-01-01',
  until timestamptz DEFAULT '2020-01-01 12:00+02',
  price numeric(12,4) DEFAULT 1.50,
  span interval DEFAULT '1 day 02:00:00',
  bits bit(3) DEFAULT B'101',
  bytes bytea DEFAULT '\\xdeadbeef',
  ts timestamp(3),
  tags text[] DEFAULT '{}'::text[] NOT NULL,
  doc jsonb DEFAULT '{"a": 1}',
  pairs hstore,
  backslash text DEFAULT E'a\\\\b',
  lower_email text GENERATED ALWAYS AS (lower(email)) STORED,
  gone integer,
  CONSTRAINT price_positive CHECK (price > 0),
  CONSTRAINT email_unique UNIQUE (email) DEFERRABLE INITIALLY DEFERRED
) WITH (fillfactor = 70, autovacuum_enabled = false, toast.autovacuum_enabled = false);
ALTER TABLE public.users DROP COLUMN gone;
ALTER TABLE public.users ALTER COLUMN doc SET STORAGE EXTERNAL;
ALTER TABLE public.users ALTER COLUMN email SET STATISTICS 500;
ALTER TABLE public.users ALTER COLUMN email SET (n_distinct = -0.5);
ALTER TABLE public.users OWNER TO torture_owner;
COMMENT ON TABLE public.users IS 'Users'' table
in two lines';
COMMENT ON COLUMN public.users."Name with ""quotes""" IS 'name';
GRANT SELECT, INSERT ON public.users TO "torture Reader";
GRANT UPDATE (email), SELECT (email) ON public.users TO torture_grantor WITH GRANT OPTION;
REVOKE DELETE ON public.users FROM torture_owner;
COMMENT ON INDEX public.users_pkey IS 'pk';
ALTER TABLE public.users CLUSTER ON users_pkey;
ALTER INDEX public.users_pkey SET (fillfactor = 80);
CREATE INDEX users_lower ON public.users (lower(email) text_pattern_ops DESC NULLS LAST, created_at) INCLUDE (price) WITH (fillfactor = 60) WHERE price > 1;
ALTER INDEX public.users_lower ALTER COLUMN 1 SET STATISTICS 77;
COMMENT ON INDEX public.users_lower IS 'lower';
CREATE UNIQUE INDEX users_identity ON public.users (id, created_at);
ALTER TABLE public.users REPLICA IDENTITY USING INDEX users_identity;
CREATE INDEX users_trgm ON public.users USING gin (email parts.gin_trgm_ops);
CREATE INDEX users_hash ON public.users USING hash (email);
CREATE INDEX users_opclass ON public.users USING gist (email parts.gist_trgm_ops (siglen = 32));
CREATE INDEX "Odd Index" ON public.users (((id + 1)), "Name with ""quotes""" COLLATE "C");
CREATE STATISTICS public.users_stats (ndistinct, dependencies) ON email, price FROM public.users;
ALTER STATISTICS public.users_stats SET STATISTICS 300;
COMMENT ON STATISTICS public.users_stats IS 'stats';
CREATE TABLE public.identities (a integer GENERATED ALWAYS AS IDENTITY (START WITH 10 INCREMENT BY 5), b bigint GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME public.identities_seq CYCLE), c text);
GRANT SELECT ON SEQUENCE public.identities_seq TO "torture Reader";
COMMENT ON SEQUENCE public.identities_seq IS 'identity';
CREATE TABLE public.serials (id serial, other integer DEFAULT nextval('public.counter'));
ALTER SEQUENCE public.serials_id_seq OWNED BY NONE;
ALTER SEQUENCE public.downwards OWNED BY public.serials.other;
CREATE UNLOGGED TABLE public.unlogged (id integer PRIMARY KEY);
CREATE TABLE public.bare ();
CREATE TABLE public.accessed (id integer) USING torture_heap;
CREATE TABLE public."select" ("from" integer, "Ünï cödé" text, CONSTRAINT "check" CHECK ("from" > 0));
CREATE TABLE public.typed OF "Odd ""Schema"."Pair" (a WITH OPTIONS NOT NULL DEFAULT 7, PRIMARY KEY (a));
CREATE TABLE public.nulls (id integer, CONSTRAINT nothing CHECK (id > 0) NO INHERIT);
ALTER TABLE public.nulls REPLICA IDENTITY FULL;
CREATE TABLE public.norep (id integer);
ALTER TABLE public.norep REPLICA IDENTITY NOTHING;
-- What is not printed as it would be parsed.
CREATE TABLE public.reprinted (s varchar(20) CHECK (s IN ('a', 'it''s')), n integer, e varchar CHECK (e <> ALL (ARRAY['x'::varchar, 'y'])),
  CONSTRAINT between_and CHECK (n BETWEEN 1 AND 2 AND s <> '' AND n <> 3), CONSTRAINT either CHECK ((n > 1 OR n < 0) OR n IS NULL),
  g boolean GENERATED ALWAYS AS (n BETWEEN 1 AND 2 AND s IN ('p', 'q')) STORED);
CREATE INDEX reprinted_partial ON public.reprinted (n) WHERE s IN ('a', 'b') AND n BETWEEN 1 AND 5 AND e IS NOT NULL;
CREATE VIEW public.reprinted_view AS SELECT n, s IN ('a', 'b') AS known, CASE WHEN n BETWEEN 1 AND 2 AND n > 1 THEN 1 END AS c,
  sum(n) OVER (PARTITION BY s ORDER BY n ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS w FROM public.reprinted WHERE (n > 1 AND s NOT IN ('u', 'v')) AND n < 5;
-- A default and a check that need the table's own row type.
CREATE TABLE public.selfish (id integer, total integer);
CREATE FUNCTION public.selfish_total(public.selfish) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1.id';
ALTER TABLE public.selfish ADD CONSTRAINT selfish_check CHECK (public.selfish_total(selfish.*) IS NOT NULL);
CREATE FUNCTION public.selfish_default() RETURNS integer LANGUAGE sql AS 'SELECT count(*)::integer FROM public.selfish';
ALTER TABLE public.selfish ALTER COLUMN total SET DEFAULT public.selfish_default();
CREATE INDEX selfish_expression ON public.selfish (public.selfish_total(selfish.*));
`,
  },
  {
    sql: `
CREATE TABLE public.orders (
  id bigint NOT NULL, user_id bigint NOT NULL, other_id bigint, note text,
  CONSTRAINT orders_pkey PRIMARY KEY (id) INCLUDE (note),
  CONSTRAINT orders_user FOREIGN KEY (user_id) REFERENCES public.users ON DELETE CASCADE ON UPDATE SET NULL DEFERRABLE,
  CONSTRAINT orders_self FOREIGN KEY (other_id) REFERENCES public.orders (id) MATCH FULL
);
ALTER TABLE public.orders ADD CONSTRAINT late CHECK (note <> '') NOT VALID;
ALTER TABLE public.orders ADD CONSTRAINT orders_note FOREIGN KEY (note) REFERENCES public.orders_dummy (x) NOT VALID;
`.replace(/ALTER TABLE public.orders ADD CONSTRAINT orders_note[^\n]*\n/, ""),
  },
  {
    sql: `
COMMENT ON CONSTRAINT orders_user ON public.orders IS 'to users';
CREATE TABLE public.bookings (room integer, during tstzrange, EXCLUDE USING gist (during WITH &&) WHERE (room > 0) DEFERRABLE);
CREATE TABLE public.a (id integer PRIMARY KEY, b integer);
CREATE TABLE public.b (id integer PRIMARY KEY, a integer REFERENCES public.a);
ALTER TABLE public.a ADD FOREIGN KEY (b) REFERENCES public.b NOT VALID;
-- Inheritance, also joined later, with columns in another order, and from two parents.
CREATE TABLE public.animal (id integer NOT NULL, name text DEFAULT 'x', weight numeric, CONSTRAINT heavy CHECK (weight > 0));
CREATE TABLE public.dog (breed text, name text DEFAULT 'dog' NOT NULL) INHERITS (public.animal);
CREATE TABLE public.puppy (age integer) INHERITS (public.dog);
CREATE TABLE public.cat (weight numeric, id integer NOT NULL, name text, claws integer, CONSTRAINT heavy CHECK (weight > 0));
ALTER TABLE public.cat INHERIT public.animal;
CREATE TABLE public.flying (wings integer);
CREATE TABLE public.griffin () INHERITS (public.animal, public.flying);
ALTER TABLE public.puppy ALTER COLUMN breed SET NOT NULL;
-- Partitions: three levels, a default, attached with other columns, with indexes and keys and triggers.
CREATE TABLE parts.events (id bigint NOT NULL, kind text DEFAULT 'k', at timestamptz NOT NULL, payload jsonb, CONSTRAINT some_check CHECK (id > 0)) PARTITION BY RANGE (at);
ALTER TABLE parts.events ADD CONSTRAINT events_pkey PRIMARY KEY (id, at);
CREATE INDEX events_kind ON parts.events (kind) WITH (fillfactor = 50);
CREATE TABLE parts.events_2020 PARTITION OF parts.events FOR VALUES FROM ('2020-01-01 00:00+00') TO ('2021-01-01 00:00+00');
CREATE TABLE parts.events_2021 PARTITION OF parts.events (kind DEFAULT 'k2021') FOR VALUES FROM ('2021-01-01 00:00+00') TO ('2022-01-01 00:00+00') PARTITION BY LIST (id);
CREATE TABLE parts.events_2021_a PARTITION OF parts.events_2021 FOR VALUES IN (1, 2);
CREATE TABLE parts.events_2021_rest PARTITION OF parts.events_2021 DEFAULT;
CREATE TABLE parts.events_attached (payload jsonb, at timestamptz NOT NULL, extra integer, kind text, id bigint NOT NULL, CONSTRAINT some_check CHECK (id > 0), CONSTRAINT own CHECK (id < 10));
ALTER TABLE parts.events_attached DROP COLUMN extra;
ALTER TABLE parts.events ATTACH PARTITION parts.events_attached FOR VALUES FROM ('2022-01-01 00:00+00') TO (MAXVALUE);
CREATE INDEX events_attached_own ON parts.events_attached (payload);
CREATE INDEX events_incomplete ON ONLY parts.events (payload);
CREATE TABLE parts.hashed (id integer, t text) PARTITION BY HASH (id, lower(t) COLLATE "C");
CREATE TABLE parts.listed (k text) PARTITION BY LIST (lower(k));
CREATE TABLE parts.listed_a PARTITION OF parts.listed FOR VALUES IN ('a', 'it''s', NULL);
CREATE TABLE parts.hashed_0 PARTITION OF parts.hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE parts.refers (event bigint, at timestamptz, other integer, FOREIGN KEY (event, at) REFERENCES parts.events) PARTITION BY LIST (other);
CREATE TABLE parts.refers_1 PARTITION OF parts.refers FOR VALUES IN (1);
COMMENT ON TABLE parts.events_2020 IS 'a partition';
ALTER TABLE parts.events OWNER TO torture_owner;
ALTER TABLE parts.events_2020 OWNER TO torture_owner;
`,
  },
  {
    sql: `
CREATE VIEW public.user_names AS SELECT id, "Name with ""quotes""" AS name, public.sad(feeling) AS sad FROM public.users WHERE price > 1;
CREATE VIEW public.secure WITH (security_barrier = true, check_option = cascaded) AS SELECT * FROM public.user_names WHERE id > 0;
ALTER VIEW public.secure ALTER COLUMN name SET DEFAULT 'unnamed';
ALTER VIEW public.secure OWNER TO torture_owner;
COMMENT ON VIEW public.secure IS 'secure';
COMMENT ON COLUMN public.secure.name IS 'a name';
GRANT SELECT ON public.secure TO "torture Reader";
GRANT UPDATE (name) ON public.secure TO "torture Reader";
CREATE VIEW public.grouped AS SELECT u.id, u.email, count(*) FROM public.users u JOIN public.orders o ON o.user_id = u.id GROUP BY u.id;
CREATE RECURSIVE VIEW public.numbers (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < 10;
CREATE MATERIALIZED VIEW public.totals WITH (fillfactor = 90) AS SELECT user_id, count(*) AS total FROM public.orders GROUP BY user_id WITH NO DATA;
CREATE UNIQUE INDEX totals_user ON public.totals (user_id);
ALTER MATERIALIZED VIEW public.totals ALTER COLUMN total SET STATISTICS 9;
COMMENT ON MATERIALIZED VIEW public.totals IS 'totals';
CREATE MATERIALIZED VIEW public.totals2 AS SELECT * FROM public.totals WITH NO DATA;
-- A function of the rows of a view, and a view that calls it.
CREATE VIEW public.base_view AS SELECT 1 AS x;
CREATE FUNCTION public.of_view(public.base_view) RETURNS integer LANGUAGE sql AS 'SELECT $1.x';
CREATE VIEW public.over_view AS SELECT public.of_view(base_view.*) AS y FROM public.base_view;
-- A view that needs itself, and two that need each other.
CREATE VIEW public.ouroboros AS SELECT 1 AS x;
CREATE OR REPLACE VIEW public.ouroboros AS SELECT x FROM public.ouroboros;
CREATE TABLE parts.models (name text NOT NULL, year integer NOT NULL, PRIMARY KEY (name, year)) PARTITION BY LIST (year);
CREATE TABLE parts.models_2020 PARTITION OF parts.models FOR VALUES IN (2020);
CREATE TABLE parts.model_sales (name text, year integer, FOREIGN KEY (name, year) REFERENCES parts.models) PARTITION BY LIST (year);
CREATE TABLE parts.model_sales_2020 PARTITION OF parts.model_sales FOR VALUES IN (2020);
CREATE VIEW public.circle_one AS SELECT 1 AS x, 'a'::text COLLATE "C" AS t;
CREATE VIEW public.circle_two AS SELECT x, t FROM public.circle_one;
CREATE OR REPLACE VIEW public.circle_one AS SELECT x, t FROM public.circle_two;
CREATE RULE protect AS ON DELETE TO public.orders WHERE old.id < 10 DO INSTEAD NOTHING;
CREATE RULE log_it AS ON INSERT TO public.user_names DO INSTEAD (INSERT INTO public.bare DEFAULT VALUES; NOTIFY "some channel");
COMMENT ON RULE protect ON public.orders IS 'protects';
ALTER TABLE public.orders DISABLE RULE protect;
CREATE FUNCTION public.trigger_fn() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER before_change BEFORE INSERT OR UPDATE OF note, user_id ON public.orders FOR EACH ROW WHEN (NEW.note IS NOT NULL) EXECUTE FUNCTION public.trigger_fn('a', 'it''s');
CREATE TRIGGER "After All" AFTER INSERT ON public.orders REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.trigger_fn();
CREATE CONSTRAINT TRIGGER checked AFTER UPDATE ON public.orders FROM public.users DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.trigger_fn();
ALTER TABLE public.orders ENABLE ALWAYS TRIGGER before_change;
ALTER TABLE public.orders DISABLE TRIGGER "After All";
ALTER TABLE public.orders ENABLE REPLICA TRIGGER checked;
COMMENT ON TRIGGER before_change ON public.orders IS 'before';
CREATE TRIGGER on_view INSTEAD OF INSERT ON public.secure FOR EACH ROW EXECUTE FUNCTION public.trigger_fn();
CREATE TRIGGER on_parts AFTER INSERT ON parts.events FOR EACH ROW EXECUTE FUNCTION public.trigger_fn();
ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.orders FORCE ROW LEVEL SECURITY;
CREATE POLICY everyone ON public.users;
CREATE POLICY mine ON public.orders AS RESTRICTIVE FOR UPDATE TO "torture Reader", torture_owner USING (user_id = 1) WITH CHECK (EXISTS (SELECT FROM public.users u WHERE u.id = user_id));
CREATE POLICY adding ON public.orders FOR INSERT WITH CHECK (note <> 'x');
COMMENT ON POLICY mine ON public.orders IS 'policy';
ALTER FUNCTION public.trigger_fn() DEPENDS ON EXTENSION hstore;
ALTER INDEX public.users_hash DEPENDS ON EXTENSION hstore;
ALTER DEFAULT PRIVILEGES FOR ROLE torture_owner IN SCHEMA parts GRANT SELECT, INSERT ON TABLES TO "torture Reader" WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE torture_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE torture_owner GRANT USAGE ON SEQUENCES TO PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE torture_owner GRANT USAGE ON SCHEMAS TO torture_grantor;
`,
  },
  {
    embedded: false,
    sql: `
CREATE FUNCTION public.event_fn() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE EVENT TRIGGER torture_event ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'DROP TABLE') EXECUTE FUNCTION public.event_fn();
ALTER EVENT TRIGGER torture_event ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER torture_event IS 'event';
CREATE EVENT TRIGGER torture_drop ON sql_drop EXECUTE FUNCTION public.event_fn();
`,
  },
  {
    sql: `
CREATE PUBLICATION everything FOR ALL TABLES WITH (publish = 'insert, update', publish_via_partition_root = true);
CREATE PUBLICATION some_tables FOR TABLE ONLY public.users, public.orders;
ALTER PUBLICATION some OWNER TO torture_owner;
COMMENT ON PUBLICATION some_tables IS 'some';
CREATE PUBLICATION none_yet;
`.replace("ALTER PUBLICATION some OWNER TO torture_owner;", ""),
  },
  {
    since: 15,
    sql: `
CREATE PUBLICATION columns FOR TABLE public.orders (id, user_id) WHERE (id > 100), TABLES IN SCHEMA parts;
CREATE UNLOGGED SEQUENCE public.unlogged_counter;
CREATE UNIQUE INDEX nulls_equal ON public.orders (other_id) NULLS NOT DISTINCT;
CREATE VIEW public.invoker WITH (security_invoker = true) AS SELECT 1 AS one;
ALTER TABLE public.orders ADD CONSTRAINT other_user FOREIGN KEY (other_id) REFERENCES public.users (id) ON DELETE SET NULL (other_id);
`.replace(" WHERE (id > 100), TABLES IN SCHEMA parts", " WHERE (id > 100)"),
  },
  { since: 15, sql: `CREATE PUBLICATION in_schema FOR TABLES IN SCHEMA parts;` },
  {
    embedded: false,
    sql: `
CREATE SUBSCRIPTION torture_subscription CONNECTION '' PUBLICATION p1, "P 2" WITH (connect = false, slot_name = NONE, synchronous_commit = 'local');
COMMENT ON SUBSCRIPTION torture_subscription IS 'subscription';
`,
  },
  {
    since: 14,
    sql: `
ALTER TABLE public.users ALTER COLUMN tags SET COMPRESSION pglz;
CREATE STATISTICS public.expression_stats ON lower(email), (id + 1) FROM public.users;
`,
  },
  {
    since: 18,
    sql: `
CREATE TABLE public.virtuals (a integer, b integer GENERATED ALWAYS AS (a * 2) VIRTUAL, c integer CONSTRAINT c_named NOT NULL, d integer CONSTRAINT d_own NOT NULL NO INHERIT);
ALTER TABLE public.virtuals ADD CONSTRAINT a_later NOT NULL a NOT VALID;
ALTER TABLE public.orders ADD CONSTRAINT unenforced CHECK (id > 0) NOT ENFORCED;
CREATE PUBLICATION generated FOR TABLE public.virtuals WITH (publish_generated_columns = stored);
CREATE TABLE public.temporal (id integer, valid daterange, PRIMARY KEY (id, valid WITHOUT OVERLAPS));
`.replace("PRIMARY KEY (id, valid WITHOUT OVERLAPS)", "PRIMARY KEY (id)"),
  },
  {
    since: 17,
    sql: `
CREATE TABLE parts.identity (id integer GENERATED ALWAYS AS IDENTITY, k integer) PARTITION BY LIST (k);
CREATE TABLE parts.identity_1 PARTITION OF parts.identity FOR VALUES IN (1);
CREATE DOMAIN public.named AS integer CONSTRAINT named_nn NOT NULL;
`,
  },
];
