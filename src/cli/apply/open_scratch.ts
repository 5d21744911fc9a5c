/**
 * A scratch database for a command: embedded, or on a server that an option names.
 *
 * @module
 */

import { SqlError } from "../../connection/session/session.ts";
import type { ServerSettings } from "../../connection/settings/settings.ts";
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

/** A scratch database, and how others reach it. */
export interface OpenedScratch extends ScratchDatabase {
  /** Undefined for embedded PostgreSQL, which is in this process only. */
  readonly settings?: ServerSettings;
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
): Promise<OpenedScratch> {
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
  const database = `${prefix}_${random}`;
  try {
    const scratch = await serverScratch({
      server,
      databaseOf: (one) => connectorFor({ ...settings, database: one }),
      name: database,
    });
    return { ...scratch, settings: { ...settings, database } };
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    throw refused(server.label, `${error.server.message} (SQLSTATE ${error.server.sqlstate})`);
  }
}
