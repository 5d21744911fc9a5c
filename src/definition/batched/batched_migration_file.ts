/**
 * Reads `background/<name>.yaml`, the declaration of a batched background migration.
 *
 * @module
 */

import { Failure } from "../../failure.ts";
import type { BatchedMigration } from "./batched_migration.ts";
import { readArguments } from "./batched_arguments.ts";
import { targetsOf } from "./batched_targets.ts";
import { declarationChecksum } from "./batched_checksum.ts";
import {
  DECLARED_KEYS,
  isBatchedName,
  KEY_ALIASES,
  LONGEST_NAME,
  missingKey,
  readDeclaration,
  sqlOf,
} from "./batched_declaration.ts";
import { readBody } from "./batched_sql.ts";
import { inOrderOfPlaces, readMapping, type YamlMapping } from "../../yaml/yaml_mapping.ts";

const KEYS = [...DECLARED_KEYS, "arguments", "sql", "down"] as const;

/** The keys of such a file. */
export type BatchedKey = typeof KEYS[number];

const OTHER_WORDS_OF_FILES: Readonly<Record<string, BatchedKey>> = {
  ...KEY_ALIASES,
  job_arguments: "arguments",
  up: "sql",
};

interface FileOptions {
  /** The file's name without `.yaml`. */
  readonly name: string;
  readonly path: string;
  readonly report: (defect: Failure) => void;
}

/**
 * Reads a declaration and reports its defects with line and column.
 *
 * @returns Undefined after a defect.
 */
export async function readBatchedMigration(
  text: string,
  { name, path, report }: FileOptions,
): Promise<BatchedMigration | undefined> {
  const defects: Failure[] = [];
  const collect = (defect: Failure) => void defects.push(defect);
  checkName(name, { path, report: collect });
  const mapping = readMapping(text, {
    path,
    report: collect,
    keys: KEYS,
    otherWords: OTHER_WORDS_OF_FILES,
    example: "table: routes",
  });
  const declared = mapping && await readStatements(mapping, { name, path, report: collect });
  for (const defect of inOrderOfPlaces(defects)) report(defect);
  return defects.length > 0 ? undefined : declared;
}

function checkName(name: string, { path, report }: Omit<FileOptions, "name">): void {
  if (isBatchedName(name)) return;
  report(
    new Failure(
      "definition/malformed-name",
      `${path} is not named like a batched background migration.`,
      {
        hint: `Rename it: small letters, digits and _, at most ${LONGEST_NAME} of them, and .yaml.`,
        place: { file: path },
      },
    ),
  );
}

/** Reads the keys that only files have: argument values and statements. */
async function readStatements(
  mapping: YamlMapping<BatchedKey>,
  { name, path, report }: FileOptions,
): Promise<BatchedMigration | undefined> {
  const given = readArguments(mapping);
  const read = await readDeclaration(mapping, { path, report, arguments: given });
  const { table, declaration, context } = read;
  if (!mapping.has("sql")) {
    missingKey("sql", { mapping, path, report, hint: "Write the statements behind `sql: |`." });
  }
  const body = async (key: "sql" | "down") => {
    const sql = sqlOf(mapping, key);
    // Without the table, every batch() would be reported as misplaced.
    return sql && table !== undefined ? await readBody(sql, { ...context, purpose: key }) : [];
  };
  const sql = await body("sql");
  const down = mapping.has("down") ? await body("down") : undefined;
  if (table === undefined) return undefined;
  const { throttle } = declaration;
  const watch = throttle.watch.length > 0
    ? throttle.watch
    : [...new Set([table, ...await targetsOf([...sql, ...down ?? []])])];
  const whole = {
    ...declaration,
    throttle: { ...throttle, watch },
    table,
    sql,
    ...(down === undefined ? {} : { down }),
  };
  return { name, path, checksum: declarationChecksum(whole), ...whole };
}
