import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { prepareRows } from "../../../src/background/trial/prepare_rows.ts";
import { runTrials, type TrialResult } from "../../../src/background/trial/run_trial.ts";
import { withSession } from "../../../src/background/trial/run_to_end.ts";
import { serverScratch } from "../../../src/shadow/scratch_database.ts";
import { seededRandom } from "../../../src/seeded_random.ts";
import type { BatchedMigration } from "../../../src/definition/batched/batched_migration.ts";
import type { SqlTemplate } from "../../../src/definition/batched/sql_template.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { BACKGROUND, declared, template } from "../../support/background.ts";
import { majors, newest, type Server, sharedCluster } from "../../support/cluster.ts";
import { connectorTo } from "../../support/harness.ts";

const TABLES = `
  CREATE SCHEMA migrator;
  CREATE TYPE mood AS ENUM ('good', 'bad');
  CREATE DOMAIN code AS text CHECK (VALUE ~ '^w');
  CREATE TABLE owners (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name varchar(6) NOT NULL UNIQUE);
  CREATE TABLE items (
    id bigserial PRIMARY KEY, owner_id int NOT NULL REFERENCES owners,
    parent_id bigint REFERENCES items, mood mood NOT NULL, code code NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'done')), price numeric(6, 2) NOT NULL,
    doubled int GENERATED ALWAYS AS (owner_id * 2) STORED, tags text[] NOT NULL, at timestamptz NOT NULL,
    owner_copy int, hits int NOT NULL DEFAULT 0, changed_at timestamptz);
  CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN NEW.owner_copy := NEW.owner_id; RETURN NEW; END';
  CREATE TRIGGER keep BEFORE INSERT OR UPDATE ON items FOR EACH ROW EXECUTE FUNCTION keep();
  ALTER TABLE items ADD CONSTRAINT copied CHECK (owner_copy IS NOT NULL) NOT VALID;`;

const COPY = "UPDATE items i SET owner_copy = i.owner_id, changed_at = now() " +
  "WHERE batch(i) AND i.owner_copy IS NULL";
const REMAINING = "SELECT FROM items WHERE owner_copy IS NULL";

interface Case {
  readonly name: string;
  readonly what: Partial<BatchedMigration> & { readonly sql: readonly SqlTemplate[] };
  /** What else is done to the tables. */
  readonly tables?: string;
  /** Levels by name. */
  readonly levels: Readonly<Record<string, TrialResult["level"]>>;
  /** What those that are not `ok` say. */
  readonly says?: RegExp;
}

const CASES: readonly Case[] = [
  {
    name: "one that does all that it should",
    what: {
      sql: [template(COPY)],
      down: [template("UPDATE items SET owner_copy = NULL, changed_at = NULL WHERE batch()")],
      remaining: template(REMAINING),
    },
    // The way back must meet neither trigger nor constraint that go forth.
    tables: "ALTER TABLE items DROP CONSTRAINT copied; DROP TRIGGER keep ON items; " +
      "CREATE TRIGGER keep BEFORE INSERT ON items FOR EACH ROW EXECUTE FUNCTION keep()",
    levels: { sizes: "ok", interrupted: "ok", writers: "ok", twice: "ok", down: "ok" },
  },
  {
    name: "one that counts, which is done once for each row but not when done twice",
    // Each row once, whoever dies: it need not be idempotent.
    what: {
      sql: [template("UPDATE items SET hits = hits + 1 WHERE batch()")],
      down: [template("UPDATE items SET hits = hits - 2 WHERE batch()")],
      constraint: "copied",
    },
    tables: "DROP TRIGGER keep ON items; ALTER TABLE items DROP CONSTRAINT copied",
    levels: { sizes: "ok", interrupted: "ok", writers: "skip", twice: "warn", down: "fail" },
    says: /hits is 2, should be 1.*the rows are not what they were.*hits is -1, should be 0/s,
  },
  {
    name: "one whose tables hold rows that migrations inserted",
    what: { sql: [template(COPY)], remaining: template(REMAINING) },
    tables: "ALTER TABLE items DROP CONSTRAINT copied; " +
      "INSERT INTO owners (name) SELECT 'o' || i FROM generate_series(1, 60) AS i; " +
      "INSERT INTO items (owner_id, mood, code, state, price, tags, at) " +
      "SELECT i, 'good', 'w', 'done', 1, '{}', now() FROM generate_series(1, 60) AS i",
    levels: { sizes: "ok", interrupted: "ok", writers: "ok", twice: "ok", down: "skip" },
  },
  {
    name: "one beside which nothing can be written",
    what: { sql: [template(COPY)], remaining: template(REMAINING) },
    tables: "ALTER TABLE items DROP CONSTRAINT copied; " +
      "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " +
      "IF current_setting('application_name') LIKE '%(writes)' THEN RAISE 'not now'; END IF; " +
      "RETURN NEW; END $$; " +
      "CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON items FOR EACH ROW EXECUTE FUNCTION refuse()",
    levels: { sizes: "ok", interrupted: "ok", writers: "warn", twice: "ok", down: "skip" },
    says: /nothing was tried: .* \(not now\)/,
  },
  {
    name: "one whose result depends on the size of sub-batches",
    what: {
      sql: [
        template(
          "UPDATE items i SET hits = n.n FROM (SELECT id, row_number() OVER (ORDER BY id) " +
            "AS n FROM items x WHERE batch(x)) AS n WHERE n.id = i.id",
        ),
      ],
    },
    levels: { sizes: "fail" },
    says: /1 at a time, other rows come out.*hits is 1, should be 2/s,
  },
  {
    name: "one that changes no row of those that were drawn",
    what: { sql: [template("UPDATE items SET hits = 1 WHERE batch() AND price < 0")] },
    levels: { sizes: "fail" },
    says: /changes none of the rows.*--data rows\.sql/,
  },
  {
    name: "one that a constraint refuses",
    what: { sql: [template("UPDATE items SET state = 'lost' WHERE batch()")] },
    levels: { sizes: "fail" },
    says: /it is failed.*items_state_check/s,
  },
  {
    name: "one that forgets what is inserted meanwhile",
    what: { sql: [template(COPY)], remaining: template(REMAINING) },
    // It forgets what is inserted.
    tables: "ALTER TABLE items DROP CONSTRAINT copied; DROP TRIGGER keep ON items; " +
      "CREATE TRIGGER keep BEFORE UPDATE ON items FOR EACH ROW EXECUTE FUNCTION keep()",
    levels: { sizes: "ok", interrupted: "ok", writers: "fail", twice: "ok", down: "skip" },
    says: /remaining` still finds rows/,
  },
];

/** Of one test: Bun would give it five seconds. */
const LIMIT = { timeout: 240_000 };

for (const major of majors) {
  describe(`a trial tells the good from the bad, on PostgreSQL ${major}`, () => {
    let server: Server;
    let number = 0;
    before(async () => {
      server = await sharedCluster(major);
    });

    async function tried({ what, tables }: Case): Promise<readonly TrialResult[]> {
      const declaration = declared({ table: "items", maxAttempts: 2, ...what });
      const signal = new AbortController().signal;
      const scratch = await serverScratch({
        server: await connectorTo(server.url()),
        databaseOf: (database) => connectorTo(server.url(database)),
        name: `migrator_test_${major}_${++number}`,
      });
      try {
        const filling = await withSession(scratch.connector, signal, async (session) => {
          await session.query(TABLES);
          if (tables) await session.query(tables);
          return await prepareRows(session, declaration, { count: 18, random: seededRandom(7) });
        });
        return await runTrials({
          declaration,
          scratch,
          filling,
          seed: 7,
          ignore: [],
          stage: {
            name: BACKGROUND,
            clock: systemClock,
            who: "tester",
            toolVersion: "0",
            signal,
          },
          tell: () => {},
        });
      } finally {
        await scratch.dispose();
      }
    }

    after(async () => {
      const [left] = await server.sql(
        "postgres",
        `SELECT count(*)::int AS n FROM pg_database WHERE datname LIKE 'migrator_test_${major}%'`,
      );
      assert.equal(left!["n"], 0, "databases were left");
    });

    // What differs between versions is what the first one needs.
    for (const one of major === newest ? CASES : CASES.slice(0, 1)) {
      test(one.name, LIMIT, async () => {
        const results = await tried(one);
        const title = JSON.stringify(
          results.map((result) => ({ ...result, differences: result.differences.slice(0, 2) })),
        );
        const levels = Object.fromEntries(results.map(({ name, level }) => [name, level]));
        assert.deepEqual(levels, one.levels, title);
        const said = results.filter(({ level }) => level !== "ok").flatMap((result) => [
          result.found,
          ...result.differences.map(({ table, columns }) =>
            `${table} ${
              columns.map(({ name, found, wanted }) => `${name} is ${found}, should be ${wanted}`)
            }`
          ),
        ]).join("\n");
        if (one.says) assert.match(said, one.says, title);
      });
    }
  });
}
