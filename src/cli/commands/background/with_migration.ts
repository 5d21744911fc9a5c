/**
 * Finds the batched migration that a command names by name or id, among the product's databases.
 *
 * @module
 */

import {
  findMigration,
  type MigrationCandidate,
  type MigrationQuery,
} from "../../../background/control/find_migration.ts";
import {
  readProgressSnapshots,
  type SnapshotSelection,
} from "../../../background/status/progress_snapshot.ts";
import type { BackgroundTables } from "../../../background/state/rows.ts";
import type { Connector, Session } from "../../../connection/session/session.ts";
import type { Invocation } from "../../invocation/invocation.ts";

/** The migration, and the connector of its database. */
export interface SelectedMigration extends MigrationCandidate {
  readonly name: BackgroundTables;
  readonly connector: Connector;
  readonly session: Session;
}

interface Place {
  readonly name: BackgroundTables;
  readonly connector: Connector;
  readonly session: Session;
}

/**
 * Searches the databases that `--db` selects, and runs `work` with a session to the one that has
 * it.
 *
 * @throws {Failure} `background/unknown`, `usage/ambiguous`, `connection/*`, `settings/*`.
 */
export async function withSelectedMigration<T>(
  invocation: Invocation,
  query: MigrationQuery,
  work: (selected: SelectedMigration) => Promise<T>,
): Promise<T> {
  const places: Place[] = [];
  try {
    for (const database of await invocation.databases()) {
      const connector = await invocation.connector(database);
      const session = await connector.open({
        applicationName: `migrator background ${database} (look)`,
        signal: invocation.signal,
      });
      places.push({ name: await invocation.history(database), connector, session });
    }
    const found = await selectAmong(invocation, { places, query });
    const place = places.find(({ name }) => name.database === found.database)!;
    await Promise.all(places.map((one) => one === place ? undefined : one.session.close()));
    return await work({ ...place, ...found });
  } finally {
    await Promise.all(places.map(({ session }) => session.close()));
  }
}

async function selectAmong(
  invocation: Invocation,
  { places, query }: { readonly places: readonly Place[]; readonly query: MigrationQuery },
): Promise<MigrationCandidate> {
  const { word } = query;
  const narrow: SnapshotSelection = /^\d+$/.test(word) ? { id: word } : { name: word };
  const candidates = await candidatesOf(places, { ...narrow, all: true });
  if (candidates.length > 0) return findMigration(query, { candidates, declared: [] });
  // Not found: read the declared names only to suggest one.
  const declared = await Promise.all(places.map(async ({ name: { database } }) => {
    const { set } = await invocation.target(database);
    return set.background.map(({ name }) => name);
  }));
  const all = await candidatesOf(places, { all: true });
  return findMigration(query, { candidates: all, declared: declared.flat() });
}

async function candidatesOf(
  places: readonly Place[],
  selection: SnapshotSelection,
): Promise<readonly MigrationCandidate[]> {
  const found = await Promise.all(places.map(async ({ session, name }) => {
    const snapshots = await readProgressSnapshots(session, name, selection);
    return snapshots.map((snapshot) => ({ database: name.database, snapshot }));
  }));
  return found.flat();
}
