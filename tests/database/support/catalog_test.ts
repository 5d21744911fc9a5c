import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { describeCatalog } from "../../support/catalog.ts";
import { majors, type Server, sharedCluster } from "../../support/cluster.ts";

/** One of everything; what it adds to an empty database is listed by the golden text below. */
const BASE = `
  CREATE EXTENSION citext;
  CREATE SCHEMA other;
  CREATE SCHEMA migrator;
  CREATE TABLE migrator.ignored (a int);
  CREATE TYPE mood AS ENUM ('sad', 'ok');
  CREATE TYPE pair AS (a int, b text);
  CREATE TYPE span AS RANGE (subtype = int);
  CREATE DOMAIN positive AS int DEFAULT 1 CHECK (VALUE > 0);
  CREATE TABLE parent (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL DEFAULT 'x',
    twice int GENERATED ALWAYS AS (2) STORED,
    mood mood, size positive, tag public.citext);
  CREATE TABLE other.child (id serial, parent bigint REFERENCES parent);
  CREATE TABLE parts (k int, v text) PARTITION BY RANGE (k);
  CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (1) TO (10);
  CREATE TABLE inheriting () INHERITS (parent);
  CREATE INDEX by_name ON parent (name) WHERE id > 7;
  CREATE SEQUENCE loose INCREMENT 3;
  CREATE VIEW seen AS SELECT name FROM parent;
  CREATE MATERIALIZED VIEW stored AS SELECT id FROM parent;
  CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
  CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE FUNCTION ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
  CREATE AGGREGATE total (int) (sfunc = int4pl, stype = int, initcond = '0');
  CREATE TRIGGER fires BEFORE INSERT ON parent FOR EACH ROW EXECUTE FUNCTION fire();
  CREATE EVENT TRIGGER watching ON ddl_command_end EXECUTE FUNCTION ddl();
  CREATE RULE quiet AS ON DELETE TO parent DO INSTEAD NOTHING;
  CREATE POLICY mine ON parent USING (id = 1);
  CREATE STATISTICS related ON name, mood FROM parent;
  COMMENT ON TABLE parent IS 'has children';
`;

/** Each changes one thing that the text must show, and takes it back. */
const CHANGES: readonly { does: string; up: string; down: string; shows: RegExp }[] = [
  {
    does: "a column",
    up: "ALTER TABLE parent ADD extra numeric(5,2) NOT NULL DEFAULT 0",
    down: "ALTER TABLE parent DROP extra",
    shows: /^\+column public\.parent\.extra numeric\(5,2\) not null default 0/m,
  },
  {
    does: "nullability",
    up: "ALTER TABLE parent ALTER name DROP NOT NULL",
    down: "ALTER TABLE parent ALTER name SET NOT NULL",
    shows: /^-column public\.parent\.name text .* not null/m,
  },
  {
    does: "storage",
    up: "ALTER TABLE parent ALTER name SET STORAGE EXTERNAL",
    down: "ALTER TABLE parent ALTER name SET STORAGE EXTENDED",
    shows: /storage e/,
  },
  {
    does: "a constraint that is not validated",
    up: "ALTER TABLE parent ADD CONSTRAINT short CHECK (length(name) < 9) NOT VALID",
    down: "ALTER TABLE parent DROP CONSTRAINT short",
    shows: /^\+constraint short on public\.parent: CHECK .* \(not validated\)/m,
  },
  {
    does: "an index that became invalid",
    up: "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'by_name'::regclass",
    down: "UPDATE pg_index SET indisvalid = true WHERE indexrelid = 'by_name'::regclass",
    shows: /^\+index public\.by_name: .* \(invalid\)/m,
  },
  {
    does: "a sequence's step",
    up: "ALTER SEQUENCE loose INCREMENT 4",
    down: "ALTER SEQUENCE loose INCREMENT 3",
    shows: /^\+sequence public\.loose .* increment 4/m,
  },
  {
    does: "the column that owns a sequence",
    up: "ALTER SEQUENCE loose OWNED BY parent.id",
    down: "ALTER SEQUENCE loose OWNED BY NONE",
    shows: /^\+sequence public\.loose .* owned by public\.parent\.id/m,
  },
  {
    does: "an overload",
    up: "CREATE FUNCTION one(a int) RETURNS int LANGUAGE sql AS 'SELECT a'",
    down: "DROP FUNCTION one(int)",
    shows: /^\+function public\.one\(integer\), owner postgres/m,
  },
  {
    does: "a function's body",
    up: "CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 2'",
    down: "CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    shows: /^\+.*SELECT 2/m,
  },
  {
    does: "a trigger that is switched off",
    up: "ALTER TABLE parent DISABLE TRIGGER fires",
    down: "ALTER TABLE parent ENABLE TRIGGER fires",
    shows: /^\+trigger fires on public\.parent: .* enabled D/m,
  },
  {
    does: "an event trigger that is switched off",
    up: "ALTER EVENT TRIGGER watching DISABLE",
    down: "ALTER EVENT TRIGGER watching ENABLE",
    shows: /^\+event trigger watching .* enabled D/m,
  },
  {
    does: "row security",
    up: "ALTER TABLE parent ENABLE ROW LEVEL SECURITY",
    down: "ALTER TABLE parent DISABLE ROW LEVEL SECURITY",
    shows: /^\+table public\.parent, .* row security/m,
  },
  {
    does: "a grant",
    up: "GRANT SELECT ON parent TO PUBLIC",
    down: "REVOKE SELECT ON parent FROM PUBLIC",
    shows: /^\+grant table public\.parent to PUBLIC: SELECT/m,
  },
  {
    does: "a grant on a column",
    up: "GRANT UPDATE (name) ON parent TO PUBLIC",
    down: "REVOKE UPDATE (name) ON parent FROM PUBLIC",
    shows: /^\+grant column public\.parent\.name to PUBLIC: UPDATE/m,
  },
  {
    does: "an owner",
    up: "ALTER TABLE parent OWNER TO pg_monitor",
    down: "ALTER TABLE parent OWNER TO postgres",
    shows: /^\+table public\.parent, owner pg_monitor/m,
  },
  {
    does: "a comment",
    up: "COMMENT ON COLUMN parent.name IS 'a name'",
    down: "COMMENT ON COLUMN parent.name IS NULL",
    shows: /^\+comment on table column public\.parent\.name: a name/m,
  },
  {
    does: "a comment on a trigger",
    up: "COMMENT ON TRIGGER fires ON parent IS 'often'",
    down: "COMMENT ON TRIGGER fires ON parent IS NULL",
    shows: /^\+comment on trigger fires on public\.parent: often/m,
  },
  {
    does: "a partition's bound",
    up: "ALTER TABLE parts DETACH PARTITION parts_1",
    down: "ALTER TABLE parts ATTACH PARTITION parts_1 FOR VALUES FROM (1) TO (10)",
    shows: /^-table public\.parts_1, .* bound FOR VALUES FROM \(1\) TO \(10\)/m,
  },
  {
    does: "a domain's default",
    up: "ALTER DOMAIN positive SET DEFAULT 2",
    down: "ALTER DOMAIN positive SET DEFAULT 1",
    shows: /^\+domain public\.positive, .* default 2/m,
  },
  {
    does: "default privileges",
    up: "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
    down: "ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM PUBLIC",
    shows: /^\+default privileges of postgres on r: /m,
  },
  {
    does: "a table that replaces another under its name",
    up: "ALTER TABLE other.child SET SCHEMA public",
    down: "ALTER TABLE child SET SCHEMA other",
    shows: /^\+table public\.child, /m,
  },
];

for (const major of majors) {
  describe(`the catalog as text, on PostgreSQL ${major}`, () => {
    let server: Server;
    let name: string;
    const run = (text: string) => server.sql(name, text);

    before(async () => {
      server = await sharedCluster(major);
      name = await server.createDatabase();
      await run(BASE);
    });

    test("names one of every kind, and nothing of migrator's or an extension's own", async () => {
      const text = await describeCatalog(run);
      for (
        const line of [
          /^schema other, owner postgres$/m,
          /^extension citext \S+ in schema public$/m,
          /^enum public\.mood, owner postgres, labels 'sad' 'ok'$/m,
          /^composite type public\.pair, /m,
          /^column public\.pair\.b text/m,
          /^range public\.span, .* of integer/m,
          /^domain public\.positive, .*CHECK/m,
          /^column public\.parent\.id bigint not null generated always as identity/m,
          /^column public\.parent\.name text collate "C" not null default 'x'::text/m,
          /^column public\.parent\.twice integer generated stored 2/m,
          /^constraint child_parent_fkey on other\.child: FOREIGN KEY \(parent\) REFERENCES public\./m,
          /^sequence other\.child_id_seq .* owned by other\.child\.id$/m,
          /^table public\.inheriting, .* inherits public\.parent/m,
          /^table public\.parts, .* partitioned by RANGE \(k\)/m,
          /^index public\.by_name: CREATE INDEX by_name ON public\.parent .* WHERE \(id > 7\)$/m,
          /^view public\.seen, .*\n {5}SELECT/m,
          /^materialized view public\.stored, /m,
          /^aggregate public\.total\(integer\), /m,
          /^rule quiet on public\.parent: /m,
          /^policy mine on public\.parent: .*using \(id = 1\)/m,
          /^statistics public\.related, /m,
          /^comment on table public\.parent: has children$/m,
        ]
      ) assert.match(text, line);
      assert.doesNotMatch(text, /migrator|citext_eq/);
    });

    for (const { does, up, down, shows } of CHANGES) {
      test(`shows ${does}, and that it was taken back`, async () => {
        const before = await describeCatalog(run);
        await run(up);
        const changed = await describeCatalog(run);
        assert.match(difference(before, changed), shows);
        await run(down);
        assert.equal(await describeCatalog(run), before);
      });
    }

    test("can be restricted to some schemas", async () => {
      const text = await describeCatalog(run, { schemas: ["other"] });
      assert.match(text, /^table other\.child/m);
      assert.doesNotMatch(text, /^table public\.|^extension|^event trigger/m);
    });
  });
}

function difference(before: string, after: string): string {
  const old = new Set(before.split("\n"));
  const now = new Set(after.split("\n"));
  return [
    ...[...old].filter((line) => !now.has(line)).map((line) => `-${line}`),
    ...[...now].filter((line) => !old.has(line)).map((line) => `+${line}`),
  ].join("\n");
}
