import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DefinitionSet } from "../../../src/definition/migration/definition.ts";
import { formatPlace } from "../../../src/failure.ts";
import { embeddedScratch, type ScratchDatabase } from "../../../src/shadow/scratch_database.ts";
import { openDirectory } from "../../../src/source/disk.ts";
import { sampleOrders } from "../../../src/verify/sample_orders.ts";
import { type Verification, verifyMigrations } from "../../../src/verify/verify_migrations.ts";
import { verifyOrders } from "../../../src/verify/verify_orders.ts";
import { writeMigrations, type Written } from "../../support/harness.ts";

async function loaded(list: readonly Written[]): Promise<DefinitionSet> {
  return await (await openDirectory(writeMigrations({ app: list }))).load("app");
}

interface Verified {
  readonly results: readonly Verification[];
  /** How many shadows were opened. */
  readonly shadows: number;
}

async function verify(list: readonly Written[], twice = false): Promise<Verified> {
  const { definitions } = await loaded(list);
  let shadows = 0;
  const results: Verification[] = [];
  const verifying = verifyMigrations({
    definitions,
    isChosen: () => true,
    twice,
    without: [],
    signal: new AbortController().signal,
    shadow(): Promise<ScratchDatabase> {
      shadows++;
      return embeddedScratch();
    },
  });
  for await (const one of verifying) results.push(one);
  return { results, shadows };
}

/** `1 reversible`, `2 different after down: extra TYPE public.mood (app/2_m2/up.sql:3); rows …`. */
function lines({ results }: Verified): readonly string[] {
  return results.map((result) => {
    const { version } = result.definition;
    switch (result.kind) {
      case "reversible":
        return `${version} reversible${result.declaredLoss ? ", with losses" : ""}`;
      case "irreversible":
        return `${version} irreversible`;
      case "refused":
        return `${version} refused at ${result.when}`;
      case "different":
        return [
          `${version} different after ${result.when}:`,
          ...result.differences.map(({ difference, origin }) =>
            `${difference.change} ${difference.address}` +
            (origin ? ` (${formatPlace(origin.place)})` : "")
          ),
          ...result.rows.map(({ table, lost, added, changed, columns }) =>
            `${table} -${lost} +${added} ~${changed} ${columns.join()}`.trim()
          ),
        ].join(" ");
    }
  });
}

const TABLE = {
  up: "CREATE TABLE a (id bigint PRIMARY KEY, name text, at timestamptz DEFAULT now());",
  down: "DROP TABLE a;",
};

describe("verifyMigrations", () => {
  test("names the statement that made what is left behind, taken away or changed", async () => {
    const found = await verify([
      TABLE,
      {
        up:
          "CREATE INDEX a_name ON a (name);\n\nDO $$ BEGIN\n  CREATE TYPE mood AS ENUM ('ok');\nEND $$;",
        down: "DROP INDEX a_name;",
      },
      { up: "SELECT 1;", down: "DROP INDEX IF EXISTS a_name;" },
      {
        up: "ALTER TABLE a ADD COLUMN x integer;",
        down: "ALTER TABLE a DROP COLUMN x, ALTER name SET NOT NULL;",
      },
    ]);
    assert.deepEqual(lines(found), [
      "1 reversible",
      "2 different after down: extra TYPE public.mood (app/2_m2/up.sql:3)",
      "3 different after down: missing INDEX public.a_name (app/2_m2/up.sql:1)",
      "4 different after down: different TABLE public.a (app/1_m1/up.sql:1)",
    ]);
  });

  test("goes on in the same shadow after findings, as if there had been none", async () => {
    const list: Written[] = [TABLE];
    for (let number = 2; number <= 12; number++) {
      list.push({
        up: `CREATE TABLE t${number} (id bigint PRIMARY KEY); CREATE TYPE e${number} AS ENUM ('a');
          INSERT INTO a (id, name) VALUES (${number}, 'x');
          ALTER TABLE a ADD COLUMN c${number} text DEFAULT 'x';`,
        // Half of it, another half, and too much.
        down: [
          `DROP TABLE t${number}; DELETE FROM a WHERE id = ${number};`,
          `ALTER TABLE a DROP COLUMN c${number}; DELETE FROM a WHERE id = ${number};`,
          "DROP TABLE nothing;",
        ][number % 3]!,
      });
    }
    list.push({ up: "SELECT c12, c11, c10 FROM a, t12, t11;", down: "SELECT 1;" });
    const { results, shadows } = await verify(list);
    assert.deepEqual(results.map(({ kind }) => kind), [
      "reversible",
      ...list.slice(2).map((_, index) => (index + 2) % 3 === 2 ? "refused" : "different"),
      "reversible",
    ]);
    assert.equal(shadows, 1);
  });

  test("puts back rows that are gone, and begins anew where nothing else helps", async () => {
    const found = await verify([
      TABLE,
      { up: "INSERT INTO a VALUES (1, 'one'), (2, 'two');", down: "DELETE FROM a;" },
      { up: "SELECT 1;", down: "DELETE FROM a WHERE id = 1; UPDATE a SET name = 'zwei';" },
      { up: "SELECT 1 / (SELECT count(*) - 1 FROM a WHERE name LIKE '%o%');", down: "SELECT 1;" },
    ]);
    assert.deepEqual(lines(found), [
      "1 reversible",
      "2 reversible",
      "3 different after down: public.a -1 +0 ~1 name",
      "4 reversible",
    ]);
    assert.equal(found.shadows, 1);
    const value = await verify([
      { up: "CREATE TYPE mood AS ENUM ('ok');", down: "DROP TYPE mood;" },
      { up: "SELECT 1;", down: "ALTER TYPE mood ADD VALUE 'bad';" },
      { up: "SELECT 1;", down: "SELECT 1;" },
    ]);
    assert.deepEqual(lines(value), [
      "1 reversible",
      "2 different after down: different TYPE public.mood (app/1_m1/up.sql:1)",
      "3 reversible",
    ]);
    assert.equal(value.shadows, 2);
  });

  test("finds rows that are lost, changed or written twice, unless the loss is declared", async () => {
    const rows = { up: "INSERT INTO a VALUES (1, 'one');", down: "DELETE FROM a WHERE id = 1;" };
    const drops = {
      up: "ALTER TABLE a DROP COLUMN name;",
      down: "ALTER TABLE a ADD COLUMN name text;",
    };
    const found = await verify([
      TABLE,
      rows,
      drops,
      { up: "CREATE TABLE log (text text);", down: "DROP TABLE log;" },
      { up: "INSERT INTO log VALUES ('x');", down: "SELECT 1;" },
      { up: "UPDATE a SET at = now();", down: "UPDATE a SET at = now();" },
    ]);
    assert.deepEqual(lines(found), [
      "1 reversible",
      "2 reversible",
      "3 different after down: public.a -0 +0 ~1 name",
      "4 reversible",
      "5 different after up-after-down: public.log -0 +1 ~0",
      "6 reversible",
    ]);
    const declared = await verify([TABLE, rows, {
      ...drops,
      yaml: "dataLoss: names are not kept",
    }]);
    assert.deepEqual(lines(declared), [
      "1 reversible",
      "2 reversible",
      "3 reversible, with losses",
    ]);
  });

  test("with --twice, finds scripts that do something else the second time", async () => {
    const found = await verify([
      TABLE,
      { up: "INSERT INTO a SELECT count(*) FROM a;", down: "DELETE FROM a WHERE id = 0;" },
      {
        up: "ALTER TABLE a ADD COLUMN IF NOT EXISTS x text; ALTER TABLE a ADD UNIQUE (name);",
        down: "ALTER TABLE a DROP COLUMN IF EXISTS x; ALTER TABLE a DROP CONSTRAINT a_name_key;",
      },
    ], true);
    assert.deepEqual(lines(found), [
      "1 refused at up-twice",
      "2 different after up-twice: public.a -0 +1 ~0",
      "3 different after up-twice: extra CONSTRAINT a_name_key1 ON public.a (app/3_m3/up.sql:1)",
    ]);
  });
});

describe("other orders of the graph", () => {
  /** A root, two branches of three, and a leaf that joins them. */
  const branched = (left: string, right: string): readonly Written[] => [
    { version: 1, up: "CREATE TABLE a (id bigint);", parents: [] },
    { version: 2, up: "SELECT 1;", parents: [1] },
    { version: 3, up: "SELECT 1;", parents: [1] },
    { version: 4, up: left, parents: [2] },
    { version: 5, up: right, parents: [3] },
    { version: 6, up: "SELECT 1;", parents: [4, 5] },
  ];

  async function orders(list: readonly Written[]): Promise<readonly string[]> {
    const { definitions } = await loaded(list);
    const found: string[] = [];
    const verifying = verifyOrders({
      definitions,
      orders: sampleOrders(definitions, { count: 10, seed: 1 }),
      without: [],
      signal: new AbortController().signal,
      shadow: embeddedScratch,
    });
    for await (const one of verifying) {
      const is5First = one.order.findIndex(({ version }) => version === 5n) <
        one.order.findIndex(({ version }) => version === 4n);
      found.push(`${is5First ? "5 before 4" : "4 before 5"}: ${one.kind}`);
    }
    return [...new Set(found)].sort();
  }

  test("make the same where branches do not touch each other", async () => {
    const found = await orders(branched(
      "ALTER TABLE a ADD COLUMN x integer;",
      "ALTER TABLE a ADD COLUMN y integer;",
    ));
    assert.deepEqual(found, ["4 before 5: same", "5 before 4: same"]);
  });

  test("are refused where a branch needs the other", async () => {
    const found = await orders(branched("ALTER TABLE a ADD x int;", "ALTER TABLE a DROP x;"));
    assert.deepEqual(found, ["4 before 5: same", "5 before 4: refused"]);
  });

  test("make something else where branches change the same", async () => {
    const found = await orders(branched(
      "CREATE OR REPLACE VIEW v AS SELECT 1 AS x;",
      "CREATE OR REPLACE VIEW v AS SELECT 2 AS x;",
    ));
    assert.deepEqual(found, ["4 before 5: same", "5 before 4: different"]);
  });
});

describe("sampleOrders", () => {
  const node = (version: bigint, ...parents: bigint[]) => ({ version, parents });

  test("draws different orders with parents first, the same for the same seed", () => {
    const graph = [
      node(1n),
      node(2n, 1n),
      node(3n, 1n),
      node(4n, 2n),
      node(5n, 3n),
      node(6n, 4n, 5n),
    ];
    const draw = (seed: number) => sampleOrders(graph, { count: 50, seed });
    const orders = draw(7);
    // Of the six ways to join two branches of two, one is the given order.
    assert.equal(orders.length, 5);
    for (const order of orders) {
      for (const [index, { parents }] of order.entries()) {
        const before = order.slice(0, index).map(({ version }) => version);
        assert.ok(parents.every((parent) => before.includes(parent)));
      }
    }
    assert.deepEqual(draw(7), orders);
    assert.notDeepEqual(draw(8), orders);
  });

  test("finds none for a line", () => {
    assert.deepEqual(sampleOrders([node(1n), node(2n, 1n)], { count: 5, seed: 1 }), []);
  });
});
