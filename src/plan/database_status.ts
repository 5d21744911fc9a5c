// Pure.
/**
 * Compares the history of a database with the definitions at hand.
 *
 * @module
 */

import type { Definition } from "../definition/migration/definition.ts";
import type { Graph } from "../graph/graph.ts";
import type { History, StoredError, VersionDetails } from "../history/history.ts";

/** The state of one migration. */
export type MigrationState =
  | "applied"
  | "pending"
  /** Pending, and an error rolled back the last attempt: `up` tries again. */
  | "failed"
  | "dirty"
  | "running"
  /** Applied, but not among the definitions at hand. */
  | "newer";

/** One line of `status`; the fields of its JSON. */
export interface MigrationStatus {
  readonly version: bigint;
  readonly name: string;
  readonly standing: MigrationState;
  /** Applied, and its up script has different tokens now. Comments and white space are ignored. */
  readonly edited: boolean;
  /** Token checksum of the script whose attempt decides; null if there was none. */
  readonly checksum: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly who: string | null;
  readonly lastError: StoredError | null;
}

/** The status of one database. */
export interface DatabaseStatus {
  /** In graph order; then those that only the database has, by version. */
  readonly migrations: readonly MigrationStatus[];
  readonly counts: Readonly<Record<MigrationState | "edited", number>>;
  /** Nothing pending, failed, dirty or running. */
  readonly upToDate: boolean;
}

/** Compares a history with the definitions. */
export function databaseStatus(
  graph: Graph<Definition>,
  history: History<VersionDetails>,
): DatabaseStatus {
  const known = graph.ordered.map((definition) => {
    const found = history.versions.get(definition.version);
    const edited = found?.state === "applied" && found.checksum !== definition.up.checksum;
    return line(definition, { found, standing: standing(found), edited });
  });
  const unknown = [...history.versions.values()]
    .filter(({ version, state }) => graph.get(version) === undefined && state !== "reverted")
    .filter(({ state }) => state !== "failed")
    .sort((a, b) => a.version < b.version ? -1 : 1)
    .map((found) =>
      line(found, {
        found,
        standing: found.state === "applied" ? "newer" : standing(found),
        edited: false,
      })
    );
  const migrations = [...known, ...unknown];
  const counts = { applied: 0, pending: 0, failed: 0, dirty: 0, running: 0, newer: 0, edited: 0 };
  for (const migration of migrations) {
    counts[migration.standing]++;
    if (migration.edited) counts.edited++;
  }
  const upToDate = counts.pending + counts.failed + counts.dirty + counts.running === 0;
  return { migrations, counts, upToDate };
}

function standing(found: VersionDetails | undefined): MigrationState {
  if (found === undefined || found.state === "reverted") return "pending";
  return found.state;
}

function line(
  { version, name }: { readonly version: bigint; readonly name: string },
  { found, standing: state, edited }: {
    readonly found: VersionDetails | undefined;
    readonly standing: MigrationState;
    readonly edited: boolean;
  },
): MigrationStatus {
  return {
    version,
    name,
    standing: state,
    edited,
    checksum: found?.checksum ?? null,
    startedAt: found?.startedAt ?? null,
    finishedAt: found?.finishedAt ?? null,
    who: found?.who ?? null,
    lastError: found?.lastError ?? null,
  };
}
