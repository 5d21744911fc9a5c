/**
 * Chooses the databases of a command that names versions or may change only one database.
 *
 * @module
 */

import { Failure } from "../../failure.ts";
import type { Invocation } from "./invocation.ts";

/**
 * The only database of the product, or of `--db`, for a command that must not guess.
 *
 * @param command The command as typed: `undo`, `down 2`.
 * @throws {Failure} `usage/one-database`.
 */
export async function oneDatabase(invocation: Invocation, command: string): Promise<string> {
  const names = await invocation.databases();
  const [name] = names;
  if (name !== undefined && names.length === 1) return name;
  throw new Failure(
    "usage/one-database",
    `Say which database is meant: there are ${names.join(", ")}.`,
    { hint: names.map((one) => `migrator ${command} --db ${one}`).join(", or ") },
  );
}

/**
 * The databases that know at least one of the versions. A version that several databases know is
 * refused unless `--db` selects them.
 *
 * @throws {Failure} `plan/unknown-target`, `usage/one-database`.
 */
export async function databasesOf(
  invocation: Invocation,
  versions: readonly bigint[],
): Promise<ReadonlyMap<string, readonly bigint[]>> {
  const names = await invocation.databases();
  const [only] = names;
  if (only !== undefined && names.length === 1) return new Map([[only, versions]]);
  const found = new Map<string, bigint[]>();
  for (const version of versions) {
    const owners = [];
    for (const name of names) {
      if ((await invocation.target(name)).graph.get(version)) owners.push(name);
    }
    const [owner] = owners;
    if (owner === undefined) {
      throw new Failure(
        "plan/unknown-target",
        `No database has a migration ${version}: looked in ${names.join(", ")}.`,
        { hint: "See the versions there are: migrator status" },
      );
    }
    if (owners.length > 1) {
      throw new Failure(
        "usage/one-database",
        `Migration ${version} is known to ${owners.join(" and ")}.`,
        { hint: `Add ${owners.map((n) => `--db ${n}`).join(" or ")}` },
      );
    }
    found.set(owner, [...found.get(owner) ?? [], version]);
  }
  return found;
}
