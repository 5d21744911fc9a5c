/**
 * Reads progress snapshots in a separate session.
 *
 * @module
 */

import {
  type ProgressSnapshot,
  readProgressSnapshots,
  type SnapshotSelection,
} from "../../../background/status/progress_snapshot.ts";
import type { BackgroundTables } from "../../../background/state/rows.ts";
import type { Connector } from "../../../connection/session/session.ts";

/** Empty when no batched migration was ever queued. */
export async function readSnapshotsOf(
  connector: Connector,
  { name, signal, selection }: {
    readonly name: BackgroundTables;
    readonly signal: AbortSignal;
    readonly selection?: SnapshotSelection;
  },
): Promise<readonly ProgressSnapshot[]> {
  const session = await connector.open({
    applicationName: `migrator background ${name.database} (look)`,
    signal,
  });
  try {
    return await readProgressSnapshots(session, name, selection);
  } finally {
    await session.close();
  }
}
