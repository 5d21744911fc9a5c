import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ctid } from "../../../src/background/strategy/ctid.ts";
import { keyset } from "../../../src/background/strategy/keyset.ts";
import { looseIndexScan } from "../../../src/background/strategy/loose_index_scan.ts";
import type { KeyColumn, Scan } from "../../../src/background/strategy/strategy.ts";
import type { Session } from "../../../src/connection/session/session.ts";
import type { SqlTemplate } from "../../../src/definition/batched/sql_template.ts";
import { majors, type Server, sharedCluster } from "../../support/cluster.ts";
import { connectorTo } from "../../support/harness.ts";
import { walksOf, walkThrough } from "./scan_through.ts";

const LIMIT = { timeout: 120_000 };
const SIZES = [1, 2, 7, 1_000];

/** Columns a, b, ... of these types; the types of the walk; a query of their values. */
const KEYS: readonly (readonly [
  columns: readonly string[],
  key: readonly (string | Omit<KeyColumn, "name">)[],
  values: string,
])[] = [
  [
    ["bigint"],
    ["int8"],
    "SELECT unnest(ARRAY[9223372036854775807, -9223372036854775808, 9007199254740993, 0, 9223372036854775806, 9007199254740992, -1])",
  ],
  [["uuid"], ["uuid"], series("md5((i / 2)::text)::uuid")],
  [['text COLLATE "de-x-icu"'], ["text"], texts()],
  [['text COLLATE "C"'], ["text"], texts()],
  [["text COLLATE sloppy"], ["text"], texts()],
  [["varchar(20)"], ["text"], texts()],
  [["char(5)"], ["bpchar"], "SELECT unnest(ARRAY['a', 'a ', 'b', '', 'ab', 'A b'])"],
  [["timestamptz"], ["timestamptz"], times()],
  [["timestamp(3)"], ["timestamp"], times()],
  [
    ["numeric"],
    ["numeric"],
    "SELECT unnest(ARRAY['NaN', 1, 1.0, 1.00001, -1e40, 1e-40]::numeric[])",
  ],
  [
    ["float8"],
    ["float8"],
    "SELECT unnest(ARRAY['NaN', 0, '-0', 0.1, 1e300, '-Infinity']::float8[])",
  ],
  [["date"], ["date"], "SELECT unnest(ARRAY['infinity', '2024-02-29', '0044-03-15 BC']::date[])"],
  [
    ["interval"],
    ["interval"],
    "SELECT unnest(ARRAY['-1 mon +3 days -0.000001 s', '1 d']::interval[])",
  ],
  [
    ["colour"],
    [{ type: "public.colour" }],
    "SELECT unnest(ARRAY['red', 'blue', 'red']::colour[])",
  ],
  [["bytea"], ["bytea"], series("decode(md5((i / 2)::text), 'hex')")],
  [
    ["inet"],
    ["inet"],
    "SELECT unnest(ARRAY['10.0.0.1', '10.0.0.0/8', '::1', '10.0.0.1/31']::inet[])",
  ],
  [["cidr"], ["inet"], "SELECT unnest(ARRAY['10.0.0.0/8', '10.0.0.1/32', '::/0']::cidr[])"],
  [["even"], ["int4"], series("i * 2")],
  [["int[]"], ["_int4"], series("ARRAY[i / 3, NULL, -i]")],
  [["citext"], [{ type: "public.citext", operators: "public" }], texts()],
  [["int", "text", "date"], ["int4", "text", "date"], triples()],
  [
    ["int", "citext"],
    ["int4", { type: "public.citext", operators: "public" }],
    "SELECT i % 3, CASE WHEN i % 2 = 0 THEN 'X' ELSE 'x' END || i / 4 FROM generate_series(1, 20) i",
  ],
];

const TYPES = `
  CREATE EXTENSION citext;
  CREATE TYPE colour AS ENUM ('red', 'green', 'blue');
  CREATE DOMAIN even AS int CHECK (VALUE % 2 = 0);
  CREATE COLLATION sloppy (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
`;

function series(expression: string): string {
  return `SELECT ${expression} FROM generate_series(1, 20) i`;
}

function texts(): string {
  const list = [
    "",
    "ä",
    "a",
    "A",
    "b",
    "B",
    "Zürich",
    "zu",
    "O''Hara",
    "C:\\new",
    'a"b',
    "日本",
    "a",
  ];
  return `SELECT unnest(ARRAY[${list.map((text) => `'${text}'`).join(", ")}])`;
}

function times(): string {
  const list = [
    "infinity",
    "-infinity",
    "2024-03-31 02:30:00.000001",
    "2024-03-31 02:30:00.000002",
  ];
  return `SELECT unnest(ARRAY[${
    [...list, list[2]].map((t) => `'${t}'`).join(", ")
  }]::timestamptz[])`;
}

function triples(): string {
  return "SELECT i % 2, chr(97 + i % 3), date '2024-01-01' + i / 6 FROM generate_series(1, 20) i";
}

/** 60 rows each: by range with a list below it, by hash, and by inheritance. */
const PARTITIONED = `
  CREATE TABLE ranges (row_id int, country text NOT NULL, PRIMARY KEY (row_id, country))
    PARTITION BY RANGE (row_id);
  CREATE TABLE ranges_low PARTITION OF ranges FOR VALUES FROM (MINVALUE) TO (20);
  CREATE TABLE ranges_high PARTITION OF ranges FOR VALUES FROM (20) TO (50)
    PARTITION BY LIST (country);
  CREATE TABLE ranges_high_de PARTITION OF ranges_high FOR VALUES IN ('de');
  CREATE TABLE ranges_high_rest PARTITION OF ranges_high DEFAULT;
  CREATE TABLE ranges_rest PARTITION OF ranges DEFAULT;
  INSERT INTO ranges SELECT i, (ARRAY['de', 'fr', 'it'])[i % 3 + 1] FROM generate_series(1, 60) i;
  CREATE TABLE hashes (row_id int PRIMARY KEY) PARTITION BY HASH (row_id);
  CREATE TABLE hashes_0 PARTITION OF hashes FOR VALUES WITH (MODULUS 3, REMAINDER 0);
  CREATE TABLE hashes_1 PARTITION OF hashes FOR VALUES WITH (MODULUS 3, REMAINDER 1);
  CREATE TABLE hashes_2 PARTITION OF hashes FOR VALUES WITH (MODULUS 3, REMAINDER 2);
  INSERT INTO hashes SELECT generate_series(1, 60);
  CREATE TABLE parents (row_id int PRIMARY KEY);
  CREATE TABLE children (PRIMARY KEY (row_id)) INHERITS (parents);
  CREATE TABLE grandchildren (PRIMARY KEY (row_id)) INHERITS (children);
  INSERT INTO parents SELECT generate_series(1, 60, 3);
  INSERT INTO children SELECT generate_series(2, 60, 3);
  INSERT INTO grandchildren SELECT generate_series(3, 60, 3);
`;

/** A filter with a hole before each of these columns, each of which it names once. */
function template(text: string, columns: readonly string[]): SqlTemplate {
  const holes = columns.map((name) => {
    const start = text.indexOf(name);
    return { start, end: start, kind: "column", name } as const;
  });
  return { text, holes, line: 1 };
}

for (const major of majors) {
  describe(`batching strategies, on PostgreSQL ${major}`, () => {
    let server: Server;
    let session: Session;
    let database: string;

    before(async () => {
      server = await sharedCluster(major);
      database = await server.createDatabase();
      const connector = await connectorTo(server.url(database));
      session = await connector.open({ applicationName: "strategy_test" });
      await session.query(TYPES);
    });
    after(() => session.close());

    /** Every row once, whatever the size; where the batches are cut is the caller's to say. */
    async function expectEachRowOnce(
      strategy: Parameters<typeof walkThrough>[1]["strategy"],
      scan: Scan,
      check?: (batches: readonly (readonly number[])[], size: number) => Promise<void> | void,
    ) {
      const filter = scan.filter ? ` WHERE ${scan.filter("b")}` : "";
      const { rows } = await session.query(
        `SELECT row_id FROM ${scan.relation} AS b${filter} ORDER BY 1`,
      );
      const all = rows.map((row) => Number(row["row_id"]));
      assert.notEqual(all.length, 0);
      for (const size of SIZES) {
        const batches = await walkThrough(session, { strategy, scan, size });
        assert.deepEqual(batches.flat().sort((x, y) => x - y), all, `${scan.relation}, ${size}`);
        await check?.(batches, size);
      }
    }

    test("a key of whatever type is walked to its end, each row once", LIMIT, async () => {
      for (const [index, [columns, key, values]] of KEYS.entries()) {
        const names = columns.map((_, i) => "abc"[i]!);
        const relation = `public.key_${index}`;
        await session.query(
          `CREATE TABLE ${relation} (row_id int GENERATED ALWAYS AS IDENTITY, ` +
            `${columns.map((type, i) => `${names[i]} ${type} NOT NULL`).join(", ")}); ` +
            `CREATE INDEX ON ${relation} (${names.join(", ")}); ` +
            `INSERT INTO ${relation} (${names.join(", ")}) ${values}`,
        );
        const expected = key.map((one, i) => ({
          name: names[i]!,
          ...(typeof one === "string" ? { type: `pg_catalog.${one}` } : one),
        }));
        const [scan] = await walksOf(session, { table: relation, key: names });
        assert.deepEqual(
          scan!.key.map((column) => ({ ...column, type: column.type.replaceAll('"', "") })),
          expected,
        );
        await expectEachRowOnce(keyset, scan!, (batches, size) => {
          // All but the last are full; a tie may make them larger.
          for (const batch of batches.slice(0, -1)) assert.ok(batch.length >= size, `${columns}`);
        });
        const { rows } = await session.query(
          `SELECT count(*) AS n FROM (SELECT DISTINCT ${names} FROM ${relation}) AS d`,
        );
        await expectEachRowOnce(looseIndexScan, scan!, (batches, size) => {
          assert.equal(batches.length, Math.ceil(Number(rows[0]!["n"]) / size), `${columns}`);
        });
        await expectEachRowOnce(ctid, { ...scan!, key: [] });
      }
    });

    test("a filter decides which rows count, in bounds and in batches", LIMIT, async () => {
      await session.query(
        "CREATE TABLE public.filtered (row_id int PRIMARY KEY, shop int NOT NULL, kind citext); " +
          "CREATE INDEX ON public.filtered (shop); INSERT INTO public.filtered " +
          "SELECT i, i / 10, (ARRAY['Keep', 'kEEP', 'drop', NULL])[i % 4 + 1] " +
          "FROM generate_series(1, 100) AS i WHERE i / 10 <> 5 OR i % 4 > 1",
      );
      const filter = template("kind = 'keep'", ["kind"]);
      const [byKey] = await walksOf(session, { table: "filtered", filter });
      await expectEachRowOnce(keyset, byKey!, (batches, size) => {
        assert.deepEqual(
          new Set(batches.slice(0, -1).map((batch) => batch.length)),
          new Set(batches.length > 1 ? [size] : []),
        );
      });
      // Ten shops are left: nothing in the sixth one is to be kept.
      const [byShop] = await walksOf(session, {
        table: "filtered",
        key: ["shop"],
        filter,
        strategy: "loose-index-scan",
      });
      await expectEachRowOnce(looseIndexScan, byShop!, (batches, size) => {
        assert.equal(batches.length, Math.ceil(10 / size));
      });
      const [byPlace] = await walksOf(session, { table: "filtered", strategy: "ctid", filter });
      await expectEachRowOnce(ctid, byPlace!);
    });

    test("blocks are walked one by one or many at once, holes and all", LIMIT, async () => {
      await session.query(
        "CREATE TABLE public.heap (row_id int, pad text); INSERT INTO public.heap " +
          "SELECT i, repeat('x', 700) FROM generate_series(1, 300) AS i; " +
          "DELETE FROM public.heap WHERE row_id BETWEEN 50 AND 120; ",
      );
      const [scan] = await walksOf(session, { table: "heap", strategy: "ctid" });
      await expectEachRowOnce(ctid, scan!, (batches, size) => {
        assert.equal(batches.length, Math.ceil(28 / size));
      });
      await session.query("CREATE TABLE public.nothing (row_id int)");
      const [none] = await walksOf(session, { table: "nothing", strategy: "ctid" });
      assert.deepEqual(await walkThrough(session, { strategy: ctid, scan: none!, size: 1 }), []);
    });

    test(
      "partitions and children are walked one after the other, however they are divided",
      LIMIT,
      async () => {
        await session.query(PARTITIONED);
        for (const [table, parts] of [["ranges", 4], ["hashes", 3], ["parents", 3]] as const) {
          for (const strategy of ["primary-key", "ctid"] as const) {
            const scans = await walksOf(session, { table, strategy });
            assert.equal(scans.length, parts);
            const seen = [];
            for (const scan of scans) {
              const by = strategy === "ctid" ? ctid : keyset;
              const batches = await walkThrough(session, { strategy: by, scan, size: 4, table });
              seen.push(...batches.flat());
            }
            const { rows } = await session.query(`SELECT row_id FROM ${table} ORDER BY 1`);
            assert.equal(rows.length, 60);
            assert.deepEqual(seen.sort((x, y) => x - y), rows.map((row) => Number(row["row_id"])));
          }
        }
      },
    );
  });
}
