/**
 * Changes that somebody may make to a database behind everybody's back: at least one of every kind.
 *
 * @module
 */

/** One change of the schema of `torture.ts`. */
export interface Change {
  readonly sql: string;
  /** Where it differs then, as `<change> <address>`, in order. */
  readonly differences: readonly string[];
  readonly since?: number;
  /** What no statement mends: the change, or its way back. */
  readonly byHand?: "there" | "back" | "both";
}

const different = (...addresses: string[]) => addresses.map((address) => `different ${address}`);
const extra = (...addresses: string[]) => addresses.map((address) => `extra ${address}`);
const missing = (...addresses: string[]) => addresses.map((address) => `missing ${address}`);

export const CHANGES: readonly Change[] = [
  { sql: "CREATE SCHEMA more", differences: extra("SCHEMA more") },
  { sql: "COMMENT ON SCHEMA parts IS 'x'", differences: different("SCHEMA parts") },
  {
    sql: "GRANT CREATE ON SCHEMA parts TO torture_grantor",
    differences: different("SCHEMA parts"),
  },
  {
    sql: "DROP INDEX public.users_opclass; DROP INDEX public.users_trgm; DROP EXTENSION pg_trgm",
    differences: missing(
      "EXTENSION pg_trgm",
      "INDEX public.users_opclass",
      "INDEX public.users_trgm",
    ),
  },
  { sql: "CREATE EXTENSION citext", differences: extra("EXTENSION citext") },
  {
    sql: "CREATE COLLATION public.more (provider = libc, locale = 'C')",
    differences: extra("COLLATION public.more"),
  },
  {
    sql: "ALTER TYPE public.mood ADD VALUE 'new' AFTER 'sad'",
    differences: different("TYPE public.mood"),
    byHand: "back",
  },
  { sql: "CREATE TYPE public.more AS ENUM ('a')", differences: extra("TYPE public.more") },
  { sql: "DROP TYPE public.empty", differences: missing("TYPE public.empty") },
  {
    sql: "CREATE DOMAIN public.more AS text CHECK (VALUE <> '')",
    differences: extra("DOMAIN public.more", "CONSTRAINT more_check ON DOMAIN public.more"),
  },
  {
    sql:
      "ALTER DOMAIN public.code SET DEFAULT 'y'; ALTER DOMAIN public.code ADD CONSTRAINT c CHECK (VALUE <> 'q')",
    differences: [
      ...different("DOMAIN public.code"),
      ...extra("CONSTRAINT c ON DOMAIN public.code"),
    ],
  },
  {
    sql: "CREATE FUNCTION public.add(a bigint) RETURNS bigint LANGUAGE sql AS 'SELECT a'",
    differences: extra("FUNCTION public.add(bigint)"),
  },
  {
    sql:
      "CREATE OR REPLACE FUNCTION public.add(a text, b text) RETURNS text LANGUAGE sql STABLE AS 'SELECT b || a'",
    differences: different("FUNCTION public.add(text, text)"),
  },
  {
    sql: "ALTER FUNCTION public.add(text, text) SECURITY DEFINER",
    differences: different("FUNCTION public.add(text, text)"),
  },
  {
    sql: "GRANT EXECUTE ON FUNCTION public.add(text, text) TO PUBLIC",
    differences: different("FUNCTION public.add(text, text)"),
  },
  {
    sql: "DROP PROCEDURE public.proc(integer)",
    differences: missing("PROCEDURE public.proc(integer)"),
  },
  {
    sql: "DROP AGGREGATE public.mysum(integer)",
    differences: missing("AGGREGATE public.mysum(integer)"),
  },
  {
    sql: "DROP OPERATOR public.!! (NONE, integer)",
    differences: missing("OPERATOR public.!! (NONE, integer)"),
  },
  {
    sql: "DROP OPERATOR CLASS public.myclass USING btree",
    differences: missing("OPERATOR CLASS public.myclass USING btree"),
  },
  {
    sql:
      "ALTER OPERATOR FAMILY public.myfamily USING btree DROP OPERATOR 1 (integer, bigint), FUNCTION 1 (integer, bigint)",
    differences: missing("MEMBERS OF OPERATOR FAMILY public.myfamily USING btree"),
  },
  { sql: "DROP CAST (public.mood AS text)", differences: missing("CAST (public.mood AS text)") },
  {
    sql: "ALTER TEXT SEARCH CONFIGURATION public.myconfig DROP MAPPING FOR word",
    differences: different("TEXT SEARCH CONFIGURATION public.myconfig"),
  },
  {
    sql: "DROP FOREIGN TABLE public.remote",
    differences: missing(
      "FOREIGN TABLE public.remote",
      "DEFAULT OF public.remote.label",
      "CONSTRAINT remote_check ON public.remote",
    ),
  },
  {
    sql: "ALTER SERVER myserver OPTIONS (SET host 'other')",
    differences: different("SERVER myserver"),
  },
  {
    sql: "DROP USER MAPPING FOR PUBLIC SERVER myserver",
    differences: missing("USER MAPPING FOR PUBLIC SERVER myserver"),
  },
  {
    sql:
      "CREATE TABLE public.more (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a text DEFAULT 'x', b bigint REFERENCES public.users)",
    differences: extra(
      "TABLE public.more",
      "SEQUENCE public.more_id_seq",
      "DEFAULT OF public.more.a",
      "CONSTRAINT more_b_fkey ON public.more",
      "CONSTRAINT more_pkey ON public.more",
    ),
  },
  { sql: "DROP TABLE public.norep", differences: missing("TABLE public.norep") },
  {
    sql: "ALTER TABLE public.orders ADD COLUMN more integer NOT NULL DEFAULT 7",
    differences: [...different("TABLE public.orders"), ...extra("DEFAULT OF public.orders.more")],
  },
  {
    sql: "ALTER TABLE public.nulls ADD COLUMN more integer GENERATED ALWAYS AS (id + 1) STORED",
    differences: different("TABLE public.nulls"),
  },
  {
    sql: "ALTER TABLE public.users ALTER COLUMN ts TYPE timestamp(6)",
    differences: different("TABLE public.users"),
  },
  {
    sql: "ALTER TABLE public.accessed ALTER COLUMN id TYPE bigint",
    differences: different("TABLE public.accessed"),
  },
  {
    sql: "ALTER TABLE public.accessed ALTER COLUMN id SET NOT NULL",
    differences: different("TABLE public.accessed"),
  },
  {
    sql: "ALTER TABLE public.users ALTER COLUMN tags DROP NOT NULL",
    differences: different("TABLE public.users"),
  },
  {
    sql:
      "ALTER TABLE public.users ALTER COLUMN doc SET STORAGE MAIN, ALTER COLUMN email SET STATISTICS 7, ALTER COLUMN email RESET (n_distinct)",
    differences: different("TABLE public.users"),
  },
  {
    sql: "ALTER TABLE public.users SET (fillfactor = 50), RESET (autovacuum_enabled)",
    differences: different("TABLE public.users"),
  },
  {
    sql: "ALTER TABLE public.unlogged SET LOGGED",
    differences: different("TABLE public.unlogged"),
  },
  {
    sql:
      "ALTER TABLE public.bare OWNER TO torture_owner; COMMENT ON TABLE public.bare IS 'x'; GRANT SELECT ON public.bare TO PUBLIC",
    differences: different("TABLE public.bare"),
  },
  {
    sql: "GRANT SELECT (price) ON public.users TO torture_grantor",
    differences: different("TABLE public.users"),
  },
  {
    sql: 'REVOKE ALL ON public.users FROM "torture Reader"',
    differences: different("TABLE public.users"),
  },
  {
    sql: 'COMMENT ON COLUMN public.users."Name with ""quotes""" IS NULL',
    differences: different("TABLE public.users"),
  },
  {
    sql: "ALTER TABLE public.users DISABLE ROW LEVEL SECURITY",
    differences: different("TABLE public.users"),
  },
  {
    sql: "ALTER TABLE public.nulls REPLICA IDENTITY DEFAULT",
    differences: different("TABLE public.nulls"),
  },
  {
    sql:
      "CREATE TABLE parts.hashed_1 PARTITION OF parts.hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1)",
    differences: extra("TABLE parts.hashed_1"),
  },
  {
    sql:
      "CREATE TABLE parts.events_2019 PARTITION OF parts.events FOR VALUES FROM ('2019-01-01 00:00+00') TO ('2020-01-01 00:00+00')",
    differences: extra(
      "TABLE parts.events_2019",
      "DEFAULT OF parts.events_2019.kind",
      "INDEX parts.events_2019_kind_idx",
      "INDEX parts.events_2019_payload_idx",
      "CONSTRAINT events_2019_pkey ON parts.events_2019",
      "CONSTRAINT some_check ON parts.events_2019",
    ),
  },
  {
    sql: "ALTER TABLE public.users CLUSTER ON users_identity",
    differences: different("INDEX public.users_identity", "CONSTRAINT users_pkey ON public.users"),
  },
  {
    sql: "ALTER TABLE public.griffin NO INHERIT public.flying",
    differences: different("TABLE public.griffin"),
    byHand: "back",
  },
  {
    sql: "ALTER TABLE parts.hashed DETACH PARTITION parts.hashed_0",
    differences: different("TABLE parts.hashed_0"),
  },
  {
    sql: "ALTER SEQUENCE public.counter INCREMENT BY 3 NO CYCLE",
    differences: different("SEQUENCE public.counter"),
  },
  { sql: "CREATE SEQUENCE public.more", differences: extra("SEQUENCE public.more") },
  {
    sql: "ALTER TABLE public.identities ALTER COLUMN a SET GENERATED BY DEFAULT",
    differences: different("SEQUENCE public.identities_a_seq"),
  },
  {
    sql: "ALTER TABLE public.identities ALTER COLUMN b DROP IDENTITY",
    differences: missing("SEQUENCE public.identities_seq"),
  },
  {
    sql: "ALTER TABLE public.users ALTER COLUMN day SET DEFAULT '2021-01-01'",
    differences: different("DEFAULT OF public.users.day"),
  },
  {
    sql: "ALTER TABLE public.users ALTER COLUMN day DROP DEFAULT",
    differences: missing("DEFAULT OF public.users.day"),
  },
  {
    sql: "CREATE OR REPLACE VIEW public.base_view AS SELECT 2 AS x",
    differences: different("VIEW public.base_view"),
  },
  { sql: "DROP VIEW public.over_view", differences: missing("VIEW public.over_view") },
  {
    sql: "ALTER VIEW public.secure RESET (security_barrier)",
    differences: different("VIEW public.secure"),
  },
  {
    sql: "DROP MATERIALIZED VIEW public.totals2",
    differences: missing("MATERIALIZED VIEW public.totals2"),
  },
  {
    sql: "CREATE MATERIALIZED VIEW public.more AS SELECT 1 AS one",
    differences: extra("MATERIALIZED VIEW public.more"),
  },
  {
    sql: 'CREATE INDEX "More Index" ON public.users (price)',
    differences: extra('INDEX public."More Index"'),
  },
  { sql: "DROP INDEX public.users_lower", differences: missing("INDEX public.users_lower") },
  {
    sql:
      "DROP INDEX public.users_hash; CREATE INDEX users_hash ON public.users USING btree (email); ALTER INDEX public.users_hash DEPENDS ON EXTENSION hstore",
    differences: different("INDEX public.users_hash"),
  },
  {
    sql: "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'public.users_trgm'::regclass",
    differences: different("INDEX public.users_trgm"),
    byHand: "there",
  },
  {
    sql: "ALTER TABLE public.users DROP CONSTRAINT price_positive",
    differences: missing("CONSTRAINT price_positive ON public.users"),
  },
  {
    sql: "ALTER TABLE public.orders VALIDATE CONSTRAINT late",
    differences: different("CONSTRAINT late ON public.orders"),
  },
  {
    sql: "ALTER TABLE public.orders DROP CONSTRAINT orders_self",
    differences: missing("CONSTRAINT orders_self ON public.orders"),
  },
  {
    sql: "ALTER TABLE public.users DROP CONSTRAINT email_unique",
    differences: missing("CONSTRAINT email_unique ON public.users"),
  },
  {
    sql: "ALTER TABLE public.bookings DROP CONSTRAINT bookings_during_excl",
    differences: missing("CONSTRAINT bookings_during_excl ON public.bookings"),
  },
  {
    sql: "DROP STATISTICS public.users_stats",
    differences: missing("STATISTICS public.users_stats"),
  },
  {
    sql: "DROP RULE protect ON public.orders",
    differences: missing("RULE protect ON public.orders"),
  },
  {
    sql: "ALTER TABLE public.orders ENABLE RULE protect",
    differences: different("RULE protect ON public.orders"),
  },
  {
    sql: "DROP TRIGGER before_change ON public.orders",
    differences: missing("TRIGGER before_change ON public.orders"),
  },
  {
    sql: "ALTER TABLE public.orders DISABLE TRIGGER before_change",
    differences: different("TRIGGER before_change ON public.orders"),
  },
  {
    sql: "DROP TRIGGER on_parts ON parts.events",
    differences: missing("TRIGGER on_parts ON parts.events"),
  },
  {
    sql: "ALTER POLICY mine ON public.orders USING (user_id = 2)",
    differences: different("POLICY mine ON public.orders"),
  },
  {
    sql: "CREATE POLICY more ON public.users FOR SELECT TO torture_owner USING (true)",
    differences: extra("POLICY more ON public.users"),
  },
  {
    sql: "ALTER EVENT TRIGGER torture_event DISABLE",
    differences: different("EVENT TRIGGER torture_event"),
  },
  { sql: "DROP EVENT TRIGGER torture_drop", differences: missing("EVENT TRIGGER torture_drop") },
  {
    sql: "ALTER PUBLICATION some_tables ADD TABLE public.bookings",
    differences: different("PUBLICATION some_tables"),
  },
  { sql: "DROP PUBLICATION none_yet", differences: missing("PUBLICATION none_yet") },
  {
    sql: "ALTER DEFAULT PRIVILEGES FOR ROLE torture_owner REVOKE USAGE ON SEQUENCES FROM PUBLIC",
    differences: missing("DEFAULT PRIVILEGES FOR ROLE torture_owner ON SEQUENCES"),
  },
  {
    sql:
      "ALTER DEFAULT PRIVILEGES FOR ROLE torture_owner IN SCHEMA parts GRANT UPDATE ON TABLES TO torture_grantor",
    differences: different("DEFAULT PRIVILEGES FOR ROLE torture_owner IN SCHEMA parts ON TABLES"),
  },
];
