/**
 * Where batched migrations stand, asked with a session of its own.
 *
 * @module
 */

import { readStandings, type Standing, type Which } from "../background/standing.ts";
import type { BackgroundName } from "../background/store.ts";
import type { Connector } from "../connection/session.ts";

/** Empty where nothing was ever queued. */
export async function readStandingsOf(
  connector: Connector,
  { name, signal, which }: {
    readonly name: BackgroundName;
    readonly signal: AbortSignal;
    readonly which?: Which;
  },
): Promise<readonly Standing[]> {
  const session = await connector.open({
    applicationName: `migrator background ${name.database} (look)`,
    signal,
  });
  try {
    return await readStandings(session, name, which);
  } finally {
    await session.close();
  }
}
