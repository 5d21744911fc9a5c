/**
 * Reads definitions that only the database has: what a newer program applied there.
 *
 * @module
 */

import { type Session } from "../connection/session/session.ts";
import type {
  Definition,
  DefinitionSet,
  Metadata,
  Script,
  TransactionMode,
} from "../definition/migration/definition.ts";
import {
  type ChecksummedScript,
  definitionChecksum,
} from "../definition/migration/definition_checksum.ts";
import { compileScript } from "../definition/migration/script.ts";
import { Failure, throwCollected } from "../failure.ts";
import { buildGraph, type Graph } from "../graph/graph.ts";
import { appliedVersions, type History } from "../history/history.ts";
import type { HistoryName } from "../history/history_name.ts";
import { unlessMissing } from "../history/read_history.ts";
import { readTrusted } from "../history/trust.ts";
import { assertNoOtherWriters } from "../history/writers.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";
import { fromStorable, mapStrings } from "../sql/storable.ts";

/**
 * The graph for a way back: the definitions at hand, and for what was applied but is not among them,
 * what the database keeps. The database is asked only when something is missing.
 *
 * @param options.versions What the way goes through. Default: everything that is applied.
 * @throws {Failure} `history/untrusted` when somebody else could have written what would be run;
 * `history/damaged` when it is not what was applied.
 */
export async function storedGraph(
  session: Session,
  { set, history, where, versions = appliedVersions(history) }: {
    readonly set: DefinitionSet;
    readonly history: History;
    readonly where: HistoryName;
    readonly versions?: ReadonlySet<bigint>;
  },
): Promise<Graph<Definition>> {
  const known = new Set(set.definitions.map(({ version }) => version));
  const missing = [...versions].filter((version) => !known.has(version));
  const remembered = missing.length === 0
    ? []
    : await readStoredDefinitions(session, where, missing);
  return buildGraph([...set.definitions, ...remembered], { database: set.database, gaps: "allow" });
}

/**
 * Reads definitions that a database keeps; those that it does not keep are left out. What is applied
 * must be, word for word but for comments, what the history says was applied.
 *
 * @throws {Failure} `history/untrusted`, `history/damaged`.
 */
export async function readStoredDefinitions(
  session: Session,
  where: HistoryName,
  versions: readonly bigint[],
): Promise<readonly Definition[]> {
  await assertNoOtherWriters(session, where);
  const schema = quoteIdentifier(where.schema);
  const wanted = `database = ${quoteLiteral(where.database)} ` +
    `AND version = ANY ('{${versions.join(",")}}'::bigint[])`;
  const read = readTrusted(
    session,
    where,
    `SELECT version, kept.name, pg_catalog.array_to_string(parents, ',') AS parents, metadata,
      up_path, up_sql, up_transaction, up_checksum,
      down_path, down_sql, down_transaction, down_checksum,
      applied.direction AS applied_direction, applied.success AS applied_success,
      applied.nothing_done,
      applied.checksum AS applied_up, applied.definition_checksum AS applied
    FROM ${schema}.migration_definitions AS kept
    LEFT JOIN (
      SELECT DISTINCT ON (version) version, direction, success, nothing_done, checksum,
        definition_checksum
      FROM ${schema}.migration_logs WHERE ${wanted}
      ORDER BY version, nothing_done, backfilled, id DESC
    ) AS applied USING (version)
    WHERE ${wanted} ORDER BY version`,
  );
  const rows = await read.catch((error: unknown) =>
    unlessMissing(error, { missing: [], session, name: where })
  );
  const definitions: Definition[] = [];
  for (const row of rows) definitions.push(await definitionOf(row));
  return definitions;
}

/**
 * The parents of every migration that a database keeps, as they were when it was last applied.
 *
 * @throws {Failure} `history/untrusted`.
 */
export async function readStoredParents(
  session: Session,
  where: HistoryName,
): Promise<ReadonlyMap<bigint, readonly bigint[]>> {
  const read = readTrusted(
    session,
    where,
    `SELECT version, array_to_string(parents, ',') AS parents
    FROM ${quoteIdentifier(where.schema)}.migration_definitions
    WHERE database = ${quoteLiteral(where.database)}`,
  );
  const rows = await read.catch((error: unknown) =>
    unlessMissing(error, { missing: [], session, name: where })
  );
  return new Map(rows.map((row) => [BigInt(row["version"]!), parentsIn(row)]));
}

function parentsIn(row: TextRow): readonly bigint[] {
  return (row["parents"] ?? "").split(",").filter(Boolean).map(BigInt);
}

type TextRow = Readonly<Record<string, string | null>>;

async function definitionOf(row: TextRow): Promise<Definition> {
  const kept = {
    version: BigInt(row["version"]!),
    name: fromStorable(row["name"] ?? ""),
    parents: parentsIn(row),
    metadata: mapStrings(JSON.parse(row["metadata"]!) as Metadata, fromStorable),
  };
  const up = columns(row, "up");
  const down = columns(row, "down");
  if (up === undefined) throw damaged(row, "its up script is gone");
  // Of a script that stopped half-way, a part may be in the database.
  const isInDatabase = row["applied_success"] === "t"
    ? row["applied_direction"] === "up"
    : row["nothing_done"] === "f";
  if (isInDatabase) {
    // Rows of an older program have the checksum of the way up only.
    const isSame = row["applied"] === null
      ? row["applied_direction"] !== "up" || row["applied_up"] === up.checksum
      : row["applied"] === definitionChecksum({ ...kept, up, down });
    if (!isSame) throw damaged(row, "its row in migration_definitions was changed since");
  }
  return {
    ...kept,
    up: await script(row, { direction: "up", columns: up }),
    down: down && await script(row, { direction: "down", columns: down }),
  };
}

type Columns = ChecksummedScript & { readonly sql: string };

function columns(row: TextRow, direction: "up" | "down"): Columns | undefined {
  const sql = row[`${direction}_sql`];
  if (sql === null || sql === undefined) return undefined;
  return {
    sql: fromStorable(sql),
    path: fromStorable(row[`${direction}_path`] ?? ""),
    checksum: row[`${direction}_checksum`] ?? "",
    transaction: row[`${direction}_transaction`] as TransactionMode,
  };
}

async function script(
  row: TextRow,
  { direction, columns }: { readonly direction: "up" | "down"; readonly columns: Columns },
): Promise<Script> {
  const defects: Failure[] = [];
  const compiled = await compileScript(new TextEncoder().encode(columns.sql), {
    path: `database:${columns.path}`,
    transactionNone: columns.transaction === "none",
    report: (defect) => defects.push(defect),
  });
  // Only ways back are run of what is stored: a way up that was applied is not judged.
  if (direction === "up" && defects.length > 0) return compiled.script;
  throwCollected(defects);
  if (compiled.script.checksum === columns.checksum) return compiled.script;
  throw damaged(row, `its ${direction} script has another checksum`);
}

function damaged(row: TextRow, reason: string): Failure {
  const version = row["version"];
  return new Failure(
    "history/damaged",
    `What the database keeps of migration ${version} is not what was applied: ${reason}.`,
    {
      hint:
        "Nothing of it was run. Use the executable, or --migrations directory, that applied it.",
      facts: { version },
    },
  );
}
