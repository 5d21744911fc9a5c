/**
 * Finds invalid indexes. An interrupted concurrent build leaves them; they slow every write and
 * serve no read.
 *
 * @module
 */

import type { Row, Session } from "../../connection/session/session.ts";
import { type CheckResult, look, makeCheck, ok, warn } from "../check/check.ts";

/** An invalid index. */
export interface InvalidIndex {
  /** Qualified and quoted. */
  readonly name: string;
  readonly table: string;
  /**
   * An index of a partitioned table; it becomes valid when every partition has a matching index.
   */
  readonly partitioned: boolean;
  /** The pid of the session that is building it; undefined when there is none. */
  readonly builder: string | undefined;
  /** A leftover of REINDEX CONCURRENTLY. */
  readonly leftover: boolean;
}

export const invalidIndexesCheck = makeCheck({
  name: "invalid-indexes",
  embedded: true,
  read,
  judge: judgeIndexes,
});

async function read(session: Session): Promise<readonly InvalidIndex[]> {
  const rows = await look(
    session,
    `SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name,
      pg_catalog.format('%I.%I', tn.nspname, t.relname) AS on_table,
      c.relkind = 'I' AS partitioned, c.relname ~ '_cc(new|old)[0-9]*$' AS leftover,
      (SELECT pg_catalog.min(p.pid) FROM pg_catalog.pg_stat_progress_create_index AS p
        WHERE p.datid = (SELECT oid FROM pg_catalog.pg_database
            WHERE datname = pg_catalog.current_database())
          -- What another role builds is not told to everybody: then any build may be the one.
          AND coalesce(p.relid, i.indrelid) = i.indrelid) AS builder
    FROM pg_catalog.pg_index AS i
      JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
      JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace
    WHERE NOT (i.indisvalid AND i.indisready AND i.indislive) ORDER BY 1`,
  );
  return rows.map((row: Row) => ({
    name: row["name"] ?? "",
    table: row["on_table"] ?? "",
    partitioned: row["partitioned"] === "t",
    builder: row["builder"] ?? undefined,
    leftover: row["leftover"] === "t",
  }));
}

/** One result for each index. */
export function judgeIndexes(indexes: readonly InvalidIndex[]): readonly CheckResult[] {
  const results = indexes.flatMap(({ name, table, partitioned, builder, leftover }) => {
    if (builder !== undefined) {
      return ok(`${name} on ${table} is not valid yet: pid ${builder} builds an index there`);
    }
    if (partitioned) {
      return warn(
        `${name} on partitioned ${table} is not valid: a partition has no part of it`,
        `Build the part that is missing, then ALTER INDEX ${name} ATTACH PARTITION …`,
      );
    }
    return warn(
      leftover
        ? `${name} on ${table} was left by a REINDEX CONCURRENTLY that was cut off`
        : `${name} on ${table} is not valid: no query uses it, and every write pays for it`,
      leftover
        ? `DROP INDEX CONCURRENTLY ${name}`
        : `REINDEX INDEX CONCURRENTLY ${name}; or, if no migration wants it: ` +
          `DROP INDEX CONCURRENTLY ${name}`,
    );
  });
  return results.length > 0 ? results : ok("none");
}
