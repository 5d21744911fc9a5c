/**
 * The product that faults strike at: thirty migrations of every kind, in two databases that share
 * one PostgreSQL database. Whatever ran twice, or by half, shows in its rows.
 *
 * @module
 */

import type { RunSql } from "../support/catalog.ts";
import type { Major } from "../support/cluster.ts";
import { concurrently, type Written } from "../support/harness.ts";

/** A statement outside transactions, and how a person would see that it was run. */
interface Outside {
  readonly sql: string;
  /** A query for one boolean; left out where running it again does no harm. */
  readonly done?: string;
}

/** Migrations whose statements are no transaction together. */
const OUTSIDE = {
  app: {
    7: [
      noted(7, { word: "first" }),
      { sql: "VACUUM t" },
      {
        sql: "UPDATE audit SET what = what || '!'",
        done: "SELECT count(*) > 0 AS done FROM audit WHERE what LIKE '%!'",
      },
    ],
    14: [
      {
        sql: "ALTER TYPE mood ADD VALUE 'calm'",
        done: "SELECT count(*) = 1 AS done FROM pg_enum WHERE enumlabel = 'calm'",
      },
      {
        sql: "INSERT INTO moods SELECT n, 'calm' FROM generate_series(101, 150) AS n",
        done: "SELECT count(*) > 0 AS done FROM moods WHERE n = 101",
      },
      noted(14, { word: "third" }),
    ],
    20: [noted(20, { word: "slow", seconds: 0.03 }), noted(20, { word: "second" })],
  },
  stats: {
    5: [
      {
        sql: "CREATE TABLE rare (n int)",
        done: "SELECT to_regclass('rare') IS NOT NULL AS done",
      },
      noted(5, { word: "second", seconds: 0.02, ledger: "tally" }),
      { sql: "VACUUM ANALYZE tally" },
    ],
  },
} as const satisfies Readonly<Record<string, Readonly<Record<number, readonly Outside[]>>>>;

/** A row whose second copy would be seen. */
function noted(
  version: number,
  { word, seconds = 0, ledger = "ledger" }: {
    readonly word: string;
    readonly seconds?: number;
    readonly ledger?: string;
  },
): Outside {
  return {
    sql: `INSERT INTO ${ledger} SELECT ${version}, '${word}' || pg_sleep(${seconds})`,
    done: `SELECT count(*) > 0 AS done FROM ${ledger} WHERE v = ${version} AND word = '${word}'`,
  };
}

function outside(statements: readonly Outside[]): Written {
  return { up: statements.map(({ sql }) => sql).join(";\n"), yaml: "transaction: none" };
}

const COUNT = "UPDATE counted SET n = n + 1;\n";

const APP: readonly Written[] = [
  {
    up: `CREATE TABLE counted (n int NOT NULL); INSERT INTO counted VALUES (1);
      CREATE TABLE ledger (v int, word text);
      CREATE TABLE t (a int, b text, n int NOT NULL DEFAULT 0);
      INSERT INTO t SELECT i, md5(i::text) FROM generate_series(1, 6000) AS i;
      CREATE TYPE mood AS ENUM ('sad', 'glad');
      CREATE TABLE moods (n int, mood mood)`,
  },
  {
    up: COUNT + Array.from({ length: 4 }, (_, n) => `CREATE TABLE small${n} (a int PRIMARY KEY)`)
      .join(";\n") +
      ";\nCOMMENT ON TABLE small0 IS 'one of four'",
  },
  {
    up: `CREATE TABLE audit (what text);
      CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $body$
      BEGIN
        INSERT INTO audit VALUES (TG_OP || ' of ' || NEW.a); -- ; not an end
        RETURN NEW;
      END;
      $body$;
      CREATE TRIGGER noted AFTER UPDATE ON t FOR EACH ROW WHEN (NEW.a % 100 = 0)
        EXECUTE FUNCTION note()`,
  },
  { up: `${COUNT}UPDATE t SET n = n + 1; INSERT INTO t SELECT a + 10000, b, n FROM t` },
  concurrently("CREATE INDEX CONCURRENTLY t_b ON t (b)"),
  { up: "ALTER TYPE mood ADD VALUE 'angry'" },
  outside(OUTSIDE.app[7]),
  { up: `${COUNT}INSERT INTO moods SELECT n, 'angry' FROM generate_series(1, 50) AS n` },
  concurrently("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS t_unique ON t (a, b)"),
  {
    up: `CREATE TABLE parts (n int, word text) PARTITION BY RANGE (n);
      CREATE TABLE parts_low PARTITION OF parts FOR VALUES FROM (0) TO (100);
      CREATE TABLE parts_high PARTITION OF parts FOR VALUES FROM (100) TO (200);
      INSERT INTO parts SELECT n, 'p' || n FROM generate_series(0, 199) AS n`,
  },
  {
    up: `${COUNT}CREATE VIEW glad AS SELECT n FROM moods WHERE mood = 'glad';
      CREATE MATERIALIZED VIEW summed AS SELECT a % 7 AS k, sum(a) AS s FROM t GROUP BY 1`,
  },
  { up: "DROP INDEX CONCURRENTLY t_b" },
  {
    up: `${COUNT}DO $$ BEGIN
        FOR i IN 1..5 LOOP
          INSERT INTO ledger VALUES (13, 'round ' || i);
          PERFORM pg_sleep(0.01);
        END LOOP;
      END $$`,
  },
  outside(OUTSIDE.app[14]),
  { up: `${COUNT}ALTER TABLE t ALTER n TYPE bigint; UPDATE t SET n = n * 2 + 1` },
  {
    up: `ALTER TABLE parts ADD CONSTRAINT small_word CHECK (length(word) < 10) NOT VALID;
      ALTER TABLE parts VALIDATE CONSTRAINT small_word;
      ALTER TABLE small1 ADD FOREIGN KEY (a) REFERENCES small2`,
  },
  concurrently("CREATE INDEX CONCURRENTLY t_partial ON t (lower(b)) WHERE a % 2 = 0"),
  {
    up: `${COUNT}CREATE OR REPLACE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $body$
      BEGIN RETURN NEW; END $body$;
      CREATE PROCEDURE grow(by int) LANGUAGE sql AS 'UPDATE counted SET n = n + by';
      CALL grow(1)`,
  },
  {
    // What it leaves in the session must not reach what comes after it.
    up: `SET search_path = pg_catalog; SET statement_timeout = '1h';
      SELECT pg_advisory_lock(7);
      CREATE TABLE public.elsewhere AS SELECT current_schema() AS here`,
  },
  outside(OUTSIDE.app[20]),
  {
    up: `${COUNT}DELETE FROM t WHERE a > 10000 AND a % 3 = 0;
      INSERT INTO t SELECT -a, b, n FROM t WHERE a < 500; SELECT pg_sleep(0.02)`,
  },
  concurrently("CREATE INDEX CONCURRENTLY t_n ON t (n, a)"),
  { up: "REINDEX INDEX CONCURRENTLY t_unique" },
  {
    up: `${COUNT}ALTER TABLE small3 RENAME TO big3; ALTER TABLE parts DROP COLUMN word;
      DROP TABLE small0; GRANT SELECT ON t TO PUBLIC; ANALYZE t`,
  },
];

const TALLY = "INSERT INTO tally SELECT count(*), 'tally' FROM tally;\n";

const STATS: readonly Written[] = [
  {
    up: `CREATE TABLE tally (v int, word text);
      CREATE TABLE daily (day date, hits bigint);
      INSERT INTO daily SELECT date '2024-01-01' + i, i FROM generate_series(0, 999) AS i`,
  },
  { up: `${TALLY}UPDATE daily SET hits = hits * 3 + 1; SELECT pg_sleep(0.02)` },
  concurrently("CREATE UNIQUE INDEX CONCURRENTLY daily_day ON daily (day)"),
  {
    up: `${TALLY}CREATE FUNCTION hits_of(d date) RETURNS bigint LANGUAGE sql STABLE AS
      'SELECT hits FROM daily WHERE day = d';
      CREATE VIEW january AS SELECT hits_of(day) FROM daily WHERE day < '2024-02-01'`,
  },
  outside(OUTSIDE.stats[5]),
  { up: `${TALLY}INSERT INTO daily SELECT day + 1000, hits FROM daily` },
];

/** PostgreSQL 13 does not know it. */
const DETACH: Written = { up: "ALTER TABLE parts DETACH PARTITION parts_low CONCURRENTLY" };

/** By database, in the order in which the tool takes them. */
export function productFor(major: Major): Readonly<Record<string, readonly Written[]>> {
  return { app: major > 13 ? [...APP, DETACH] : APP, stats: STATS };
}

/**
 * What a person does about a migration that was cut off outside a transaction: looks at what it did,
 * and runs the rest.
 */
export async function mendByHand(
  sql: RunSql,
  { database, version }: { readonly database: string; readonly version: number },
): Promise<void> {
  const known: Readonly<Record<string, Readonly<Record<number, readonly Outside[]>>>> = OUTSIDE;
  const statements = known[database]?.[version];
  if (!statements) throw new Error(`${database} ${version} should have needed no person`);
  for (const statement of statements) {
    const [row] = statement.done ? await sql(statement.done) : [];
    if (row?.["done"] !== true) await sql(statement.sql);
  }
}
