/**
 * Waits until another process has migrated.
 *
 * @module
 */

import type { Listed } from "../definition/layouts/listed.ts";
import { buildGraph } from "../graph/graph.ts";
import { reportNewerVersions } from "../workspace/plan_pending.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { waitForAll, type WaitTarget } from "../workspace/wait_for_all.ts";
import { type Application, applicationOf, type ApplicationOptions } from "./application.ts";
import { stoppable } from "./stoppable.ts";

/** Options of `waitUntilMigrated`. */
export interface WaitUntilMigratedOptions extends ApplicationOptions {
  /** Milliseconds; 0 checks once. Default: five minutes. */
  readonly timeout?: number;
}

/** A database in which every migration of this program is applied. */
export interface ReadyDatabase {
  /** The product's name for the database. */
  readonly database: string;
  /** The server's address, without a password. */
  readonly server: string;
  /** Versions that a newer program has applied; each database with any caused a warning. */
  readonly newer: readonly bigint[];
}

/** Milliseconds. */
const TIMEOUT = 300_000;

/**
 * Waits until every migration that this program carries is applied, for services that must not
 * migrate themselves. It changes nothing and takes no lock; its role needs only what `readers:` in
 * migrator.yaml grants. It keeps waiting while the server, the database or the history does not
 * exist yet; a wrong password is an error at once. A newer database counts as ready.
 *
 * @returns The databases, in the order of their names.
 * @throws {Failure | Failures} `status/not-ready` after the timeout, with what is missing;
 * `connection/*`, `settings/*`, `source/*`; `interrupted/aborted`.
 */
export async function waitUntilMigrated(
  options: WaitUntilMigratedOptions = {},
): Promise<readonly ReadyDatabase[]> {
  const application = applicationOf(options);
  return await stoppable(
    options.signal,
    (signal) => waitWith(application, { signal, timeout: options.timeout ?? TIMEOUT }),
  );
}

/** Does the same with an existing workspace. */
export async function waitWith(
  { workspace, loggerAdapter, databases }: Application,
  { signal, timeout }: { readonly signal: AbortSignal; readonly timeout: number },
): Promise<readonly ReadyDatabase[]> {
  const names = await databases();
  const targets = [];
  for (const name of names) targets.push(await awaited(workspace, name));
  const found = new Map<string, ReadyDatabase>();
  await waitForAll(targets, {
    timeout,
    signal,
    report: loggerAdapter.event,
    ready: ({ name, ...one }) => {
      const { server, newer } = one;
      found.set(name, { database: name, ...one });
      loggerAdapter.inform(`${name}: ready on ${server}`, {
        event: "ready",
        database: name,
        server,
        newer,
      });
      reportNewerVersions(workspace, { database: name, newer });
    },
  });
  return names.map((name) => found.get(name)!);
}

/** Reads only the names of migrations: waiting needs no SQL, and so no parser. */
async function awaited(workspace: Workspace, name: string): Promise<WaitTarget> {
  const source = await workspace.source();
  const ordered = await source.listNamed(name, workspace.defined(name));
  const byVersion = new Map<bigint, Listed>(ordered.map((one) => [one.version, one]));
  return {
    name,
    needed: { ordered, get: (version) => byVersion.get(version) },
    graph: async () => {
      const { definitions } = await source.load(name, workspace.defined(name));
      return buildGraph(definitions, { database: name });
    },
    history: await workspace.history(name),
    connector: await workspace.connector(name),
  };
}
