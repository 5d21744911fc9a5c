/**
 * What tests of the runner share: small products written to disk and loaded by the real code, runs of
 * them in this process, and a connector in whose way a test can stand.
 *
 * @module
 */

import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { connectorFor } from "../../src/workspace/connector.ts";
import type { FinalizeMode } from "../../src/background/crew/finalize.ts";
import { batchedMigrationHooks } from "../../src/workspace/batched_migration_hooks.ts";
import type {
  Connector,
  PipelineOptions,
  PipelineResult,
  Session,
} from "../../src/connection/session/session.ts";
import { resolveSettings } from "../../src/connection/settings/resolve_settings.ts";
import { Failure } from "../../src/failure.ts";
import { buildGraph } from "../../src/graph/graph.ts";
import type { Plan, PlanInput } from "../../src/plan/plan.ts";
import { planUp } from "../../src/plan/up.ts";
import type { RunEvent } from "../../src/runner/context/event.ts";
import { run, type RunResult } from "../../src/runner/execute/run.ts";
import type { RunOptions } from "../../src/runner/context/run_context.ts";
import { type Clock, systemClock } from "../../src/runtime/clock.ts";
import { openDirectory } from "../../src/source/disk.ts";
import { storedGraph } from "../../src/source/stored_definitions.ts";
import type { Server, TestRow } from "./cluster.ts";

/** One migration to write. */
export interface Written {
  readonly up: string;
  readonly down?: string;
  /** Default: its place in the list, from 1. */
  readonly version?: number;
  /** Default: the one before. */
  readonly parents?: readonly number[];
  /** More lines of metadata.yaml. */
  readonly yaml?: string;
  /** Files to write into background/, by name without `.yaml`. */
  readonly background?: Readonly<Record<string, string>>;
}

/** What was written, to be removed at the end. Deno's test runner tells of it by `unload` only. */
const written: string[] = [];
const removeAll = () => {
  for (const name of written.splice(0)) fs.rmSync(name, { recursive: true, force: true });
};
process.on("exit", removeAll);
globalThis.addEventListener?.("unload", removeAll);

/** Writes `<directory>/<database>/<version>_m<version>/…`, and gives the directory. */
export function writeMigrations(databases: Readonly<Record<string, readonly Written[]>>): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "migrator-product-"));
  written.push(directory);
  for (const [database, list] of Object.entries(databases)) {
    rewriteMigrations(path.join(directory, database), list);
  }
  return directory;
}

/** Writes one database's migrations, in place of what was there. */
export function rewriteMigrations(directory: string, list: readonly Written[]): void {
  fs.rmSync(directory, { recursive: true, force: true });
  list.forEach((migration, index) => {
    const version = migration.version ?? index + 1;
    const before = list[index - 1];
    const parents = migration.parents ?? (before ? [before.version ?? index] : []);
    const folder = path.join(directory, `${version}_m${version}`);
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, "up.sql"), migration.up);
    for (const [name, text] of Object.entries(migration.background ?? {})) {
      fs.mkdirSync(path.join(directory, "background"), { recursive: true });
      fs.writeFileSync(path.join(directory, "background", `${name}.yaml`), text);
    }
    if (!migration.yaml?.includes("irreversible")) {
      fs.writeFileSync(path.join(folder, "down.sql"), migration.down ?? "SELECT 1;");
    }
    fs.writeFileSync(
      path.join(folder, "metadata.yaml"),
      `name: m${version}\nparents: [${parents.join(", ")}]\n${migration.yaml ?? ""}\n`,
    );
  });
}

/** A CREATE INDEX CONCURRENTLY, with the flag that it needs. */
export function concurrently(up: string, more: Partial<Written> = {}): Written {
  return { up, yaml: "createIndexConcurrently: true", ...more };
}

/** What a run in this process may be told. */
export interface RunChanges extends Partial<RunOptions> {
  readonly signal?: AbortSignal;
  /** Default: check. */
  readonly finalize?: FinalizeMode;
  readonly report?: (event: RunEvent) => void;
  readonly clock?: Clock;
  readonly connector?: Connector;
  readonly direct?: Connector;
  /** Default: `migrator`. */
  readonly schema?: string;
  readonly readers?: readonly string[];
  /** Default: up. Definitions that only the database keeps are part of the situation. */
  readonly plan?: (input: PlanInput) => Plan;
}

/** A product with one database beside an empty PostgreSQL database. */
export interface Product {
  /** For `--migrations`. */
  readonly directory: string;
  /** The PostgreSQL database. */
  readonly postgres: string;
  readonly url: string;
  /** Arguments that lead the command line there. */
  readonly args: readonly string[];
  run(changes?: RunChanges): Promise<RunResult>;
  sql(text: string): Promise<TestRow[]>;
  /** `version direction success`, in order, such as `1 up t`; `?` for an attempt that is open. */
  attempts(): Promise<string[]>;
  /** Writes other migrations in place of those there are. */
  rewrite(list: readonly Written[]): void;
}

/** Writes migrations, and makes an empty database for them. */
export async function newProduct(
  server: Server,
  list: readonly Written[],
  options: {
    readonly postgres?: string;
    readonly url?: string;
    /** The product's name for it. Default: `app`. */
    readonly database?: string;
    /** As PostgreSQL names it. Default: UTF8. */
    readonly encoding?: string;
  } = {},
): Promise<Product> {
  const database = options.database ?? "app";
  const postgres = options.postgres ?? await server.createDatabase(options.encoding);
  const url = options.url ?? server.url(postgres);
  const directory = writeMigrations({ [database]: list });
  const sql = (text: string) => server.sql(postgres, text);
  return {
    directory,
    postgres,
    url,
    args: ["--migrations", directory, "--database-url", url],
    sql,
    run: (changes = {}) => runProduct({ directory, database, url }, changes),
    rewrite: (next) => rewriteMigrations(path.join(directory, database), next),
    async attempts() {
      const rows = await sql(
        `SELECT format('%s %s %s', version, direction, coalesce(success::text, '?')) AS line
        FROM migrator.migration_logs ORDER BY id`,
      );
      return rows.map(({ line }) => String(line).replace("true", "t").replace("false", "f"));
    },
  };
}

/** Runs the migrations of a directory in this process. */
export async function runProduct(
  { directory, database, url }: {
    readonly directory: string;
    readonly database: string;
    readonly url: string;
  },
  changes: RunChanges,
): Promise<RunResult> {
  const source = await openDirectory(directory);
  const set = await source.load(database);
  const { schema = "migrator", readers = [] } = changes;
  const where = { schema, database, readers };
  const connector = changes.connector ?? await connectorTo(url);
  return await run({
    history: where,
    connector,
    direct: changes.direct,
    runner: { who: "tester", host: "here", pid: 1, toolVersion: "test" },
    options: {
      lockTimeout: changes.lockTimeout ?? 2_000,
      lockRetries: changes.lockRetries ?? 11,
      lockWait: changes.lockWait ?? 30_000,
      durable: changes.durable ?? "run",
      statementTimeout: changes.statementTimeout,
    },
    clock: changes.clock ?? systemClock,
    report: changes.report ?? (() => {}),
    signal: changes.signal ?? new AbortController().signal,
    hooks: batchedMigrationHooks({ set, history: where, connector }, {
      finalize: changes.finalize ?? "check",
    }),
    plan: async (history, session) => {
      const graph = changes.plan
        ? await storedGraph(session, { set, history, where })
        : buildGraph(set.definitions, { database });
      return (changes.plan ?? planUp)({ database, graph, history });
    },
  });
}

/** Opens sessions as the command line would. */
export async function connectorTo(url: string): Promise<Connector> {
  const { settings } = await resolveSettings({
    database: "app",
    databases: ["app"],
    urls: [url],
    environment: {},
    readFile: () => Promise.resolve(undefined),
    permissions: () => Promise.resolve(undefined),
    homeDirectory: undefined,
    userName: undefined,
  });
  return await connectorFor(settings);
}

/** What a test does when something is about to be sent, or was answered. */
export interface Interference {
  before?(message: string, session: Session): Promise<void> | void;
  after?(message: string, session: Session): Promise<void> | void;
  beforeCancel?(): Promise<void>;
}

/** A connector whose sessions ask a test before and after each exchange with the server. */
export function interfere(
  connector: Connector,
  { before, after, beforeCancel }: Interference,
): Connector {
  return {
    label: connector.label,
    async open(options) {
      const session = await connector.open(options);
      return new Proxy(session, {
        get(target, property) {
          if (property === "pipeline") {
            return async (
              messages: readonly string[],
              options?: PipelineOptions,
            ): Promise<PipelineResult> => {
              await before?.(messages.join("\n"), target);
              const result = await target.pipeline(messages, options);
              await after?.(messages.join("\n"), target);
              return result;
            };
          }
          if (property === "query") {
            return async (message: string) => {
              await before?.(message, target);
              const answer = await target.query(message);
              await after?.(message, target);
              return answer;
            };
          }
          if (property === "cancel") {
            return async () => {
              await beforeCancel?.();
              await target.cancel();
            };
          }
          const value: unknown = Reflect.get(target, property, target);
          return typeof value === "function" ? value.bind(target) : value;
        },
        set: (target, property, value) => Reflect.set(target, property, value, target),
      });
    },
  };
}

/** The failure that a run ends with; a run that ends well, or with a defect, is an error. */
export async function failureOf(run: Promise<unknown>): Promise<Failure> {
  let result: unknown;
  try {
    result = await run;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error(`It ended well: ${JSON.stringify(result, (_, v) => String(v))}`);
}

/** Asks until the answer is true, at first after 30 ms, then ever less often: each costs a connection. */
export async function eventually(
  ask: () => Promise<boolean>,
  { what, within = 45_000 }: { readonly what: string; readonly within?: number },
): Promise<void> {
  const until = performance.now() + within;
  for (let pause = 30; !await ask(); pause = Math.min(pause * 1.5, 250)) {
    if (performance.now() > until) throw new Error(`Waited ${within} ms in vain: ${what}`);
    await sleep(pause);
  }
}

/** Milliseconds. */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** The backend that holds the migration lock of a PostgreSQL database. */
export async function lockBackend(product: Product): Promise<number | undefined> {
  const [row] = await product.sql(
    `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  return row && Number(row["pid"]);
}

/** SQL that lets a backend go on when its client is gone. Before 14 none of them looks. */
export function unwatched(major: number): string {
  return major < 14 ? "SELECT 1" : "SET client_connection_check_interval = 0";
}

/**
 * Waits until a statement that holds the text runs, and gives its backend. Keeping the definition,
 * which holds it as well, is not meant.
 */
export async function runningBackend(
  product: Pick<Product, "sql">,
  text: string,
): Promise<number> {
  let pid = 0;
  await eventually(async () => {
    const [row] = await product.sql(
      `SELECT pid FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid()
        AND datname = current_database() AND query LIKE '%${text}%'
        AND query NOT LIKE '%migration_definitions%'`,
    );
    pid = Number(row?.["pid"] ?? 0);
    return pid !== 0;
  }, { what: `a statement with ${text}` });
  return pid;
}

/** Waits until some session of a PostgreSQL database waits for a lock, and gives its backend. */
export async function waitingForLock(product: Product): Promise<number> {
  let pid = 0;
  await eventually(async () => {
    const [row] = await product.sql(
      `SELECT pid FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    pid = Number(row?.["pid"] ?? 0);
    return pid !== 0;
  }, { what: "a session that waits for a lock" });
  return pid;
}
