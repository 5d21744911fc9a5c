/**
 * The keys that a batched migration declares besides its statements, in a file or in TypeScript.
 *
 * @module
 */

import { isSeq, type Node } from "yaml";
import { Failure } from "../../failure.ts";
import { parseQualifiedName, type QualifiedName } from "../../sql/qualified_name.ts";
import { STRATEGIES, type StrategyName } from "./batched_migration.ts";
import type { ChecksummedDeclaration } from "./batched_checksum.ts";
import { readPace } from "./batched_pace.ts";
import type { JobArguments } from "./job_arguments.ts";
import { readFilter, readQuery } from "./batched_sql.ts";
import type { SqlContext } from "./sql_reading.ts";
import { readThrottle } from "./batched_throttle.ts";
import { type EmbeddedSql, embeddedSql } from "../text/embedded_sql.ts";
import type { YamlMapping } from "../../yaml/yaml_mapping.ts";

/** These keys. */
export const DECLARED_KEYS = [
  "description",
  "table",
  "key",
  "strategy",
  "filter",
  "batchSize",
  "subBatchSize",
  "maxBatchSize",
  "maxSubBatchSize",
  "targetTime",
  "interval",
  "pause",
  "maxWorkers",
  "statementTimeout",
  "lockTimeout",
  "maxAttempts",
  "maxQuarantined",
  "throttle",
  "remaining",
  "constraint",
] as const;

export type DeclaredKey = typeof DECLARED_KEYS[number];

/** GitLab's names and SQL's names for some keys. */
export const KEY_ALIASES: Readonly<Record<string, DeclaredKey>> = {
  batch_class_name: "strategy",
  batch_column_name: "key",
  column: "key",
  column_name: "key",
  columns: "key",
  cursor: "key",
  delay_interval: "interval",
  job_interval: "interval",
  pause_ms: "pause",
  pauseMs: "pause",
  scope_to: "filter",
  table_name: "table",
  targetMs: "targetTime",
  where: "filter",
};

/**
 * Whether a text can be a batched migration's name: a class name and, in files, part of a file
 * name.
 */
export function isBatchedName(name: string): boolean {
  return /^[a-z0-9_]+$/.test(name) && name.length <= LONGEST_NAME;
}

/** GitLab's limit for `job_class_name`, in characters. */
export const LONGEST_NAME = 100;

/** A declaration without its statements, which files and TypeScript write differently. */
export type ReadDeclaration = Omit<ChecksummedDeclaration, "table" | "sql" | "down">;

/**
 * Reads everything but the statements, and reports every defect.
 *
 * @param options.arguments Names of the arguments that SQL may use.
 * @returns `table` is undefined after a defect; `context` is for reading SQL about the table.
 */
export async function readDeclaration(
  mapping: YamlMapping<DeclaredKey>,
  { path, report, arguments: given }: Reading & { readonly arguments: JobArguments },
): Promise<{
  readonly table: string | undefined;
  readonly declaration: ReadDeclaration;
  readonly context: Omit<SqlContext, "purpose">;
}> {
  const table = readTable(mapping, { path, report });
  const key = readKey(mapping);
  const strategy = readStrategy(mapping, { key, path, report });
  const pace = readPace(mapping, { path, report });
  const constraint = mapping.string("constraint");
  const context: Omit<SqlContext, "purpose"> = {
    path,
    table: table?.name ?? { name: "" },
    key,
    strategy,
    hasFilter: mapping.has("filter"),
    arguments: Object.keys(given),
    report,
  };
  const filterSql = sqlOf(mapping, "filter");
  const filter = filterSql && await readFilter(filterSql, { ...context, purpose: "filter" });
  const query = sqlOf(mapping, "remaining");
  const remaining = query && await readQuery(query, { ...context, purpose: "remaining" });
  const throttle = await readThrottle(mapping, context);
  const description = mapping.string("description");
  const declaration: ReadDeclaration = {
    ...(description === undefined ? {} : { description }),
    strategy,
    key,
    ...(filter === undefined ? {} : { filter }),
    arguments: given,
    ...pace,
    throttle,
    ...(remaining === undefined ? {} : { remaining }),
    ...(constraint === undefined ? {} : { constraint }),
  };
  return { table: table?.written, declaration, context };
}

interface Reading {
  readonly path: string;
  readonly report: (defect: Failure) => void;
}

/** Reports a missing key. */
export function missingKey<Key extends string>(
  key: Key,
  { mapping, path, report, hint }: Reading & {
    readonly mapping: YamlMapping<Key>;
    readonly hint: string;
  },
): void {
  report(
    new Failure("definition/missing-key", `${path} does not say \`${key}\`.`, {
      hint,
      place: mapping.placeAt(0),
    }),
  );
}

function readTable(
  mapping: YamlMapping<DeclaredKey>,
  { path, report }: Reading,
): { readonly written: string; readonly name: QualifiedName } | undefined {
  const hint = "Write the table as in SQL: `table: routes`, `table: public.routes`.";
  if (!mapping.has("table")) {
    missingKey("table", { mapping, path, report, hint });
    return undefined;
  }
  const written = mapping.string("table", { hint });
  if (written === undefined) return undefined;
  const name = parseQualifiedName(written);
  if (name !== undefined) return { written: written.trim(), name };
  mapping.wrong("table", { node: mapping.node("table") ?? null, hint });
  return undefined;
}

/** Column names as the catalog stores them. */
function readKey(mapping: YamlMapping<DeclaredKey>): readonly string[] {
  const hint = "Write the columns as in SQL: `key: id`, `key: [tenant_id, id]`.";
  const columns: string[] = [];
  for (const { word, node } of mapping.strings("key", hint)) {
    const column = parseQualifiedName(word);
    if (column === undefined || column.schema !== undefined || columns.includes(column.name)) {
      mapping.wrong("key", { node, hint });
    } else columns.push(column.name);
  }
  return columns;
}

function readStrategy(
  mapping: YamlMapping<DeclaredKey>,
  { key, path, report }: Reading & { readonly key: readonly string[] },
): StrategyName {
  const usual: StrategyName = mapping.has("key") ? "keyset" : "primary-key";
  const names = Object.keys(STRATEGIES) as StrategyName[];
  const word = mapping.string("strategy");
  if (word === undefined) return usual;
  const strategy = names.find((name) => name === word || STRATEGIES[name] === word);
  if (strategy === undefined) {
    mapping.wrong("strategy", {
      node: mapping.node("strategy") ?? null,
      hint: `Write one of ${names.join(", ")}.`,
    });
    return usual;
  }
  const wantsKey = strategy === "keyset" || strategy === "loose-index-scan";
  if (wantsKey !== (key.length > 0) && wantsKey !== mapping.has("key")) {
    report(
      new Failure(
        "definition/batched-key",
        wantsKey
          ? `${path} walks by ${strategy}, but does not say which columns.`
          : `${path} has a \`key\`, which ${strategy} does not use.`,
        {
          hint: wantsKey
            ? "Add `key:` with the columns of an index, such as `key: [tenant_id, id]`."
            : "Remove `key`, or write `strategy: keyset`.",
          place: mapping.placeOf(wantsKey ? "strategy" : "key"),
        },
      ),
    );
  }
  return strategy;
}

/** The SQL of a key; undefined when the key is absent, or after a report. */
export function sqlOf<Key extends string>(
  mapping: YamlMapping<Key>,
  key: Key,
): EmbeddedSql | undefined {
  const node = mapping.node(key);
  if (node === undefined) return undefined;
  const sql = embeddedSql(mapping, node);
  if (sql === undefined) mapping.wrong(key, { node, hint: sqlHint(key, node) });
  return sql;
}

function sqlHint(key: string, node: Node | null): string {
  return isSeq(node)
    ? `Write all statements into one block behind \`${key}: |\`, each with a semicolon.`
    : `Write SQL behind \`${key}: |\`, indented.`;
}
