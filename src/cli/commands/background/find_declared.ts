/**
 * Finds the declaration that a command names, among the product's databases.
 *
 * @module
 */

import type { BatchedMigration } from "../../../definition/batched/batched_migration.ts";
import { resolveReference } from "../../../definition/batched/batched_reference.ts";
import type { JobArguments } from "../../../definition/batched/job_arguments.ts";
import { Failure } from "../../../failure.ts";
import type { Target } from "../../../workspace/workspace.ts";
import { suggest } from "../../../suggest.ts";
import type { Invocation } from "../../invocation/invocation.ts";

/** What the user typed. */
export interface DeclarationQuery {
  readonly name: string;
  /** Arguments in place of the declared ones. */
  readonly arguments?: JobArguments | undefined;
  /** The command, for hints: `background plan`. */
  readonly command: string;
}

/** The declaration and its database. */
export interface FoundDeclaration {
  readonly target: Target;
  readonly declaration: BatchedMigration;
}

/**
 * Searches the databases that `--db` selects.
 *
 * @throws {Failure} `background/unknown`, `usage/ambiguous`, `usage/unknown-argument`, and every
 * defect of the migrations.
 */
export async function findDeclared(
  invocation: Invocation,
  typed: DeclarationQuery,
): Promise<FoundDeclaration> {
  const found: FoundDeclaration[] = [];
  const names: string[] = [];
  for (const database of await invocation.databases()) {
    const target = await invocation.target(database);
    names.push(...target.set.background.map(({ name }) => name));
    const declaration = resolveReference(
      { name: typed.name, ...(typed.arguments ? { arguments: typed.arguments } : {}) },
      target.set.background,
    );
    if (declaration !== undefined) found.push({ target, declaration });
  }
  const [only, second] = found;
  if (only === undefined) throw unknown(typed, names);
  if (second === undefined) {
    refuseUndeclared(only, { typed, background: only.target.set.background });
    return only;
  }
  throw new Failure(
    "usage/ambiguous",
    `Several databases declare a batched migration ${typed.name}: ${
      found.map(({ target }) => target.name).join(", ")
    }.`,
    { hint: `Say which: migrator ${typed.command} ${typed.name} --db ${only.target.name}` },
  );
}

function unknown({ name, command }: DeclarationQuery, names: readonly string[]): Failure {
  const meant = suggest(name, names);
  return new Failure("background/unknown", `No batched migration ${name} is declared.`, {
    hint: meant !== undefined
      ? `migrator ${command} ${meant}`
      : names.length > 0
      ? `There are: ${[...new Set(names)].join(", ")}`
      : "Write one: migrator add --background NAME --db DATABASE",
    facts: { name },
  });
}

/**
 * An undeclared argument would identify another migration, which no schema migration ever
 * finalizes.
 */
function refuseUndeclared(
  { declaration: { path } }: FoundDeclaration,
  { typed, background }: {
    readonly typed: DeclarationQuery;
    readonly background: readonly BatchedMigration[];
  },
): void {
  const declared = background.find(({ name }) => name === typed.name);
  const names = Object.keys(declared?.parameters ?? declared?.arguments ?? {});
  const strange = Object.keys(typed.arguments ?? {}).find((name) => !names.includes(name));
  if (strange === undefined) return;
  const meant = suggest(strange, names);
  throw new Failure("usage/unknown-argument", `${path} declares no argument ${strange}.`, {
    hint: meant === undefined
      ? `Its arguments are: ${names.join(", ") || "none"}`
      : `Did you mean ${meant}?`,
    facts: { name: typed.name, declared: names },
  });
}
