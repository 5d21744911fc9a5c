/**
 * A scratch database for a command: embedded, or on a server that an option names.
 *
 * @module
 */

import { SqlError } from "../../connection/session/session.ts";
import type { Failure } from "../../failure.ts";
import { systemClock } from "../../runtime/clock.ts";
import type { ScratchDatabase } from "../../shadow/scratch_database.ts";
import { connectorFor } from "../../workspace/connector.ts";
import { Workspace } from "../../workspace/workspace.ts";
import type { Invocation } from "../invocation/invocation.ts";

/** Where it is to be. */
export interface ScratchPlace {
  /** Leads to any database of a server; undefined: embedded. */
  readonly url: string | undefined;
  /** The option that gave the URL, for messages. */
  readonly option: string;
  /** How the names of its databases begin. */
  readonly prefix: string;
  /** What is thrown when the server makes no database. */
  refused(server: string, reason: string): Failure;
}

/**
 * Opens an empty one. On a server it is a database with a name of its own, and nothing else is touched.
 *
 * @param name The database of the product that it is for.
 * @throws {Failure} `settings/*`, `connection/*`, or what `refused` gives.
 */
export async function openScratch(
  invocation: Invocation,
  name: string,
  { url, option, prefix, refused }: ScratchPlace,
): Promise<ScratchDatabase> {
  const { embeddedScratch, serverScratch } = await import("../../shadow/scratch_database.ts");
  if (url === undefined) return await embeddedScratch();
  const workspace = new Workspace({
    options: {
      ...invocation.options,
      databaseUrl: [url],
      origins: { databaseUrl: option, directUrl: option },
    },
    environment: invocation.environment,
    event: invocation.output,
    source: await invocation.source(),
  });
  const { settings } = await workspace.settings(name);
  if (settings.kind === "embedded") return await embeddedScratch();
  const random = Math.floor(systemClock.random() * 2 ** 32).toString(36);
  const server = await connectorFor(settings);
  try {
    return await serverScratch({
      server,
      databaseOf: (database) => connectorFor({ ...settings, database }),
      name: `${prefix}_${random}`,
    });
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    throw refused(server.label, `${error.server.message} (SQLSTATE ${error.server.sqlstate})`);
  }
}
