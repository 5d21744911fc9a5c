/**
 * The batched migration that a command is about, found by its name or id in the product's databases.
 *
 * @module
 */

import { type Candidate, meantBy, type Typed } from "../background/meant.ts";
import { readStandings, type Which } from "../background/standing.ts";
import type { BackgroundName } from "../background/store.ts";
import type { Connector, Session } from "../connection/session.ts";
import type { Invocation } from "./invocation.ts";

/** What was found, and how its database is reached. */
export interface Meant extends Candidate {
  readonly name: BackgroundName;
  readonly connector: Connector;
  readonly session: Session;
}

interface Place {
  readonly name: BackgroundName;
  readonly connector: Connector;
  readonly session: Session;
}

/**
 * Looks in all databases that `--db` leaves, and goes on with a session where it was found.
 *
 * @throws {Failure} `background/unknown`, `usage/ambiguous`, `connection/*`, `settings/*`.
 */
export async function withMeant<T>(
  invocation: Invocation,
  typed: Typed,
  work: (meant: Meant) => Promise<T>,
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
    const found = await meantAmong(invocation, { places, typed });
    const place = places.find(({ name }) => name.database === found.database)!;
    await Promise.all(places.map((one) => one === place ? undefined : one.session.close()));
    return await work({ ...place, ...found });
  } finally {
    await Promise.all(places.map(({ session }) => session.close()));
  }
}

async function meantAmong(
  invocation: Invocation,
  { places, typed }: { readonly places: readonly Place[]; readonly typed: Typed },
): Promise<Candidate> {
  const { word } = typed;
  const narrow: Which = /^\d+$/.test(word) ? { id: word } : { name: word };
  const candidates = await candidatesOf(places, { ...narrow, all: true });
  if (candidates.length > 0) return meantBy(typed, { candidates, declared: [] });
  // It is not there: others are asked for only to say what may have been meant.
  const declared = await Promise.all(places.map(async ({ name: { database } }) => {
    const { set } = await invocation.target(database);
    return set.background.map(({ name }) => name);
  }));
  const all = await candidatesOf(places, { all: true });
  return meantBy(typed, { candidates: all, declared: declared.flat() });
}

async function candidatesOf(places: readonly Place[], which: Which): Promise<readonly Candidate[]> {
  const found = await Promise.all(places.map(async ({ session, name }) => {
    const standings = await readStandings(session, name, which);
    return standings.map((standing) => ({ database: name.database, standing }));
  }));
  return found.flat();
}
