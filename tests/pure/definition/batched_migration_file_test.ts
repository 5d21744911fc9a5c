import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BATCHED_DEFAULTS } from "../../../src/definition/batched/batched_migration.ts";
import type { BatchedMigration } from "../../../src/definition/batched/batched_migration.ts";
import { readBatchedMigration } from "../../../src/definition/batched/batched_migration_file.ts";
import { renderTemplate } from "../../../src/definition/batched/sql_template.ts";
import type { Failure } from "../../../src/failure.ts";

const BODY = "sql: UPDATE routes r SET a = 1 WHERE batch(r) AND r.a IS NULL";

async function read(text: string, name = "fill_routes") {
  const defects: Failure[] = [];
  const path = `app/background/${name}.yaml`;
  const report = (defect: Failure) => void defects.push(defect);
  const declared = await readBatchedMigration(text, { name, path, report });
  return { declared, defects };
}

async function sound(text: string): Promise<BatchedMigration> {
  const { declared, defects } = await read(text);
  assert.deepEqual(defects.map(({ message }) => message), []);
  return declared!;
}

describe("a declaration", () => {
  it("has GitLab's defaults where it says nothing", async () => {
    const { maxHold, ...defaults } = BATCHED_DEFAULTS;
    const { checksum, sql, ...rest } = await sound(`table: public.Routes\n${BODY}\n`);
    assert.match(checksum, /^[0-9a-f]{64}$/);
    assert.equal(sql.length, 1);
    assert.deepEqual(rest, {
      name: "fill_routes",
      path: "app/background/fill_routes.yaml",
      table: "public.Routes",
      strategy: "primary-key",
      key: [],
      arguments: {},
      ...defaults,
      throttle: { watch: ["public.Routes", "routes"], maxHold, ignore: [] },
    });
  });

  it("says all that it can say", async () => {
    const declared = await sound(`
description: Copies the source
table: '"Routes"'
key: [tenant_id, '"Id"']
strategy: KeysetBatchingStrategy
filter: source_type <> argument('kind') -- not those
arguments: { kind: "it's", limits: [1, 2.5, null], more: { deep: true } }
batchSize: 2000
subBatchSize: 100
maxBatchSize: 9000
maxSubBatchSize: 500
targetTime: 300ms
interval: 2min
pause: 0
maxWorkers: 3
statementTimeout: 1min
lockTimeout: 500ms
maxAttempts: 7
maxQuarantined: 10
throttle:
  watch: [routes, shop.carts]
  maxHold: 1h
  maxReplicaLag: 256 MB
  maxArchiveBacklog: 0
  indicator: SELECT 'full' AS signal, '' AS reason
  ignore: dead-tuples
sql: |
  -- the first
  UPDATE "Routes" r SET a = 1 WHERE batch(r);
  DELETE FROM old o USING "Routes" AS "R" WHERE BATCH("R") AND o.id = "R"."Id";
remaining: SELECT 1 FROM "Routes" WHERE a IS NULL AND kind = argument('kind') LIMIT 1;
constraint: routes_a_not_null
down: UPDATE "Routes" SET a = NULL WHERE batch()
`);
    const { sql, filter, remaining, down, throttle, checksum: _checksum, ...rest } = declared;
    assert.deepEqual(rest, {
      name: "fill_routes",
      path: "app/background/fill_routes.yaml",
      description: "Copies the source",
      table: '"Routes"',
      strategy: "keyset",
      key: ["tenant_id", "Id"],
      arguments: { kind: "it's", limits: [1, 2.5, null], more: { deep: true } },
      batchSize: 2000,
      subBatchSize: 100,
      maxBatchSize: 9000,
      maxSubBatchSize: 500,
      targetMs: 300,
      interval: 120,
      pauseMs: 0,
      maxWorkers: 3,
      statementTimeout: 60_000,
      lockTimeout: 500,
      maxAttempts: 7,
      maxQuarantined: 10,
      constraint: "routes_a_not_null",
    });
    const { indicator, ...held } = throttle;
    assert.deepEqual(held, {
      watch: ["routes", "shop.carts"],
      maxHold: 3_600_000,
      maxReplicaLag: 256 * 1024 ** 2,
      maxArchiveBacklog: 0,
      ignore: ["dead-tuples"],
    });
    const filling = {
      condition: (alias: string) => `${alias || "?"} in batch`,
      arguments: rest.arguments,
      alias: '"R"',
    };
    const render = (template: typeof sql[number]) => renderTemplate(template, filling);
    assert.deepEqual(sql.map(render), [
      'UPDATE "Routes" r SET a = 1 WHERE (r in batch)',
      'DELETE FROM old o USING "Routes" AS "R" WHERE ("R" in batch) AND o.id = "R"."Id"',
    ]);
    assert.deepEqual(sql.map(({ line }) => line), [29, 30]);
    assert.equal(render(filter!), `"R".source_type <> 'it''s'`);
    assert.equal(
      render(remaining!),
      `SELECT 1 FROM "Routes" WHERE a IS NULL AND kind = 'it''s' LIMIT 1`,
    );
    assert.deepEqual(down!.map(render), ['UPDATE "Routes" SET a = NULL WHERE (? in batch)']);
    assert.equal(render(indicator!), "SELECT 'full' AS signal, '' AS reason");
  });

  it("finds its calls behind whatever comes before them", async () => {
    const { sql, filter } = await sound(`
table: routes
arguments: { 'ä 🛒': x\\y }
filter: "'Ö batch(r)🛒' <> näme AND /* argument('n') */ (näme).teil > 0 AND f(x => b, c) IS NULL"
sql: |
  UPDATE routes AS "rö🛒" SET a = 'batch(r) 🛒ä', b = $$argument('x')$$, -- batch(r) ä
    c = argument ( 'ä 🛒' ) /* batch("rö🛒") */ WHERE "rö🛒".d = E'\\'batch(r)' AND batch
    ( "rö🛒" );
`);
    const filling = {
      condition: (alias: string) => `[${alias}]`,
      arguments: { "ä 🛒": "x\\y" },
      alias: "q",
    };
    assert.equal(
      renderTemplate(sql[0]!, filling),
      `UPDATE routes AS "rö🛒" SET a = 'batch(r) 🛒ä', b = $$argument('x')$$, -- batch(r) ?
  c = E'x\\\\y' /* batch("r???") */ WHERE "rö🛒".d = E'\\'batch(r)' AND (["rö🛒"])`,
    );
    assert.equal(
      renderTemplate(filter!, filling),
      "'Ö batch(r)🛒' <> q.näme AND /* argument('n') */ (q.näme).teil > 0 AND f(x => q.b, q.c) IS NULL",
    );
  });

  it("is the same with other comments, white space and order, and another one otherwise", async () => {
    const checksum = async (text: string) => (await sound(text)).checksum;
    const one = await checksum(`table: routes\narguments: { a: 1, b: 2 }\n${BODY}\n`);
    const spaced = BODY.replace("sql: UPDATE ", "sql: |\n  -- fill\n  UPDATE\n  ");
    assert.equal(
      await checksum(`# x\n${spaced};\narguments: { b: 2, a: 1 }\ntable: routes`),
      one,
    );
    for (const other of ["arguments: { a: 2, b: 2 }", "filter: a > 0", "pause: 1s", "key: a"]) {
      assert.notEqual(await checksum(`table: routes\n${BODY.replace("SET a", "SET c")}`), one);
      assert.notEqual(
        await checksum(`table: routes\n${BODY.replace("SET a", "SET c")}\n${other}`),
        one,
      );
    }
  });

  it("takes sizes that only some are given of", async () => {
    const sizes = async (text: string) => {
      const { batchSize, subBatchSize } = await sound(`table: routes\n${BODY}\n${text}\n`);
      return [batchSize, subBatchSize];
    };
    assert.deepEqual(await sizes("batchSize: 500"), [500, 500]);
    assert.deepEqual(await sizes("subBatchSize: 200000"), [200_000, 200_000]);
    assert.deepEqual(await sizes("maxBatchSize: 700\nmaxSubBatchSize: 10"), [700, 10]);
  });
});

/** What follows `table: routes`, then code and place below the file, and a word of the hint. */
const DEFECTS: Readonly<Record<string, readonly (readonly [string, string, string])[]>> = {
  [`${BODY}\nbatch_size: 5`]: [["unknown-key", "3:1", "`batchSize`"]],
  [`${BODY}\njob_arguments: [1]`]: [["unknown-key", "3:1", "`arguments`"]],
  [`${BODY}\npause_ms: 1`]: [["unknown-key", "3:1", "`pause`"]],
  [`${BODY}\nthrottle: { maxhold: 1h }`]: [["unknown-key", "3:13", "`maxHold`"]],
  [`${BODY}\nthrottle: on`]: [["wrong-type", "3:11", "indented"]],
  [`${BODY}\nbatchSize: 0\nsubBatchSize: many`]: [
    ["wrong-type", "3:12", "from 1 to"],
    ["wrong-type", "4:15", "whole number"],
  ],
  [`${BODY}\nbatchSize: 10\nsubBatchSize: 11`]: [["batched-size", "4:1", "Lower `subBatchSize`"]],
  [`${BODY}\nmaxBatchSize: 10\nbatchSize: 11`]: [["batched-size", "4:1", "`maxBatchSize`"]],
  [`${BODY}\ntargetTime: 20s`]: [["batched-size", "3:1", "`statementTimeout`"]],
  [`${BODY}\ninterval: 1500ms`]: [["wrong-type", "3:11", "whole seconds"]],
  [`${BODY}\nstatementTimeout: 0`]: [["wrong-type", "3:19", "5min"]],
  [`${BODY}\nthrottle:\n  maxReplicaLag: much\n  watch: [a b]`]: [
    ["wrong-type", "4:18", "256MB"],
    ["wrong-type", "5:11", "routes"],
  ],
  [`${BODY}\nthrottle:\n  ignore: [lock-waits, lock-wait, weather]`]: [
    ["wrong-type", "4:24", "`lock-waits`?"],
    ["wrong-type", "4:35", "active-sessions"],
  ],
  [`${BODY}\nstrategy: random`]: [["wrong-type", "3:11", "loose-index-scan"]],
  [`${BODY}\nstrategy: loose-index-scan`]: [["batched-key", "3:1", "Add `key:`"]],
  [`${BODY}\nstrategy: ctid\nkey: id`]: [["batched-key", "4:1", "Remove `key`"]],
  [`${BODY}\nkey: [id, id]`]: [["wrong-type", "3:11", "`key: id`"]],
  [`${BODY}\narguments: [1]`]: [["wrong-type", "3:12", "`name: value`"]],
  [`${BODY}\narguments: { a: .nan, b: 99999999999999999999 }`]: [
    ["wrong-type", "3:17", "in quotes"],
    ["wrong-type", "3:26", "in quotes"],
  ],
  "pause: 1s": [["missing-key", "1:1", "sql"]],
  "sql: [a, b]": [["wrong-type", "2:6", "one block"]],
  "sql: ''": [["wrong-type", "2:6", "SQL behind"]],
  "sql: |\n  -- nothing\n  ;": [["wrong-type", "3:3", "or remove"]],

  "sql: |\n    UPDATE routes SET\n      a = 'ü' 1 WHERE batch();": [["syntax", "4:15", "Correct"]],
  "sql: >-\n  UPDATE routes SET\n  a = WHERE batch()": [["syntax", "4:7", "Correct"]],
  'sql: "UPDATE routes SET \\x61 = WHERE batch()"': [["syntax", "2:6", "Correct"]],
  "sql: |-\n  UPDATE routes SET a =": [["syntax", "3:24", "Correct"]],
  "sql: |\n  \\set a": [["psql-command", "3:3", "plain SQL"]],

  "sql: |\n  BEGIN;\n  SET search_path = x;\n  VACUUM routes;\n  ALTER TABLE routes ADD a int;": [
    ["batched-statement", "3:3", "one transaction already"],
    ["batched-statement", "4:3", "`lockTimeout`"],
    ["batched-statement", "5:3", "schema migration"],
    ["batched-statement", "6:3", "schema migration"],
  ],
  "sql: |\n  CALL fill();\n  SELECT id INTO x FROM routes WHERE batch()": [
    ["batched-statement", "3:3", "`WHERE batch(t)`"],
    ["batched-statement", "4:3", "schema migration"],
  ],
  "sql: |\n  UPDATE routes SET a = 1 WHERE batch();\n  UPDATE routes SET b = 1": [
    ["batch-missing", "4:3", "WHERE batch(t)"],
  ],
  "sql: UPDATE routes r SET a = 1 WHERE batch(x)": [["batch-misused", "2:38", "`batch(r)`"]],
  "sql: UPDATE routes r SET a = 1 WHERE batch(routes)": [["batch-misused", "2:38", "`batch(r)`"]],
  "sql: UPDATE routes r SET a = 1 WHERE batch(r.id)": [["batch-misused", "2:38", "`batch()`"]],
  "sql: UPDATE routes r SET a = 1 WHERE batch(r) OR b": [["batch-misused", "2:38", "AND"]],
  "sql: UPDATE other o SET a = 1 FROM routes r WHERE batch(o)": [
    ["batch-misused", "2:51", "`batch(r)`"],
  ],
  "sql: UPDATE other.routes r SET a = 1 WHERE batch(r)": [["batch-misused", "2:44", "`table`"]],
  "sql: MERGE INTO routes r USING s ON batch(r) WHEN NOT MATCHED THEN DO NOTHING": [
    ["batch-misused", "2:37", "AND"],
  ],
  "sql: UPDATE routes SET a = $1 WHERE batch()": [["batched-argument", "2:28", "argument('name')"]],
  "sql: UPDATE routes SET a = argument(b) WHERE batch()": [
    ["batched-argument", "2:28", "argument('name')"],
  ],
  "sql: UPDATE routes SET a = 1 WHERE batch()\narguments: { b: 0.12345678901234567 }": [
    ["wrong-type", "3:17", "15 digits"],
  ],
  "sql: UPDATE routes SET a = argument('kid') WHERE batch()\narguments: { kind: 1 }": [
    ["unknown-argument", "2:28", "`kind`"],
  ],
  "sql: UPDATE routes SET b = 2, a = 1 WHERE batch()\nkey: [t, a]": [
    ["batched-key-updated", "2:31", "other columns"],
  ],
  "sql: INSERT INTO routes (a) SELECT a FROM routes r WHERE batch(r) ON CONFLICT (a) DO UPDATE SET a = 2\nkey: a":
    [["batched-key-updated", "2:97", "other columns"]],
  "sql: UPDATE routes SET a = 1 WHERE batch()\nstrategy: ctid": [
    ["batched-not-idempotent", "2:6", "AND t.new IS NULL"],
  ],
  "sql: INSERT INTO x SELECT * FROM routes r WHERE batch(r)\nstrategy: ctid": [
    ["batched-not-idempotent", "2:6", "ON CONFLICT"],
  ],
  [`${BODY}\nfilter: a = 1, b = 2`]: [["batched-filter", "3:9", "behind WHERE"]],
  [`${BODY}\nfilter: true FROM x`]: [["batched-filter", "3:9", "behind WHERE"]],
  [`${BODY}\nfilter: a = 1; DROP TABLE x`]: [["batched-filter", "3:9", "behind WHERE"]],
  [`${BODY}\nfilter: true) OR (true`]: [["syntax", "3:13", "Correct"]],
  [`${BODY}\nfilter: a IN (SELECT 1)`]: [["batched-filter", "3:11", "one row"]],
  [`${BODY}\nfilter: count(a) > 1 AND random() < 1`]: [
    ["batched-filter", "3:9", "whenever it is asked"],
    ["batched-filter", "3:26", "whenever it is asked"],
  ],
  [`${BODY}\nfilter: routes.a = 1`]: [["batched-filter", "3:9", "column alone"]],
  [`${BODY}\nfilter: batch(r)`]: [["batch-misused", "3:9", "Remove"]],
  [`${BODY}\nremaining: DELETE FROM routes`]: [["batched-query", "3:12", "SELECT 1"]],
  [`${BODY}\nremaining: SELECT 1; SELECT 2`]: [["batched-query", "3:22", "SELECT 1"]],
  [`${BODY}\nremaining: SELECT 1 FROM routes WHERE batch()`]: [["batch-misused", "3:39", "Remove"]],
  [`${BODY}\nthrottle: { indicator: "SELEC 1" }`]: [["syntax", "3:25", "Correct"]],
};

describe("a defective declaration", () => {
  for (const [text, expected] of Object.entries(DEFECTS)) {
    it(`is refused: ${JSON.stringify(text)}`, async () => {
      const { declared, defects } = await read(`table: routes\n${text}\n`);
      assert.equal(declared, undefined);
      assert.deepEqual(
        defects.map(({ code, place }) => [code, `${place!.line}:${place!.column}`]),
        expected.map(([code, place]) => [`definition/${code}`, place]),
        defects.map(({ message }) => message).join("\n"),
      );
      for (const [index, { hint }] of defects.entries()) {
        assert.ok(
          hint?.includes(expected[index]![2]),
          `${hint} does not say ${expected[index]![2]}`,
        );
      }
    });
  }

  it("is refused for its name and without a table", async () => {
    for (const name of ["Fill", "fill-routes", "x".repeat(101)]) {
      const { defects } = await read(`table: routes\n${BODY}`, name);
      assert.deepEqual(defects.map(({ code }) => code), ["definition/malformed-name"]);
    }
    for (
      const [text, code] of [
        [BODY, "missing-key"],
        [`table: a b\n${BODY}`, "wrong-type"],
        ["- a", "unreadable-metadata"],
        ["table: a\ntable: b", "unreadable-metadata"],
      ] as const
    ) {
      const { defects } = await read(text);
      assert.deepEqual(defects.map((defect) => defect.code), [`definition/${code}`]);
    }
  });
});
