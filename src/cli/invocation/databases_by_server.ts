/**
 * Databases of the product that share one of PostgreSQL's.
 *
 * @module
 */

import { Failure } from "../../failure.ts";
import type { Invocation } from "./invocation.ts";

/**
 * The chosen databases, by where they are kept.
 *
 * @throws {Failure} `settings/*`, `usage/unknown-database`.
 */
export async function databasesByServer(
  invocation: Invocation,
  names?: readonly string[],
): Promise<readonly (readonly string[])[]> {
  const groups = new Map<string, string[]>();
  for (const name of names ?? await invocation.databases()) {
    const { label } = await invocation.connector(name);
    groups.set(label, [...groups.get(label) ?? [], name]);
  }
  return [...groups.values()];
}

/** @throws {Failure} `usage/one-database`: an option writes a file about one of PostgreSQL's databases. */
export function refuseSeveral(groups: readonly unknown[], option: string): void {
  if (groups.length <= 1) return;
  throw new Failure("usage/one-database", `${option} writes what is in one database of a server.`, {
    hint: "Name the database: --db NAME",
  });
}
