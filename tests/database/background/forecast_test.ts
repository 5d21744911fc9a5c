import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { predict } from "../../../src/background/forecast/estimate.ts";
import { planLines } from "../../../src/background/forecast/explained.ts";
import { type Forecast, forecast } from "../../../src/background/forecast/forecast.ts";
import { takeSample } from "../../../src/background/forecast/sample.ts";
import type { Session } from "../../../src/connection/session/session.ts";
import type { BatchedMigration } from "../../../src/definition/batched/batched_migration.ts";
import { declared, template } from "../../support/background.ts";
import { majors, type Server, sharedCluster } from "../../support/cluster.ts";
import { connectorTo } from "../../support/harness.ts";

const LIMIT = { timeout: 180_000 };

const ROWS = 60_000;

/** `events` has some 13 MB, `visits` 12 MB without an index; the others are small. */
const TABLES = `
  CREATE TABLE kinds (id int PRIMARY KEY, name text NOT NULL);
  INSERT INTO kinds VALUES (1, 'a'), (2, 'b');
  CREATE TABLE events (id bigint PRIMARY KEY, kind int REFERENCES kinds, tenant int NOT NULL,
    note text, filler text NOT NULL DEFAULT repeat('x', 180)) WITH (fillfactor = 70);
  CREATE INDEX events_tenant ON events (tenant);
  INSERT INTO events (id, tenant) SELECT i * 2, i % 50 FROM generate_series(1, ${ROWS}) AS i;
  CREATE TABLE visits (event_id bigint REFERENCES events, filler text NOT NULL DEFAULT repeat('y', 180));
  INSERT INTO visits (event_id) SELECT i * 2 FROM generate_series(1, ${ROWS}) AS i;
  CREATE TABLE tiny (id int PRIMARY KEY, note text); INSERT INTO tiny VALUES (1), (2), (3);
  CREATE TABLE nothing (id int PRIMARY KEY, note text);
  CREATE TABLE parted (id int PRIMARY KEY, note text) PARTITION BY RANGE (id);
  CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (1000);
  CREATE TABLE parted_high PARTITION OF parted FOR VALUES FROM (1000) TO (9000);
  INSERT INTO parted SELECT i FROM generate_series(0, 8999) AS i;
  VACUUM ANALYZE;
`;

const NOTE = "UPDATE events SET note = 'x' WHERE batch() AND note IS NULL";

type Declared = Partial<BatchedMigration> & { readonly table: string };

/** What is declared, codes of refusals and of warnings, and what the first finding says. */
const FINDINGS: readonly (readonly [
  what: Declared,
  refused: readonly string[],
  warned: readonly string[],
  says?: RegExp,
])[] = [
  [{ table: "events", sql: [template(NOTE)] }, [], []],
  [
    { table: "events", sql: [template("UPDATE events SET note = 'x' WHERE batch()")] },
    [],
    ["plan-no-guard"],
    /No condition asks for note.*AND note IS DISTINCT FROM/s,
  ],
  [
    { table: "events", sql: [template("UPDATE events SET note = note || random() WHERE batch()")] },
    [],
    ["plan-volatile"],
    /random/,
  ],
  [
    {
      table: "events",
      sql: [template(
        "UPDATE events e SET note = v.filler FROM visits v WHERE batch(e) " +
          "AND v.event_id = e.id AND e.note IS NULL",
      )],
    },
    ["plan-seq-scan"],
    [],
    /reads all of public\.visits/,
  ],
  [
    {
      table: "events",
      sql: [template(
        "UPDATE events e SET note = (SELECT max(v.filler) FROM visits v " +
          "WHERE v.event_id = e.id) WHERE batch(e) AND e.note IS NULL",
      )],
    },
    ["plan-nested-scan"],
    [],
    /For each of its rows \(some \d+\) a sub-batch reads all of public\.visits/,
  ],
  [
    { table: "events", sql: [template("DELETE FROM events WHERE batch()")] },
    ["plan-nested-scan"],
    [],
    /visits refers to public\.events \(visits_event_id_fkey\) without an index.*CREATE INDEX CONC.*visits \(event_id\)/s,
  ],
  [
    {
      table: "events",
      sql: [template("UPDATE events SET kind = 1 WHERE batch() AND kind IS NULL")],
    },
    [],
    ["plan-foreign-key"],
    /looked up in (public\.)?kinds/,
  ],
  [
    { table: "events", sql: [template("UPDATE events SET nope = 1 WHERE batch()")] },
    ["plan-refused"],
    ["plan-no-guard"],
    /column "nope" of relation "events" does not exist.*migrator up/s,
  ],
  [
    {
      table: "events",
      filter: {
        text: "tenant = 7",
        holes: [{ start: 0, end: 0, kind: "column", name: "tenant" }],
        line: 1,
      },
      sql: [template(NOTE)],
    },
    [],
    ["plan-filter"],
    /rows of public\.events were read that the filter does not let through, and \d+ that it does/,
  ],
  [
    { table: "tiny", sql: [template("UPDATE tiny SET note = 'x' WHERE batch() AND note IS NULL")] },
    [],
    ["plan-small"],
    /public\.tiny has 8 kB here/,
  ],
  [
    { table: "nowhere", sql: [template("DELETE FROM nowhere WHERE batch()")] },
    ["table-missing"],
    [],
  ],
];

for (const major of majors) {
  describe(`foretelling a batched migration on PostgreSQL ${major}`, () => {
    let server: Server;
    let session: Session;

    before(async () => {
      server = await sharedCluster(major);
      const connector = await connectorTo(server.url(await server.createDatabase()));
      session = await connector.open({ applicationName: "forecast" });
      for (const statement of TABLES.split(";\n")) await session.query(statement);
    });
    after(() => session.close());

    const ask = (what: Declared) => forecast(session, declared({ sql: [], ...what }));
    const codesOf = ({ findings }: Forecast, level: string) =>
      findings.filter((one) => one.level === level)
        .map(({ code }) => code.replace("background/", ""));

    test("finds what makes each sub-batch slow, or is better said before", LIMIT, async () => {
      for (const [what, refused, warned, says] of FINDINGS) {
        const found = await ask(what);
        const title = `${what.sql?.[0]?.text} ${JSON.stringify(found.findings)}`;
        assert.deepEqual(codesOf(found, "refuse"), refused, title);
        assert.deepEqual(codesOf(found, "warn"), warned, title);
        const [first] = found.findings;
        if (says) assert.match(`${first?.message} ${first?.hint}`, says);
      }
    });

    test("looks at the middle of the table, by its index, and writes nothing", LIMIT, async () => {
      const { range, body, bound, estimate, scanPlan } = await ask({
        table: "events",
        sql: [template(NOTE)],
        batchSize: 10_000,
        subBatchSize: 500,
      });
      const [first] = range!.after!;
      assert.ok(Number(first) > ROWS * 2 * 0.3 && Number(first) < ROWS * 2 * 0.7, first);
      assert.equal(Number(range!.until[0]) - Number(first), 1_000);
      assert.equal(scanPlan!.index, "events_pkey");
      assert.match(planLines(body[0]!.root).join("\n"), /Update.*Index Scan using events_pkey/s);
      assert.match(planLines(bound!.root).join("\n"), /using events_pkey/);
      assert.deepEqual(estimate, {
        unit: "rows",
        units: ROWS,
        batches: 6,
        subBatches: 120,
        milliseconds: 120 * 500,
        wal: estimate!.wal,
      });
      assert.ok(estimate!.wal!.least > ROWS * 100 && estimate!.wal!.least < estimate!.wal!.most);
      const { rows } = await session.query("SELECT count(*) FROM events WHERE note IS NOT NULL");
      assert.equal(rows[0]!["count"], "0");
    });

    test("walks as each strategy does, and knows an empty table", LIMIT, async () => {
      const loose = await ask({
        table: "events",
        strategy: "loose-index-scan",
        key: ["tenant"],
        sql: [template("UPDATE events SET note = 'x' WHERE batch() AND note IS NULL")],
        subBatchSize: 2,
      });
      assert.equal(loose.estimate!.unit, "values");
      assert.equal(loose.estimate!.units, 50);
      assert.equal(Number(loose.range!.until[0]) - Number(loose.range!.after![0]), 2);
      const blocks = await ask({
        table: "events",
        strategy: "ctid",
        sql: [template(NOTE)],
        subBatchSize: 10,
      });
      assert.deepEqual(codesOf(blocks, "refuse"), []);
      assert.equal(blocks.estimate!.unit, "blocks");
      assert.equal(Number(blocks.range!.until[0]) - Number(blocks.range!.after![0]), 10);
      const parts = await ask({
        table: "parted",
        sql: [template("UPDATE parted SET note = 'x' WHERE batch() AND note IS NULL")],
      });
      assert.deepEqual(codesOf(parts, "refuse"), []);
      assert.equal(parts.estimate!.units, 9_000);
      const none = await ask({
        table: "nothing",
        sql: [template("DELETE FROM nothing WHERE batch()")],
      });
      assert.deepEqual([none.range, none.body, none.estimate!.units], [undefined, [], 0]);
      assert.deepEqual(codesOf(none, "warn"), ["plan-empty"]);
      const wrong = await ask({
        table: "nothing",
        sql: [template("DELETE FROM nothing WHERE batch() AND nope = 1")],
      });
      assert.deepEqual(codesOf(wrong, "refuse"), ["plan-refused"]);
    });

    test("runs a sample all over the table, and takes it back", LIMIT, async () => {
      const declaration = declared({
        table: "events",
        sql: [template("UPDATE events SET note = 'y' WHERE batch()")],
        subBatchSize: 200,
      });
      const { scanPlan, estimate } = await forecast(session, declaration);
      const { signal } = new AbortController();
      const { samples, refused } = await takeSample(session, {
        declaration,
        scanPlan: scanPlan!,
        count: 5,
        signal,
      });
      assert.deepEqual(refused, []);
      assert.deepEqual(samples.map(({ rows, units }) => [rows, units]), Array(5).fill([200, 200]));
      const starts = samples.map(({ range }) => Number(range.after![0]) / (2 * ROWS));
      starts.forEach((start, i) =>
        assert.ok(Math.abs(start - (0.1 + 0.2 * i)) < 0.12, `${starts}`)
      );
      for (const { milliseconds, walBytes, hot } of samples) {
        assert.ok(milliseconds > 0 && walBytes > 200 * 150 && hot! > 0.3, `${walBytes} ${hot}`);
      }
      const foretold = predict(declaration, estimate!, samples)!;
      assert.equal(foretold.rows, ROWS);
      const wal = samples.reduce((sum, one) => sum + one.walBytes, 0);
      assert.equal(foretold.walBytes, Math.round(wal / 1_000 * ROWS));
      const { rows } = await session.query("SELECT count(*) FROM events WHERE note IS NOT NULL");
      assert.equal(rows[0]!["count"], "0");
    });

    test("says which sub-batches of a sample the server refuses, and goes on", LIMIT, async () => {
      const declaration = declared({
        table: "events",
        sql: [template("UPDATE events SET kind = 3 WHERE batch() AND id > 60000")],
        subBatchSize: 10,
      });
      const { scanPlan } = await forecast(session, declaration);
      const { samples, refused } = await takeSample(session, {
        declaration,
        scanPlan: scanPlan!,
        count: 4,
        signal: new AbortController().signal,
      });
      assert.deepEqual([samples.length, refused.length], [2, 2]);
      assert.equal(refused[0]!.sqlstate, "23503");
    });
  });
}
