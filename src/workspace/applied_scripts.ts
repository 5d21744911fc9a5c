/**
 * What a database has applied, for the reading of migrations.
 *
 * @module
 */

import type { KnownScript, KnownScripts } from "../definition/migration/script.ts";
import { readAppliedScripts } from "../history/applied_scripts.ts";
import type { HistoryName } from "../history/history_name.ts";
import type { Connector } from "../connection/session/session.ts";

/**
 * Asks the database once, when the first large script is read: a file whose bytes were applied is history,
 * which is compared, and not parsed. Where the database cannot be asked, nothing is known: who plans for it
 * reports why.
 */
export function appliedScripts(
  history: HistoryName,
  connectorOf: () => Promise<Connector>,
): KnownScripts {
  const ask = async (): Promise<ReadonlyMap<string, KnownScript>> => {
    const connector = await connectorOf();
    const session = await connector.open({
      applicationName: `migrator ${history.database} (look)`,
    });
    try {
      return await readAppliedScripts(session, history);
    } finally {
      await session.close();
    }
  };
  let asked: Promise<ReadonlyMap<string, KnownScript>> | undefined;
  return async (rawChecksum) => {
    asked ??= ask().catch(() => new Map());
    return (await asked).get(rawChecksum);
  };
}
