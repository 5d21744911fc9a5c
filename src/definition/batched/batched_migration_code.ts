/**
 * Reads a batched migration that is written in TypeScript, with the checks of a declaration in a
 * file.
 *
 * @module
 */

import { stringify } from "yaml";
import { Failure } from "../../failure.ts";
import type { BatchedMigration } from "./batched_migration.ts";
import { declarationChecksum } from "./batched_checksum.ts";
import {
  DECLARED_KEYS,
  type DeclaredKey,
  isBatchedName,
  KEY_ALIASES,
  LONGEST_NAME,
  readDeclaration,
} from "./batched_declaration.ts";
import { defaultsOf, isParameter, type JobParameters } from "./batched_parameters.ts";
import { readMapping } from "../../yaml/yaml_mapping.ts";

/** A declaration in TypeScript; the names of its keys are those of files. */
export interface CodeDeclaration {
  readonly name: string;
  readonly parameters: JobParameters;
  /** The name of a custom strategy; `strategy` is then left out. */
  readonly customStrategy: string | undefined;
  readonly words: { readonly [Key in DeclaredKey]?: unknown };
}

/**
 * Builds the declaration, and reports its defects.
 *
 * @returns Undefined after a defect.
 */
export async function declareInCode(
  { name, parameters, customStrategy, words }: CodeDeclaration,
  report: (defect: Failure) => void,
): Promise<BatchedMigration | undefined> {
  const path = `defineBatchedMigration("${name}")`;
  const defects: Failure[] = [];
  // A declaration in code has no file, and so no line.
  const collect = ({ code, message, hint, facts }: Failure) =>
    void defects.push(new Failure(code, message, { facts, ...(hint ? { hint } : {}) }));
  if (!isBatchedName(name)) collect(malformedName(path));
  for (const [argument, one] of Object.entries(parameters)) {
    if (!isParameter(one)) collect(malformedParameter(path, argument));
  }
  // YAML cannot represent a function; this makes the reader refuse it at its key.
  const plain = (_: unknown, value: unknown) => typeof value === "function" ? "function" : value;
  const mapping = readMapping(stringify(words, plain, { lineWidth: 0 }), {
    path,
    report: collect,
    keys: DECLARED_KEYS,
    otherWords: KEY_ALIASES,
    example: "table: routes",
  })!;
  const named = Object.fromEntries(Object.keys(parameters).map((argument) => [argument, null]));
  const read = await readDeclaration(mapping, { path, report: collect, arguments: named });
  if (read.declaration.strategy === "ctid" && !mapping.has("filter")) collect(notIdempotent(path));
  const { table } = read;
  defects.forEach(report);
  if (defects.length > 0 || table === undefined) return undefined;
  const declaration = {
    ...read.declaration,
    ...(customStrategy === undefined ? {} : { strategy: "custom" as const, customStrategy }),
    table,
    arguments: defaultsOf(parameters),
    parameters,
    sql: [],
  };
  return { name, path, checksum: declarationChecksum(declaration), ...declaration };
}

function malformedName(path: string): Failure {
  return new Failure(
    "definition/malformed-name",
    `${path} is not named like a batched background migration.`,
    { hint: `Rename it: small letters, digits and _, at most ${LONGEST_NAME} of them.` },
  );
}

function malformedParameter(path: string, argument: string): Failure {
  return new Failure(
    "definition/wrong-type",
    `${path} says of the argument ${argument} something that cannot be used.`,
    {
      hint: 'Write "text", "integer", "number", "boolean", "json" or a list of words; with a ' +
        'default: { is: "integer", default: 5 }.',
    },
  );
}

function notIdempotent(path: string): Failure {
  return new Failure(
    "definition/batched-not-idempotent",
    `${path} walks by ctid, where a row may be met twice, without a \`filter\`.`,
    {
      hint: "Add a filter that no longer holds for a row that is done, or walk by a key.",
    },
  );
}
