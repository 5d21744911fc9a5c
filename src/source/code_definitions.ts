// Pure.
/**
 * Joins batched migrations from files with those that a program defines in TypeScript.
 *
 * @module
 */

import type { BatchedMigration } from "../definition/batched/batched_migration.ts";
import { Failure } from "../failure.ts";

/** A defect for each name that a file and the program have. */
export function duplicateDeclaration(
  declared: readonly BatchedMigration[],
  names: readonly string[],
): readonly Failure[] {
  return declared.filter(({ name }) => names.includes(name)).map(({ name, path }) =>
    new Failure(
      "definition/batched-twice",
      `The batched migration ${name} is declared in ${path}, and defined in the program as well.`,
      { hint: "Remove one of the two, or rename it.", place: { file: path } },
    )
  );
}

/** All of them, ascending by name. Of two with the same name the second counts. */
export function withCodeDefinitions(
  some: readonly BatchedMigration[],
  others: readonly BatchedMigration[],
): readonly BatchedMigration[] {
  const names = new Set(others.map(({ name }) => name));
  return [...some.filter(({ name }) => !names.has(name)), ...others]
    .sort((a, b) => a.name < b.name ? -1 : 1);
}
