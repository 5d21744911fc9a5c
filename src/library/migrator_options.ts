/**
 * What `migrate`, `status`, `pending`, `plan` and `rollback` share.
 *
 * @module
 */

import type { Session } from "../connection/session/session.ts";
import type { History } from "../history/history.ts";
import { isInstalled } from "../history/installed.ts";
import { readHistory } from "../history/read_history.ts";
import { eachTarget } from "../workspace/run_targets.ts";
import type { ResolvedTarget } from "../workspace/resolve_targets.ts";
import { type Application, applicationOf, type ApplicationOptions } from "./application.ts";

/**
 * Options of these functions. All are optional. They read no environment variable unless
 * `...fromEnvironment()` is among them.
 */
export interface MigratorOptions extends ApplicationOptions {
  /** Milliseconds to wait for the migration lock. Default: migrator.yaml's value, else five minutes. */
  readonly lockWait?: number;
}

/** A migration, as results name it. */
export interface NamedMigration {
  /** A decimal number from 0 to 2^63 - 1, as text, because a JavaScript number cannot hold each. */
  readonly version: string;
  /** May be empty. */
  readonly name: string;
}

/** The application of these options. */
export function migratorOf(options: MigratorOptions): Application {
  return applicationOf({ environment: {}, ...options });
}

/** A migration in a result. */
export function named(
  { version, name }: { readonly version: bigint; readonly name: string },
): NamedMigration {
  return { version: String(version), name };
}

/** A database while it is only read. */
export interface ReadTarget {
  readonly target: ResolvedTarget;
  readonly session: Session;
  readonly history: History;
}

/**
 * Reads the history of each database, and calls `work` with it. Takes no lock and changes nothing.
 *
 * @returns What `work` returned, in the order of the databases.
 * @throws {Failure | Failures} What kept databases from being read; the others are read all the same.
 */
export async function eachRead<T>(
  { workspace, databases }: Application,
  { purpose, signal }: { readonly purpose: string; readonly signal: AbortSignal },
  work: (read: ReadTarget) => Promise<T>,
): Promise<readonly T[]> {
  const names = await databases();
  return await eachTarget(workspace, { names, options: {}, signal }, async (target) => {
    const session = await target.connector.open({
      applicationName: `migrator ${target.name} (${purpose})`,
      condition: isInstalled(target.history),
      signal,
    });
    try {
      return await work({ target, session, history: await readHistory(session, target.history) });
    } finally {
      await session.close();
    }
  });
}
