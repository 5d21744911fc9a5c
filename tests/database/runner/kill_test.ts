import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { describeCatalog } from "../../support/catalog.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { startMigrator } from "../../support/command.ts";
import { concurrently, newProduct, type Product, sleep, type Written } from "./harness.ts";

/** Kills on the newest release, and on each other one. */
const KILLS = { newest: 40, other: 8 };

/** Kills of one database before it is let come to its end. */
const IN_A_ROW = 5;

const SEED = 20_240_917;

/** 25 migrations, every fifth of them a concurrent build; each other one counts itself. */
const LIST: readonly Written[] = [
  {
    up: `CREATE TABLE counted (n int NOT NULL); INSERT INTO counted VALUES (1);
      CREATE TABLE t (a int, b text);
      INSERT INTO t SELECT i, md5(i::text) FROM generate_series(1, 5000) AS i`,
  },
  ...Array.from({ length: 24 }, (_, index) => index + 2).map((n) =>
    n % 5 === 0
      ? concurrently(
        `CREATE ${n % 2 ? "UNIQUE " : ""}INDEX CONCURRENTLY IF NOT EXISTS i${n} ON t (b, a)`,
      )
      : {
        up: `UPDATE counted SET n = n + 1; ALTER TABLE t ADD c${n} int DEFAULT ${n};
          SELECT pg_sleep(0.02); CREATE TABLE t${n} (a int PRIMARY KEY)`,
      }
  ),
];

/** From 0 up to 1; the same sequence each time (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Starts a run and kills it at some moment. @returns Whether it was in the middle of its work. */
async function killOne(product: Product, next: () => number): Promise<boolean> {
  const running = startMigrator(["up", "--json", ...product.args]);
  const isEarly = next() < 0.2;
  const delay = next() * 200;
  // Most are killed while they work, some while they start.
  if (!isEarly) await running.printed(/"event":"(planned|database)"/);
  await sleep(delay);
  running.kill("SIGKILL");
  const { signal, stdout } = await running.finished;
  return signal === "SIGKILL" && /"event":"planned"/.test(stdout);
}

const catalogOf = (product: Product) => describeCatalog(product.sql, { schemas: ["public"] });

for (const major of majors) {
  const kills = major === majors[0] ? KILLS.newest : KILLS.other;
  describe(`${kills} runs that are killed, on PostgreSQL ${major}`, () => {
    test("leave databases like those of undisturbed runs", { timeout: 180_000 }, async () => {
      const server = await sharedCluster(major);
      const undisturbed = await newProduct(server, LIST);
      await undisturbed.run();
      const expected = await catalogOf(undisturbed);
      const next = random(SEED + major);
      let killed = 0;
      let inTheMiddle = 0;
      while (killed < kills) {
        const product = await newProduct(server, LIST);
        for (let i = 0; i < IN_A_ROW && killed < kills; i++, killed++) {
          if (await killOne(product, next)) inTheMiddle++;
        }
        await product.run();
        assert.equal(await catalogOf(product), expected);
        const successes = (await product.attempts()).filter((line) => line.endsWith(" t"));
        assert.deepEqual(successes, LIST.map((_, index) => `${index + 1} up t`));
        const [row] = await product.sql(
          `SELECT (SELECT n FROM counted) AS counted,
            (SELECT count(*)::int FROM migrator.dirty) AS dirty,
            (SELECT count(*)::int FROM migrator.migration_logs
              WHERE transactional AND success IS NOT true) AS failed,
            (SELECT fence = durable_fence FROM migrator.databases) AS durable`,
        );
        assert.deepEqual({ ...row }, { counted: 20, dirty: 0, failed: 0, durable: true });
      }
      assert.ok(inTheMiddle > kills / 3, `only ${inTheMiddle} were killed in the middle`);
    });
  });
}
