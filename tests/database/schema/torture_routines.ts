/**
 * Schemas, types, routines, operators, text search and foreign data of the torture schema.
 *
 * @module
 */

import type { Part } from "./torture_part.ts";

export const ROUTINES: readonly Part[] = [
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
];
