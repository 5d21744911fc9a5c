// Pure.
/**
 * The batched migrations that a program defines in TypeScript, by database.
 *
 * @module
 */

import { JobMisuse } from "../background/worker/job_error.ts";
import type { RegisteredDefinitions } from "../background/jobs/job_registry.ts";
import { Failure } from "../failure.ts";
import type { CodeDefinitions } from "../source/source.ts";
import { suggest } from "../suggest.ts";

/**
 * The definitions of one database; undefined when there are none.
 *
 * @throws {Failure} `definition/batched-twice`.
 */
export function codeDefinitionsOf(
  { jobs = [] }: RegisteredDefinitions,
  database: string,
): CodeDefinitions | undefined {
  const own = jobs.filter((job) => job.database === database);
  if (own.length === 0) return undefined;
  const names = own.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) {
    throw new Failure(
      "definition/batched-twice",
      `The program defines two batched migrations ${twice} of ${database}.`,
      { hint: "Rename one, or list it once in `jobs`." },
    );
  }
  return { names, declare: () => Promise.all(own.map((job) => job.declaration())) };
}

/**
 * Checks that the product has the database of each definition.
 *
 * @throws {Failure} `definition/unknown-database`.
 */
export function refuseUnknownDatabases(
  { jobs = [] }: RegisteredDefinitions,
  databases: readonly string[],
): void {
  const misplaced = jobs.find(({ database }) => !databases.includes(database));
  if (misplaced === undefined) return;
  const { name, database } = misplaced;
  throw new Failure(
    "definition/unknown-database",
    `defineBatchedMigration("${name}") is for the database ${database}, which has no migrations.`,
    { hint: hintFor(database, databases) },
  );
}

/** @throws {JobMisuse} When the product does not have this database. */
export function refuseUnknownDatabase(database: string, databases: readonly string[]): void {
  if (databases.includes(database)) return;
  throw new JobMisuse(`There is no database ${database}. ${hintFor(database, databases)}`);
}

function hintFor(database: string, databases: readonly string[]): string {
  const meant = suggest(database, databases);
  return meant === undefined ? `There are: ${databases.join(", ")}.` : `Did you mean ${meant}?`;
}
