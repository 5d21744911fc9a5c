import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ADD_ONE, declared, newScene, queue } from "../../support/background.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { sleep } from "../../support/harness.ts";

/** By hand it may be more: `MIGRATOR_TEST_ROWS=1000000 MIGRATOR_TEST_KILLS=60`. */
const ROWS = Number(process.env["MIGRATOR_TEST_ROWS"] ?? 20_000);
const KILLS = Number(process.env["MIGRATOR_TEST_KILLS"] ?? 6);

const WORKERS = 6;
const STOPPED = 2;

const WORKER = fileURLToPath(new URL("../../support/background_worker.ts", import.meta.url));

function startWorker(url: string, number: number): ChildProcess {
  const args = "deno" in process.versions
    ? ["run", "-A", "-q", "--no-check", WORKER]
    : ["run", "--no-env-file", WORKER];
  return spawn(process.execPath, [...args, url, `w${number}`, "20"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

describe("workers that die, and workers that come back", () => {
  const title = `${KILLS} killed, ${STOPPED} stopped and resumed: every row exactly once`;
  test(title, { timeout: 1_200_000 }, async (context) => {
    const { session, sql, url } = await newScene(await sharedCluster(majors[0]!), ROWS);
    // Not idempotent: a row that is visited twice, or never, shows.
    await queue(
      session,
      declared({
        table: "counted",
        sql: ADD_ONE,
        batchSize: Math.ceil(ROWS / 40),
        subBatchSize: Math.ceil(ROWS / 1_500),
        maxSubBatchSize: Math.ceil(ROWS / 1_000),
        maxBatchSize: Math.ceil(ROWS / 40),
        maxAttempts: 20,
      }),
    );
    const alive = new Set<ChildProcess>();
    const working = new Set<ChildProcess>();
    let started = 0;
    const start = () => {
      const child = startWorker(url, ++started);
      alive.add(child);
      child.stdout!.once("data", () => working.add(child));
      child.once("exit", () => void (alive.delete(child), working.delete(child)));
      return child;
    };
    const isOver = async () =>
      (await sql("SELECT status FROM migrator.batched_background_migrations"))[0]!["status"] ===
        "3";
    try {
      for (let number = 0; number < WORKERS; number++) start();
      const stopped: ChildProcess[] = [];
      for (let kills = 0; kills < KILLS && !await isOver();) {
        await sleep(Math.random() * 300);
        const victims = [...working].filter((child) => !stopped.includes(child));
        const victim = victims[Math.floor(Math.random() * victims.length)];
        if (victim === undefined) continue;
        if (stopped.length < STOPPED && kills >= 2) {
          victim.kill("SIGSTOP");
          stopped.push(victim);
        } else {
          victim.kill("SIGKILL");
          kills++;
        }
        start();
      }
      context.diagnostic(`${started} processes started`);
      // Both are taken for dead by now: their transactions, their leases are over.
      await sql(
        "UPDATE migrator.batched_background_migration_jobs SET " +
          "lease_expires_at = now() WHERE status = 1",
      );
      await sleep(500);
      for (const child of stopped) child.kill("SIGCONT");
      while (!await isOver()) {
        if (alive.size === 0) start();
        await sql(
          "UPDATE migrator.batched_background_migration_jobs SET " +
            "lease_expires_at = now() WHERE status = 1 AND updated_at < now() - interval '3 s'",
        );
        await sleep(200);
      }
    } finally {
      for (const child of alive) child.kill("SIGKILL");
    }
    assert.deepEqual(await sql("SELECT n, count(*) FROM counted GROUP BY n"), [
      { n: "1", count: String(ROWS) },
    ]);
    const [jobs] = await sql(
      "SELECT sum(affected_rows) AS rows, max(lease_token) AS claims " +
        "FROM migrator.batched_background_migration_jobs",
    );
    assert.equal(jobs!["rows"], String(ROWS));
    assert.ok(Number(jobs!["claims"]) > 1, "nobody went on with another's batch");
    await session.close();
  });
});
