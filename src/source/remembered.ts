/**
 * Definitions that only a database still has: what a newer program applied there.
 *
 * @module
 */

import { ownRead } from "../connection/own_read.ts";
import { type Session } from "../connection/session.ts";
import type { Definition, DefinitionSet, Metadata, Script } from "../definition/definition.ts";
import { compileScript } from "../definition/script.ts";
import { Failure, throwCollected } from "../failure.ts";
import { buildGraph, type Graph } from "../graph/graph.ts";
import { appliedVersions, type History } from "../history/state.ts";
import type { HistoryName } from "../history/store.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";

/**
 * The graph for a way back: the definitions at hand, and for what was applied but is not among them,
 * what the database keeps. The database is asked only when something is missing.
 *
 * @throws {Failure} `history/untrusted` when somebody else could have written what would be run.
 */
export async function rememberedGraph(
  session: Session,
  { set, history, where }: {
    readonly set: DefinitionSet;
    readonly history: History;
    readonly where: HistoryName;
  },
): Promise<Graph<Definition>> {
  const known = new Set(set.definitions.map(({ version }) => version));
  const missing = [...appliedVersions(history)].filter((version) => !known.has(version));
  const remembered = missing.length === 0 ? [] : await readRemembered(session, where, missing);
  return buildGraph([...set.definitions, ...remembered], { database: set.database, gaps: "allow" });
}

/**
 * Reads definitions that a database keeps; those that it does not keep are left out.
 *
 * @throws {Failure} `history/untrusted`, `history/damaged`.
 */
export async function readRemembered(
  session: Session,
  where: HistoryName,
  versions: readonly bigint[],
): Promise<readonly Definition[]> {
  await refuseUntrusted(session, where);
  const rows = await ownRead(
    session,
    `SELECT version, name, pg_catalog.array_to_string(parents, ',') AS parents, metadata,
      up_path, up_sql, up_transaction, up_checksum,
      down_path, down_sql, down_transaction, down_checksum
    FROM ${quoteIdentifier(where.schema)}.migration_definitions
    WHERE database = ${quoteLiteral(where.database)}
      AND version = ANY ('{${versions.join(",")}}'::bigint[])
    ORDER BY version`,
  );
  const definitions: Definition[] = [];
  for (const row of rows) {
    const up = await script(row, "up");
    if (up === undefined) throw new Error("a remembered definition without its up script");
    definitions.push({
      version: BigInt(row["version"]!),
      name: row["name"] ?? "",
      parents: (row["parents"] ?? "").split(",").filter(Boolean).map(BigInt),
      metadata: JSON.parse(row["metadata"]!) as Metadata,
      up,
      down: await script(row, "down"),
    });
  }
  return definitions;
}

/**
 * SQL from a table is run with the rights of whoever migrates. So the table must be that role's own,
 * and nobody else may write it: otherwise a role with less rights could borrow them.
 */
async function refuseUntrusted(session: Session, { schema, database }: HistoryName): Promise<void> {
  const table = `${schema}.migration_definitions`;
  const [row] = await ownRead(
    session,
    `SELECT pg_catalog.pg_get_userbyid(c.relowner) AS owner, CURRENT_USER AS role,
      (SELECT pg_catalog.string_agg(DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC'
          ELSE pg_catalog.pg_get_userbyid(a.grantee) END, ', ')
        FROM (SELECT (pg_catalog.aclexplode(c.relacl)).*
          UNION ALL SELECT (pg_catalog.aclexplode(attacl)).* FROM pg_catalog.pg_attribute
            WHERE attrelid = c.oid) AS a
        WHERE a.grantee <> c.relowner
          AND a.privilege_type IN ('INSERT', 'UPDATE', 'TRIGGER')) AS writers
    FROM pg_catalog.pg_class AS c
    WHERE c.oid = ${quoteLiteral(`${quoteIdentifier(schema)}.migration_definitions`)}::regclass`,
  );
  const owner = row?.["owner"];
  const writers = row?.["writers"];
  if (owner === row?.["role"] && !writers) return;
  const because = writers
    ? `${writers} may write it too`
    : `it belongs to role "${owner}", and this run is "${row?.["role"]}"`;
  throw new Failure(
    "history/untrusted",
    `Refused to run what the database keeps of "${database}" in ${table}: ${because}.`,
    {
      hint: writers
        ? `REVOKE INSERT, UPDATE, TRIGGER ON ${table} FROM ${writers}, after looking at what is in it.`
        : `Connect as "${owner}", or use the executable that carries these migrations.`,
    },
  );
}

type TextRow = Readonly<Record<string, string | null>>;

async function script(row: TextRow, direction: "up" | "down"): Promise<Script | undefined> {
  const sql = row[`${direction}_sql`];
  if (sql === null || sql === undefined) return undefined;
  const path = `database:${row[`${direction}_path`]}`;
  const defects: Failure[] = [];
  const compiled = await compileScript(new TextEncoder().encode(sql), {
    path,
    transactionNone: row[`${direction}_transaction`] === "none",
    report: (defect) => defects.push(defect),
  });
  throwCollected(defects);
  if (compiled?.script.checksum === row[`${direction}_checksum`]) return compiled?.script;
  throw new Failure(
    "history/damaged",
    `What the database keeps of migration ${
      row["version"]
    } (${direction}) is not what was applied: ` +
      "its checksum differs.",
    { hint: "Use the executable, or --migrations directory, that applied it." },
  );
}
