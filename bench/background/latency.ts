/**
 * What others feel: the slowest percent of the transactions of a pgbench load on the same table, while
 * nothing else happens, while a worker does what it can, and while it minds the server's health.
 *
 * @module
 */

import * as fs from "node:fs/promises";
import * as path from "node:path";
import process from "node:process";
import { once } from "node:events";
import { type Bed, median, start } from "./bed.ts";

/** Seconds of each measurement, and before it, while the load and the worker find their pace. */
const SECONDS = 20;
const WARM_UP = 2;

/** Arguments of the worker; none of the two: no worker. */
const SITUATIONS = {
  quiet: undefined,
  unthrottled: ["--no-throttle"],
  throttled: [],
} as const;

type Situation = keyof typeof SITUATIONS;

interface Sample {
  /** Milliseconds. */
  readonly p99: number;
  /** Of the load. */
  readonly transactions: number;
  /** Moved by the worker, per second. */
  readonly rate: number;
}

export async function* measureLatency(bed: Bed, rounds: number): AsyncGenerator<string> {
  const names = Object.keys(SITUATIONS) as Situation[];
  const samples = { quiet: [], unthrottled: [], throttled: [] } as Record<Situation, Sample[]>;
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? names : names.toReversed();
    for (const name of order) samples[name].push(await measure(bed, name));
  }
  const of = (name: Situation, figure: keyof Sample) => median(samples[name].map((s) => s[figure]));
  const quiet = of("quiet", "p99");
  yield `p99 of pgbench: quiet ${quiet.toFixed(1)} ms (${
    of("quiet", "transactions")
  } transactions)`;
  for (const name of ["unthrottled", "throttled"] as const) {
    yield `  beside a worker, ${name}: ${(of(name, "p99") / quiet).toFixed(2)} of that, at ` +
      `${
        (of(name, "rate") / of("unthrottled", "rate")).toFixed(2)
      } of the rows per second of the ` +
      `unthrottled (${(of(name, "rate") / 1_000).toFixed(0)}k/s)`;
  }
}

async function measure(bed: Bed, situation: Situation): Promise<Sample> {
  return await bed.withCopy("usual", async (database) => {
    const args = SITUATIONS[situation];
    const load = startLoad(bed, database);
    await sleep(WARM_UP / 2);
    const worker = args && bed.migrator("usual", database, "background", "work", ...args);
    const isOver = worker && once(worker.process, "exit");
    await sleep(WARM_UP / 2);
    const from = { moved: await moved(bed, database, worker !== undefined), at: performance.now() };
    await Promise.race([sleep(SECONDS), ...(isOver ? [isOver] : [])]);
    const to = { moved: await moved(bed, database, worker !== undefined), at: performance.now() };
    if (worker?.process.exitCode === null) {
      // Deno's own kill() would report the signal, whatever the status is.
      process.kill(worker.process.pid!, "SIGTERM");
    }
    await worker?.ended(0, 143);
    const latencies = await (await load).ended();
    return {
      p99: latencies[Math.floor(latencies.length * 0.99)]!,
      transactions: latencies.length,
      rate: (to.moved - from.moved) / ((to.at - from.at) / 1_000),
    };
  });
}

async function moved(bed: Bed, database: string, hasWorker: boolean): Promise<number> {
  if (!hasWorker) return 0;
  const [row] = await bed.sql(
    database,
    "SELECT coalesce(sum(affected_rows), 0)::float8 AS rows " +
      "FROM migrator.batched_background_migration_jobs",
  );
  return Number(row!["rows"]);
}

/** Four clients that read a row and write another. @returns Latencies in milliseconds, ascending. */
async function startLoad(bed: Bed, database: string) {
  const directory = await fs.mkdtemp(path.join(bed.scratch, "load-"));
  const script = path.join(directory, "script.sql");
  await fs.writeFile(
    script,
    `\\set a random(1, ${bed.rows})\n\\set b random(1, ${bed.rows})\n` +
      "SELECT filler FROM moved WHERE id = :a;\n" +
      "UPDATE moved SET filler = repeat('y', 40) WHERE id = :b;\n",
  );
  const seconds = String(WARM_UP + SECONDS);
  const log = ["-l", "--log-prefix", path.join(directory, "log")];
  const load = start(
    "pgbench",
    "-n",
    "-M",
    "prepared",
    "-c",
    "4",
    "-j",
    "2",
    "-T",
    seconds,
    ...log,
    "-f",
    script,
    bed.url(database),
  );
  return {
    async ended(): Promise<readonly number[]> {
      await load.ended();
      const names = (await fs.readdir(directory)).filter((name) => name.startsWith("log"));
      const texts = await Promise.all(
        names.map((name) => fs.readFile(path.join(directory, name), "utf8")),
      );
      const lines = texts.flatMap((text) =>
        text.trimEnd().split("\n").map((line) => line.split(" ").map(Number))
      );
      // client, transaction, microseconds, script, second, microsecond
      const began = lines.reduce((least, [, , , , second]) => Math.min(least, second!), Infinity);
      return lines.filter(([, , , , second]) => second! >= began + WARM_UP)
        .map(([, , microseconds]) => microseconds! / 1_000).sort((a, b) => a - b);
    },
  };
}

function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
}
