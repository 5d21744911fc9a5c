/**
 * Batched migrations for tests: declared in a line, queued, and worked on in this process.
 *
 * @module
 */

import type { BackgroundEvent } from "../../src/background/state/event.ts";
import { sqlWork } from "../../src/background/worker/sql_work.ts";
import { BUILT_IN } from "../../src/background/strategy/strategies.ts";
import { createBackgroundTables } from "../../src/background/state/tables.ts";
import type { ThrottleVerdict } from "../../src/background/throttle/verdict.ts";
import type { WorkerPool } from "../../src/background/crew/worker_pool.ts";
import {
  runWorker,
  type WorkerEnd,
  type WorkerOptions,
} from "../../src/background/worker/worker.ts";
import type { Connector, Row, Session } from "../../src/connection/session/session.ts";
import {
  BATCHED_DEFAULTS,
  type BatchedMigration,
} from "../../src/definition/batched/batched_migration.ts";
import type { SqlTemplate } from "../../src/definition/batched/sql_template.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { quoteIdentifier, quoteLiteral } from "../../src/sql/identifier.ts";
import { connectorTo } from "./harness.ts";
import type { Server } from "./cluster.ts";

/** The names that tests use. */
export const BACKGROUND = { schema: "migrator", database: "shop" } as const;

/** SQL in which each `batch(x)` and `argument('x')` is a hole; no parser needed. */
export function template(text: string): SqlTemplate {
  const holes = [...text.matchAll(/\b(batch|argument)\('?(\w*)'?\)/g)].map((found) => ({
    start: found.index,
    end: found.index + found[0].length,
    kind: found[1] as "batch" | "argument",
    name: found[2]!,
  }));
  return { text, holes, line: 1 };
}

/** A declaration with GitLab's defaults but no pause. */
export function declared(
  given: Partial<BatchedMigration> & {
    readonly table: string;
    readonly sql: readonly SqlTemplate[];
  },
): BatchedMigration {
  return {
    ...BATCHED_DEFAULTS,
    name: "test",
    path: "shop/background/test.yaml",
    checksum: "0",
    strategy: "primary-key",
    key: [],
    arguments: {},
    throttle: { watch: [], maxHold: BATCHED_DEFAULTS.maxHold, ignore: [] },
    ...given,
    pauseMs: given.pauseMs ?? 0,
  };
}

/** Queues a declaration as a schema migration would; returns its id. */
export async function queue(session: Session, declaration: BatchedMigration): Promise<string> {
  const { batchSize, subBatchSize, pauseMs, interval, name, table } = declaration;
  const { maxBatchSize, maxSubBatchSize, maxWorkers } = declaration;
  const { rows } = await session.query(
    `CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(BACKGROUND.schema)}; ` +
      `${createBackgroundTables(BACKGROUND.schema)} ` +
      "INSERT INTO migrator.batched_background_migrations (created_at, updated_at, batch_size, " +
      'sub_batch_size, "interval", status, job_class_name, batch_class_name, table_name, ' +
      "column_name, job_arguments, pause_ms, gitlab_schema, generation, direction, declaration, " +
      "declaration_checksum, max_batch_size, max_sub_batch_size, max_workers, tool_version) VALUES (now(), now(), " +
      `${batchSize}, ${subBatchSize}, ${interval}, 1, ${quoteLiteral(name)}, 'x', ` +
      `${quoteLiteral(table)}, 'id', '{}', ${pauseMs}, '${BACKGROUND.database}', 1, 'up', ` +
      `${quoteLiteral(JSON.stringify(declaration))}, '0', ${maxBatchSize ?? "NULL"}, ` +
      `${maxSubBatchSize ?? "NULL"}, ${maxWorkers ?? "NULL"}, '0') RETURNING id`,
  );
  return rows[0]!["id"]!;
}

/** A body that shows how often a row of `counted` was done. */
export const ADD_ONE = [template("UPDATE counted SET n = n + 1 WHERE batch()")];

/** Workers of this process that tell nobody what they do, and mind nobody's health. */
export function crewOf(connector: Connector, changes: Partial<WorkerPool> = {}): WorkerPool {
  return {
    name: BACKGROUND,
    connector,
    process: "test",
    who: "tester",
    clock: systemClock,
    report: () => {},
    signal: new AbortController().signal,
    isThrottled: false,
    ...changes,
  };
}

/** Nothing is in the way. */
export const FULL_SPEED: ThrottleVerdict = { signal: "full", readings: [], isOverdue: false };

/** Workers of this process, and what they told. */
export async function work(
  connector: Connector,
  { workers = 1, events = [], ...given }: Partial<WorkerOptions> & {
    readonly workers?: number;
    readonly events?: BackgroundEvent[];
  } = {},
): Promise<readonly WorkerEnd[]> {
  const one = (number: number) =>
    runWorker({
      name: BACKGROUND,
      connector,
      worker: `test:${number}`,
      who: "tester",
      clock: systemClock,
      report: (event) => void events.push(event),
      signal: new AbortController().signal,
      workOf: sqlWork,
      strategyOf: ({ declaration: { strategy } }) =>
        BUILT_IN[strategy === "custom" ? "primary-key" : strategy],
      throttle: () => Promise.resolve(FULL_SPEED),
      until: "done",
      ...given,
    });
  return await Promise.all(Array.from({ length: workers }, (_, number) => one(number + 1)));
}

/** A database with a table `counted` (id, n) whose ids are multiples of three. */
export interface Scene {
  readonly connector: Connector;
  readonly session: Session;
  readonly url: string;
  sql(text: string): Promise<readonly Row[]>;
}

export async function newScene(server: Server, rows: number): Promise<Scene> {
  const url = server.url(await server.createDatabase());
  const connector = await connectorTo(url);
  const session = await connector.open({ applicationName: "scene" });
  const sql = async (text: string) => (await session.query(text)).rows;
  await sql(
    "CREATE TABLE counted (id bigint PRIMARY KEY, n int NOT NULL DEFAULT 0); " +
      `INSERT INTO counted SELECT i * 3, 0 FROM generate_series(1, ${rows}) AS i; ANALYZE counted`,
  );
  return { connector, session, url, sql };
}
