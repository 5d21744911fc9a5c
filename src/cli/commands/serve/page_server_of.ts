/**
 * Builds the pages of a command from its options.
 *
 * @module
 */

import type { Clock } from "../../../runtime/clock.ts";
import type { Invocation } from "../../invocation/invocation.ts";
import type { ListenAddress } from "../../invocation/listen_address.ts";
import { operatorIdentity, workerPoolOf } from "../background/worker_pool_of.ts";
import { DatabaseReader } from "./database_reader.ts";
import { Finalizer } from "./finalizer.ts";
import { PageGate } from "./page_gate.ts";
import { PageServer } from "./page_server.ts";
import type { ServedDatabase } from "./read_views.ts";

/** Where the pages are, and what they allow. */
export interface PageOptions {
  readonly listen: ListenAddress;
  /** Further names of this host. */
  readonly hosts?: readonly string[];
  readonly token: string | undefined;
  readonly allowsChanges: boolean;
  readonly clock: Clock;
}

/**
 * The pages of the databases that `--db` selects. No server is asked yet.
 *
 * @throws {Failure} `settings/*`, `source/*`, `usage/unknown-database`.
 */
export async function pageServerOf(
  invocation: Invocation,
  { listen, hosts = [], token, allowsChanges, clock }: PageOptions,
): Promise<PageGate> {
  const { signal } = invocation;
  const databases: ServedDatabase[] = [];
  for (const name of await invocation.databases()) {
    const connector = await invocation.connector(name);
    databases.push({
      name,
      history: await invocation.history(name),
      reader: new DatabaseReader({ name, connector, clock, signal }),
    });
  }
  const rules = {
    hosts: [...hosts, ...(listen.host === undefined ? [] : [listen.host])],
    token,
    isTokenForReading: !isLoopback(listen),
    allowsChanges,
  };
  const pages = new PageServer({
    workspace: invocation,
    databases,
    rules,
    finalizer: new Finalizer((database) =>
      workerPoolOf(invocation, { database, isThrottled: true })
    ),
    server: operatorIdentity(),
    clock,
    signal,
  });
  return new PageGate(rules, pages, clock.now);
}

/** Whether only this host can reach the address. */
export function isLoopback({ host }: ListenAddress): boolean {
  return host !== undefined && /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i.test(host);
}
