/**
 * The family of immediate stops of the server right after a run reported its work as durable: runs that
 * end well, that fail, and that are told to stop.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Cluster } from "../support/cluster.ts";
import { startMigrator } from "../support/command.ts";
import { type Family, random } from "./family.ts";
import {
  concurrently,
  eventually,
  newProduct,
  type Product,
  type Written,
} from "../support/harness.ts";

/** How runs end. */
const ENDINGS = ["well", "failed", "interrupted"] as const;

/** How one run ends, and when the server stops. */
interface Trial {
  readonly ending: (typeof ENDINGS)[number];
  /** Migrations before that end, at most 9. */
  readonly steps: number;
  /** The server stops as soon as the run says `durable`; otherwise when the process has ended. */
  readonly atOnce: boolean;
}

const STATUS = { well: 0, failed: 7, interrupted: 143 };

export const DURABILITY: Family = {
  name: "durability",
  what: "the server stopped at once, right after a run that reported its work as durable",
  atOnce: 1,
  choose: (_lab, { seed, count = 50 }) => {
    const next = random(seed);
    return Array.from({ length: count }, (_, index) => {
      const trial = {
        ending: ENDINGS[index % ENDINGS.length]!,
        steps: 1 + Math.floor(next() * 9),
        atOnce: next() < 0.5,
      };
      const { ending, steps, atOnce } = trial;
      return {
        number: index + 1,
        name: `after ${steps} migrations, a run that ends ${ending}` + (atOnce ? ", at once" : ""),
        strike: async ({ server }) => {
          await tryDurability(server, trial);
          return { mending: "none", ended: ending, hit: true, lost: 0 };
        },
      };
    });
  },
};

/** @throws {assert.AssertionError} If a migration is missing that was reported as durable. */
async function tryDurability(server: Cluster, trial: Trial): Promise<void> {
  const product = await newProduct(server, [
    ...Array.from({ length: trial.steps }, (_, index) => migration(index + 1)),
    ...(trial.ending === "failed" ? [{ up: "CREATE TABLE torn (); SELECT 1 / 0" }] : []),
    ...(trial.ending === "interrupted"
      ? [{ up: "CREATE TABLE torn (); SELECT pg_sleep(60)" }]
      : []),
  ]);
  try {
    const run = startMigrator(["up", "--json", ...product.args]);
    if (trial.ending === "interrupted") {
      await isAsleep(product);
      run.kill("SIGTERM");
    }
    if (trial.atOnce) await run.printed(/"event":"durable"/);
    else await run.finished;
    await server.stop("immediate");
    const ended = await run.finished;
    await server.start();
    if (!trial.atOnce) assert.equal(ended.status, STATUS[trial.ending], ended.stderr);
    const lines = ended.json();
    const until = lines.findIndex(({ event }) => event === "durable");
    assert.ok(until > 0, `it did not say durable: ${ended.stdout}${ended.stderr}`);
    const told = lines.slice(0, until).filter(({ event }) => event === "applied")
      .map(({ version }) => Number(version));
    assert.equal(told.length, trial.steps);
    assert.deepEqual(await found(product), {
      applied: `{${told}}`,
      objects: `{${told}}`,
      torn: false,
      durable: true,
    });
  } finally {
    await server.sql("postgres", `DROP DATABASE ${product.postgres} WITH (FORCE)`).catch(() => {});
  }
}

/** Each leaves something with its number in the name: a table with a row, or an index. */
function migration(version: number): Written {
  if (version % 4 === 3) return concurrently(`CREATE INDEX CONCURRENTLY o${version} ON o1 (n)`);
  return {
    up: `CREATE TABLE o${version} (n int); INSERT INTO o${version} VALUES (${version})`,
    ...(version % 4 === 0 ? { yaml: "transaction: none" } : {}),
  };
}

async function found(product: Product): Promise<unknown> {
  const [row] = await product.sql(
    `SELECT
      ARRAY(SELECT version FROM migrator.status WHERE state = 'applied' ORDER BY 1)::text AS applied,
      ARRAY(SELECT substr(relname, 2)::int FROM pg_class
        WHERE relname ~ '^o[0-9]+$' ORDER BY 1)::text AS objects,
      to_regclass('torn') IS NOT NULL AS torn,
      (SELECT fence = durable_fence FROM migrator.databases) AS durable`,
  );
  return { ...row };
}

async function isAsleep(product: Product): Promise<void> {
  await eventually(async () => {
    const rows = await product.sql(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`,
    );
    return rows.length > 0;
  }, { what: "the migration that is to be interrupted" });
}
