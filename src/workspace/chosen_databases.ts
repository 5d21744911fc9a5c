// Pure.
/**
 * The databases that `--db` chooses.
 *
 * @module
 */

import { Failure } from "../failure.ts";
import type { Source } from "../source/source.ts";
import { suggest } from "../suggest.ts";

/**
 * The databases of a source that are wanted; all of them, unless some are named.
 *
 * @param db Values of `--db`: names, or lists of names with commas.
 * @throws {Failure} `usage/unknown-database`.
 */
export function chosenDatabases(
  { databases, label }: Source,
  db: readonly string[] | undefined,
): readonly string[] {
  if (db === undefined) return databases;
  const wanted = db.flatMap((names) => names.split(","));
  // Sourcegraph's migrator accepts `all`.
  if (wanted.includes("all") && !databases.includes("all")) return databases;
  const unknown = wanted.find((name) => !databases.includes(name));
  if (unknown === undefined) return [...new Set(wanted)];
  const meant = suggest(unknown, databases);
  throw new Failure(
    "usage/unknown-database",
    // An empty name is a script's unset variable, and must not select every database.
    unknown === ""
      ? "--db was given without a name."
      : `There is no database "${unknown}" among the migrations (${label}).`,
    {
      hint: meant
        ? `Did you mean --db ${meant}?`
        : `Use one of: ${databases.map((name) => `--db ${name}`).join(", ")}`,
      facts: { databases },
    },
  );
}
