/**
 * Looks up on the server what the scripts on a way would lose, and whether the role may do it.
 *
 * @module
 */

import type { Row, Session } from "../connection/session/session.ts";
import { quoteLiteral, quoteQualified } from "../sql/identifier.ts";
import type { Loss } from "./losses.ts";

/** A relation or a column with rows, as it is on the server now. */
export interface FoundLoss {
  /** The first migration of the way that destroys it. */
  readonly version: bigint;
  /** As SQL: `public.orders`. */
  readonly table: string;
  /** Undefined: the whole table, or rows of it. */
  readonly column: string | undefined;
  readonly by: "DROP" | "TRUNCATE" | "DELETE";
  /** The planner's estimate of its rows; undefined where the server has none. */
  readonly estimate: number | undefined;
}

/** Something that the role may not drop. */
export interface MissingOwnership {
  readonly version: bigint;
  /** `table public.orders`, `extension pg_trgm`. */
  readonly object: string;
  readonly owner: string;
}

/** What the way finds on the server. */
export interface LossesOnServer {
  readonly losses: readonly FoundLoss[];
  readonly notOwned: readonly MissingOwnership[];
}

/**
 * Looks up the losses in one query. What does not exist now, because the way itself creates it, is left
 * out; so are columns of tables that are lost as a whole.
 *
 * @param session Outside any transaction.
 */
export async function findLosses(
  session: Session,
  losses: readonly Loss[],
): Promise<LossesOnServer> {
  const wanted = losses.flatMap(rowOf);
  if (wanted.length === 0) return { losses: [], notOwned: [] };
  const rows = await readWithRoleSearchPath(session, lookupQuery(wanted));
  return { losses: relationsIn(rows), notOwned: notOwnedIn(rows) };
}

interface Wanted {
  readonly version: bigint;
  readonly kind: "relation" | "schema" | "extension";
  /** As SQL, for `to_regclass`; the bare name of a schema or extension. */
  readonly name: string;
  readonly column: string | undefined;
  readonly by: FoundLoss["by"];
}

function rowOf(loss: Loss): readonly Wanted[] {
  const { version } = loss;
  const common = { version, column: undefined, by: "DROP" } as const;
  switch (loss.kind) {
    case "table":
      return [{ ...common, kind: "relation", name: quoteQualified(loss.table) }];
    case "column":
      return [{
        ...common,
        kind: "relation",
        name: quoteQualified(loss.table),
        column: loss.column,
      }];
    case "rows":
      return [{ ...common, kind: "relation", name: quoteQualified(loss.table), by: loss.by }];
    case "schema":
      return [{ ...common, kind: "schema", name: loss.schema }];
    case "extension":
      return [{ ...common, kind: "extension", name: loss.extension }];
    case "unseen":
      return [];
  }
}

function lookupQuery(wanted: readonly Wanted[]): string {
  const values = wanted.map(({ version, kind, name, column, by }, number) =>
    `(${number}, ${version}::pg_catalog.int8, ${quoteLiteral(kind)}, ${quoteLiteral(name)}, ${
      column === undefined ? "NULL" : quoteLiteral(column)
    }, ${quoteLiteral(by)})`
  );
  return `WITH wanted (number, version, kind, name, attribute, by) AS (
      VALUES ${values.join(",\n        ")}
    ),
    relations AS (
      SELECT w.number, w.version, w.attribute, w.by, c.oid, c.relkind, c.relowner, c.reltuples,
        pg_catalog.format('%I.%I', n.nspname, c.relname) AS name
      FROM wanted AS w
      JOIN pg_catalog.pg_class AS c ON w.kind OPERATOR(pg_catalog.=) 'relation'
        AND c.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(w.name)
        OR w.kind OPERATOR(pg_catalog.=) 'schema' AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,m,f}'::"char"[]) AND NOT c.relispartition
          AND c.relnamespace OPERATOR(pg_catalog.=) (
            SELECT s.oid FROM pg_catalog.pg_namespace AS s
            WHERE s.nspname OPERATOR(pg_catalog.=) w.name
          )
      JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
      WHERE w.attribute IS NULL OR EXISTS (
        SELECT FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid OPERATOR(pg_catalog.=) c.oid
          AND a.attname OPERATOR(pg_catalog.=) w.attribute AND NOT a.attisdropped
      )
    )
    SELECT r.number, r.version, 'table' AS kind, r.name, r.attribute, r.by,
      pg_catalog.pg_get_userbyid(r.relowner) AS owner,
      pg_catalog.pg_has_role(r.relowner, 'USAGE') AS owned,
      CASE WHEN r.relkind OPERATOR(pg_catalog.=) 'p' THEN (
        SELECT pg_catalog.sum(GREATEST(p.reltuples, 0))
        FROM pg_catalog.pg_partition_tree(r.oid) AS t
        JOIN pg_catalog.pg_class AS p ON p.oid OPERATOR(pg_catalog.=) t.relid
      ) ELSE r.reltuples END AS estimate
    FROM relations AS r
    UNION ALL
    SELECT w.number, w.version, 'extension', e.extname, NULL, w.by,
      pg_catalog.pg_get_userbyid(e.extowner),
      pg_catalog.pg_has_role(e.extowner, 'USAGE'), NULL
    FROM wanted AS w
    JOIN pg_catalog.pg_extension AS e ON w.kind OPERATOR(pg_catalog.=) 'extension'
      AND e.extname OPERATOR(pg_catalog.=) w.name
    UNION ALL
    SELECT w.number, w.version, 'schema', s.nspname, NULL, w.by,
      pg_catalog.pg_get_userbyid(s.nspowner),
      pg_catalog.pg_has_role(s.nspowner, 'USAGE'), NULL
    FROM wanted AS w
    JOIN pg_catalog.pg_namespace AS s ON w.kind OPERATOR(pg_catalog.=) 'schema'
      AND s.nspname OPERATOR(pg_catalog.=) w.name
    ORDER BY 1, 4`;
}

/** The role's own search_path says which relation an unqualified name means. */
async function readWithRoleSearchPath(session: Session, query: string): Promise<readonly Row[]> {
  try {
    const { rows } = await session.query(
      `BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY; SET LOCAL statement_timeout = '30s'; ` +
        `SET LOCAL jit = off; ${query}; COMMIT`,
    );
    return rows;
  } catch (error) {
    if (!session.isLost) await session.query("ROLLBACK");
    throw error;
  }
}

function relationsIn(rows: readonly Row[]): readonly FoundLoss[] {
  const tables = rows.filter(({ kind }) => kind === "table");
  const whole = new Set(
    tables.filter((row) => row["attribute"] === null && row["by"] === "DROP")
      .map(({ name }) => name),
  );
  const found = new Map<string, FoundLoss>();
  for (const row of tables) {
    const isPart = row["attribute"] !== null || row["by"] !== "DROP";
    if (isPart && whole.has(row["name"]!)) continue;
    const key = JSON.stringify([row["name"], row["attribute"], row["by"]]);
    if (!found.has(key)) found.set(key, toFound(row));
  }
  return [...found.values()];
}

function toFound(row: Row): FoundLoss {
  const estimate = row["estimate"] == null ? -1 : Number(row["estimate"]);
  return {
    version: BigInt(row["version"]!),
    table: row["name"]!,
    column: row["attribute"] ?? undefined,
    by: row["by"] as FoundLoss["by"],
    // Tables that were never analyzed have -1.
    estimate: estimate < 0 ? undefined : Math.round(estimate),
  };
}

function notOwnedIn(rows: readonly Row[]): readonly MissingOwnership[] {
  const seen = new Set<string>();
  return rows.filter((row) => row["owned"] === "f" && row["by"] === "DROP")
    .map((row) => ({
      version: BigInt(row["version"]!),
      object: `${row["kind"]} ${row["name"]}`,
      owner: row["owner"] ?? "",
    }))
    .filter(({ object }) => !seen.has(object) && seen.add(object));
}
