/**
 * Estimates the units of a scan from the planner's statistics.
 *
 * @module
 */

import type { Session } from "../../connection/session/session.ts";
import type { ScanPlan } from "../strategy/scan_plan.ts";
import { CATALOG_SEARCH_PATH } from "../../connection/session/begin_statement.ts";
import { BODY_SEARCH_PATH } from "./background_transaction.ts";
import { columnsOf } from "../strategy/key.ts";
import type { StoredMigration } from "./rows.ts";
import { segmentScan } from "./scan.ts";

/** The most segments that are estimated; the others are assumed to be alike. */
const MOST_SEGMENTS = 200;

/**
 * Estimates the units of the whole scan: rows that match the filter, distinct values, or blocks.
 * This is better than `reltuples`, which ignores filters and rows of a table filled just now.
 *
 * Call it inside a transaction whose search_path is pg_catalog.
 *
 * @throws {SqlError} The server refused the query, such as its filter.
 */
export async function estimateUnits(
  session: Session,
  migration: Pick<StoredMigration, "declaration"> & { readonly scanPlan: ScanPlan },
): Promise<number> {
  const { scanPlan: { segments, bytes = 0, key }, declaration: { strategy } } = migration;
  if (segments.length === 0) return 0;
  if (key.length === 0) {
    const { rows } = await session.query("SHOW block_size");
    return Math.ceil(bytes / Number(rows[0]?.["block_size"]));
  }
  const asked = segments.slice(0, MOST_SEGMENTS);
  const queries = asked.map((_, segment) => {
    const scan = segmentScan(migration, { segment, server: session.server.version });
    const columns = strategy === "loose-index-scan"
      ? `DISTINCT ${columnsOf(key, "").join(", ")}`
      : "";
    return `SELECT ${columns} FROM ${scan.relation} WHERE ${scan.filter?.("") ?? "true"}`;
  });
  const { rows } = await session.query(
    `${BODY_SEARCH_PATH}; EXPLAIN (FORMAT JSON) ${
      queries.join(" UNION ALL ")
    }; ${CATALOG_SEARCH_PATH}`,
  );
  const [{ Plan: plan }] = JSON.parse(rows[0]!["QUERY PLAN"]!) as [
    { readonly Plan: { readonly "Plan Rows": number } },
  ];
  return Math.round(plan["Plan Rows"] * (segments.length / asked.length));
}
