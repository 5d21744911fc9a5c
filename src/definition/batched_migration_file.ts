/**
 * `background/<name>.yaml`: a batched background migration as it is declared.
 *
 * @module
 */

import { isSeq, type Node } from "yaml";
import { Failure } from "../failure.ts";
import { parseQualifiedName, type QualifiedName } from "../sql/qualified_name.ts";
import { type BatchedMigration, STRATEGIES, type StrategyName } from "./batched_migration.ts";
import { readArguments } from "./batched_arguments.ts";
import { declarationChecksum } from "./batched_checksum.ts";
import { readPace } from "./batched_pace.ts";
import { readThrottle } from "./batched_throttle.ts";
import { readBody, readFilter, readQuery, type SqlContext } from "./batched_sql.ts";
import { embeddedSql } from "./embedded_sql.ts";
import { inOrderOfPlaces, readMapping, type YamlMapping } from "./yaml_mapping.ts";

const KEYS = [
  "description",
  "table",
  "key",
  "strategy",
  "filter",
  "arguments",
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
  "sql",
  "remaining",
  "constraint",
  "down",
] as const;

/** What such a file may hold. */
export type BatchedKey = typeof KEYS[number];

/** GitLab's words, and how one would say it in SQL. */
const OTHER_WORDS: Readonly<Record<string, BatchedKey>> = {
  batch_class_name: "strategy",
  batch_column_name: "key",
  column: "key",
  column_name: "key",
  columns: "key",
  cursor: "key",
  delay_interval: "interval",
  job_arguments: "arguments",
  job_interval: "interval",
  pause_ms: "pause",
  pauseMs: "pause",
  scope_to: "filter",
  table_name: "table",
  targetMs: "targetTime",
  up: "sql",
  where: "filter",
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
    otherWords: OTHER_WORDS,
    example: "table: routes",
  });
  const declared = mapping && await understand(mapping, { name, path, report: collect });
  for (const defect of inOrderOfPlaces(defects)) report(defect);
  return defects.length > 0 ? undefined : declared;
}

const LONGEST_NAME = 100;

function checkName(name: string, { path, report }: Omit<FileOptions, "name">): void {
  if (/^[a-z0-9_]+$/.test(name) && name.length <= LONGEST_NAME) return;
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

async function understand(
  mapping: YamlMapping<BatchedKey>,
  { name, path, report }: FileOptions,
): Promise<BatchedMigration | undefined> {
  const table = readTable(mapping, { path, report });
  const key = readKey(mapping);
  const strategy = readStrategy(mapping, { key, path, report });
  const given = readArguments(mapping);
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
  if (!mapping.has("sql")) {
    missing("sql", { mapping, path, report, hint: "Write the statements behind `sql: |`." });
  }
  const body = async (key: "sql" | "down") => {
    const sql = sqlOf(mapping, key);
    // Without the table every batch() would look misplaced.
    return sql && table ? await readBody(sql, { ...context, purpose: key }) : [];
  };
  const sql = await body("sql");
  const down = mapping.has("down") ? await body("down") : undefined;
  const filterSql = sqlOf(mapping, "filter");
  const filter = filterSql && await readFilter(filterSql, { ...context, purpose: "filter" });
  const query = sqlOf(mapping, "remaining");
  const remaining = query && await readQuery(query, { ...context, purpose: "remaining" });
  const throttle = await readThrottle(mapping, context);
  const description = mapping.string("description");
  if (table === undefined) return undefined;
  const declaration: Omit<BatchedMigration, "name" | "path" | "checksum"> = {
    ...(description === undefined ? {} : { description }),
    table: table.written,
    strategy,
    key,
    ...(filter === undefined ? {} : { filter }),
    arguments: given,
    ...pace,
    throttle,
    sql,
    ...(remaining === undefined ? {} : { remaining }),
    ...(constraint === undefined ? {} : { constraint }),
    ...(down === undefined ? {} : { down }),
  };
  return { name, path, checksum: declarationChecksum(declaration), ...declaration };
}

interface Reading {
  readonly path: string;
  readonly report: (defect: Failure) => void;
}

function missing(
  key: BatchedKey,
  { mapping, path, report, hint }: Reading & {
    readonly mapping: YamlMapping<BatchedKey>;
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
  mapping: YamlMapping<BatchedKey>,
  { path, report }: Reading,
): { readonly written: string; readonly name: QualifiedName } | undefined {
  const hint = "Write the table as in SQL: `table: routes`, `table: public.routes`.";
  if (!mapping.has("table")) {
    missing("table", { mapping, path, report, hint });
    return undefined;
  }
  const written = mapping.string("table", { hint });
  if (written === undefined) return undefined;
  const name = parseQualifiedName(written);
  if (name !== undefined) return { written: written.trim(), name };
  mapping.wrong("table", { node: mapping.node("table") ?? null, hint });
  return undefined;
}

/** Names of columns as the catalog has them. */
function readKey(mapping: YamlMapping<BatchedKey>): readonly string[] {
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
  mapping: YamlMapping<BatchedKey>,
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

function sqlOf(mapping: YamlMapping<BatchedKey>, key: "sql" | "down" | "filter" | "remaining") {
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
