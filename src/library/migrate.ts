/**
 * `migrate` and `rollback`.
 *
 * @module
 */

import { Failure } from "../failure.ts";
import { type DownTarget, planDown, planUndo } from "../plan/down.ts";
import type { CompletedStep } from "../runner/execute/completed_step.ts";
import { storedGraph } from "../source/stored_definitions.ts";
import { reportChecksumMismatches } from "../workspace/report_checksum_mismatches.ts";
import { eachTarget, runTarget } from "../workspace/run_targets.ts";
import { migrateAll } from "./migrate_all.ts";
import {
  migratorOf,
  type MigratorOptions,
  named,
  type NamedMigration,
} from "./migrator_options.ts";
import { stoppable } from "./stoppable.ts";

/** Options of `migrate`. */
export interface MigrateOptions extends MigratorOptions {
  /**
   * Run every migration in a database that migrator has no history of, although tables that they
   * create or drop, or another tool's history, are there already. Default: false, which refuses it.
   */
  readonly fromScratch?: boolean;
}

/** A migration that was run. */
export interface FinishedMigration extends NamedMigration {
  /** How long it took. */
  readonly milliseconds: number;
}

/** What `migrate` did in one database. Plain data: `JSON.stringify` takes it. */
export interface MigrateResult {
  /** The database of the product. */
  readonly database: string;
  /** Address of the server, without secrets. */
  readonly server: string;
  /** Migrations that this call applied, in order. Empty when another process had applied them. */
  readonly applied: readonly FinishedMigration[];
  /** Versions that are applied and that this program does not have, ascending. */
  readonly newer: readonly string[];
}

/**
 * Applies all pending migrations, as `migrator up` does. Of several callers one applies them; the others
 * wait for it.
 *
 * ```ts
 * import { migrate } from "@migrator/migrator";
 *
 * const [result] = await migrate({
 *   migrations: { shop: [{ version: 1, name: "stars", up: "CREATE TABLE stars (n int)" }] },
 *   connection: "pglite:memory",
 *   logger: { debug() {}, info() {}, warn: console.warn, error: console.error },
 * });
 * console.log(result?.applied.map(({ name }) => name)); // [ "stars" ]
 * ```
 *
 * @returns The databases, in the order of their names.
 * @throws {Failure | Failures} Every error that kept a database from being migrated; the other databases
 * are migrated all the same.
 */
export async function migrate(options: MigrateOptions = {}): Promise<readonly MigrateResult[]> {
  const application = migratorOf(options);
  const { lockWait, fromScratch } = options;
  return await stoppable(options.signal, async (signal) => {
    const migrated = await migrateAll(application, { lockWait, fromScratch, signal });
    return migrated.map(({ database, server, done, newer }) => ({
      database,
      server,
      applied: done.map(finished),
      newer: newer.map(String),
    }));
  });
}

/** Options of `rollback`. */
export interface RollbackOptions extends MigratorOptions {
  /** Revert this many migrations, the last one first. Default: 1, if no `to` is given. */
  readonly steps?: number;
  /** Revert what comes after this version; the version itself stays applied. */
  readonly to?: number | bigint | string;
}

/** What `rollback` did in one database. */
export interface RollbackResult {
  /** The database of the product. */
  readonly database: string;
  /** Address of the server, without secrets. */
  readonly server: string;
  /** Migrations that this call reverted, in the order in which it did. */
  readonly reverted: readonly FinishedMigration[];
}

/**
 * Reverts migrations of one database, as `migrator down` does. What this program does not have is
 * reverted with the down scripts that the database has stored.
 *
 * @throws {Failure | Failures} `usage/one-database` unless one database is named or there is only one;
 * `plan/ambiguous-undo` when several migrations could be the last; `plan/*`, `history/*`, `sql/*`,
 * `lock/*`, `connection/*`. Migrations that were reverted before the failure stay reverted.
 */
export async function rollback(options: RollbackOptions = {}): Promise<RollbackResult> {
  const { workspace, loggerAdapter, databases } = migratorOf(options);
  return await stoppable(options.signal, async (signal) => {
    const names = await databases();
    if (names.length !== 1) throw severalDatabases(names);
    const runOptions = options.lockWait === undefined ? {} : { lockWait: options.lockWait };
    const [result] = await eachTarget(
      workspace,
      { names, options: runOptions, signal },
      async (target) => {
        const { name: database, set, history: where } = target;
        const { done, server } = await runTarget(target, {
          plan: async (history, session) => {
            await reportChecksumMismatches(workspace, target, { found: history, session });
            const graph = await storedGraph(session, { set, history, where });
            const to = targetOf(options);
            const input = { database, graph, history };
            return to === undefined ? planUndo(input) : planDown(input, to);
          },
          report: loggerAdapter.event,
          signal,
          code: workspace.ownCode(),
        });
        return { database, server, reverted: done.map(finished) };
      },
    );
    return result!;
  });
}

function finished(step: CompletedStep): FinishedMigration {
  return { ...named(step), milliseconds: step.milliseconds };
}

/** Undefined for the one last migration. */
function targetOf({ steps, to }: RollbackOptions): DownTarget | undefined {
  if (to !== undefined && steps !== undefined) {
    throw new Failure("usage/invalid-value", "`rollback` is given both `steps` and `to`.", {
      hint: "Give one of them.",
    });
  }
  if (to !== undefined) return { kind: "targets", versions: [versionOf(to)] };
  if (steps === undefined) return undefined;
  if (Number.isSafeInteger(steps) && steps > 0) return { kind: "count", count: steps };
  throw new Failure("usage/invalid-value", `\`rollback\` cannot revert ${steps} migrations.`, {
    hint: "Give `steps` a whole number from 1 on.",
  });
}

function versionOf(to: number | bigint | string): bigint {
  const isWhole = typeof to === "number" ? Number.isSafeInteger(to) : /^[0-9]+$/.test(String(to));
  if (isWhole) return BigInt(to);
  throw new Failure("usage/invalid-value", `\`rollback\` cannot go to version ${String(to)}.`, {
    hint: "Give a whole number. Write one above 2^53 - 1 as a bigint or a string.",
  });
}

function severalDatabases(names: readonly string[]): Failure {
  return new Failure(
    "usage/one-database",
    `\`rollback\` reverts migrations of one database, and there are ${names.length}.`,
    {
      hint: `Name one: databases: [${JSON.stringify(names[0] ?? "")}]`,
      facts: { databases: names },
    },
  );
}
