/**
 * A server with a table of so many rows, a copy of it for each measurement, and our executable beside
 * psql and pgbench.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { startCluster } from "../../tests/support/cluster.ts";

/** Where measurements are made. */
export interface Bed {
  readonly rows: number;
  /** For scripts and logs; removed at the end. */
  readonly scratch: string;
  /** Of a database. */
  url(database: string): string;
  sql(database: string, text: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /**
   * Makes a database with a table `moved` (id, n, filler), n being 0, ids without gaps from 1; queues
   * `fill` there, which adds 1 to n; hands it over with the disk at rest, and drops it.
   */
  withCopy<T>(kind: Kind, use: (database: string) => Promise<T>): Promise<T>;
  /** Starts the executable. */
  migrator(kind: Kind, database: string, ...args: readonly string[]): Program;
  close(): Promise<void>;
}

/** How the batched migration is declared. */
export type Kind = keyof typeof DECLARED;

const DECLARED = {
  /** As fast as it can, as the loops that it is compared with. */
  fast: "pause: 0s",
  /** As it is by default; vacuum is told to leave the copies alone. */
  usual: "throttle: { ignore: [autovacuum, dead-tuples] }",
};

/** A process that runs. */
export interface Program {
  readonly process: ChildProcess;
  /** @throws {Error} With what it wrote, when it ends with another status than these. */
  ended(...statuses: readonly number[]): Promise<void>;
}

/** Starts a program whose output is of interest only when it fails. */
export function start(command: string, ...args: readonly string[]): Program {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (data) => output += data);
  child.stderr.on("data", (data) => output += data);
  const exit = once(child, "close");
  exit.catch(() => {});
  return {
    process: child,
    async ended(...statuses) {
      const [status] = await exit;
      if ((statuses.length > 0 ? statuses : [0]).includes(status)) return;
      throw new Error(`${command} ${args.join(" ")} exited ${status}: ${output}`);
    },
  };
}

const TEMPLATE = "template_of_copies";

/** @throws {Error} When the executable, psql or pgbench is missing. */
export async function openBed(rows: number): Promise<Bed> {
  for (const program of ["dist/migrator", "psql", "pgbench"]) {
    await start(program, "--version").ended();
  }
  const scratch = await fs.mkdtemp(path.join(os.tmpdir(), "migrator-bench-"));
  // A disk that syncs is a part of what is measured; checkpoints and vacuum come when they like, and so
  // they come between the measurements.
  const cluster = await startCluster({
    major: 18,
    settings: {
      fsync: "on",
      full_page_writes: "on",
      shared_buffers: "1GB",
      max_wal_size: "32GB",
      checkpoint_timeout: "1h",
      autovacuum: "off",
    },
  });
  const directories = {} as Record<Kind, string>;
  for (const kind of Object.keys(DECLARED) as Kind[]) {
    directories[kind] = path.join(scratch, kind);
    await writeMigrations(directories[kind], { rows, declared: DECLARED[kind] });
  }
  const migrator: Bed["migrator"] = (kind, database, ...args) =>
    start(
      "dist/migrator",
      ...args,
      "--migrations",
      directories[kind],
      "--database-url",
      cluster.url(database),
    );
  await cluster.sql("postgres", `CREATE DATABASE ${TEMPLATE}`);
  await migrator("fast", TEMPLATE, "up", "--target", "1").ended();
  await cluster.sql(TEMPLATE, "VACUUM (FREEZE, ANALYZE) moved");
  let copies = 0;
  return {
    rows,
    scratch,
    url: (database) => cluster.url(database),
    sql: (database, text) => cluster.sql(database, text),
    migrator,
    async withCopy(kind, use) {
      const copy = `copy_${++copies}`;
      const made = `CREATE DATABASE ${copy} TEMPLATE ${TEMPLATE} STRATEGY file_copy`;
      await cluster.sql("postgres", made);
      await migrator(kind, copy, "up").ended();
      // Both runs and the loops find the table in memory.
      await cluster.sql(copy, "SELECT sum(n) FROM moved");
      await cluster.sql("postgres", "CHECKPOINT");
      const result = await use(copy);
      await cluster.sql("postgres", `DROP DATABASE ${copy} WITH (FORCE)`);
      return result;
    },
    async close() {
      await cluster.dispose();
      await fs.rm(scratch, { recursive: true, force: true });
    },
  };
}

async function writeMigrations(
  directory: string,
  { rows, declared }: { readonly rows: number; readonly declared: string },
): Promise<void> {
  const files = {
    "1_table/up.sql":
      "CREATE TABLE moved (id bigint PRIMARY KEY, n int NOT NULL, filler text NOT NULL);\n" +
      `INSERT INTO moved SELECT i, 0, repeat('x', 40) FROM generate_series(1, ${rows}) AS i;\n`,
    "1_table/down.sql": "DROP TABLE moved;\n",
    "1_table/metadata.yaml": "name: table\nparents: []\n",
    "2_queue/up.sql": "",
    "2_queue/down.sql": "",
    "2_queue/metadata.yaml": "name: queue\nparents: [1]\nqueues: [fill]\n",
    "background/fill.yaml":
      `table: moved\n${declared}\nsql: UPDATE moved SET n = n + 1 WHERE batch()\n`,
  };
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(directory, "bench", name);
    await fs.mkdir(path.dirname(file), { recursive: true });
    await fs.writeFile(file, content);
  }
}

/** The middle one; of two, what lies between them. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Seconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1_000;
}
