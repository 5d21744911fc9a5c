import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findIncompatibilities } from "../../../src/compat/find_incompatibilities.ts";
import { describeSchema } from "../../../src/schema/describe_schema.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { connectorTo } from "../../support/harness.ts";

const LIMIT = { timeout: 120_000 };

/** Made before each change. */
const OLDER = `
  CREATE TYPE state AS ENUM ('new', 'paid', 'sent');
  CREATE DOMAIN email AS text;
  CREATE TYPE point3 AS (x int, y int, z int);
  CREATE TABLE customers (id int PRIMARY KEY, name text, mail email, since date NOT NULL DEFAULT now());
  CREATE TABLE orders (id int, customer int, total numeric(10, 2), state state, note text UNIQUE);
  CREATE UNIQUE INDEX orders_id ON orders (id);
  CREATE VIEW paid AS SELECT id, total FROM orders WHERE state = 'paid';
  CREATE MATERIALIZED VIEW sums AS SELECT customer, sum(total) AS sum FROM orders GROUP BY 1;
  CREATE FUNCTION total_of(customer int) RETURNS numeric LANGUAGE sql AS 'SELECT 1.0';
  CREATE SEQUENCE numbers;
  CREATE SCHEMA archive;
  CREATE TABLE archive.orders (id int);
  GRANT SELECT, INSERT ON customers TO PUBLIC;
`;

/** What changes, and the findings: code, severity, object. */
const CHANGES: Readonly<Record<string, readonly string[]>> = {
  "DROP TABLE customers": ["object-gone breaks TABLE public.customers"],
  "ALTER TABLE customers RENAME TO clients": ["object-gone breaks TABLE public.customers"],
  "ALTER TABLE customers DROP COLUMN name": ["column-gone breaks TABLE public.customers"],
  "ALTER TABLE customers RENAME COLUMN name TO title": [
    "column-gone breaks TABLE public.customers",
  ],
  "ALTER TABLE orders ALTER COLUMN note TYPE varchar(20)": [
    "type-changed may-break TABLE public.orders",
  ],
  "ALTER TABLE customers ADD COLUMN region text NOT NULL": [
    "value-required breaks TABLE public.customers",
  ],
  "ALTER TABLE customers ALTER COLUMN name SET NOT NULL": [
    "value-required may-break TABLE public.customers",
  ],
  "ALTER TABLE customers ALTER COLUMN since DROP DEFAULT": [
    "value-required may-break TABLE public.customers",
  ],
  "ALTER TABLE customers ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY": [
    "value-required may-break TABLE public.customers",
  ],
  "ALTER TABLE customers ADD CHECK (name <> '')": [
    "value-restricted may-break TABLE public.customers",
  ],
  "ALTER TABLE orders ADD FOREIGN KEY (customer) REFERENCES customers": [
    "value-restricted may-break TABLE public.orders",
  ],
  "CREATE UNIQUE INDEX ON customers (name)": ["value-restricted may-break TABLE public.customers"],
  "ALTER DOMAIN email ADD CHECK (value ~ '@')": ["value-restricted may-break DOMAIN public.email"],
  "ALTER TABLE orders DROP CONSTRAINT orders_note_key": [
    "conflict-target-gone may-break CONSTRAINT orders_note_key ON public.orders",
  ],
  "DROP INDEX orders_id": ["conflict-target-gone may-break INDEX public.orders_id"],
  "ALTER TYPE state RENAME VALUE 'sent' TO 'shipped'": ["label-gone breaks TYPE public.state"],
  "DROP VIEW paid": ["object-gone breaks VIEW public.paid"],
  "DROP MATERIALIZED VIEW sums": ["object-gone breaks MATERIALIZED VIEW public.sums"],
  "DROP VIEW paid; CREATE VIEW paid AS SELECT id FROM orders": [
    "column-gone breaks VIEW public.paid",
  ],
  "DROP FUNCTION total_of; CREATE FUNCTION total_of(bigint) RETURNS numeric LANGUAGE sql AS 'SELECT 1.0'":
    ["object-gone breaks FUNCTION public.total_of(integer)"],
  "DROP FUNCTION total_of; CREATE FUNCTION total_of(customer int) RETURNS text LANGUAGE sql AS 'SELECT 1'":
    ["type-changed breaks FUNCTION public.total_of(integer)"],
  "DROP SEQUENCE numbers": ["object-gone breaks SEQUENCE public.numbers"],
  "DROP TYPE point3": ["object-gone breaks TYPE public.point3"],
  "ALTER TYPE point3 DROP ATTRIBUTE z": ["column-gone breaks TYPE public.point3"],
  "ALTER SCHEMA archive RENAME TO old": [
    "object-gone breaks SCHEMA archive",
    "object-gone breaks TABLE archive.orders",
  ],
  "REVOKE INSERT ON customers FROM PUBLIC": ["privilege-gone breaks TABLE public.customers"],
  "REVOKE EXECUTE ON FUNCTION total_of FROM PUBLIC": [
    "privilege-gone breaks FUNCTION public.total_of(integer)",
  ],
  "ALTER TABLE customers ENABLE ROW LEVEL SECURITY": [
    "rows-hidden may-break TABLE public.customers",
  ],
  "ALTER TABLE customers RENAME TO clients; CREATE VIEW customers AS SELECT id, name, since FROM clients":
    [
      "view-instead-of-table may-break TABLE public.customers",
      "column-gone breaks TABLE public.customers",
    ],
  // What only adds is no finding.
  "CREATE TABLE parts (id int PRIMARY KEY, CHECK (id > 0))": [],
  "ALTER TABLE customers ADD COLUMN region text": [],
  "ALTER TABLE customers ADD COLUMN region text NOT NULL DEFAULT 'eu'": [],
  "ALTER TABLE customers ADD COLUMN no int GENERATED ALWAYS AS IDENTITY": [],
  "ALTER TABLE customers ADD COLUMN size int CHECK (size > 0)": [],
  "ALTER TYPE state ADD VALUE 'lost'": [],
  "CREATE INDEX ON customers (name)": [],
  "CREATE FUNCTION total_of(text) RETURNS numeric LANGUAGE sql AS 'SELECT 1.0'": [],
  "GRANT UPDATE ON customers TO PUBLIC": [],
  "COMMENT ON TABLE customers IS 'people'": [],
  "ALTER TABLE customers ALTER COLUMN name SET DEFAULT ''": [],
};

for (const major of majors) {
  describe(`what an older release does not find any more, on PostgreSQL ${major}`, () => {
    test("is found in every change, and in nothing that only adds", LIMIT, async () => {
      const server = await sharedCluster(major);
      const template = await server.createDatabase();
      const options = { without: ["migrator"] };
      const open = async (database: string) =>
        await (await connectorTo(server.url(database))).open({ applicationName: "compat" });
      const first = await open(template);
      await first.query(OLDER);
      const older = await describeSchema(first, options);
      await first.close();
      const found: Record<string, readonly string[]> = {};
      for (const [index, change] of Object.keys(CHANGES).entries()) {
        const database = `${template}_${index}`;
        await server.sql("postgres", `CREATE DATABASE ${database} TEMPLATE ${template}`);
        const session = await open(database);
        await session.query(change);
        const newer = await describeSchema(session, options);
        await session.close();
        await server.sql("postgres", `DROP DATABASE ${database}`);
        found[change] = findIncompatibilities(older, newer)
          .map(({ code, severity, object }) => `${code} ${severity} ${object}`);
      }
      assert.deepEqual(found, CHANGES);
    });
  });
}
